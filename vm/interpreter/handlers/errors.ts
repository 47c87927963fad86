// Errors, savepoints, transactions.
import { printValue } from "../../../base/value/print.ts";
import { ErrorValue } from "../../../base/value/value.ts";
import type { ConstantOf } from "../../../bytecode/program.ts";
import { errorIs, Trap } from "../../../bytecode/trap.ts";
import { chargeMemory, RECORD_BYTES } from "../memory.ts";
import { read } from "../registers.ts";
import { beforeWrite, endToken, endTry, openScope } from "../scopes.ts";
import { stackOf } from "../unwind.ts";
import type { HandlerTable } from "./handler.ts";

type Names =
  | "ErrorNew"
  | "ErrorIs"
  | "Throw"
  | "Rethrow"
  | "TryBegin"
  | "TryEnd"
  | "Savepoint"
  | "Release"
  | "RollbackTo"
  | "AutonomousBegin"
  | "AutonomousEnd";

export const ERROR_HANDLERS: HandlerTable<Names> = {
  ErrorNew: (m, a, b, c) => {
    const { name, parents } = m.routine.owner.program.constants[b] as ConstantOf<"error">;
    chargeMemory(m, RECORD_BYTES * 2);
    const message = read(m, c);
    m.values[m.base + a] = new ErrorValue(
      name,
      message === null ? "" : printValue(message, m.work),
      read(m, c + 1),
      parents,
    );
  },
  ErrorIs: (m, a, b, c) => {
    const name = (m.routine.owner.program.constants[c] as ConstantOf<"string">).value;
    m.values[m.base + a] = errorIs(m.values[m.base + b] as ErrorValue, name);
  },
  Throw: (m, a) => {
    const error = m.values[m.base + a] as ErrorValue;
    // The same error value may be thrown from two places: each throw has its own stack.
    throw new Trap(new ErrorValue(error.code, error.message, error.detail, error.parents, stackOf(m)));
  },
  Rethrow: (m, a) => {
    throw new Trap(m.values[m.base + a] as ErrorValue);
  },
  TryBegin: (m, a) => openScope(m, "try", -1, { entry: a }),
  TryEnd: (m, a) => endTry(m, a),
  Savepoint: (m, a) => {
    beforeWrite(m);
    const token = m.host.savepoint();
    openScope(m, "savepoint", token);
    m.setInt(m.base + a, token);
  },
  Release: (m, a) => endToken(m, "savepoint", Number(m.intAt(m.base + a)), "normal"),
  RollbackTo: (m, a) => endToken(m, "savepoint", Number(m.intAt(m.base + a)), "failed"),
  AutonomousBegin: (m, a) => {
    beforeWrite(m);
    const token = m.host.beginAutonomous();
    openScope(m, "autonomous", token);
    m.setInt(m.base + a, token);
  },
  AutonomousEnd: (m, a, commit) =>
    endToken(m, "autonomous", Number(m.intAt(m.base + a)), commit === 1 ? "normal" : "failed"),
};
