// Queries: WITH, set operations, ORDER BY, LIMIT around the single SELECT (core.ts) and VALUES.
import type {
  CommonTable,
  CompoundBody,
  Expression,
  Name,
  OrderTerm,
  QueryBody,
  Select,
  SelectCore,
  ValuesBody,
  WithClause,
} from "../../syntax/tree.ts";
import { INT, foldName, prune } from "../../types/make.ts";
import { unboundVariable, unifyTypes } from "../expect.ts";
import { limitCardinality } from "./cardinality.ts";
import { checkCore } from "./core.ts";
import { commonType, joinValues } from "./operators.ts";
import { newSqlScope, type CommonRows, type RowColumn, type RowShape, type SqlScope } from "./scope.ts";
import { quietly, reasonAt, reportSql, textOf, type QueryResult, type SqlCheck } from "./state.ts";
import { unparenthesized } from "./walk.ts";

/** Checks a whole query. `outer` is the scope around a subquery that may see its columns. */
export function checkQuery(sq: SqlCheck, query: Select, outer: SqlScope | undefined): QueryResult {
  const scope = newSqlScope(outer);
  checkWith(sq, scope, query.with);
  const result =
    query.body.kind === "core" ? checkCore(sq, scope, query.body, query.orderBy) : checkBody(sq, scope, query.body);
  if (query.body.kind !== "core")
    for (const term of query.orderBy) checkCompoundTerm(sq, scope, query.body, result.shape, term);
  checkLimit(sq, scope, query.limit, "LIMIT");
  checkLimit(sq, scope, query.offset, "OFFSET");
  return { shape: result.shape, cardinality: limitCardinality(result.cardinality, query) };
}

/** LIMIT and OFFSET see no columns of the query. */
export function checkLimit(sq: SqlCheck, scope: SqlScope, expression: Expression | undefined, clause: string): void {
  if (expression === undefined) return;
  const own = newSqlScope(scope);
  own.clause = "limit";
  const value = sq.rules.infer(sq, own, expression);
  if (unboundVariable(value.type) !== undefined)
    unifyTypes(value.type, INT, reasonAt(sq, expression.span, `it is a ${clause}`));
}

function checkBody(sq: SqlCheck, scope: SqlScope, body: QueryBody): QueryResult {
  switch (body.kind) {
    case "core":
      return checkCore(sq, scope, body, []);
    case "values":
      return checkValues(sq, scope, body);
    case "compound":
      return checkCompound(sq, scope, body);
  }
}

/** VALUES as rows: columns `column1`, `column2` … with the common type of each. */
export function checkValues(sq: SqlCheck, scope: SqlScope, body: ValuesBody): QueryResult {
  const own = newSqlScope(scope);
  own.clause = "values";
  const [first] = body.rows;
  const width = first?.length ?? 0;
  let columns: RowColumn[] = [];
  for (const [index, row] of body.rows.entries()) {
    const values = row.map((item) => sq.rules.infer(sq, own, item));
    const last = row[row.length - 1];
    if (row.length !== width && row[0] !== undefined && last !== undefined)
      reportSql(
        sq,
        "ValuesRowLength",
        { start: row[0].span.start, end: last.span.end },
        { first: width, found: row.length },
      );
    columns =
      index === 0
        ? values.map((value, position) => ({
            name: `column${position + 1}`,
            value: { ...value, column: undefined },
            affinity: "none",
            table: undefined,
          }))
        : columns.map((column, position) => {
            const value = values[position];
            return value === undefined
              ? column
              : { ...column, value: { ...joinValues(column.value, value), column: undefined } };
          });
  }
  return { shape: { columns, open: false }, cardinality: body.rows.length === 1 ? "one" : "many" };
}

/** Set operations lean left and may be long: the left spine is walked without recursion. */
function checkCompound(sq: SqlCheck, scope: SqlScope, body: CompoundBody): QueryResult {
  const chain: CompoundBody[] = [];
  let leftmost: QueryBody = body;
  while (leftmost.kind === "compound") {
    chain.push(leftmost);
    leftmost = leftmost.left;
  }
  let { shape } = checkBody(sq, scope, leftmost);
  for (let index = chain.length - 1; index >= 0; index -= 1) {
    const current = chain[index];
    if (current === undefined) break;
    const right = checkBody(sq, scope, current.right);
    shape = combine(sq, current, shape, right.shape);
  }
  return { shape, cardinality: "many" };
}

