// The table of management statements: one implementation per verb of the compiler's forms.
import { InternalError } from "../../base/failure.ts";
import type { Value } from "../../base/value/value.ts";
import type { ManagementForm } from "../../vm/host.ts";
import { builtinTable, dropObject, enable, rollback } from "./changes.ts";
import { attach, backup, detach, maintenance, pragma, restore, transactionControl } from "./database.ts";
import { clockSet } from "./clock.ts";
import { explain } from "./explain.ts";
import type { GrantObject } from "../../base/privileges.ts";
import { ensureCatalog } from "../catalog/schema.ts";
import { grant } from "../security/grants.ts";
import { AUDITED, askToManage } from "../security/manage-needs.ts";
import { forgetObject } from "../security/owners.ts";
import { hasUsers } from "../security/rights.ts";
import { showGrants } from "../security/show-grants.ts";
import { createToken, dropToken } from "../security/token-verbs.ts";
import { alterUser, createRole, createUser, dropGrantee } from "../security/users.ts";
import { auditIn } from "../security/verbs.ts";
import { lock } from "./daemon.ts";
import { list } from "./lists.ts";
import { profile } from "./profile.ts";
import { runAgain } from "./run-again.ts";
import { cancelRun, history, run } from "./runs.ts";
import { pause } from "./schedules.ts";
import { describe, show } from "./show.ts";
import { optionalText, shortName, type ManageVerb, type ManageWorld } from "./world.ts";

/** Every verb that the compiler may emit. */
export const MANAGE_VERBS: Readonly<Record<string, ManageVerb>> = {
  list,
  show,
  describe,
  dropObject,
  enable,
  rollbackRoutine: rollback,
  pause,
  run,
  runAgain,
  cancelRun,
  history,
  attach,
  detach,
  backup,
  restore,
  profile,
  lock,
  createUser,
  alterUser,
  createRole,
  dropGrantee,
  createToken,
  dropToken,
  showGrants,
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
  askToManage(world, form, args);
  return audited(world, form, () => verb(world, form, args));
}

/** Does a statement together with its row in the audit log, which is kept where there are users, or by sessions of the daemon. */
function audited(world: ManageWorld, form: ManagementForm, work: () => Value): Value {
  const action = AUDITED[form.verb]?.(form);
  if (action === undefined || form["forSession"] === true || !isAudited(world, form)) return work();
  const token = world.transactions.savepoint();
  try {
    const result = work();
    ensureCatalog(world.place);
    const name = optionalText(form, "name");
    const kind = optionalText(form, "what");
    if (form.verb === "dropObject" && kind !== undefined && name !== undefined)
      forgetObject(world.place, kind as GrantObject, shortName(name));
    auditIn(world, {
      action,
      ...(kind === undefined ? {} : { objectKind: kind }),
      ...(name === undefined ? {} : { objectName: name }),
    });
    world.transactions.release(token);
    return result;
  } catch (error) {
    world.transactions.rollbackTo(token);
    throw error;
  }
}

/** Without an authority the database may be open for reading only, of which backups can be made. */
function isAudited(world: ManageWorld, form: ManagementForm): boolean {
  return world.authority !== undefined || (form.verb !== "backup" && hasUsers(world.connection));
}
