// Session statements on whole databases: transactions of scripts, ATTACH, DETACH, BACKUP, RESTORE, PRAGMA, ANALYZE, REINDEX, VACUUM.
// File access needs the grant; what cannot be done inside a transaction or a routine says so.
import { trap } from "../../bytecode/trap.ts";
import type { Value } from "../../base/value/value.ts";
import type { ManagementForm } from "../../vm/host.ts";
import { asTrap } from "../sql/engine-errors.ts";
import { isCatalogName } from "../sql/forms.ts";
import { wholeTable } from "../host/tables.ts";
import {
  argumentOf,
  optionalText,
  shortName,
  textArgument,
  textField,
  type ManageVerb,
  type ManageWorld,
} from "./world.ts";

function needFiles(world: ManageWorld, statement: string): void {
  if (!world.grants.files)
    throw trap("PermissionDenied", `${statement} needs access to files, which this session does not have.`);
}

function onlyInScripts(world: ManageWorld, statement: string): void {
  if (world.insideRoutine())
    throw trap("PermissionDenied", `${statement} stands only at the top level of a script, not inside a routine.`);
}

function outsideTransactions(world: ManageWorld, statement: string): void {
  if (world.connection.inTransaction)
    throw trap("TransactionState", `${statement} cannot run inside a transaction; commit or roll back first.`);
}

type ControlAction = Parameters<ManageWorld["transactions"]["control"]>[0];
type ControlMode = Parameters<ManageWorld["transactions"]["control"]>[1];

/** BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, ROLLBACK TO. */
export const transactionControl: ManageVerb = (world, form) => {
  const action = textField(form, "action");
  onlyInScripts(world, action.toUpperCase());
  world.transactions.control(
    action as ControlAction,
    optionalText(form, "mode") as ControlMode,
    optionalText(form, "name"),
  );
  const isolation = optionalText(form, "isolation");
  if (isolation !== undefined && isolation !== "serializable")
    world.output.notice(
      `SQLite runs every transaction SERIALIZABLE, which keeps all that ${isolation.toUpperCase()} promises.`,
    );
  if (action.startsWith("rollback")) world.schemaChanged();
  return null;
};

/** Aliases that would hide what everybody expects under these names. */
const RESERVED_ALIASES: ReadonlySet<string> = new Set(["main", "temp", "system"]);

/** ATTACH 'x.db' [AS a], ATTACH Gobi [AS g]. */
export const attach: ManageVerb = (world, form, args) => {
  const service = optionalText(form, "service");
  if (service !== undefined && form["file"] === undefined) {
    if (service.toLowerCase() !== "gobi")
      throw trap("ServiceUnavailable", `There is no service ${service}; ATTACH takes a file in quotes, or Gobi.`);
    needFiles(world, "ATTACH");
    const told = world.gobi.attach(aliasGiven(form));
    if (told !== undefined) world.output.notice(told);
    return null;
  }
  needFiles(world, "ATTACH");
  const file = textArgument(form, args, "file", "The file of ATTACH");
  const alias = aliasGiven(form) ?? notReserved(aliasOf(file));
  asTrap(() => world.connection.attach(file === ":memory:" ? file : world.resolvePath(file), alias));
  world.schemaChanged();
  return null;
};

/** What stands behind AS. @throws Trap AlreadyExists. */
function aliasGiven(form: ManagementForm): string | undefined {
  const alias = optionalText(form, "alias");
  return alias === undefined ? undefined : notReserved(alias);
}

function notReserved(alias: string): string {
  if (RESERVED_ALIASES.has(alias.toLowerCase()))
    throw trap("AlreadyExists", `${alias} cannot be the name of an attached database; choose another with AS.`);
  return alias;
}

/** `data/sales.db` is attached as `sales`. */
function aliasOf(file: string): string {
  const base = file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
  const stem = base.includes(".") ? base.slice(0, base.indexOf(".")) : base;
  const alias = stem.replace(/[^A-Za-z0-9_]/g, "_");
  return alias === "" ? "attached" : alias;
}

