// The table of management statements: one implementation per verb of the compiler's forms.
import { InternalError } from "../../base/failure.ts";
import type { Value } from "../../base/value/value.ts";
import type { ManagementForm } from "../../vm/host.ts";
import { builtinTable, dropObject, enable, grant, rollbackRoutine } from "./changes.ts";
import { attach, backup, detach, maintenance, pragma, restore, transactionControl } from "./database.ts";
import { clockSet } from "./clock.ts";
import { explain } from "./explain.ts";
import { list } from "./lists.ts";
import { profile } from "./profile.ts";
import { cancelRun, history, run } from "./runs.ts";
import { pause } from "./schedules.ts";
import { describe, show } from "./show.ts";
import type { ManageVerb, ManageWorld } from "./world.ts";

/** Every verb that the compiler may emit. */
export const MANAGE_VERBS: Readonly<Record<string, ManageVerb>> = {
  list,
  show,
  describe,
  dropObject,
  enable,
  rollbackRoutine,
  pause,
  run,
  cancelRun,
  history,
  attach,
  detach,
  backup,
  restore,
  profile,
  grant,
  builtinTable,
  transactionControl,
  explain,
  pragma,
  maintenance,
  clockSet,
};

/**
 * Carries out a management statement. Gives a table for statements that show something, else null.
 * @throws Trap for everything that is wrong with the statement or the database.
 */
export function manage(world: ManageWorld, form: ManagementForm, args: readonly Value[]): Value {
  const verb = MANAGE_VERBS[form.verb];
  if (verb === undefined) throw new InternalError(`manage: unknown statement ${form.verb}`);
  return verb(world, form, args);
}
