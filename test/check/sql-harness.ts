// Checks single SQL statements against a catalog without the rest of the checker: for the corpus and property tests, which run thousands.
// Code that stands inside SQL (calls of routines, fields of variables) is not reached by these statements.
import { InternalError } from "../../base/failure.ts";
import { catalogWithFile } from "../../compiler/catalog/file.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import type { SqlInfo } from "../../compiler/check/checked.ts";
import { newCheck } from "../../compiler/check/sql/statement.ts";
import { bodyContext, newState } from "../../compiler/check/bodies.ts";
import type { CheckContext, Environment, Finding, Rules } from "../../compiler/check/context.ts";
import { queryColumns } from "../../compiler/check/sql/ddl.ts";
import { checkSqlStatement, checkTableSource, inferSqlExpression } from "../../compiler/check/sql/sql.ts";
import { applyDdl } from "../../compiler/catalog/ddl.ts";
import { ANY } from "../../compiler/types/make.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type { Item, Module, SqlStatement } from "../../compiler/syntax/tree.ts";
import { scalarByName } from "../../base/scalar.ts";
import { scalar } from "../../compiler/types/make.ts";
import { TEST_CRON } from "../cron/port.ts";

function unreachable(what: string): never {
  throw new InternalError(`sql-harness: ${what}`);
}

const RULES: Rules = {
  infer: () => ANY,
  checkCondition: () => unreachable("checkCondition"),
  checkBlock: () => unreachable("checkBlock"),
  bodySteps: () => unreachable("bodySteps"),
  checkStatement: () => unreachable("checkStatement"),
  checkCall: () => undefined,
  typeFromNode: (_ctx, node) => scalarOf(node.kind === "namedType" ? (node.name.parts.at(-1)?.text ?? "") : ""),
  checkSqlStatement,
  checkTableSource,
  inferSqlExpression,
  catalogWithFile,
  typeNamed: () => undefined,
  checkOther: () => undefined,
};

function scalarOf(name: string): ReturnType<typeof scalar> | typeof ANY {
  const known = scalarByName(name);
  return known === undefined ? ANY : scalar(known);
}

/** The first statement of a text, parsed; undefined when it is no SQL statement or has syntax errors. */
export function parseSql(
  text: string,
): { readonly module: Module; readonly item: Item; readonly statement: SqlStatement } | undefined {
  const { value: module, problems } = parse({ name: "<test>", text });
  const item = module.items[0];
  if (
    module.items.length !== 1 ||
    item === undefined ||
    item.statement.kind !== "sql" ||
    problems.some((problem) => problem.severity === "error")
  )
    return undefined;
  return { module, item, statement: item.statement.statement };
}

/** What the checker says of one statement. */
export interface CheckedSql {
  readonly info: SqlInfo;
  readonly findings: readonly Finding[];
}

/** Checks one statement against a catalog. */
export function checkSql(parsed: NonNullable<ReturnType<typeof parseSql>>, catalog: CatalogView): CheckedSql {
  const ctx = contextFor(parsed, catalog);
  const info = checkSqlStatement(ctx, parsed.statement, { kind: "statement" });
  return { info, findings: ctx.state.findings };
}

/** The catalog after one DDL statement. */
export function applySql(parsed: NonNullable<ReturnType<typeof parseSql>>, catalog: CatalogView): CatalogView {
  return applyDdl(catalog, parsed.statement, {
    item: parsed.item,
    queryColumns: (query, view) => {
      const ctx = contextFor(parsed, view);
      return queryColumns(newCheck(ctx), query);
    },
  });
}

function contextFor(parsed: NonNullable<ReturnType<typeof parseSql>>, catalog: CatalogView): CheckContext {
  const environment: Environment = {
    catalog,
    strict: false,
    standardModule: () => undefined,
    standardNames: () => [],
    importModule: () => undefined,
    cron: TEST_CRON,
  };
  const setting = { state: newState(parsed.module, environment, "module"), rules: RULES, catalog };
  return bodyContext(setting, parsed.item, { kind: "script", name: "script", level: 0 });
}