/** DETACH a. */
export const detach: ManageVerb = (world, form) => {
  const name = textField(form, "name");
  if (RESERVED_ALIASES.has(name.toLowerCase())) throw trap("SqlError", `${name} cannot be detached.`);
  outsideTransactions(world, "DETACH");
  if (world.gobi.detach(name)) return null;
  asTrap(() => world.connection.detach(name));
  world.schemaChanged();
  return null;
};

/** BACKUP DATABASE TO <file>: the last committed state, so it works inside a procedure too. */
export const backup: ManageVerb = (world, form, args) => {
  needFiles(world, "BACKUP");
  const file = world.resolvePath(textArgument(form, args, "to", "The file of BACKUP"));
  asTrap(() => world.connection.backup(file));
  return null;
};

/** RESTORE DATABASE FROM <file>. */
export const restore: ManageVerb = (world, form, args) => {
  needFiles(world, "RESTORE");
  onlyInScripts(world, "RESTORE");
  outsideTransactions(world, "RESTORE");
  const file = world.resolvePath(textArgument(form, args, "from", "The file of RESTORE"));
  asTrap(() => world.connection.restore(file));
  world.schemaChanged();
  return null;
};

/** Settings that would let a program damage the file or the session. */
const REFUSED_PRAGMAS: ReadonlySet<string> = new Set([
  "writable_schema",
  "trusted_schema",
  "ignore_check_constraints",
  "legacy_alter_table",
]);

/** PRAGMA name [= value]: a session that was opened in its own process is the owner. */
export const pragma: ManageVerb = (world, form, args) => {
  onlyInScripts(world, "PRAGMA");
  const name = textField(form, "name");
  if (REFUSED_PRAGMAS.has(shortName(name).toLowerCase()))
    throw trap("PermissionDenied", `PRAGMA ${name} is not allowed.`);
  const value = pragmaValue(form, args);
  if (value !== "") world.adjusted();
  const sql = `PRAGMA ${name.split(".").map(quoted).join(".")}${value}`;
  const { source } = asTrap(() => world.connection.runText(sql, []));
  world.schemaChanged();
  if (source === undefined) return null;
  const table = asTrap(() => wholeTable(source));
  return table.shape.fields.length === 0 ? null : table;
};

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function pragmaValue(form: ManagementForm, args: readonly Value[]): string {
  const written = optionalText(form, "text");
  const value = argumentOf(form, args, "value");
  if (written === undefined && value === undefined) return "";
  const text =
    written ??
    (typeof value === "number" || typeof value === "bigint"
      ? String(value)
      : typeof value === "boolean"
        ? value
          ? "1"
          : "0"
        : `'${String(value).replaceAll("'", "''")}'`);
  return form["form"] === "parentheses" ? `(${text})` : ` = ${text}`;
}

/** ANALYZE, REINDEX, VACUUM [INTO]. */
export const maintenance: ManageVerb = (world, form, args) => {
  const action = textField(form, "action");
  const name = optionalText(form, "name");
  if (name !== undefined && isCatalogName(shortName(name)))
    throw trap("NoSuchTable", `There is no table named ${name}.`);
  let sql = `${action.toUpperCase()}${name === undefined ? "" : ` ${name.split(".").map(quoted).join(".")}`}`;
  if (action === "vacuum") {
    onlyInScripts(world, "VACUUM");
    outsideTransactions(world, "VACUUM");
    if (form["into"] !== undefined) {
      needFiles(world, "VACUUM INTO");
      sql += ` INTO '${world.resolvePath(textArgument(form, args, "into", "The file of VACUUM INTO")).replaceAll("'", "''")}'`;
    }
  }
  asTrap(() => world.connection.runText(sql, []).source?.close());
  return null;
};
