// Builders of programs and routines: constants without duplicates, registers by type with reuse, labels, regions, catch entries, spans.
// The emitter and the text assembler write through them. They check nothing that the verifier checks.
import { InternalError } from "../base/failure.ts";
import type { Span } from "../base/source.ts";
import { orderCatches, renumberTries } from "./build-tries.ts";
import { OPCODES, type OpcodeName } from "./opcodes.ts";
import {
  type Constant,
  type Effect,
  EFFECTS,
  type GlobalRow,
  type LocalName,
  type ParameterRow,
  type Program,
  type Region,
  type RoutineCode,
  type SourceReference,
  type SqlFunctionRow,
  STRIDE,
} from "./program.ts";
import type { RegisterType } from "./register-type.ts";

/** Collects constants, sources and routines. */
export class ProgramBuilder {
  readonly #constants: Constant[] = [];
  readonly #constantIndexes = new Map<string, number>();
  readonly #routines: (RoutineCode | undefined)[] = [];
  readonly #sources: SourceReference[] = [];
  readonly #globals: GlobalRow[] = [];
  readonly #sqlFunctions: SqlFunctionRow[] = [];
  entry = -1;

  /** Index of a constant; equal ones share an index. */
  constant(constant: Constant): number {
    const key = constantKey(constant);
    const known = this.#constantIndexes.get(key);
    if (known !== undefined) return known;
    this.#constantIndexes.set(key, this.#constants.length);
    this.#constants.push(constant);
    return this.#constants.length - 1;
  }

  /** Index of a string constant. */
  string(value: string): number {
    return this.constant({ kind: "string", value });
  }

  /** Index of a source file. */
  source(source: SourceReference): number {
    this.#sources.push(source);
    return this.#sources.length - 1;
  }

  /** Slot of a new script-level variable. */
  global(row: GlobalRow): number {
    this.#globals.push(row);
    return this.#globals.length - 1;
  }

  /** Adds a function that SQL statements call. */
  sqlFunction(row: SqlFunctionRow): void {
    this.#sqlFunctions.push(row);
  }

  /** Reserves the index of a routine, so that calls can be emitted before its code. */
  reserve(): number {
    this.#routines.push(undefined);
    return this.#routines.length - 1;
  }

  /** Sets the code of a reserved routine. */
  define(index: number, code: RoutineCode): void {
    this.#routines[index] = code;
  }

  /** The program. @throws InternalError when a reserved routine has no code. */
  finish(): Program {
    const routines = this.#routines.map((routine, index) => {
      if (routine === undefined) throw new InternalError(`routine ${index} was reserved but not defined`);
      return routine;
    });
    return {
      constants: this.#constants,
      routines,
      sources: this.#sources,
      globals: this.#globals,
      sqlFunctions: this.#sqlFunctions,
      entry: this.entry,
    };
  }
}

function constantKey(constant: Constant): string {
  return JSON.stringify(constant, (_key, value: unknown) => {
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "number" && (Object.is(value, -0) || !Number.isFinite(value)))
      return Object.is(value, -0) ? "-0f" : `${value}f`;
    if (value instanceof Uint8Array) return [...value];
    return value;
  });
}

/** A place that is not known yet. Made by RoutineBuilder; an operand of `emit`. */
export interface Label {
  at: number;
}

/** An open region. Jump to `end` to leave it, to `start` (Loop, ForNext) to repeat it, to `middle` for the else part. */
export interface OpenRegion {
  readonly kind: Region["kind"];
  readonly start: number;
  readonly end: Label;
  readonly middle: Label;
}

/** An open try: a region with a catch entry. */
export interface OpenTry extends OpenRegion {
  readonly register: number;
  readonly savepoint: boolean;
  readonly handler: Label;
  /** Number for TryEnd; translated to the entry's index at the end. */
  readonly id: number;
  rangeStart: number;
  rangeEnd: number;
}

