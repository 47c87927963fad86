// Runs a slice: hot operations in run.ts, the others here, by the table of handlers.
import { STRIDE } from "../../bytecode/program.ts";
import { COLD_HANDLERS } from "./handlers/handlers.ts";
import type { Handler } from "./handlers/handler.ts";
import { COLD_START, HOT_OPERATIONS } from "./operations.ts";
import { run } from "./run.ts";
import { isReturn, returnConverted } from "./slow-paths.ts";
import { SPACE } from "./space.ts";
import type { MachineState } from "./state.ts";

/** Runs until the stub frame below has its result (true), or the slice's fuel is used up (false). @throws Trap (state saved), RangeError of the JavaScript engine. */
export function runSlice(m: MachineState): boolean {
  const { code } = SPACE;
  for (;;) {
    const operation = run(m);
    if (operation >= COLD_START) {
      const { pc } = m;
      m.pc = pc + STRIDE;
      const handler = COLD_HANDLERS[operation - COLD_START] as Handler;
      handler(m, code[pc + 1] as number, code[pc + 2] as number, code[pc + 3] as number);
      if (m.fuel < 0) return false;
    } else if (operation === HOT_OPERATIONS.Halt) return true;
    else if (isReturn(operation)) returnConverted(m);
    else return false;
  }
}
