// Names in SQL clauses (LANGUAGE.md section 5): a column first, then a variable; both is an error with two fixes.
// `t.c` is a column where `t` is a source, else code; `"name"` is a column where one is in scope, else text.
import type { Span } from "../../../base/source.ts";
import type { Expression, MemberExpression, Name, NameExpression, StringLiteral } from "../../syntax/tree.ts";
import { BOOL, INT, STRING, foldName, mayBeNull } from "../../types/make.ts";
import type { Resolution } from "../checked.ts";
import { type FindingExtras, nearest, replaceFix } from "../findings.ts";
import { findVariable, readVariable, visibleVariables } from "../scope.ts";
import { addColumn, columnInfo, columnValue, neverNull, typeOfValue, valueOf, type ResultAlias, type ScopeColumn, type Source, type SqlScope, type SqlValue } from "./scope.ts";
import { freshType, noteAccess, quietly, recordName, recordValue, reportSql, type SqlCheck } from "./state.ts";
import { namePath } from "./walk.ts";

const ROWID_NAMES: ReadonlySet<string> = new Set(["rowid", "oid", "_rowid_"]);

/** A column found by its bare name. */
interface Found {
  readonly column: ScopeColumn;
  readonly scope: SqlScope;
  /** Other columns of that name in the same scope. */
  readonly others: readonly ScopeColumn[];
}

/** The columns that a bare name may mean in one scope: merged ones first, then those of every source. */
function columnsNamed(scope: SqlScope, key: string, quoted: boolean, name: string): readonly ScopeColumn[] {
  const merged = scope.merged.get(key);
  if (merged !== undefined) return [merged];
  const found: ScopeColumn[] = [];
  for (const source of scope.sources) {
    const column = columnOf(source, key, quoted, name);
    if (column !== undefined && !column.hidden) found.push(column);
  }
  return found;
}

/** A source's column. Names that differ by case only must be quoted and then match exactly (LANGUAGE.md 15.21). */
function columnOf(source: Source, key: string, quoted: boolean, name: string): ScopeColumn | undefined {
  const first = source.byName.get(key);
  if (first === undefined || first.name === name || !quoted) return first;
  return source.columns.find((column) => column.name === name) ?? first;
}

/** The rowid of the only source that has one. */
function rowidOf(scope: SqlScope, key: string): ScopeColumn | undefined {
  if (!ROWID_NAMES.has(key)) return undefined;
  const sources = scope.sources.filter((source) => source.hasRowid);
  return sources.length === 1 && sources[0] !== undefined ? rowidColumn(sources[0], key) : undefined;
}

function rowidColumn(source: Source, key: string): ScopeColumn {
  const alias = source.table?.rowidColumn;
  const named = alias === undefined ? undefined : source.byName.get(foldName(alias));
  if (named !== undefined) return named;
  const column = addColumn(source, { name: key, value: neverNull(INT), affinity: "integer" });
  column.implicit = true;
  // Sources under an outer join have a null rowid where the row is missing.
  column.extensions = source.columns[0]?.extensions ?? [];
  return column;
}

/** Looks a bare name up in this scope and those around it. */
export function findColumn(scope: SqlScope | undefined, name: Name): Found | undefined {
  const key = foldName(name.text);
  for (let current = scope; current !== undefined; current = current.parent) {
    const columns = columnsNamed(current, key, name.quote !== "none", name.text);
    const [column] = columns;
    if (column !== undefined) return { column, scope: current, others: columns.slice(1) };
    const rowid = rowidOf(current, key);
    if (rowid !== undefined) return { column: rowid, scope: current, others: [] };
  }
  return undefined;
}

/** Whether a result alias of this scope is meant: in clauses after the select list, and in WHERE as SQLite allows. */
function aliasOf(sq: SqlCheck, scope: SqlScope | undefined, name: Name): SqlValue | undefined {
  for (let current = scope; current !== undefined; current = current.parent) {
    if (current.clause === "select" || current.clause === "on" || current.insideAggregate) continue;
    const alias = current.aliases.get(foldName(name.text));
    if (alias !== undefined) return aliasValue(sq, current, alias);
  }
  return undefined;
}

