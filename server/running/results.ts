// What a top-level statement gives, as results for people and clients: by the kind of statement and the value that its code returned.
import type { CheckedModule } from "../../compiler/check/checked.ts";
import type {
  Expression,
  ManagementStatement,
  QualifiedName,
  SqlStatement,
  Statement,
} from "../../compiler/syntax/tree.ts";
import { showType } from "../../compiler/types/show.ts";
import { cell, type Column } from "../../base/value/column.ts";
import { kindOf } from "../../base/value/kind.ts";
import { TableValue, type Value } from "../../base/value/value.ts";
import type { StatementResult } from "../session-types.ts";

/** Rows with the types that the checker promised, else those of the columns. */
export function tableResult(table: TableValue, types?: readonly string[]): StatementResult {
  const own = table.columns.map((column) => column.type);
  return { kind: "table", table, types: types !== undefined && types.length === own.length ? types : own };
}

/** The type of a column whose values only tell it: theirs, when it is one for all. */
function shownType(column: Column, length: number): string {
  if (column.type !== "any") return column.type;
  const kinds = new Set<string>();
  for (let row = 0; row < length && kinds.size < 2; row += 1) {
    const value = cell(column, row);
    if (value !== null) kinds.add(kindOf(value));
  }
  const [kind] = kinds;
  return kinds.size === 1 && kind !== undefined ? kind : "any";
}

/** Types that the checker promised for the columns of a statement. */
export function columnTypes(checked: CheckedModule, statement: SqlStatement): readonly string[] | undefined {
  return checked.sql.get(statement)?.columns?.map((column) => showType(column.type));
}

/** The static type of an expression's value, after its coercions. */
function typeOf(checked: CheckedModule, expression: Expression, value: Value): string {
  const type = checked.coercions.get(expression)?.at(-1)?.to ?? checked.types.get(expression);
  const shown = type === undefined ? "any" : showType(type);
  return shown === "any" ? kindOf(value) : shown;
}

function nameOf(name: QualifiedName): string {
  return name.parts.map((part) => part.text).join(".");
}

/** Words after which DDL says what it did: "table t created". */
function ddlText(statement: SqlStatement): string | undefined {
  switch (statement.kind) {
    case "createTable":
    case "createVirtualTable":
      // A built-in table: the notice has said that nothing was changed.
      if (statement.name.parts[0]?.text.toLowerCase() === "system") return undefined;
      return `table ${nameOf(statement.name)} created`;
    case "createIndex":
      return `index ${nameOf(statement.name)} created`;
    case "createView":
      return `view ${nameOf(statement.name)} created`;
    case "createNativeTrigger":
      return `trigger ${nameOf(statement.name)} created`;
    case "alterTable":
      return `table ${nameOf(statement.name)} altered`;
    case "drop":
      return `${statement.object} ${nameOf(statement.name)} dropped`;
    case "transactionControl":
      return {
        begin: "transaction started",
        commit: "transaction committed",
        rollback: "transaction rolled back",
        savepoint: "savepoint set",
        release: "savepoint released",
        "rollback to": "rolled back to savepoint",
      }[statement.action];
    case "maintenance":
      return `${statement.action} done`;
    default:
      return undefined;
  }
}

function sqlResult(checked: CheckedModule, statement: SqlStatement, value: Value): StatementResult | undefined {
  if (statement.kind === "select" && (statement.into.length > 0 || statement.thenBlock !== undefined)) return undefined;
  if (value instanceof TableValue) return tableResult(value, columnTypes(checked, statement));
  switch (statement.kind) {
    case "insert":
    case "update":
    case "delete":
      return { kind: "changes", verb: statement.kind, changes: typeof value === "number" ? value : 0 };
    case "merge":
      return { kind: "changes", verb: "update", changes: typeof value === "number" ? value : 0 };
    default:
      return doneResult(ddlText(statement));
  }
}

function doneResult(text: string | undefined): StatementResult | undefined {
  return text === undefined ? undefined : { kind: "done", text };
}

/** Words after which a management statement without rows says what it did. Those that write a notice say nothing more. */
function managementText(statement: ManagementStatement): string | undefined {
  switch (statement.kind) {
    case "dropObject":
      // Whether there was one is not told.
      return statement.ifExists ? undefined : `${statement.what} ${nameOf(statement.name)} dropped`;
    case "enable": {
      const name =
        statement.name === undefined ? `all ${statement.what}s` : `${statement.what} ${nameOf(statement.name)}`;
      return `${name} ${statement.enabled ? "enabled" : "disabled"}`;
    }
    case "pause":
      return statement.paused ? "schedules paused" : "schedules resumed";
    case "lock":
      return `${nameOf(statement.name)} locked in ${statement.mode} mode`;
    case "attach":
      return statement.alias === undefined ? "attached" : `attached as ${statement.alias.text}`;
    case "detach":
      return `${statement.name.text} detached`;
    case "createUser":
    case "createRole":
      return statement.ifNotExists
        ? undefined
        : `${statement.kind === "createUser" ? "user" : "role"} ${statement.name.text} created`;
    case "alterUser":
      return `user ${statement.name.text} changed`;
    case "dropGrantee":
      return statement.ifExists ? undefined : `${statement.what} ${statement.name.text} dropped`;
    case "dropToken":
      return statement.ifExists ? undefined : `token ${statement.name.text} revoked`;
    case "grant":
      return statement.revoke ? "revoked" : "granted";
    case "backup":
      return "database backed up";
    case "restore":
      return "database restored";
    default:
      return undefined;
  }
}

function isCall(expression: Expression): boolean {
  return (
    expression.kind === "call" ||
    expression.kind === "pipe" ||
    (expression.kind === "await" && expression.mode === "one")
  );
}

/** `xs.push(1)` changes its variable; the list is not a result. */
function storesBack(checked: CheckedModule, expression: Expression): boolean {
  const resolution = checked.calls.get(expression);
  return (
    resolution?.kind === "intrinsic" &&
    resolution.args.some((argument) => argument.kind === "value" && argument.assignBack)
  );
}

/** The result of a statement whose code returned `value`; undefined when there is nothing to tell. `everything`: the value of any expression counts (REPL). */
export function resultOf(
  checked: CheckedModule,
  statement: Statement,
  value: Value,
  everything: boolean,
): StatementResult | undefined {
  switch (statement.kind) {
    case "sql":
      return sqlResult(checked, statement.statement, value);
    case "management":
      return value instanceof TableValue ? tableResult(value) : doneResult(managementText(statement.statement));
    case "callStatement":
      return valueResult(checked, statement.call, value);
    case "expressionStatement":
      if (storesBack(checked, statement.value)) return undefined;
      return everything || isCall(statement.value) ? valueResult(checked, statement.value, value) : undefined;
    case "execute":
      return statement.into.length === 0 && value instanceof TableValue
        ? tableResult(
            value,
            value.columns.map((column) => shownType(column, value.length)),
          )
        : undefined;
    case "return":
      return statement.value === undefined ? undefined : valueResult(checked, statement.value, value);
    default:
      return undefined;
  }
}

function valueResult(checked: CheckedModule, expression: Expression, value: Value): StatementResult | undefined {
  if (value instanceof TableValue) return tableResult(value);
  const type = typeOf(checked, expression, value);
  if (value === null && (type === "void" || type === "null" || type === "never")) return undefined;
  return { kind: "value", value, type };
}
