// All cold operations by number. A missing or misspelt handler does not compile.
import { COLD_OPERATION_NAMES, type ColdOperationName } from "../operations.ts";
import { ARITHMETIC_HANDLERS } from "./arithmetic.ts";
import { CALL_HANDLERS } from "./calls.ts";
import { CONTAINER_HANDLERS } from "./containers.ts";
import { ERROR_HANDLERS } from "./errors.ts";
import type { Handler } from "./handler.ts";
import { LOGIC_HANDLERS } from "./logic.ts";
import { SQL_HANDLERS } from "./sql.ts";
import { WORLD_HANDLERS } from "./world.ts";

const HANDLERS: Readonly<Record<ColdOperationName, Handler>> = {
  ...ARITHMETIC_HANDLERS,
  ...LOGIC_HANDLERS,
  ...CONTAINER_HANDLERS,
  ...CALL_HANDLERS,
  ...ERROR_HANDLERS,
  ...SQL_HANDLERS,
  ...WORLD_HANDLERS,
};

/** Handlers in the order of COLD_OPERATION_NAMES. */
export const COLD_HANDLERS: readonly Handler[] = COLD_OPERATION_NAMES.map((name) => HANDLERS[name]);