/** Records the use of a result column by its alias. */
function useAlias(sq: SqlCheck, node: Expression, name: string, value: SqlValue): SqlValue {
  recordName(sq, node, { kind: "column", column: { name, type: typeOfValue(value), table: undefined, affinity: "none", nullReason: value.reason }, qualifier: undefined });
  return recordValue(sq, node, value);
}

/** Infers a result column that a clause names before the select list is checked; the list reports its problems later. */
function aliasValue(sq: SqlCheck, scope: SqlScope, alias: ResultAlias): SqlValue {
  if (alias.value !== undefined) return alias.value;
  const { clause } = scope;
  scope.clause = "select";
  const value = quietly(sq, () => sq.rules.infer(sq, scope, alias.expression));
  scope.clause = clause;
  alias.value = { ...value, column: undefined };
  return alias.value;
}

/** Records the use of a column and gives its value. */
export function useColumn(sq: SqlCheck, scope: SqlScope, node: Expression, column: ScopeColumn, qualifier: string | undefined): SqlValue {
  sq.columns.set(node, column);
  noteAccess(sq.facts.reads, column.source.effectName, [column.name]);
  recordName(sq, node, { kind: "column", column: columnInfo(column), qualifier: qualifier ?? column.source.alias });
  return recordValue(sq, node, columnValue(column, scope));
}

/** A bare name in a SQL clause. */
export function inferName(sq: SqlCheck, scope: SqlScope, node: NameExpression): SqlValue {
  const { name } = node;
  const preferAlias = scope.clause === "order";
  const alias = aliasOf(sq, scope, name);
  if (preferAlias && alias !== undefined && scope.aliases.has(foldName(name.text))) return useAlias(sq, node, name.text, alias);
  const found = findColumn(scope, name);
  const variable = sq.ours ? findVariable(sq.ctx, name) : undefined;
  if (found !== undefined) {
    if (found.others.length > 0) reportAmbiguous(sq, name, [found.column, ...found.others]);
    else if (variable !== undefined) {
      variable.used = true;
      reportColumnOrVariable(sq, name, found.column);
    }
    return useColumn(sq, found.scope, node, found.column, undefined);
  }
  if (alias !== undefined) return useAlias(sq, node, name.text, alias);
  if (variable !== undefined) return recordValue(sq, node, valueOf(readVariable(sq.ctx, node, variable), `the variable ${variable.name} may be null`));
  const open = openSource(scope);
  if (open !== undefined) return recordValue(sq, node, openColumn(sq, node, open, name));
  return unknownName(sq, scope, node);
}

function unknownName(sq: SqlCheck, scope: SqlScope, node: NameExpression): SqlValue {
  const { name } = node;
  const word = foldName(name.text);
  // SQLite reads TRUE and FALSE as names of numbers; the parser gives them as names in some places.
  if (word === "true" || word === "false") return recordValue(sq, node, neverNull(BOOL));
  const known = sq.ours && (sq.ctx.state.enums.has(name.text) || sq.ctx.state.structs.has(name.text));
  if (known) return recordValue(sq, node, valueOf(sq.ctx.rules.infer(sq.ctx, node)));
  const candidates = [...visibleColumnNames(scope), ...(sq.ours ? visibleVariables(sq.ctx).map((variable) => variable.name) : [])];
  const near = nearest(name.text, candidates);
  reportSql(sq, "UnknownColumn", name.span, { name: name.text, where: describeSources(scope) }, suggestion(near, name.span));
  return recordValue(sq, node, valueOf(freshType(sq)));
}

