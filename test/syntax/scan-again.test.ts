// A text that is cut again after each edit has the same chunks as one that is cut from scratch. SCAN_RUNS and SCAN_SEED make it longer.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scanAgain, type ScannedText } from "../../compiler/syntax/scan-again.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures");
const SOURCES = ["check", "listings", "triggers", "syntax-errors"].flatMap((folder) =>
  readdirSync(join(FIXTURES, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".grz"))
    .sort()
    .map((name) => readFileSync(join(FIXTURES, folder, name), "utf8")),
);
const PIECES = [
  "x",
  " ",
  "\n",
  "\n\n",
  ";",
  "'",
  '"',
  "`",
  "(",
  ")",
  "{",
  "}",
  "--- doc\n",
  "/*",
  "*/",
  "-- c\n",
  "\nexport\n",
  "BEGIN ",
  "END;",
  "\nprocedure p (a int) {\n",
  "\ntest 'a' {\n",
  "insert",
  "\ninsert\n\n\n\ninto t values (1)",
  "create table t (",
  "if a then ",
];

test("cutting after an edit gives what cutting from scratch gives", () => {
  let state = Number(process.env["SCAN_SEED"] ?? 5);
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
  for (let run = 0; run < Number(process.env["SCAN_RUNS"] ?? 60); run += 1) {
    let text = Array.from({ length: 4 }, () => SOURCES[random(SOURCES.length)] ?? "").join("\n");
    const source = text;
    let again: ScannedText | undefined;
    for (let edit = 0; edit < 25; edit += 1) {
      again = scanAgain(text, again);
      expect(again, text).toEqual(scanAgain(text, undefined));
      const at = random(text.length + 1);
      const kind = random(12);
      if (kind < 7) text = text.slice(0, at) + (PIECES[random(PIECES.length)] ?? "") + text.slice(at);
      else if (kind < 11) text = text.slice(0, at) + text.slice(at + 1 + random(9));
      else text = source;
    }
  }
});
