// Routines without loops, handlers and calls as JavaScript text, for bodies of triggers that are called for every row.
// It works on the frame's own registers and keeps `m.pc` where something may throw or charge, so that the interpreter can go on at any instruction, and so that results,
// errors, traces, fuel and memory are the interpreter's. The text is made of our own words and of numbers: names and constants of programs are passed in arrays.
// Measured (bench: triggers, a body of 11 instructions that sets one column): a row in run.ts 0.9 µs, whose entry only a loop pays off; a chain of closures 0.17; this 0.1.
import { type Shape, StructValue, type Value } from "../../base/value/value.ts";
import { intrinsicById } from "../../bytecode/intrinsics/intrinsics.ts";
import { STRIDE } from "../../bytecode/program.ts";
import { intrinsicFunction } from "../intrinsics/functions.ts";
import type { LoadedRoutine } from "../load.ts";
import { COLD_HANDLERS } from "./handlers/handlers.ts";
import { COLD_START, type ColdOperationName, type HotOperationName, operationName } from "./operations.ts";
import { ANY_KIND, FLOAT_KIND, INT_KIND, valueFits } from "./register-kind.ts";
import * as slow from "./slow-paths.ts";
import { SPACE } from "./space.ts";
import type { MachineState } from "./state.ts";

/** Given when the slice's fuel is used up: the machine stands before an instruction, and the interpreter has to go on. */
export const LEFT: unique symbol = Symbol("left");

/** A routine as a function that runs the current frame, which is at its start. It throws Trap with the state saved, as run.ts does. */
export type Straight = (m: MachineState) => Value | typeof LEFT;

/** One instruction of loaded code. */
interface Site {
  readonly routine: LoadedRoutine;
  readonly operation: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** Offset behind it in the routine's code. */
  readonly behind: number;
}

/** Built-in functions by number, found once. */
const INTRINSICS: unknown[] = [];

/** What the texts find under these names. */
const WORDS = {
  V: SPACE.values,
  H: COLD_HANDLERS,
  LEFT,
  StructValue,
  share: slow.share,
  ownStruct: slow.ownStruct,
  noSlot: slow.noSlot,
  deliver: slow.deliver,
  fits: valueFits,
  intrinsics: INTRINSICS,
} as const;

/** A register of the frame. */
const at = (register: number): string => `V[base + ${register}]`;
const raw = (register: number): string => `m.numbers[base + ${register}]`;
const keepPlace = ({ behind }: Site): string => `m.pc = m.start + ${behind};`;
const goto = (target: number): string => `{ at = ${target}; continue; }`;

const loaded = (to: number, value: string): string => `${at(to)} = ${value};`;
const jump = ({ a, b }: Site, test: string): string => `if (${at(a)} ${test}) ${goto(b)}`;
const compared = ({ a, b, c }: Site, operator: string): string =>
  `if (m.intAt(base + ${a}) ${operator} ${b}) ${goto(c)}`;

/** A value into a register that it may not fit. */
function delivered(site: Site, value: string, fits: string): string {
  return `if (${fits}) ${at(site.a)} = ${value}; else { ${keepPlace(site)} deliver(m, ${site.a}, ${value}); }`;
}

function slotRead(site: Site): string {
  const { a, b, c, routine } = site;
  const kind = routine.kinds[a] ?? ANY_KIND;
  const read = `const item = ${at(b)}.slots[${c}]; if (item === undefined) { ${keepPlace(site)} throw noSlot(m, base + ${b}, ${c}); }`;
  const fits = kind === ANY_KIND ? "true" : kind === INT_KIND ? "false" : `fits(item, ${kind})`;
  return `{ ${read} ${delivered(site, "item", fits)} }`;
}

