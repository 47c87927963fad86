// A file that is checked again after each edit has the same problems, types, meanings and effects as one that is checked from scratch.
// Random edits of the checker's fixtures: words put in and taken out, the file put back. CHECK_RUNS and CHECK_SEED make it longer.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { check, type Environment } from "../../compiler/check/check.ts";
import type { CheckedModule } from "../../compiler/check/checked.ts";
import { createChecker } from "../../compiler/check/recheck.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { createParseCache } from "../../compiler/syntax/parse-cache.ts";
import { showType } from "../../compiler/types/show.ts";
import { environmentOf } from "./support.ts";

const FOLDERS = ["check", "listings", "triggers"].map((name) => join(import.meta.dirname, "..", "fixtures", name));
const SOURCES = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".grz"))
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8")),
).filter((text) => text.length < 6000);
const WORDS = [
  "x",
  "1",
  " ",
  "name",
  "return ",
  "if ",
  "{",
  "}",
  "(",
  ")",
  "let a = 1\n",
  "'",
  "raise Foo\n",
  "foo",
  ";",
  "\n",
  "a.",
  "SELECT id FROM t",
];
const EDITS_PER_SOURCE = 12;

/** Numbers below a bound, the same for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}

/** Everything that was found, as text. */
function summary(checked: CheckedModule): unknown {
  const facts: unknown[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const type = checked.types.get(node as never);
    const meaning = checked.names.get(node);
    if (type !== undefined) facts.push(showType(type));
    if (meaning !== undefined) facts.push([meaning.kind, meaning.kind === "routine" ? meaning.routine.name : ""]);
    facts.push(checked.calls.get(node as never)?.kind, checked.blockEffects.get(node as never));
    for (const [key, part] of Object.entries(node)) if (key !== "span") visit(part);
  };
  for (const item of checked.module.items) {
    visit(item.statement);
    const routine = checked.routines.get(item.statement as never);
    facts.push(checked.effects.get(item), checked.broken.has(item), routine?.effects, routine?.raises);
    if (routine !== undefined)
      facts.push(
        showType(routine.result),
        routine.parameters.map((parameter) => showType(parameter.type)),
        routine.item === undefined || routine.item === item,
      );
  }
  return { problems: checked.problems, facts };
}

function edited(text: string, source: string, random: (below: number) => number): string {
  const at = random(text.length + 1);
  const kind = random(10);
  if (kind < 6) return text.slice(0, at) + (WORDS[random(WORDS.length)] ?? "") + text.slice(at);
  return kind < 9 ? text.slice(0, at) + text.slice(at + 1 + random(6)) : source;
}

test("checking after an edit finds what checking from scratch finds", () => {
  const random = numbers(Number(process.env["CHECK_SEED"] ?? 7));
  const environment: Environment = environmentOf();
  for (let run = 0; run < Number(process.env["CHECK_RUNS"] ?? 25); run += 1) {
    const source = SOURCES[random(SOURCES.length)] ?? "";
    const cache = createParseCache({ movesItems: true });
    const checker = createChecker();
    let text = source;
    for (let edit = 0; edit < EDITS_PER_SOURCE; edit += 1) {
      const again = checker.check(parse({ name: "edited.grz", text }, cache).value, environment);
      const scratch = check(parse({ name: "edited.grz", text }).value, environment);
      expect(summary(again), text).toEqual(summary(scratch));
      text = edited(text, source, random);
    }
  }
});
