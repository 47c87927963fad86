// Statements of embedded SQL by kind, and the rules put together: what sql.ts offers to the rest of the checker stands on this.
// Here are also the statements without a file of their own: EXPLAIN, PRAGMA, transactions, maintenance.
import { assertNever } from "../../../base/failure.ts";
import type { CatalogTable, CatalogView } from "../../catalog-view.ts";
import type { SqlStatement, Statement } from "../../syntax/tree.ts";
import type { SqlColumnInfo } from "../checked.ts";
import type { CheckContext } from "../context.ts";
import {
  checkAlterTable,
  checkCreateIndex,
  checkCreateTable,
  checkCreateView,
  checkDrop,
  checkNativeTrigger,
  queryColumns,
} from "./ddl.ts";
import { inferSql } from "./expressions.ts";
import { checkInsert } from "./insert.ts";
import { noteAlters, noteAltersTable, noteCreates, noteDropsIndex } from "./needs.ts";
import { columnInfos } from "./result.ts";
import { newSqlScope, valueOf, type SqlScope } from "./scope.ts";
import { checkQuery } from "./select.ts";
import { needsOfFacts, newFacts, reportSql, type QueryResult, type SqlCheck, type SqlRules } from "./state.ts";
import { addFrom } from "./tables.ts";
import { catalogHere, effectNameOf, tableShape } from "./table-lookup.ts";
import { checkDelete, checkMerge, checkUpdate } from "./update.ts";

const RULES: SqlRules = { infer: inferSql, query: checkQuery, statement: checkNested, from: addFrom };

/** A check of one outermost statement at this point of a body. */
export function newCheck(ctx: CheckContext): SqlCheck {
  const catalog = catalogHere(ctx, (query, view) => queryColumns(checkOver(ctx, view), query));
  return checkOver(ctx, catalog);
}

function checkOver(ctx: CheckContext, catalog: CatalogView): SqlCheck {
  return {
    ctx,
    text: ctx.item.text,
    catalog,
    facts: newFacts(),
    columns: new Map(),
    values: new Map(),
    nullTested: new Set(),
    rowsAllowed: new Set(),
    quiet: 0,
    ours: true,
    viewStack: [],
    common: [],
    rules: RULES,
  };
}

/** Checks a statement inside the current check: a query, DML of a CTE, the body of a native trigger. */
export function checkNested(
  sq: SqlCheck,
  statement: SqlStatement,
  outer: SqlScope | undefined,
): QueryResult | undefined {
  switch (statement.kind) {
    case "select":
      return checkQuery(sq, statement, outer);
    case "insert":
      return checkInsert(sq, statement, outer);
    case "update":
      return checkUpdate(sq, statement, outer);
    case "delete":
      return checkDelete(sq, statement, outer);
    case "merge":
      return checkMerge(sq, statement, outer);
    default:
      return checkOther(sq, statement);
  }
}

type Other = Exclude<SqlStatement, { kind: "select" | "insert" | "update" | "delete" | "merge" }>;

