// What the bytecode of a trigger's body tells about its use of NEW and OLD: which columns it reads, and whether it is nothing but INSERTs of columns and constants.
// Without order of execution: a register that ever holds NEW is taken for NEW everywhere. What is not understood counts as "all columns".
import type { SqlForm } from "../../base/sql-form.ts";
import { opcodeName, type OpcodeName } from "../../bytecode/opcodes.ts";
import { intrinsicById } from "../../bytecode/intrinsics/intrinsics.ts";
import { picturesOf } from "../../bytecode/picture.ts";
import { type Constant, STRIDE } from "../../bytecode/program.ts";
import { argumentTypesOf } from "../../bytecode/verify-arguments.ts";
import type { Site } from "../../bytecode/verify-site.ts";
import type { Value } from "../../base/value/value.ts";
import type { LoadedRoutine } from "../../vm/load.ts";

/** A column of one of the two rows, as a parameter of a body holds it. */
export interface RowColumn {
  readonly row: "new" | "old";
  readonly slot: number;
}

/** One INSERT of a body, with where its parameters come from. */
export interface BodyInsert {
  readonly form: SqlForm;
  readonly parameters: readonly (RowColumn | { readonly row: "constant"; readonly value: Value })[];
}

/** What a body does with its rows. */
export interface BodyShape {
  /** Slots that are read; undefined: any. */
  readonly reads: { readonly new: ReadonlySet<number>; readonly old: ReadonlySet<number> } | undefined;
  /** The whole body, when it is only these INSERTs, one after the other. */
  readonly inserts: readonly BodyInsert[] | undefined;
}

/** Instructions that only pass a row on. */
const PASSING: ReadonlySet<OpcodeName> = new Set<OpcodeName>(["Move", "MoveShared", "Narrow"]);
/** Instructions that look at a row without keeping it. */
const HARMLESS: ReadonlySet<OpcodeName> = new Set<OpcodeName>(["Share", "JumpIfNull", "JumpIfNotNull", "Return"]);
/** What may stand behind the last INSERT: the body gives NEW or OLD back. */
const ENDING: ReadonlySet<OpcodeName> = new Set<OpcodeName>([...PASSING, ...HARMLESS, "Jump", "LoadNull"]);

function sitesOf(routine: LoadedRoutine): readonly Site[] | undefined {
  const { code, owner } = routine;
  const sites: Site[] = [];
  for (let at = 0; at < code.code.length; at += STRIDE) {
    const name = opcodeName(code.code[at] ?? -1);
    if (name === undefined) return undefined;
    const [a = 0, b = 0, c = 0] = code.code.subarray(at + 1, at + STRIDE);
    sites.push({
      routine: code,
      program: owner.program,
      options: { intrinsic: intrinsicById },
      pc: at / STRIDE,
      name,
      operands: [a, b, c],
    });
  }
  return sites;
}

/** Registers that an instruction reads, those of its argument list included. */
function readsOf(site: Site): readonly number[] {
  const given = argumentTypesOf(site);
  const list = given === undefined ? [] : given.types.map((_, at) => given.first + at);
  const single = picturesOf(site.name).flatMap((picture, at) =>
    picture.mode === "in" || picture.mode === "update" ? [site.operands[at] ?? 0] : [],
  );
  return [...single, ...list];
}

/** Registers that may hold the row of a parameter. */
function holdersOf(sites: readonly Site[], parameter: number): ReadonlySet<number> {
  const holders = new Set([parameter]);
  for (let before = -1; before !== holders.size; ) {
    before = holders.size;
    for (const { name, operands } of sites) if (PASSING.has(name) && holders.has(operands[1])) holders.add(operands[0]);
  }
  return holders;
}

/** Slots that are read of a row, or undefined when it goes somewhere that we don't look into. */
function slotsRead(sites: readonly Site[], holders: ReadonlySet<number>): ReadonlySet<number> | undefined {
  const slots = new Set<number>();
  for (const site of sites) {
    if (!readsOf(site).some((register) => holders.has(register))) continue;
    if (site.name === "StructGet") slots.add(site.operands[2]);
    else if (!PASSING.has(site.name) && !HARMLESS.has(site.name)) return undefined;
  }
  return slots;
}

function constantValue(constant: Constant | undefined): Value | undefined {
  return constant?.kind === "string" ? constant.value : undefined;
}

/** What a register holds: a row, or a value of which it is known where it comes from. */
type Held = BodyInsert["parameters"][number] | "new" | "old";

/** Follows one instruction of a straight body; false when it is none that we follow. */
function step(site: Site, known: Map<number, Held>): boolean {
  const { name, operands } = site;
  const [a, b, c] = operands;
  if (PASSING.has(name)) {
    const value = known.get(b);
    if (value === undefined) return false;
    known.set(a, value);
    return true;
  }
  if (name === "StructGet") {
    const row = known.get(b);
    if (row !== "new" && row !== "old") return false;
    known.set(a, { row, slot: c });
    return true;
  }
  if (name === "LoadInt" || name === "LoadNull") {
    known.set(a, { row: "constant", value: name === "LoadInt" ? b : null });
    return true;
  }
  if (name !== "LoadConst") return false;
  const value = constantValue(site.program.constants[b]);
  if (value === undefined) return false;
  known.set(a, { row: "constant", value });
  return true;
}

function insertsOf(sites: readonly Site[]): readonly BodyInsert[] | undefined {
  const last = sites.findLastIndex(({ name }) => name === "Execute");
  if (last < 0 || !sites.slice(last + 1).every(({ name }) => ENDING.has(name))) return undefined;
  const known = new Map<number, Held>([
    [0, "new"],
    [1, "old"],
  ]);
  const inserts: BodyInsert[] = [];
  for (const site of sites.slice(0, last + 1)) {
    if (site.name !== "Execute") {
      if (!step(site, known)) return undefined;
      continue;
    }
    const [, constant, first] = site.operands;
    const sql = site.program.constants[constant];
    if (sql?.kind !== "sql" || sql.form.dml?.event !== "insert") return undefined;
    const parameters = Array.from({ length: sql.form.parameterCount }, (_, at) => known.get(first + at));
    if (!parameters.every((value) => typeof value === "object")) return undefined;
    inserts.push({ form: sql.form, parameters });
  }
  return inserts;
}

const shapes = new WeakMap<LoadedRoutine, BodyShape>();
const UNKNOWN: BodyShape = { reads: undefined, inserts: undefined };

/** The shape of a routine that takes (NEW, OLD). */
export function shapeOfBody(routine: LoadedRoutine): BodyShape {
  const known = shapes.get(routine);
  if (known !== undefined) return known;
  const sites = routine.parameterCount === 2 ? sitesOf(routine) : undefined;
  const shape = sites === undefined ? UNKNOWN : shapeOf(sites);
  shapes.set(routine, shape);
  return shape;
}

function shapeOf(sites: readonly Site[]): BodyShape {
  const fresh = slotsRead(sites, holdersOf(sites, 0));
  const old = slotsRead(sites, holdersOf(sites, 1));
  return {
    reads: fresh === undefined || old === undefined ? undefined : { new: fresh, old },
    inserts: insertsOf(sites),
  };
}