function combine(sq: SqlCheck, body: CompoundBody, left: RowShape, right: RowShape): RowShape {
  const open = left.open || right.open;
  if (!open && left.columns.length !== right.columns.length) {
    reportSql(sq, "CompoundColumnCount", body.right.span, {
      operator: body.operator.toUpperCase(),
      left: left.columns.length,
      right: right.columns.length,
    });
  }
  const columns = left.columns.map((column, index): RowColumn => {
    const other = right.columns[index];
    if (other === undefined) return column;
    const joined = joinValues(column.value, other.value);
    // EXCEPT gives rows of the left side only; a row of INTERSECT is on both sides.
    const isNull =
      body.operator === "except"
        ? column.value.nullable
        : body.operator === "intersect"
          ? column.value.nullable && other.value.nullable
          : joined.nullable;
    return {
      ...column,
      table: undefined,
      value: { type: commonType(column.value.type, other.value.type), nullable: isNull, reason: joined.reason },
    };
  });
  return { columns, open };
}

/** ORDER BY after a set operation: an ordinal, a column name of some side, or an expression of the first side. */
function checkCompoundTerm(sq: SqlCheck, scope: SqlScope, body: QueryBody, shape: RowShape, term: OrderTerm): void {
  const expression = unparenthesized(term.value.kind === "collate" ? term.value.value : term.value);
  if (expression.kind === "number") {
    checkOrdinal(sq, expression, "ORDER BY", shape);
    return;
  }
  const own = newSqlScope(scope);
  const names = new Set([...shape.columns.map((column) => foldName(column.name)), ...sideNames(body)]);
  const isName = expression.kind === "name" && names.has(foldName(expression.name.text));
  if (isName) {
    const column = shape.columns.find((candidate) => foldName(candidate.name) === foldName(expression.name.text));
    if (column !== undefined)
      own.aliases.set(foldName(column.name), { expression, value: column.value, origin: column.origin });
    own.clause = "order";
    if (column !== undefined) sq.rules.infer(sq, own, expression);
    return;
  }
  const matches = sideTexts(sq, body).has(normalized(textOf(sq, expression.span)));
  if (!matches && !shape.open && body.kind === "compound")
    reportSql(sq, "OrderTermNotInResult", term.span, { operator: body.operator.toUpperCase() });
}

/** The single SELECTs of a set operation. */
function sidesOf(body: QueryBody): readonly SelectCore[] {
  const sides: SelectCore[] = [];
  const open: QueryBody[] = [body];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    if (current.kind === "compound") open.push(current.right, current.left);
    else if (current.kind === "core") sides.push(current);
  }
  return sides;
}

/** Names that the sides of a set operation give their columns. */
function sideNames(body: QueryBody): readonly string[] {
  return sidesOf(body).flatMap((side) =>
    side.columns.flatMap((column) => {
      if (column.kind === "star") return [];
      const value = unparenthesized(column.value);
      const own = value.kind === "name" || value.kind === "member" ? [foldName(value.name.text)] : [];
      return column.alias === undefined ? own : [foldName(column.alias.text), ...own];
    }),
  );
}

function sideTexts(sq: SqlCheck, body: QueryBody): ReadonlySet<string> {
  return new Set(
    sidesOf(body).flatMap((side) =>
      side.columns.flatMap((column) =>
        column.kind === "column" ? [normalized(textOf(sq, unparenthesized(column.value).span))] : [],
      ),
    ),
  );
}

function normalized(text: string): string {
  return text.replace(/\s+/g, "").toLowerCase();
}

/** An ordinal of ORDER BY or GROUP BY must name a column of the result. */
export function checkOrdinal(
  sq: SqlCheck,
  expression: Extract<Expression, { kind: "number" }>,
  clause: string,
  shape: RowShape,
): void {
  if (expression.form !== "int" || shape.open) return;
  const ordinal = Number(expression.text);
  if (ordinal < 1 || ordinal > shape.columns.length)
    reportSql(sq, "OrdinalOutOfRange", expression.span, { clause, ordinal, columns: shape.columns.length });
}

