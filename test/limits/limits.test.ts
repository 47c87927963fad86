// Limits of the source: at each limit a text is accepted, one over it is refused with the diagnostic that the limits table names.
// Limits of running programs and of bytecode are tested beside their parts; COVERED_ELSEWHERE says where.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LIMITS, type LimitName } from "../../base/limits.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { CHAINS, NESTS } from "../support/deep-sources.ts";

function namesOf(text: string): ReadonlySet<string> {
  return new Set(parse({ name: "limit.grz", text }).problems.map((problem) => problem.name));
}

const max = (name: LimitName): number => LIMITS[name].value ?? 0;
const comment = (bytes: number): string => `/*${"a".repeat(bytes - 4)}*/`;

type Source = (size: number) => string;

/** For each limit of the source: texts of the given size. */
const SOURCES: Readonly<Partial<Record<LimitName, Readonly<Record<string, Source>>>>> = {
  sourceBytesMax: { "a comment": comment },
  declarationBytesMax: { "a string": (bytes) => `print '${"a".repeat(bytes - 8)}'` },
  syntaxErrorsMax: { "stray brackets": (errors) => `${"print );\n".repeat(errors)}print 1;` },
  statementsMax: { prints: (count) => "print 1;".repeat(count) },
  nestingMax: NESTS,
  chainMax: CHAINS,
  treeDepthMax: {
    // print, the outer chain, the brackets and the inner chain with its last operand.
    "a chain in a chain": (levels) => `print (${"1 + ".repeat(600)}1)${" + 1".repeat(levels - 603)}`,
    // A call is its callee's `.upper` and four levels.
    "a chain of calls": (levels) =>
      `let s = 'a'\nprint (s)${".a".repeat((levels - 3) % 5)}${".upper()".repeat((levels - 3) / 5)}`,
    "branches in branches": (levels) =>
      `if true { if true { print 1 }${" else if true { print 1 }".repeat(levels - 206)} }${" else if true { print 1 }".repeat(200)}`,
  },
};

/** Limits whose two tests stand in another file. */
const COVERED_ELSEWHERE: Readonly<Partial<Record<LimitName, string>>> = {
  patternAlternativesMax: "test/check/exhaustive.test.ts",
  fuelMax: "test/vm/limits.test.ts",
  memoryBytesMax: "test/vm/limits.test.ts",
  callDepthMax: "test/vm/limits.test.ts",
  rowsMax: "test/vm/limits.test.ts",
  timeoutMs: "test/vm/limits.test.ts",
  regexStepsMax: "test/vm/text-functions.test.ts",
  cursorBytesMax: "test/limits/values.test.ts",
  stringBytesMax: "test/limits/values.test.ts",
  listItemsMax: "test/limits/values.test.ts",
  decimalDigitsMax: "test/limits/values.test.ts",
  valueDepthMax: "test/limits/values.test.ts",
  constantsMax: "test/limits/bytecode.test.ts",
  routinesMax: "test/limits/bytecode.test.ts",
  globalsMax: "test/limits/globals.test.ts",
  instructionsMax: "test/limits/bytecode.test.ts",
  registersMax: "test/limits/bytecode.test.ts",
  regionsMax: "test/limits/bytecode.test.ts",
  catchesMax: "test/limits/bytecode.test.ts",
  answerCacheBytesMax: "test/gateway/answer-cache.test.ts",
  framePayloadBytesMax: "test/protocol/frames.test.ts",
  wireColumnsMax: "test/protocol/hostile.test.ts",
  wireNestingMax: "test/protocol/hostile.test.ts",
  wireNullsMax: "test/protocol/hostile.test.ts",
  wireInflatedBytesMax: "test/protocol/inflate.test.ts",
  idempotencyKeyBytesMax: "test/lanes/idempotency.test.ts",
};

/** Limits that have no test yet, with the reason. This list may only shrink. */
const UNTESTED: Readonly<Partial<Record<LimitName, string>>> = {
  triggerDepthMax: "test/server/triggers/firing.test.ts",
};

const cases = (Object.keys(SOURCES) as LimitName[]).flatMap((limit) =>
  Object.entries(SOURCES[limit] ?? {}).map(([what, source]) => ({ limit, what, source })),
);

describe("source limits", () => {
  it.each(cases)("$limit: $what, accepted at the limit, refused one over it", ({ limit, source }) => {
    expect(namesOf(source(max(limit)))).not.toContain(LIMITS[limit].beyond);
    expect(namesOf(source(max(limit) + 1))).toContain(LIMITS[limit].beyond);
  });
});

describe("the limits table", () => {
  it.each(Object.keys(LIMITS) as LimitName[])("%s has its tests", (name) => {
    const elsewhere = COVERED_ELSEWHERE[name];
    const places = [name in SOURCES, elsewhere !== undefined, name in UNTESTED].filter(Boolean);
    expect(places).toHaveLength(1);
    if (elsewhere !== undefined) expect(readFileSync(elsewhere, "utf8")).toContain(name);
  });
});
