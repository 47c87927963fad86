// A routine that is all of a text is stored as it was compiled with the text; in a longer text each routine is compiled again by itself. Both must store the same.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "../../compiler/syntax/parse.ts";
import { testSession } from "../session.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures/run");
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "grizzly-once-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The texts of routines in the run fixtures. */
function routineTexts(): readonly string[] {
  const texts = new Set<string>();
  for (const name of readdirSync(FIXTURES).filter((each) => each.endsWith(".grz"))) {
    const chunks = readFileSync(join(FIXTURES, name), "utf8").split(/^#---$/mu);
    for (const text of chunks)
      for (const item of parse({ name, text }).value.items) if (item.statement.kind === "routine") texts.add(item.text);
  }
  return [...texts];
}

/** What the catalog holds of routines after a text ran on a database of its own; undefined when it was refused. */
function stored(text: string, number: number): readonly unknown[] | undefined {
  const database = join(folder, `${number}.db`);
  const { session } = testSession({ database });
  const outcome = session.execute({ name: "whole.grz", text });
  session.close();
  if (outcome.kind !== "completed") return undefined;
  const db = new Database(database, { readonly: true });
  const rows = db.prepare("SELECT * FROM gobi_routine_versions").all() as Record<string, unknown>[];
  db.close();
  return rows.map(({ routine_id: _random, ...row }) => row);
}

test("a routine's text stores the same alone and in company", () => {
  let compared = 0;
  for (const [number, text] of routineTexts().entries()) {
    // Each stores into two files: some of them will do.
    if (number % 3 !== 0) continue;
    const alone = stored(text, number * 2);
    if (alone === undefined) continue;
    compared += 1;
    expect(stored(`${text}\nprint 1\n`, number * 2 + 1), text).toEqual(alone);
  }
  expect(compared).toBeGreaterThan(15);
});
