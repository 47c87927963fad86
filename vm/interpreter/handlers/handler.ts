// What a cold operation is: a function over the machine's state and three operands. It reads and writes registers through registers.ts, may throw Trap,
// and may change the current frame; run.ts reads all its locals again afterwards.
import type { ColdOperationName } from "../operations.ts";
import type { MachineState } from "../state.ts";

/** A cold operation. `m.pc` points behind the instruction, `m.fuel` is current. */
export type Handler = (m: MachineState, a: number, b: number, c: number) => void;

/** Handlers of some operations, checked for their names. */
export type HandlerTable<Names extends ColdOperationName> = Readonly<Record<Names, Handler>>;
