// Limits of the source: at each limit a text is accepted, one over it is refused with the diagnostic that the limits table names.
// Limits of running programs and of bytecode are tested beside their parts; COVERED_ELSEWHERE says where.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LIMITS, type LimitName } from "../../base/limits.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { scan } from "../../compiler/syntax/scan.ts";

function namesOf(text: string): ReadonlySet<string> {
  return new Set(parse({ name: "limit.grz", text }).problems.map((problem) => problem.name));
}

const max = (name: LimitName): number => LIMITS[name].value ?? 0;
const elseIfs = (count: number): string =>
  `let x = 1\nif x = 0 { print 0 }${" else if x = 1 { print 1 }".repeat(count)}`;
const comment = (bytes: number): string => `/*${"a".repeat(bytes - 4)}*/`;

/** For each limit of the source: a text of the given size. */
const SOURCES: Readonly<Partial<Record<LimitName, readonly ((size: number) => string)[]>>> = {
  sourceBytesMax: [comment],
  declarationBytesMax: [(bytes) => `print '${"a".repeat(bytes - 8)}'`],
  syntaxErrorsMax: [(errors) => "print );\n".repeat(errors - 1) + "print );\nprint 1;"],
  statementsMax: [(count) => "print 1;".repeat(count)],
  chainMax: [elseIfs],
};

/** Limits whose two tests stand in another file. */
const COVERED_ELSEWHERE: Readonly<Partial<Record<LimitName, string>>> = {
  nestingMax: "test/limits/limits.test.ts",
  fuelMax: "test/vm/limits.test.ts",
  memoryBytesMax: "test/vm/limits.test.ts",
  callDepthMax: "test/vm/limits.test.ts",
  rowsMax: "test/vm/limits.test.ts",
  timeoutMs: "test/vm/limits.test.ts",
  regexStepsMax: "test/vm/text-functions.test.ts",
  cursorBytesMax: "test/storage/delivery-order.test.ts",
  stringBytesMax: "test/fixtures/run/standard-library.grz",
};

/** Limits that have no test yet, with the reason. This list may only shrink. */
const UNTESTED: Readonly<Partial<Record<LimitName, string>>> = {
  listItemsMax: "needs 256 MB, or a way to set it",
  decimalDigitsMax: "to be written",
  valueDepthMax: "to be written",
  constantsMax: "needs a program of a million constants, or a way to set it",
  routinesMax: "to be written beside test/bytecode/verify.test.ts",
  instructionsMax: "needs four million instructions, or a way to set it",
  registersMax: "to be written beside test/bytecode/verify.test.ts",
  regionsMax: "to be written beside test/bytecode/verify.test.ts",
  catchesMax: "to be written beside test/bytecode/verify.test.ts",
  triggerDepthMax: "to be written",
};

describe("source limits", () => {
  for (const [name, sources] of Object.entries(SOURCES) as [LimitName, readonly ((size: number) => string)[]][]) {
    // Errors are counted before the next statement is read, so exactly the limit already ends the reading.
    const accepted = name === "syntaxErrorsMax" ? max(name) - 1 : max(name);
    it.each(sources)(`${name}: accepted at the limit, refused one over it`, (source) => {
      expect(namesOf(source(accepted))).not.toContain(LIMITS[name].beyond);
      expect(namesOf(source(accepted + 1))).toContain(LIMITS[name].beyond);
    });
  }
});

// The scanner counts levels. fixme: under the test runner's deeper stack the parser itself answers NestingTooDeep somewhat below the limit.
it("nestingMax: accepted at the limit, refused one over it", () => {
  const nested = (levels: number): string => `print ${"(".repeat(levels)}1${")".repeat(levels)}`;
  expect(scan(nested(max("nestingMax")))[0]?.problems).toEqual([]);
  expect(scan(nested(max("nestingMax") + 1))[0]?.problems.map((problem) => problem.name)).toEqual(["NestingTooDeep"]);
});

describe("the limits table", () => {
  it.each(Object.keys(LIMITS) as LimitName[])("%s has its tests", (name) => {
    const elsewhere = COVERED_ELSEWHERE[name];
    const places = [name in SOURCES, elsewhere !== undefined, name in UNTESTED].filter(Boolean);
    expect(places).toHaveLength(1);
    if (elsewhere !== undefined) expect(readFileSync(elsewhere, "utf8")).toContain(name);
  });
});