/** Adds the common tables of a WITH clause to the scope, in order. */
export function checkWith(sq: SqlCheck, scope: SqlScope, clause: WithClause | undefined): void {
  for (const table of clause?.tables ?? []) {
    const rows: CommonRows = {
      name: table.name.text,
      declaredAt: table.name,
      shape: commonShape(sq, scope, table),
    };
    scope.common.set(foldName(table.name.text), rows);
    // One that changes rows is there for its effect.
    if (table.query.kind === "select" && sq.ours && sq.quiet === 0) sq.common.push({ rows, name: table.name });
  }
}

function commonShape(sq: SqlCheck, scope: SqlScope, table: CommonTable): RowShape {
  const { query } = table;
  if (query.kind !== "select")
    return named(sq, table, sq.rules.statement(sq, query, scope)?.shape ?? { columns: [], open: false }, true);
  const mentionsItself =
    query.body.kind === "compound" && textOf(sq, query.span).toLowerCase().includes(table.name.text.toLowerCase());
  if (!mentionsItself) return named(sq, table, sq.rules.query(sq, query, scope).shape, true);
  return recursiveShape(sq, scope, table, query);
}

/** How often the shape of a recursive table may widen: from not null to null once per column, and in type once. */
const WIDENINGS_MAX = 8;

/** A recursive table: starts with the first side and widens until its own query gives what it assumes. */
function recursiveShape(sq: SqlCheck, scope: SqlScope, table: CommonTable, query: Select): RowShape {
  let leftmost = query.body;
  while (leftmost.kind === "compound") leftmost = leftmost.left;
  const first = leftmost;
  const inner = newSqlScope(scope);
  const rows: CommonRows = {
    name: table.name.text,
    declaredAt: table.name,
    shape: { columns: [], open: true },
  };
  quietly(sq, () => {
    rows.shape = named(sq, table, checkBody(sq, newSqlScope(scope), first).shape, false);
    inner.common.set(foldName(table.name.text), rows);
    for (let pass = 0; pass < WIDENINGS_MAX; pass += 1) {
      const next = named(sq, table, checkQuery(sq, query, inner).shape, false);
      if (sameShape(next, rows.shape)) break;
      rows.shape = next;
    }
  });
  return named(sq, table, checkQuery(sq, query, inner).shape, true);
}

function sameShape(left: RowShape, right: RowShape): boolean {
  return (
    left.columns.length === right.columns.length &&
    left.columns.every((column, index) => {
      const other = right.columns[index];
      if (other === undefined || other.value.nullable !== column.value.nullable) return false;
      const [a, b] = [prune(column.value.type), prune(other.value.type)];
      return (
        a === b ||
        (a.kind === "scalar" && b.kind === "scalar" && a.name === b.name) ||
        (a.kind === b.kind && a.kind !== "scalar")
      );
    })
  );
}

/** The shape under the names that the WITH clause gives. */
function named(sq: SqlCheck, table: CommonTable, shape: RowShape, report: boolean): RowShape {
  const { columns } = table;
  if (columns.length === 0) return shape;
  if (report && !shape.open && columns.length !== shape.columns.length)
    reportSql(sq, "CommonTableColumnCount", table.name.span, {
      name: table.name.text,
      names: columns.length,
      columns: shape.columns.length,
    });
  if (shape.open)
    return { columns: columns.map((name, index) => shape.columns[index] ?? openColumnNamed(name)), open: true };
  return {
    columns: shape.columns.map((column, index) => {
      const name = columns[index];
      return name === undefined ? column : { ...column, name: name.text, origin: { kind: "written", name } };
    }),
    open: false,
  };
}

function openColumnNamed(name: Name): RowColumn {
  return {
    name: name.text,
    origin: { kind: "written", name },
    value: { type: { kind: "any" }, nullable: true, reason: undefined },
    affinity: "none",
    table: undefined,
  };
}