/** `t.c`, `schema.t.c`, or code such as `row.id` and `Mood.happy`. Undefined when it is code. */
export function inferMember(sq: SqlCheck, scope: SqlScope, node: MemberExpression): SqlValue | undefined {
  const path = namePath(node);
  if (path === undefined || path.length < 2 || path.length > 3) return undefined;
  const columnName = path[path.length - 1];
  const qualifier = path[path.length - 2];
  if (columnName === undefined || qualifier === undefined) return undefined;
  const schema = path.length === 3 ? path[0] : undefined;
  const source = findSource(scope, qualifier, schema);
  if (source === undefined) {
    if (sq.ours && findVariable(sq.ctx, path[0] ?? qualifier) !== undefined) return undefined;
    if (sq.ours && (sq.ctx.state.enums.has(qualifier.text) || sq.catalog.type(qualifier.text) !== undefined)) return undefined;
    return unknownQualifier(sq, scope, node, qualifier);
  }
  const key = foldName(columnName.text);
  const column = columnOf(source.source, key, columnName.quote !== "none", columnName.text) ?? (source.source.hasRowid && ROWID_NAMES.has(key) ? rowidColumn(source.source, key) : undefined);
  if (column !== undefined) return useColumn(sq, source.scope, node, column, qualifier.text);
  if (source.source.open) return recordValue(sq, node, openColumn(sq, node, source.source, columnName));
  reportUnknownColumn(sq, columnName, source.source);
  return recordValue(sq, node, valueOf(freshType(sq)));
}

/** The nearest name as help and fix. */
export function suggestion(near: string | undefined, span: Span): FindingExtras {
  return near === undefined ? {} : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Change to ${near}`, span, near)] };
}

/** Reports a column that a source does not have, with the nearest one. */
export function reportUnknownColumn(sq: SqlCheck, name: Name, source: Source): void {
  const near = nearest(name.text, source.columns.map((column) => column.name));
  reportSql(sq, "UnknownColumn", name.span, { name: name.text, where: source.alias ?? "this query" }, {
    ...suggestion(near, name.span),
    ...(source.table?.origin === undefined ? {} : { related: [{ span: source.table.origin.span, label: `${source.table.name} is declared here`, item: source.table.origin.item as SqlCheck["ctx"]["item"] }] }),
  });
}

function unknownQualifier(sq: SqlCheck, scope: SqlScope, node: MemberExpression, qualifier: Name): SqlValue {
  const names: string[] = [];
  for (let current: SqlScope | undefined = scope; current !== undefined; current = current.parent) for (const source of current.sources) if (source.alias !== undefined) names.push(source.alias);
  const near = nearest(qualifier.text, names);
  reportSql(sq, "UnknownQualifier", qualifier.span, { name: qualifier.text }, suggestion(near, qualifier.span));
  return recordValue(sq, node, valueOf(freshType(sq)));
}

/** The source of that alias in this scope or around it. */
export function findSource(scope: SqlScope | undefined, alias: Name, schema?: Name): { readonly source: Source; readonly scope: SqlScope } | undefined {
  const key = foldName(alias.text);
  for (let current = scope; current !== undefined; current = current.parent) {
    const source = current.sources.find((candidate) => candidate.alias !== undefined && foldName(candidate.alias) === key && (schema === undefined || candidate.schema === undefined || foldName(candidate.schema) === foldName(schema.text)));
    if (source !== undefined) return { source, scope: current };
  }
  return undefined;
}

/** A double-quoted word: a column where one of that name is in scope, else text. Says which it decided. */
export function inferDoubleQuoted(sq: SqlCheck, scope: SqlScope, node: StringLiteral): SqlValue {
  const name: Name = { text: node.value, span: node.span, quote: "double" };
  const found = findColumn(scope, name);
  const alias = found === undefined ? aliasOf(sq, scope, name) : undefined;
  if (alias !== undefined) return useAlias(sq, node, node.value, alias);
  if (found === undefined) {
    // The parser has spoken about interpolation.
    if (!node.value.includes("${")) reportSql(sq, "DoubleQuotedText", node.span, { text: node.value }, { fixes: [replaceFix("Use single quotes", node.span, `'${node.value.replace(/'/g, "''")}'`)] });
    return recordValue(sq, node, neverNull(STRING));
  }
  if (found.others.length > 0) reportAmbiguous(sq, name, [found.column, ...found.others]);
  reportSql(sq, "DoubleQuotedColumn", node.span, { name: node.value }, {
    help: "Write backticks for a name and single quotes for text.",
    fixes: [replaceFix("Use backticks", node.span, `\`${node.value}\``), replaceFix("Make it text", node.span, `'${node.value.replace(/'/g, "''")}'`)],
  });
  return useColumn(sq, found.scope, node, found.column, undefined);
}

