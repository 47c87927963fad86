// Calls off the hot path: conversions, names bound late, closures, intrinsics, and returns that close scopes or convert.
import { ClosureValue, type Value } from "../../../base/value/value.ts";
import { type ConstantOf, type ImportForm, STRIDE } from "../../../bytecode/program.ts";
import { required } from "../../../base/failure.ts";
import { intrinsicById } from "../../../bytecode/intrinsics/intrinsics.ts";
import { intrinsicFunction } from "../../intrinsics/functions.ts";
import type { LoadedRoutine } from "../../load.ts";
import { chargeMemory, RECORD_BYTES, SLOT_BYTES } from "../memory.ts";
import { HOT_OPERATIONS } from "../operations.ts";
import { isAssignable, isRaw, type RegisterType } from "../../../bytecode/register-type.ts";
import { LINKS } from "../links.ts";
import { kindOfRegister } from "../register-kind.ts";
import { deliver, pushFrame, read, readAll, readRegister } from "../registers.ts";
import { closeFrame } from "../scopes.ts";
import { callClosure, enterConverted, leaveFrame } from "../slow-paths.ts";
import { RAW_BITS, SPACE } from "../space.ts";
import type { MachineState } from "../state.ts";
import type { HandlerTable } from "./handler.ts";

type Names =
  | "CallLink"
  | "CallNumbersLink"
  | "CallChecked"
  | "CallImport"
  | "CallClosureChecked"
  | "MakeClosure"
  | "Intrinsic"
  | "ReturnConverted"
  | "ReturnScoped";

export const CALL_HANDLERS: HandlerTable<Names> = {
  CallLink: (m, _a, b) => link(m, b, HOT_OPERATIONS.Call),
  CallNumbersLink: (m, _a, b) => link(m, b, HOT_OPERATIONS.CallNumbers),
  CallChecked: (m, _a, b, c) => {
    const callee = m.routine.owner.routines[b] as LoadedRoutine;
    const from = m.base + c;
    pushFrame(m, callee, "converted");
    for (let i = 0; i < callee.parameterCount; i += 1) {
      // The verifier has seen equal storage on both sides.
      m.numbers[m.base + i] = m.numbers[from + i] ?? 0;
      m.values[m.base + i] = m.values[from + i] ?? null;
    }
  },
  CallImport: (m, a, b, c) => {
    const { reference } = m.routine.owner.program.constants[b] as ConstantOf<"import">;
    const callee = boundImport(m, b, reference);
    if (fitsAsIs(m, a, callee, reference) && bindCall(m, callee, b)) return;
    const args = reference.argumentTypes.map((type, index) =>
      readRegister(m, m.base + c + index, kindOfRegister(type)),
    );
    enterConverted(m, callee, args);
  },
  CallClosureChecked: (m, a, b, c) => callClosure(m, a, b, c),
  MakeClosure: (m, a, b, c) => {
    const lambda = m.routine.owner.routines[b] as LoadedRoutine;
    const { captureCount } = lambda.code;
    chargeMemory(m, RECORD_BYTES + captureCount * SLOT_BYTES);
    m.values[m.base + a] = new ClosureValue(lambda, readAll(m, c, captureCount));
  },
  Intrinsic: (m, a, b, c) => {
    const count = intrinsicById(b)?.parameters.length ?? 0;
    const run = required(intrinsicFunction(b), "a verified intrinsic");
    deliver(m, a, run(m.context, intrinsicArguments(m, c, count)));
  },
  ReturnConverted: (m, a) => leaveFrame(m, read(m, a)),
  ReturnScoped: (m, a, isVoid) => {
    // Still in the frame: an error of the host while closing is this routine's.
    closeFrame(m, "normal");
    leaveFrame(m, isVoid === 1 ? null : read(m, a));
  },
};

/** The first run of a call: its callee is installed, the instruction becomes one that holds where the callee's code starts, and runs again. */
function link(m: MachineState, routine: number, operation: number): void {
  const start = SPACE.startOf(m.routine.owner.routines[routine] as LoadedRoutine);
  m.pc -= STRIDE;
  SPACE.code[m.pc] = operation;
  SPACE.code[m.pc + 2] = start;
}

function intrinsicArguments(m: MachineState, first: number, count: number): readonly Value[] {
  switch (count) {
    case 0:
      return [];
    case 1:
      return [read(m, first)];
    case 2:
      return [read(m, first), read(m, first + 1)];
    default:
      return readAll(m, first, count);
  }
}

/** The routine behind an import. @throws Trap NoSuchRoutine. */
function boundImport(m: MachineState, constant: number, reference: ImportForm): LoadedRoutine {
  const { owner } = m.routine;
  const known = LINKS.known(owner, constant);
  if (known !== undefined) return known;
  const { name, receiver, version } = reference;
  const found = m.host.resolve({ name, receiver, version });
  LINKS.keep(owner, constant, found);
  return found;
}

/** Whether a call by name passes arguments and takes the result without conversion, so that it may become an ordinary call. */
function fitsAsIs(m: MachineState, dst: number, callee: LoadedRoutine, reference: ImportForm): boolean {
  const { parameters, result, captureCount } = callee.code;
  const { argumentTypes } = reference;
  if (captureCount > 0 || argumentTypes.length !== parameters.length || parameters.length > RAW_BITS) return false;
  if (!parameters.every((row, index) => passesAsIs(argumentTypes[index] ?? "any", row.type))) return false;
  const target = m.routine.code.registers[dst];
  return target === undefined || (result !== "void" && passesAsIs(result, target));
}

function passesAsIs(source: RegisterType, target: RegisterType): boolean {
  return isRaw(source) === isRaw(target) && isAssignable(source, target);
}

function bindCall(m: MachineState, callee: LoadedRoutine, constant: number): boolean {
  const isNumbers = callee.code.parameters.every((row) => isRaw(row.type));
  const operation = isNumbers ? HOT_OPERATIONS.CallNumbers : HOT_OPERATIONS.Call;
  if (!LINKS.bind(m.pc, operation, SPACE.startOf(callee), constant)) return false;
  m.pc -= STRIDE;
  return true;
}
