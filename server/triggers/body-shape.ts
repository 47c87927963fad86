// What the bytecode of a trigger's body tells about its use of NEW and OLD: which columns it reads, and whether it is nothing but INSERTs of columns and constants.
// Registers that may hold a row are followed along all ways; what is not understood counts as "all columns".
import type { SqlForm } from "../../base/sql-form.ts";
import { opcodeName, type OpcodeName, type OpcodeRow, OPCODES } from "../../bytecode/opcodes.ts";
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
  /** Slots and folded names of the columns of NEW that it sets; undefined: any. */
  readonly sets: ReadonlySet<number | string> | undefined;
  /** Those of them that it sets whichever way it goes. */
  readonly setsAlways: ReadonlySet<number | string>;
  /** It may give null back instead of its row. */
  readonly maySkip: boolean;
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

type Registers = ReadonlySet<number>;

/** Where an instruction may go on. */
function nextOf(site: Site): readonly number[] {
  const targets = picturesOf(site.name).flatMap((picture, at) =>
    picture.mode === "target" || picture.mode === "loop" ? [site.operands[at] ?? 0] : [],
  );
  const row: OpcodeRow = OPCODES[site.name];
  return row.ends === true ? targets : [...targets, site.pc + 1];
}

function after(site: Site, before: Registers): Registers {
  const [to, from] = site.operands;
  const writes = picturesOf(site.name)[0].mode.startsWith("out");
  const passes = PASSING.has(site.name) && before.has(from);
  if (!writes || passes === before.has(to)) return before;
  const registers = new Set(before);
  if (passes) registers.add(to);
  else registers.delete(to);
  return registers;
}

/** Registers that may hold the row of a parameter, before each instruction: followed along all ways until nothing is added. */
function holdersOf(sites: readonly Site[], parameter: number): readonly Registers[] {
  const holders = sites.map(() => new Set<number>());
  const reached = new Set([0]);
  holders[0]?.add(parameter);
  const work = [0];
  for (let pc = work.pop(); pc !== undefined; pc = work.pop()) {
    const site = sites[pc];
    if (site === undefined) continue;
    const registers = after(site, holders[pc] ?? new Set());
    for (const next of nextOf(site)) {
      const known = holders[next];
      if (known === undefined) continue;
      const size = known.size;
      for (const register of registers) known.add(register);
      if (known.size === size && reached.has(next)) continue;
      reached.add(next);
      work.push(next);
    }
  }
  return holders;
}

interface RowUse {
  readonly reads: ReadonlySet<number>;
  readonly sets: ReadonlySet<number | string>;
  readonly setsAlways: ReadonlySet<number | string>;
}

/** What is done with a row, or undefined when it goes somewhere that we don't look into. */
function useOf(sites: readonly Site[], holdersAt: readonly Registers[]): RowUse | undefined {
  const reads = new Set<number>();
  const sets = new Set<number | string>();
  const setsAlways = new Set<number | string>();
  let isStraight = true;
  for (const site of sites) {
    if (nextOf(site).some((next) => next !== site.pc + 1)) isStraight = false;
    const holders = holdersAt[site.pc] ?? new Set();
    if (!readsOf(site).some((register) => holders.has(register))) continue;
    const [subject, second, third] = site.operands;
    if (site.name === "StructGet") reads.add(third);
    else if ((site.name === "FieldSet" || site.name === "StructSet") && holders.has(subject)) {
      if (holders.has(third)) return undefined;
      const column = site.name === "StructSet" ? second : fieldName(site, second);
      sets.add(column);
      if (isStraight) setsAlways.add(column);
    } else if (!PASSING.has(site.name) && !HARMLESS.has(site.name)) return undefined;
  }
  return { reads, sets, setsAlways };
}

function fieldName(site: Site, constant: number): string {
  const row = site.program.constants[constant];
  return row?.kind === "string" ? row.value.toLowerCase() : "";
}

/** Whether the body may give back something else than its rows: looked for in what stands directly before each Return. */
function maySkip(sites: readonly Site[]): boolean {
  const isRow = (register: number): boolean => register === 0 || register === 1;
  const overwritten = sites.some(
    ({ name, operands }) => picturesOf(name)[0].mode.startsWith("out") && isRow(operands[0]),
  );
  return overwritten || sites.some(({ name }, at) => name === "Return" && !givesRow(sites, at, isRow));
}

function givesRow(sites: readonly Site[], end: number, isRow: (register: number) => boolean): boolean {
  const wanted = new Set([sites[end]?.operands[0] ?? -1]);
  const found = new Set<number>();
  for (let at = end - 1; at >= 0; at -= 1) {
    const site = sites[at];
    if (site === undefined || !ENDING.has(site.name)) break;
    const [to, from] = site.operands;
    if (site.name === "LoadNull" && wanted.has(to)) return false;
    if (!PASSING.has(site.name) || !wanted.has(to)) continue;
    found.add(to);
    wanted.add(from);
  }
  return [...wanted].every((register) => isRow(register) || found.has(register));
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
const UNKNOWN: BodyShape = {
  reads: undefined,
  sets: undefined,
  setsAlways: new Set(),
  maySkip: true,
  inserts: undefined,
};

/** The shape of a routine that takes (NEW, OLD). */
export function shapeOfBody(routine: LoadedRoutine): BodyShape {
  const known = shapes.get(routine);
  if (known !== undefined) return known;
  // Handlers are reached from anywhere: such bodies are not looked into.
  const sites = routine.parameterCount === 2 && routine.code.catches.length === 0 ? sitesOf(routine) : undefined;
  const shape = sites === undefined ? UNKNOWN : shapeOf(sites);
  shapes.set(routine, shape);
  return shape;
}

function shapeOf(sites: readonly Site[]): BodyShape {
  const fresh = useOf(sites, holdersOf(sites, 0));
  const old = useOf(sites, holdersOf(sites, 1));
  return {
    reads: fresh === undefined || old === undefined ? undefined : { new: fresh.reads, old: old.reads },
    sets: fresh?.sets,
    setsAlways: fresh?.setsAlways ?? new Set(),
    maySkip: maySkip(sites),
    inserts: insertsOf(sites),
  };
}