const HOT: Readonly<Partial<Record<HotOperationName, (site: Site) => string>>> = {
  MoveValue: ({ a, b }) => loaded(a, at(b)),
  MoveShared: ({ a, b }) => `share(${at(b)}); ${loaded(a, at(b))}`,
  Share: ({ a }) =>
    `{ const item = ${at(a)}; if (item instanceof StructValue) item.shared = true; else if (typeof item === "object") share(item); }`,
  LoadValue: ({ a, b }) => loaded(a, `constants[${b}]`),
  LoadSmallValue: ({ a, b }) => loaded(a, String(b)),
  LoadNull: ({ a }) => loaded(a, "null"),
  LoadTrue: ({ a }) => loaded(a, "true"),
  LoadFalse: ({ a }) => loaded(a, "false"),
  LoadSmall: ({ a, b }) => `${raw(a)} = ${b};`,
  BoxInt: ({ a, b }) => loaded(a, `m.intAt(base + ${b})`),
  UnboxInt: (site) =>
    `{ const item = ${at(site.b)}; if (typeof item === "number" && Number.isInteger(item)) ${raw(site.a)} = item; else { ${keepPlace(site)} deliver(m, ${site.a}, item); } }`,
  NarrowNonNull: (site) => `{ const item = ${at(site.b)}; ${delivered(site, "item", "item !== null")} }`,
  StructGetValue: slotRead,
  StructGetChecked: slotRead,
  StructGetInt: slotRead,
  StructSetValue: (site) => {
    const { a, b, c } = site;
    return `{ ${keepPlace(site)} let struct = ${at(a)}; if (struct.shared) struct = ownStruct(m, base + ${a});
      if (${b} >= struct.slots.length) throw noSlot(m, base + ${a}, ${b}); struct.slots[${b}] = ${at(c)}; }`;
  },
  Jump: ({ a }) => goto(a),
  JumpIfNull: (site) => jump(site, "=== null"),
  JumpIfNotNull: (site) => jump(site, "!== null"),
  JumpIfTrue: (site) => jump(site, "=== true"),
  JumpUnlessTrue: (site) => jump(site, "!== true"),
  JumpIfEqIntImm: (site) => compared(site, "==="),
  JumpIfNeIntImm: (site) => compared(site, "!=="),
  JumpIfLtIntImm: (site) => compared(site, "<"),
  JumpIfLeIntImm: (site) => compared(site, "<="),
  JumpIfGtIntImm: (site) => compared(site, ">"),
  JumpIfGeIntImm: (site) => compared(site, ">="),
  ReturnValue: ({ a }) => `return ${at(a)};`,
};

/** Operations that stay in their frame, whose handlers are called. */
const COLD: ReadonlySet<ColdOperationName> = new Set<ColdOperationName>([
  "NarrowChecked",
  "IntToDecimal",
  "AddDecimal",
  "SubDecimal",
  "MulDecimal",
  "DivDecimal",
  "DecimalToFloat",
  "Interpolate",
  "AddAny",
  "SubAny",
  "MulAny",
  "DivAny",
  "ModAny",
  "NegAny",
  "ConcatAny",
  "EqAny",
  "NeAny",
  "LtAny",
  "LeAny",
  "SameAny",
  "NotNullable",
  "AndNullable",
  "OrNullable",
  "TypeIs",
  "LtString",
  "LeString",
  "FieldGet",
  "FieldSet",
  "CastTo",
  "Intrinsic",
  "Now",
]);

/** Calls the handler of an operation. */
function handled(site: Site): string {
  const { operation, a, b, c } = site;
  return `${keepPlace(site)} H[${operation - COLD_START}](m, ${a}, ${b}, ${c}); if (m.fuel < 0) return LEFT;`;
}

function isRawKind(kind: number | undefined): boolean {
  return kind === INT_KIND || kind === FLOAT_KIND;
}

function isBoxed({ routine }: Site, register: number): boolean {
  return !isRawKind(routine.kinds[register]);
}