/** The nearest source with columns that are not known. */
function openSource(scope: SqlScope): Source | undefined {
  for (let current: SqlScope | undefined = scope; current !== undefined; current = current.parent) {
    const open = current.sources.find((source) => source.open);
    if (open !== undefined) return open;
  }
  return undefined;
}

/** A column of a table that is not known now: a fresh type, the same for each use of the name. */
function openColumn(sq: SqlCheck, node: Expression, source: Source, name: Name): SqlValue {
  const column = addColumn(source, { name: name.text, value: { type: freshType(sq), nullable: false, reason: undefined }, affinity: "none" });
  column.implicit = true;
  sq.columns.set(node, column);
  noteAccess(sq.facts.reads, source.effectName, [name.text]);
  const resolution: Resolution = { kind: "column", column: columnInfo(column), qualifier: source.alias };
  recordName(sq, node, resolution);
  return { type: column.type, nullable: mayBeNull(column.type), reason: undefined, column };
}

function reportAmbiguous(sq: SqlCheck, name: Name, columns: readonly ScopeColumn[]): void {
  const owners = columns.map((column) => column.source.alias ?? "a subquery");
  reportSql(sq, "AmbiguousColumn", name.span, { name: name.text, tables: owners }, {
    fixes: owners.map((owner) => replaceFix(`Write ${owner}.${name.text}`, name.span, `${owner}.${name.text}`)),
  });
}

function reportColumnOrVariable(sq: SqlCheck, name: Name, column: ScopeColumn): void {
  const owner = column.source.alias;
  reportSql(sq, "ColumnOrVariable", name.span, { name: name.text, table: owner ?? "the query" }, {
    help: owner === undefined ? `Write :${name.text} for the variable.` : `Write ${owner}.${name.text} for the column or :${name.text} for the variable.`,
    fixes: [...(owner === undefined ? [] : [replaceFix("Mean the column", name.span, `${owner}.${name.text}`)]), replaceFix("Mean the variable", name.span, `:${name.text}`)],
  });
}

function visibleColumnNames(scope: SqlScope): readonly string[] {
  const names: string[] = [];
  for (let current: SqlScope | undefined = scope; current !== undefined; current = current.parent) {
    for (const source of current.sources) names.push(...source.columns.map((column) => column.name));
    names.push(...current.aliases.keys());
  }
  return names;
}

/** The tables of a query, for messages; empty when it has none. */
function describeSources(scope: SqlScope): string {
  return scope.sources.flatMap((source) => (source.alias === undefined ? [] : [source.alias])).join(", ");
}

/** Whether a bare name of this expression would be a column; then it cannot be computed before the statement. */
export function mentionsColumn(scope: SqlScope, expression: Expression, childrenOf: (expression: Expression) => readonly Expression[]): Span | undefined {
  if (expression.kind === "name" && findColumn(scope, expression.name) !== undefined) return expression.span;
  const path = namePath(expression);
  if (path !== undefined && path.length > 1 && path[0] !== undefined && findSource(scope, path[path.length - 2] ?? path[0]) !== undefined) return expression.span;
  for (const child of childrenOf(expression)) {
    const found = mentionsColumn(scope, child, childrenOf);
    if (found !== undefined) return found;
  }
  return undefined;
}