/** What a routine is besides its code. */
export interface RoutineHeader {
  readonly name: string;
  readonly kind: RoutineCode["kind"];
  readonly result: RegisterType | "void";
  readonly source?: number;
  readonly sourceOffset?: number;
}

/** Collects the code of one routine. Declare parameters first, then captures, then any registers. */
export class RoutineBuilder {
  readonly header: RoutineHeader;
  readonly #parameters: ParameterRow[] = [];
  #captureCount = 0;
  readonly #registers: RegisterType[] = [];
  readonly #free = new Map<RegisterType, number[]>();
  readonly #released = new Set<number>();
  readonly #code: number[] = [];
  readonly #patches: { readonly at: number; readonly label: Label }[] = [];
  /** In the order of opening, with their ends; -1 while open. */
  readonly #regions = new Map<OpenRegion, number>();
  readonly #tries: OpenTry[] = [];
  readonly #effects = new Set<Effect>();
  readonly #spans: number[] = [];
  readonly #locals: { name: string; register: number; start: number; end: number }[] = [];

  constructor(header: RoutineHeader) {
    this.header = header;
  }

  /** Index of the next instruction. */
  get position(): number {
    return this.#code.length / STRIDE;
  }

  parameter(row: ParameterRow): number {
    this.#parameters.push(row);
    this.#registers.push(row.type);
    return this.#registers.length - 1;
  }

  capture(type: RegisterType): number {
    this.#captureCount += 1;
    this.#registers.push(type);
    return this.#registers.length - 1;
  }

  /** A register of the type: a released one when there is one. */
  register(type: RegisterType): number {
    const released = this.#free.get(type)?.pop();
    if (released === undefined) return this.#registers.push(type) - 1;
    this.#released.delete(released);
    return released;
  }

  /** Consecutive new registers, for arguments. Their block is never reused as such; release them one by one. */
  registers(types: readonly RegisterType[]): number {
    const first = this.#registers.length;
    this.#registers.push(...types);
    return first;
  }