/** What is done for usual values without the handler. */
const QUICK: Readonly<Partial<Record<ColdOperationName, (site: Site) => string | undefined>>> = {
  FieldSet: (site) => {
    const { routine, a, b, c } = site;
    if (routine.owner.program.constants[b]?.kind !== "string" || !isBoxed(site, c)) return undefined;
    return `{ const struct = ${at(a)};
      if (struct instanceof StructValue && !struct.shared && slotOf(struct.shape, ${b}) >= 0) struct.slots[fieldSlots[${b}]] = ${at(c)};
      else { ${handled(site)} } }`;
  },
  NarrowChecked: (site) => {
    if (!isBoxed(site, site.a) || !isBoxed(site, site.b)) return undefined;
    const kind = site.routine.kinds[site.a] ?? ANY_KIND;
    return `{ const item = ${at(site.b)}; if (fits(item, ${kind})) ${at(site.a)} = item; else { ${handled(site)} } }`;
  },
  Intrinsic: (site) => {
    const { a, b, c, routine } = site;
    const count = intrinsicById(b)?.parameters.length;
    const run = intrinsicFunction(b);
    if (run === undefined || count !== 1 || !isBoxed(site, c) || routine.kinds[a] !== ANY_KIND) return undefined;
    INTRINSICS[b] = run;
    return `${keepPlace(site)} ${at(a)} = intrinsics[${b}](m.context, [${at(c)}]); if (m.fuel < 0) return LEFT;`;
  },
};

const known = new WeakMap<LoadedRoutine, Straight | null>();

/** The routine as a function; undefined when it has instructions that are not done so, or takes or gives what must be converted. */
export function straightOf(routine: LoadedRoutine): Straight | undefined {
  let made = known.get(routine);
  if (made === undefined) {
    const text = textOf(routine);
    made = text === undefined ? null : compiled(text, routine);
    known.set(routine, made);
  }
  return made ?? undefined;
}

function textOf(routine: LoadedRoutine): string | undefined {
  const { operations, targets, parameterCount, kinds, parameterCasts, resultKind, code } = routine;
  const asIs = kinds.slice(0, parameterCount).every((kind, at) => kind === ANY_KIND && !parameterCasts[at]);
  if (!asIs || resultKind < 0 || isRawKind(resultKind) || code.catches.length > 0 || code.captureCount > 0)
    return undefined;
  const labels = new Set([0, ...Array.from(targets, (unit) => operations[unit] ?? 0)]);
  const lines: string[] = [];
  for (let at = 0; at < operations.length; at += STRIDE) {
    const [operation = 0, a = 0, b = 0, c = 0] = operations.subarray(at, at + STRIDE);
    const line = lineOf({ routine, operation, a, b, c, behind: at + STRIDE });
    if (line === undefined) return undefined;
    lines.push(labels.has(at) ? `case ${at}: ${line}` : line);
  }
  return `"use strict"; return function straight(m) { const base = m.base; let at = 0; for (;;) switch (at) {\n${lines.join("\n")}\n} };`;
}

function lineOf(site: Site): string | undefined {
  const name = operationName(site.operation);
  if (site.operation < COLD_START) return HOT[name as HotOperationName]?.(site);
  const cold = name as ColdOperationName;
  return COLD.has(cold) ? (QUICK[cold]?.(site) ?? handled(site)) : undefined;
}

function compiled(text: string, { owner }: LoadedRoutine): Straight {
  const { constants } = owner.program;
  const slotOf = (shape: Shape, constant: number): number => {
    if (owner.fieldShapes[constant] !== shape) {
      const row = constants[constant];
      const slot = row?.kind === "string" ? shape.slotOf(row.value) : -1;
      if (slot < 0) return -1;
      owner.fieldShapes[constant] = shape;
      owner.fieldSlots[constant] = slot;
    }
    return owner.fieldSlots[constant] ?? -1;
  };
  const words = { ...WORDS, slotOf, constants: owner.constants, fieldSlots: owner.fieldSlots };
  // oxlint-disable-next-line no-implied-eval, no-new-func -- the text holds our own words and numbers, nothing of a program
  const make = new Function(...Object.keys(words), text) as (...given: unknown[]) => Straight;
  return make(...Object.values(words));
}
