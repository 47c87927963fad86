// What management statements need: one row per verb. Those on users, roles, tokens and rights ask by themselves; what is left out is for everybody.
import type { GrantObject, Need, Privilege } from "../../base/privileges.ts";
import type { Value } from "../../base/value/value.ts";
import type { ManagementForm } from "../../vm/host.ts";
import { storedTable } from "../catalog/schema.ts";
import { argumentOf, optionalText, shortName, textField, type ManageWorld } from "../manage/world.ts";
import { readRows, textOf } from "../sql/rows.ts";
import { askToLock } from "./ask-lock.ts";
import type { Authority } from "./types.ts";

type Asks = (authority: Authority, form: ManagementForm, world: ManageWorld, args: readonly Value[]) => void;

function need(privilege: Privilege, objectKind: GrantObject, objectName: string): Need {
  return { privilege, objectKind, objectName, columns: undefined };
}

const SERVICE = need("SERVICE CONTROL", "service", "");
const administrators =
  (what: string): Asks =>
  (authority) =>
    authority.demandSuperuser(what);

const GRANTABLE: ReadonlySet<string> = new Set<GrantObject>([
  "procedure",
  "function",
  "trigger",
  "schedule",
  "pipeline",
]);

/** ALTER on the object that a statement names; without a name, or of a kind without rights, it is for administrators. */
function alters(authority: Authority, form: ManagementForm, what: string): void {
  const kind = textField(form, "what");
  const name = optionalText(form, "name");
  if (name === undefined || !GRANTABLE.has(kind)) authority.demandSuperuser(what);
  else authority.demandNeeds([need("ALTER", kind as GrantObject, shortName(name))]);
}

function tableNeed(privilege: Privilege, name: string): Need {
  return need(privilege, "table", name.includes(".") ? name : `main.${name}`);
}

/** The schedule that a run belongs to. */
function scheduleOfRun(world: ManageWorld, id: string): string | undefined {
  if (!world.hasCatalog()) return undefined;
  const sql = `SELECT s.name FROM ${storedTable("runs")} r JOIN ${storedTable("schedules")} s ON s.schedule_id = r.schedule_id WHERE r.run_id = ?`;
  const [row] = readRows(world.connection, sql, [id]);
  return row === undefined ? undefined : textOf(row[0]);
}

/** What one must be allowed to start a run like this one; undefined: there is none that somebody may be granted. */
function needOfRun(world: ManageWorld, id: string): Need | undefined {
  if (!world.hasCatalog()) return undefined;
  const sql = `SELECT s.name, t.name, json_extract(r.target, '$.kind'), json_extract(r.target, '$.name') FROM ${storedTable("runs")} r
    LEFT JOIN ${storedTable("schedules")} s ON s.schedule_id = r.schedule_id LEFT JOIN ${storedTable("triggers")} t ON t.trigger_id = r.trigger_id WHERE r.run_id = ?`;
  const [row] = readRows(world.connection, sql, [id]);
  if (row === undefined) return undefined;
  const [schedule, trigger, kind, name] = row.map((value) => (value === null ? undefined : textOf(value)));
  if (schedule !== undefined) return need("RUN", "schedule", schedule);
  if (kind === "pipeline" && name !== undefined) return need("RUN", "pipeline", name);
  if (trigger !== undefined) return need("ALTER", "trigger", trigger);
  return (kind === "procedure" || kind === "function") && name !== undefined ? need("EXECUTE", kind, name) : undefined;
}

const RUNS = tableNeed("SELECT", "system.runs");

const OTHERS: ReadonlySet<string> = new Set(["session", "lane", "lock", "transaction"]);

const ASKS: Readonly<Record<string, Asks>> = {
  list: (authority, form) => {
    const what = textField(form, "what");
    if (what === "run") authority.demandNeeds([RUNS]);
    // What others do now, with the texts of their statements.
    if (OTHERS.has(what)) authority.demandNeeds([SERVICE]);
  },
  show: (authority, form) => {
    if (textField(form, "what") === "run") authority.demandNeeds([RUNS]);
  },
  dropObject: (authority, form) => alters(authority, form, `DROP ${textField(form, "what").toUpperCase()}`),
  enable: (authority, form) =>
    alters(authority, form, `${form["enabled"] === true ? "ENABLE" : "DISABLE"} of all ${textField(form, "what")}s`),
  rollbackRoutine: (authority, form) => alters(authority, form, `ROLLBACK ${textField(form, "what").toUpperCase()}`),
  lock: (authority, form) => askToLock(authority, textField(form, "name")),
  pause: (authority) => authority.demandNeeds([SERVICE]),
  run: (authority, form) => {
    const kind = textField(form, "what");
    const name = shortName(textField(form, "name"));
    // A trigger works with its owner's rights, for rows that the statement gives.
    if (kind === "trigger") authority.demandNeeds([need("ALTER", "trigger", name)]);
    else
      authority.demandNeeds([
        kind === "schedule" || kind === "pipeline" ? need("RUN", kind, name) : need("EXECUTE", "procedure", name),
      ]);
  },
  runAgain: (authority, form, world, args) => {
    const needed = needOfRun(world, String(argumentOf(form, args, "run") ?? ""));
    authority.demandNeeds([needed ?? SERVICE]);
  },
  cancelRun: (authority, form, world, args) => {
    const id = String(argumentOf(form, args, "run") ?? "");
    const schedule = scheduleOfRun(world, id);
    // An asynchronous call of this session is its own.
    if (schedule !== undefined) authority.demandNeeds([need("RUN", "schedule", schedule)]);
    else if (!world.jobs().some((job) => job.id === id)) authority.demandNeeds([SERVICE]);
  },
  history: (authority, form) => {
    const name = optionalText(form, "name");
    authority.demandNeeds([name === undefined ? RUNS : need("RUN", "schedule", shortName(name))]);
  },
  // A daemon is attached with the rights of this process, not with the user's.
  attach: administrators("ATTACH"),
  backup: administrators("BACKUP"),
  restore: administrators("RESTORE"),
  pragma: administrators("PRAGMA"),
  maintenance: (authority, form) => {
    const name = optionalText(form, "name");
    if (name === undefined || form["action"] === "vacuum")
      authority.demandSuperuser(textField(form, "action").toUpperCase());
    else authority.demandNeeds([tableNeed("ALTER", name)]);
  },
};

/** Asks for a management statement. @throws Trap PermissionDenied. */
export function askToManage(world: ManageWorld, form: ManagementForm, args: readonly Value[]): void {
  const { authority } = world;
  if (authority === undefined) return;
  ASKS[form.verb]?.(authority, form, world, args);
}

/** Verbs whose work stands in the audit log, with the name of the action. */
export const AUDITED: Readonly<Record<string, (form: ManagementForm) => string>> = {
  dropObject: (form) => `drop_${textField(form, "what")}`,
  enable: (form) => `${form["enabled"] === true ? "enable" : "disable"}_${textField(form, "what")}`,
  rollbackRoutine: (form) => (textField(form, "what") === "pipeline" ? "rollback_pipeline" : "rollback_routine"),
  pause: (form) => (form["paused"] === true ? "pause_schedules" : "resume_schedules"),
  run: (form) => `run_${textField(form, "what")}`,
  runAgain: () => "run_again",
  cancelRun: () => "cancel_run",
  backup: () => "backup",
};