  /** Gives a register back for reuse by the same type. */
  release(register: number): void {
    if (this.#released.has(register)) return;
    this.#released.add(register);
    const type = this.typeOf(register);
    const free = this.#free.get(type) ?? [];
    free.push(register);
    this.#free.set(type, free);
  }

  typeOf(register: number): RegisterType {
    const type = this.#registers[register];
    if (type === undefined) throw new InternalError(`no register ${register}`);
    return type;
  }

  /** Appends an instruction; a Label operand is filled in when it is placed. Gives its index. Effects of the opcode are added to the routine's. */
  emit(name: OpcodeName, a: number | Label = 0, b: number | Label = 0, c: number | Label = 0): number {
    const index = this.position;
    const row: { readonly code: number; readonly effects?: readonly Effect[] } = OPCODES[name];
    this.#code.push(row.code);
    for (const operand of [a, b, c]) {
      if (typeof operand === "number") this.#code.push(operand);
      else {
        this.#patches.push({ at: this.#code.length, label: operand });
        this.#code.push(0);
      }
    }
    for (const effect of row.effects ?? []) this.#effects.add(effect);
    return index;
  }

  /** Adds effects that the opcode does not show: those of callees, closures and intrinsics. */
  addEffects(effects: Iterable<Effect>): void {
    for (const effect of effects) this.#effects.add(effect);
  }

  label(): Label {
    return { at: -1 };
  }

  place(label: Label): void {
    label.at = this.position;
  }

  open(kind: "block" | "if" | "loop"): OpenRegion {
    const region: OpenRegion = { kind, start: this.position, end: this.label(), middle: this.label() };
    this.#regions.set(region, -1);
    return region;
  }

  /** Starts the else part of an `if`. The then part must have ended with a jump to the region's end, if it can end. */
  otherwise(region: OpenRegion): void {
    this.place(region.middle);
  }

  close(region: OpenRegion): void {
    this.place(region.end);
    this.#regions.set(region, this.position);
  }

  /** Opens a try whose error goes to `register`. With `savepoint` TryBegin is emitted. */
  openTry(register: number, savepoint: boolean): OpenTry {
    const id = this.#tries.length;
    const region: OpenTry = {
      kind: "try",
      start: this.position,
      end: this.label(),
      middle: this.label(),
      register,
      savepoint,
      handler: this.label(),
      id,
      rangeStart: 0,
      rangeEnd: 0,
    };
    this.#regions.set(region, -1);
    this.#tries.push(region);
    if (savepoint) this.emit("TryBegin", id);
    region.rangeStart = this.position;
    return region;
  }

  /** Emits TryEnd where the try has a savepoint: before a jump or return that leaves it, innermost try first. */
  leaveTry(region: OpenTry): void {
    if (region.savepoint) this.emit("TryEnd", region.id);
  }

  /** Ends the try's range (with TryEnd). The next instruction is where its body falls through to: usually a jump over the handler. */
  closeTry(region: OpenTry): void {
    this.leaveTry(region);
    // A range of no instructions has nothing to catch and may not be encoded.
    if (this.position === region.rangeStart) this.emit("LoadNull", this.register("any"));
    this.close(region);
    region.rangeEnd = this.position;
  }

  /** Starts the handler; place it outside the range, where nothing falls into it. */
  startHandler(region: OpenTry): void {
    this.place(region.handler);
  }

  /** Says which source the following instructions come from. */
  at(span: Span): void {
    const n = this.#spans.length;
    if (n >= 3 && this.#spans[n - 2] === span.start && this.#spans[n - 1] === span.end) return;
    if (n >= 3 && this.#spans[n - 3] === this.position) this.#spans.length = n - 3;
    this.#spans.push(this.position, span.start, span.end);
  }

  /** Starts the live range of a variable; call the result at its end. */
  local(name: string, register: number): () => void {
    const row = { name, register, start: this.position, end: -1 };
    this.#locals.push(row);
    return () => {
      row.end = this.position;
    };
  }

  /** The routine's code. @throws InternalError when a label was used but not placed. */
  finish(): RoutineCode {
    // A span was announced for which no instruction followed.
    if (this.#spans.length >= 3 && this.#spans[this.#spans.length - 3] === this.position) this.#spans.length -= 3;
    const code = Int32Array.from(this.#code);
    for (const { at, label } of this.#patches) {
      if (label.at < 0) throw new InternalError(`${this.header.name}: a label was not placed`);
      code[at] = label.at;
    }
    const { catches, indexes } = orderCatches(this.#tries);
    renumberTries(code, indexes);
    return {
      name: this.header.name,
      kind: this.header.kind,
      parameters: this.#parameters,
      captureCount: this.#captureCount,
      registers: this.#registers,
      result: this.header.result,
      code,
      catches,
      regions: this.#finishRegions(),
      effects: EFFECTS.filter((effect) => this.#effects.has(effect)),
      spans: Int32Array.from(this.#spans),
      locals: this.#locals
        .map((row): LocalName => ({ ...row, end: row.end < 0 ? this.position : row.end }))
        .filter((row) => row.end > row.start),
      source: this.header.source ?? -1,
      sourceOffset: this.header.sourceOffset ?? 0,
    };
  }

  #finishRegions(): readonly Region[] {
    // Regions are opened outer before inner, so the order of opening is the order of the format. Empty ones say nothing.
    return [...this.#regions]
      .map(([region, end]): Region => {
        if (end < 0) throw new InternalError(`${this.header.name}: a region was not closed`);
        const row = { kind: region.kind, start: region.start, end };
        return region.kind === "if" && region.middle.at >= 0 ? { ...row, middle: region.middle.at } : row;
      })
      .filter((region) => region.end > region.start);
  }
}
