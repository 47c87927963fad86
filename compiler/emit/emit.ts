// The door of the emitter: a Core program becomes bytecode. Registers by static type, structured regions, catch tables, spans and names for debugging.
// It trusts the checker; the verifier trusts nobody and is expected to accept whatever comes out of here.
import { required } from "../../base/failure.ts";
import { lineStarts, type SourceFile } from "../../base/source.ts";
import type { Steps } from "../../base/steps.ts";
import { ProgramBuilder, RoutineBuilder } from "../../bytecode/builder.ts";
import { EFFECTS, type Effect, type ParameterRow, type Program, type RoutineCode } from "../../bytecode/program.ts";
import type { Item } from "../syntax/tree.ts";
import type { CoreProgram, CoreRoutine } from "../lower/core.ts";
import type { CoreParameter } from "../lower/core-parts.ts";
import { literalOf, routineIndex, type Emission, type ProgramEmission } from "./context.ts";
import { jumpUnless } from "./conditions.ts";
import { loopConstants } from "./loops.ts";
import { emitStatements } from "./statements.ts";
import { emitValue } from "./values.ts";

/** The bytecode and where each Core routine went. */
export interface Emitted {
  readonly program: Program;
  readonly indexes: ReadonlyMap<CoreRoutine, number>;
}

/** Says which file an item stands in; items of the standard library have files of their own. */
export type FileOf = (item: Item) => SourceFile;

const HOISTED_CONSTANTS_MAX = 32;

/** Emits a program, a routine in a step. */
export function* emitProgram(core: CoreProgram, fileOf: FileOf): Steps<Emitted> {
  const program: ProgramEmission = {
    builder: new ProgramBuilder(),
    indexes: new Map(),
    queue: [],
    callees: new Map(),
    rules: { value: emitValue, statements: emitStatements, jumpUnless },
  };
  const sources = new Map<SourceFile, number>();
  const sourceOf = (item: Item): number => {
    const file = fileOf(item);
    const known = sources.get(file);
    if (known !== undefined) return known;
    const made = program.builder.source({ file: file.name, lineStarts: lineStarts(file.text) });
    sources.set(file, made);
    return made;
  };
  for (const routine of core.routines) routineIndex(program, routine);
  const codes: RoutineCode[] = [];
  // Emitting a routine may put others at the queue's end. Nothing is taken out: a shift of a long array moves all of it.
  for (const routine of program.queue) {
    const index = required(program.indexes.get(routine), "index of a routine");
    codes[index] = emitRoutine(program, routine, index, sourceOf(routine.item));
    yield;
  }
  withEffects(codes, program.callees).forEach((code, index) => program.builder.define(index, code));
  const finished = program.builder.finish();
  return {
    program: {
      ...finished,
      globals: core.globals.map((global) => ({ name: global.name, type: global.rep })),
      sqlFunctions: core.sqlFunctions.map(({ name, routine, deterministic }) => ({
        name,
        routine: routineIndex(program, routine),
        deterministic,
      })),
    },
    indexes: program.indexes,
  };
}

const KINDS: Readonly<Record<CoreRoutine["kind"], RoutineCode["kind"]>> = {
  function: "function",
  procedure: "procedure",
  lambda: "lambda",
  entry: "script",
  test: "test",
  trigger: "trigger",
  schedule: "procedure",
};

function emitRoutine(program: ProgramEmission, routine: CoreRoutine, index: number, source: number): RoutineCode {
  const builder = new RoutineBuilder({
    name: routine.name,
    kind: KINDS[routine.kind],
    result: routine.resultRep,
    source,
    sourceOffset: routine.item.offset,
  });
  const ctx: Emission = {
    program,
    builder,
    routine,
    index,
    registers: new Map(),
    scopes: [],
    blocks: new Map(),
    constants: new Map(),
  };
  for (const parameter of routine.parameters)
    ctx.registers.set(parameter.local, builder.parameter(parameterRow(parameter)));
  for (const capture of routine.captures) ctx.registers.set(capture, builder.capture(capture.rep));
  for (const [local, register] of ctx.registers) if (!local.hidden) builder.local(local.name, register);
  const body = required(routine.body, `body of ${routine.name}`);
  hoistConstants(ctx);
  emitStatements(ctx, body);
  if (body.at(-1)?.kind === "return") return builder.finish();
  // The last statement cannot be left otherwise, but the verifier wants the code closed.
  builder.at(routine.span);
  if (routine.resultRep === "void") builder.emit("ReturnVoid");
  else {
    const result = builder.register(routine.resultRep);
    emitValue(ctx, { kind: "constant", span: routine.span, rep: "any", value: { kind: "null" } }, result);
    builder.emit("Return", result);
  }
  return builder.finish();
}

function parameterRow({ local, form, mode, optional }: CoreParameter): ParameterRow {
  return { name: local.name, type: local.rep, form, mode, optional };
}

// Constants of loops are loaded once, at the start.
function hoistConstants(ctx: Emission): void {
  for (const constant of loopConstants(ctx.routine.body ?? [])) {
    const literal = literalOf(constant);
    if (literal === undefined || ctx.constants.size >= HOISTED_CONSTANTS_MAX) continue;
    const index = ctx.program.builder.constant(literal);
    if (ctx.constants.has(index)) continue;
    const register = ctx.builder.register(constant.rep);
    ctx.constants.set(index, register);
    ctx.builder.emit("LoadConst", register, index);
  }
}

// A routine's effects include those of all that it calls or closes over. Who gains one hands it on to its callers.
function withEffects(
  codes: readonly RoutineCode[],
  callees: ReadonlyMap<number, ReadonlySet<number>>,
): readonly RoutineCode[] {
  const all = codes.map((code) => new Set<Effect>(code.effects));
  const callers = new Map<number, number[]>();
  for (const [caller, called] of callees)
    for (const callee of called) {
      const known = callers.get(callee);
      if (known === undefined) callers.set(callee, [caller]);
      else known.push(caller);
    }
  const gained = [...callers.keys()];
  for (const callee of gained) {
    const effects = all[callee] ?? [];
    for (const caller of callers.get(callee) ?? []) {
      const own = all[caller];
      if (own === undefined) continue;
      const before = own.size;
      for (const effect of effects) own.add(effect);
      if (own.size !== before && callers.has(caller)) gained.push(caller);
    }
  }
  return codes.map((code, index) => ({
    ...code,
    effects: EFFECTS.filter((effect) => all[index]?.has(effect) === true),
  }));
}
