// The limits table: every bound that PL-GRIZZLY sets, with unit, default and what happens beyond it.
// test/limits has a test at each limit and one over it; the reference page is generated from this table.

interface LimitRow {
  /** The largest value that is still accepted; undefined means: none unless the user sets one. */
  readonly value: number | undefined;
  readonly unit: "bytes" | "levels" | "calls" | "fuel" | "rows" | "items" | "milliseconds" | "characters";
  /** Diagnostic name or trap that answers when the limit is passed. */
  readonly beyond: string;
  /** Option of `gobic run` that sets it, when there is one. */
  readonly option?: string;
  readonly doc: string;
}

/** Every limit by name. */
export const LIMITS = {
  sourceBytesMax: { value: 16 * 1024 * 1024, unit: "bytes", beyond: "SourceTooLarge", doc: "Size of one source file." },
  declarationBytesMax: {
    value: 256 * 1024,
    unit: "bytes",
    beyond: "DeclarationTooLarge",
    doc: "Size of one declaration or top-level statement; a longer INSERT … VALUES is cut at rows.",
  },
  nestingMax: {
    value: 200,
    unit: "levels",
    beyond: "NestingTooDeep",
    doc: "Nested brackets, blocks and expressions in source.",
  },
  syntaxErrorsMax: {
    value: 300,
    unit: "items",
    beyond: "TooManyProblems",
    doc: "Syntax errors of one file before the rest of it is not read; the statement in which the limit is passed is still read to its end.",
  },
  statementsMax: {
    value: 100_000,
    unit: "items",
    beyond: "TooManyStatements",
    doc: "Top-level statements and declarations of one file; rows of one INSERT … VALUES do not count.",
  },
  chainMax: {
    value: 1000,
    unit: "levels",
    beyond: "NestingTooDeep",
    doc: "Operators in one chain (`a + b + c`), members and calls behind one value, joins, parts of a compound SELECT, and ELSE IF branches of one IF.",
  },
  treeDepthMax: {
    value: 1200,
    unit: "levels",
    beyond: "NestingTooDeep",
    doc: "Levels of the syntax tree of one declaration or top-level statement: nesting and chains in each other. A call, a pipe and a match count as four.",
  },
  patternAlternativesMax: {
    value: 10_000,
    unit: "items",
    beyond: "CodeTooLarge",
    doc: "Combinations that one pattern stands for: `{a: 1 | 2, b: 1 | 2}` stands for four.",
  },
  fuelMax: {
    value: undefined,
    unit: "fuel",
    beyond: "LimitExceeded",
    option: "--fuel",
    doc: "Work of one call, in the units of the opcode table.",
  },
  memoryBytesMax: {
    value: 1024 * 1024 * 1024,
    unit: "bytes",
    beyond: "LimitExceeded",
    option: "--memory",
    doc: "Live values of one call.",
  },
  callDepthMax: { value: 10_000, unit: "calls", beyond: "LimitExceeded", option: "--depth", doc: "Nested calls." },
  rowsMax: {
    value: undefined,
    unit: "rows",
    beyond: "LimitExceeded",
    option: "--rows",
    doc: "Rows that one call may read into values.",
  },
  timeoutMs: {
    value: undefined,
    unit: "milliseconds",
    beyond: "Timeout",
    option: "--timeout",
    doc: "Wall-clock time of one call.",
  },
  stringBytesMax: {
    value: 256 * 1024 * 1024,
    unit: "bytes",
    beyond: "LimitExceeded",
    doc: "One string or bytes value.",
  },
  listItemsMax: {
    value: 32 * 1024 * 1024,
    unit: "items",
    beyond: "LimitExceeded",
    doc: "One list or map (256 MB of slots).",
  },
  decimalDigitsMax: {
    value: 1000,
    unit: "characters",
    beyond: "Overflow",
    doc: "Digits of one decimal, before and after the point.",
  },
  valueDepthMax: {
    value: 1000,
    unit: "levels",
    beyond: "LimitExceeded",
    doc: "Nesting of lists, maps, structs and JSON in one value when it is printed, compared, converted or parsed.",
  },
  regexStepsMax: {
    value: 1_000_000_000,
    unit: "fuel",
    beyond: "LimitExceeded",
    doc: "Characters of a text times steps of a pattern's program in one search: a search cannot be stopped before it ends.",
  },
  cursorBytesMax: {
    value: 256 * 1024 * 1024,
    unit: "bytes",
    beyond: "spills to a temporary file",
    doc: "Rows that a loop or cursor keeps in memory.",
  },
  constantsMax: {
    value: 1_000_000,
    unit: "items",
    beyond: "BytecodeTooLarge",
    doc: "Constants of one stored program.",
  },
  routinesMax: {
    value: 262_144,
    unit: "items",
    beyond: "BytecodeTooLarge",
    doc: "Routines and top-level statements of one program.",
  },
  globalsMax: {
    value: 65_536,
    unit: "items",
    beyond: "CodeTooLarge",
    doc: "Variables that the top-level statements of one file declare.",
  },
  instructionsMax: { value: 4_000_000, unit: "items", beyond: "RoutineMalformed", doc: "Instructions of one routine." },
  registersMax: { value: 65_536, unit: "items", beyond: "RoutineMalformed", doc: "Registers of one routine." },
  regionsMax: {
    value: 200_000,
    unit: "items",
    beyond: "RoutineMalformed",
    doc: "Regions (loops, branches, try blocks) of one routine.",
  },
  catchesMax: { value: 2_000, unit: "items", beyond: "RoutineMalformed", doc: "Catch table entries of one routine." },
  answerCacheBytesMax: {
    value: 64 * 1024 * 1024,
    unit: "bytes",
    beyond: "the answers that nobody asked for the longest go",
    doc: "Answers of queries that the gateway keeps (`gateway.cache` sets another).",
  },
  framePayloadBytesMax: {
    value: 16 * 1024 * 1024,
    unit: "bytes",
    beyond: "WireFault oversize",
    doc: "Payload of one frame of the daemon's protocol, seen in its header before anything is allocated; results are cut into frames of about 256 KiB.",
  },
  wireColumnsMax: {
    value: 65_536,
    unit: "items",
    beyond: "WireFault payload",
    doc: "Columns of one message of the daemon's protocol, those inside lists and structs included.",
  },
  wireNestingMax: {
    value: 32,
    unit: "levels",
    beyond: "WireFault payload",
    doc: "Lists, maps and structs in each other as Arrow columns; a value that is nested deeper travels as text.",
  },
  wireNullsMax: {
    value: 1_000_000,
    unit: "items",
    beyond: "WireFault payload",
    doc: "Values of columns of the daemon's protocol that take no bytes: those of Arrow's type null, and structs without fields.",
  },
  wireInflatedBytesMax: {
    value: 1024 * 1024 * 1024,
    unit: "bytes",
    beyond: "WireFault payload",
    doc: "Compressed buffers of one record batch, by the lengths that stand in front of them, before anything is allocated.",
  },
  idempotencyKeyBytesMax: {
    value: 255,
    unit: "bytes",
    beyond: "WrongArguments",
    doc: "Idempotency key of a request, which is kept with the answer; an empty one is refused too.",
  },
  triggerDepthMax: { value: 16, unit: "levels", beyond: "TriggerDepth", doc: "Triggers that fire each other." },
} as const satisfies Record<string, LimitRow>;

/** Name of a limit. */
export type LimitName = keyof typeof LIMITS;
