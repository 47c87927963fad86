// From the concrete syntax tree to ours: ties the builders of all areas together.
// The only file that knows all builders; they reach each other through the context.
import { InternalError } from "../../base/failure.ts";
import { buildDeclaration } from "./build-declarations.ts";
import { buildExpression } from "./build-expressions.ts";
import { buildExplain, buildMaintenance, buildManagement, buildPragma, buildTransaction } from "./build-management.ts";
import { type Builders, only, rule, spanOf, type View } from "./build-node.ts";
import {
  buildAlterTable,
  buildCreateIndex,
  buildCreateTable,
  buildCreateView,
  buildCreateVirtualTable,
  buildDropObject,
  buildNativeTrigger,
} from "./build-sql-ddl.ts";
import { buildDelete, buildInsert, buildMerge, buildUpdate } from "./build-sql-dml.ts";
import { buildQuery } from "./build-sql-select.ts";
import { buildBlock, buildStatement } from "./build-statements.ts";
import { buildType } from "./build-types.ts";
import type { Expression, QueryExpression } from "./tree/expressions.ts";
import type { SqlStatement } from "./tree/sql.ts";
import type { Statement } from "./tree/statements.ts";

function sqlStatement(view: View): SqlStatement {
  switch (rule(view)) {
    case "SqlStatement":
    case "QueryStatement":
    case "Transaction":
      return sqlStatement(only(view));
    case "Query":
      return buildQuery(view);
    case "Insert":
      return buildInsert(view);
    case "Update":
      return buildUpdate(view);
    case "Delete":
      return buildDelete(view);
    case "Merge":
      return buildMerge(view);
    case "CreateTable":
      return buildCreateTable(view);
    case "CreateIndex":
      return buildCreateIndex(view);
    case "CreateView":
      return buildCreateView(view);
    case "CreateVirtualTable":
      return buildCreateVirtualTable(view);
    case "CreateNativeTrigger":
      return buildNativeTrigger(view);
    case "AlterTable":
      return buildAlterTable(view);
    case "DropObject":
      return buildDropObject(view);
    case "Explain":
      return buildExplain(view);
    case "Pragma":
      return buildPragma(view);
    case "Maintenance":
      return buildMaintenance(view);
    default:
      return buildTransaction(view);
  }
}

function queryStatement(view: View): QueryExpression {
  const inner = rule(view) === "BareQuery" ? only(view) : view;
  return { kind: "query", query: sqlStatement(inner), span: spanOf(view) };
}

function value(view: View): Expression {
  return buildExpression(view);
}

function statement(view: View): Statement {
  switch (rule(view)) {
    case "Statement":
    case "BlockStatement":
    case "BlockLike":
    case "SimpleStatement":
      return statement(only(view));
    case "Declaration":
      return buildDeclaration(view);
    case "Management":
      return { kind: "management", statement: buildManagement(view), span: spanOf(view) };
    case "EndTransaction":
      return { kind: "sql", statement: buildTransaction(view), span: spanOf(view) };
    default:
      return buildStatement(view);
  }
}

/** All builders. Each area gets at the others through these. */
export const BUILDERS: Builders = {
  expression: buildExpression,
  value,
  query: (view) => {
    if (rule(view) !== "Query") throw new InternalError(`build: ${rule(view)} is no query`);
    return buildQuery(view);
  },
  sqlStatement,
  queryStatement,
  block: buildBlock,
  statement,
  type: buildType,
};