function checkOther(sq: SqlCheck, statement: Other): QueryResult | undefined {
  switch (statement.kind) {
    case "createTable":
      noteDefined(sq, statement.name, statement.temporary);
      noteCreates(sq, statement.name, statement.temporary);
      checkCreateTable(sq, statement);
      return undefined;
    case "createView":
      noteDefined(sq, statement.name, statement.temporary);
      noteCreates(sq, statement.name, statement.temporary);
      checkCreateView(sq, statement);
      return undefined;
    case "createVirtualTable":
      noteDefined(sq, statement.name, false);
      noteCreates(sq, statement.name, false);
      return undefined;
    case "createIndex":
      noteDefined(sq, statement.name, false);
      noteAlters(sq, statement.name.parts.length > 1 ? statement.name.parts[0]?.text : undefined, statement.table.text);
      checkCreateIndex(sq, statement);
      return undefined;
    case "createNativeTrigger":
      noteDefined(sq, statement.name, statement.temporary);
      noteAltersTable(sq, statement.table);
      checkNativeTrigger(sq, statement);
      return undefined;
    case "alterTable":
      noteAltersTable(sq, statement.name);
      checkAlterTable(sq, statement);
      return undefined;
    case "drop":
      noteDropped(sq, statement.name);
      if (statement.object === "index") noteDropsIndex(sq, statement.name);
      else noteAltersTable(sq, statement.name);
      checkDrop(sq, statement);
      return undefined;
    case "transactionControl":
      if (sq.ctx.owner.kind !== "script")
        reportSql(
          sq,
          "TransactionInRoutine",
          statement.span,
          { statement: statement.action.toUpperCase() },
          { help: "Write transaction { … }, or try { … } for a savepoint." },
        );
      return undefined;
    case "explain":
      return checkExplain(sq, statement.what, statement.target);
    case "pragma":
      if (statement.form === "equals" && sq.ctx.owner.kind !== "script")
        reportSql(sq, "PragmaInRoutine", statement.span, {
          name: statement.name.parts.map((part) => part.text).join("."),
        });
      sq.facts.manages = statement.form === "equals";
      return { shape: { columns: [], open: true }, cardinality: "many" };
    case "maintenance":
      if (statement.into !== undefined) sq.rules.infer(sq, newSqlScope(undefined), statement.into);
      sq.facts.manages = true;
      sq.facts.files = statement.into !== undefined;
      return undefined;
    default:
      return assertNever(statement, "checkOther");
  }
}

const QUERY_PLAN: readonly (readonly [string, "int" | "string"])[] = [
  ["id", "int"],
  ["parent", "int"],
  ["notused", "int"],
  ["detail", "string"],
];

/** EXPLAIN runs nothing: its target is checked, its effects do not count. But plans tell of tables, so that the rights are needed. */
function checkExplain(sq: SqlCheck, what: string, target: SqlStatement | Statement): QueryResult | undefined {
  if (isSqlStatement(target)) {
    const inner: SqlCheck = { ...sq, facts: newFacts() };
    checkNested(inner, target, undefined);
    if (inner.facts.unknownTables) sq.facts.unknownTables = true;
    sq.facts.needs.push(...needsOfFacts(inner.facts));
  } else sq.ctx.rules.checkStatement(sq.ctx, target);
  if (what !== "query plan") return { shape: { columns: [], open: true }, cardinality: "many" };
  const columns = QUERY_PLAN.map(([name, type]) => ({
    name,
    value: valueOf({ kind: "scalar" as const, name: type }),
    affinity: "none" as const,
    table: undefined,
  }));
  return { shape: { columns, open: false }, cardinality: "many" };
}

const SQL_KINDS: ReadonlySet<string> = new Set<SqlStatement["kind"]>([
  "select",
  "insert",
  "update",
  "delete",
  "merge",
  "createTable",
  "createIndex",
  "createView",
  "createVirtualTable",
  "createNativeTrigger",
  "alterTable",
  "drop",
  "transactionControl",
  "explain",
  "pragma",
  "maintenance",
]);

function isSqlStatement(target: SqlStatement | Statement): target is SqlStatement {
  return SQL_KINDS.has(target.kind);
}

function noteDefined(
  sq: SqlCheck,
  name: { readonly parts: readonly { readonly text: string }[] },
  temporary: boolean,
): void {
  const schema = name.parts.length > 1 ? (name.parts[0]?.text ?? "main").toLowerCase() : temporary ? "temp" : "main";
  const last = name.parts[name.parts.length - 1]?.text ?? "";
  if (schema !== "system") sq.facts.defines.add(`${schema}.${last}`);
}

function noteDropped(sq: SqlCheck, name: { readonly parts: readonly { readonly text: string }[] }): void {
  const last = name.parts[name.parts.length - 1]?.text ?? "";
  const table = sq.catalog.table(name.parts.length > 1 ? name.parts[0]?.text : undefined, last);
  sq.facts.defines.add(table === undefined ? `main.${last}` : effectNameOf(table));
}

/** Columns of a catalog table as a query sees them; those of a view come from its query, with nullability. */
export function tableColumns(ctx: CheckContext, table: CatalogTable): readonly SqlColumnInfo[] {
  const sq = newCheck(ctx);
  return columnInfos({ ...tableShape(sq, table), open: false }) ?? [];
}
