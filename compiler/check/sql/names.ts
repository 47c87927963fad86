// Names in SQL clauses (LANGUAGE.md section 5): a column first, then a variable; both is an error with two fixes.
// Looking up is in column-lookup.ts. `t.c` is a column where `t` is a source, else code; `"name"` is a column where one is in scope, else text.
import type { Span } from "../../../base/source.ts";
import type { Expression, MemberExpression, Name, NameExpression, StringLiteral } from "../../syntax/tree.ts";
import { ANY, BOOL, foldName, mayBeNull, nullable, prune, STRING } from "../../types/make.ts";
import { showType } from "../../types/show.ts";
import type { Type } from "../../types/type.ts";
import type { Resolution } from "../checked.ts";
import { addCoercions } from "../expect.ts";
import { type FindingExtras, nearest, replaceFix } from "../findings.ts";
import {
  columnOf,
  describeSources,
  findColumn,
  findSource,
  openSource,
  ROWID_NAMES,
  rowidColumn,
  visibleColumnNames,
} from "./column-lookup.ts";
import { noteProbe, seenVariables } from "../probe.ts";
import { findVariable, readVariable, visibleVariables } from "../scope.ts";
import type { SeenSource } from "../seen.ts";
import {
  addColumn,
  columnInfo,
  columnValue,
  neverNull,
  typeOfValue,
  valueOf,
  type ResultAlias,
  type ScopeColumn,
  type Source,
  type SqlScope,
  type SqlValue,
} from "./scope.ts";
import { freshType, noteAccess, quietly, recordName, recordValue, reportSql, type SqlCheck } from "./state.ts";
import { namePath } from "./walk.ts";

/** What an editor may propose of a source. */
function seenSource(source: Source): SeenSource {
  const columns = source.columns.filter((column) => !column.implicit).map(columnInfo);
  return { alias: source.alias, table: source.table, columns };
}

function seenSources(scope: SqlScope): readonly SeenSource[] {
  const found: SeenSource[] = [];
  for (let current: SqlScope | undefined = scope; current !== undefined; current = current.parent)
    found.push(...current.sources.map(seenSource));
  return found;
}

interface FoundAlias {
  readonly value: SqlValue;
  readonly origin: ResultAlias["origin"];
}

/** Whether a result alias of this scope is meant: in clauses after the select list, and in WHERE as SQLite allows. */
function aliasOf(sq: SqlCheck, scope: SqlScope | undefined, name: Name): FoundAlias | undefined {
  for (let current = scope; current !== undefined; current = current.parent) {
    if (current.clause === "select" || current.clause === "on" || current.insideAggregate) continue;
    const alias = current.aliases.get(foldName(name.text));
    if (alias !== undefined) return { value: aliasValue(sq, current, alias), origin: alias.origin };
  }
  return undefined;
}

/** Records the use of a result column by its alias. */
function useAlias(sq: SqlCheck, node: Expression, name: string, { value, origin }: FoundAlias): SqlValue {
  recordName(sq, node, {
    kind: "column",
    column: { name, type: typeOfValue(value), table: undefined, affinity: "none", nullReason: value.reason, origin },
    qualifier: undefined,
  });
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
export function useColumn(
  sq: SqlCheck,
  scope: SqlScope,
  node: Expression,
  column: ScopeColumn,
  qualifier: string | undefined,
): SqlValue {
  sq.columns.set(node, column);
  noteAccess(sq.facts.reads, column.source.effectName, [column.name]);
  recordName(sq, node, {
    kind: "column",
    column: columnInfo(column),
    qualifier: qualifier ?? column.source.alias,
    source: column.source.written,
  });
  return recordValue(sq, node, columnValue(column, scope));
}

/** Kinds of types whose values are one value for the engine; unknowns may turn out to be. */
const BINDABLE: ReadonlySet<Type["kind"]> = new Set(["scalar", "enum", "any", "null", "never", "variable", "void"]);

/** A value of code that is bound as a parameter: one value, not a list, struct or function. */
export function boundValue(sq: SqlCheck, node: Expression, value: SqlValue): SqlValue {
  const type = prune(value.type);
  if (BINDABLE.has(type.kind) || sq.rowsAllowed.has(node)) return value;
  const row = type.kind === "table" && type.row !== undefined ? prune(type.row) : undefined;
  const [only, ...others] = row?.kind === "struct" ? row.fields : [];
  if (only !== undefined && others.length === 0) {
    // Rows of one column are one value: null when there is none, TooManyRows when there are several (LANGUAGE.md 15.2).
    addCoercions(sq.ctx.state, node, [{ kind: "scalar", from: type, to: nullable(only.type) }]);
    return valueOf(nullable(only.type), "there may be no row");
  }
  const hasRows = type.kind === "list" || type.kind === "table";
  const help = hasRows
    ? "Rows stand after IN and, in braces, after FROM; for JSON compute to_json(…) in a let before."
    : "Name one of its fields, or compute to_json(…) in a let before.";
  reportSql(sq, "NotOneValueInSql", node.span, { type: showType(type) }, { help });
  return { ...value, type: ANY };
}

/** A bare name in a SQL clause. */
export function inferName(sq: SqlCheck, scope: SqlScope, node: NameExpression): SqlValue {
  const { name } = node;
  const preferAlias = scope.clause === "order";
  const alias = aliasOf(sq, scope, name);
  if (preferAlias && alias !== undefined && scope.aliases.has(foldName(name.text)))
    return useAlias(sq, node, name.text, alias);
  const found = findColumn(scope, name);
  const variable = sq.ours ? findVariable(sq.ctx, name) : undefined;
  if (found !== undefined) {
    if (found.others.length > 0) reportAmbiguous(sq, name, [found.column, ...found.others]);
    else if (variable !== undefined && variable.isParameter !== true) {
      variable.used = true;
      reportColumnOrVariable(sq, name, found.column);
    }
    return useColumn(sq, found.scope, node, found.column, undefined);
  }
  if (alias !== undefined) return useAlias(sq, node, name.text, alias);
  if (variable !== undefined) {
    const type = readVariable(sq.ctx, node, variable);
    return recordValue(sq, node, boundValue(sq, node, valueOf(type, `the variable ${variable.name} may be null`)));
  }
  const open = openSource(scope);
  if (open !== undefined) return recordValue(sq, node, openColumn(sq, node, open, name));
  return unknownName(sq, scope, node);
}

function unknownName(sq: SqlCheck, scope: SqlScope, node: NameExpression): SqlValue {
  const { name } = node;
  const word = foldName(name.text);
  // SQLite reads TRUE and FALSE as names of numbers; the parser gives them as names in some places.
  if (word === "true" || word === "false") return recordValue(sq, node, neverNull(BOOL));
  noteProbe(sq.ctx, name.text, () => ({
    kind: "value",
    variables: sq.ours ? seenVariables(sq.ctx) : [],
    sources: seenSources(scope),
    inSql: true,
  }));
  const known = sq.ours && (sq.ctx.state.enums.has(name.text) || sq.ctx.state.structs.has(name.text));
  if (known) return recordValue(sq, node, valueOf(sq.ctx.rules.infer(sq.ctx, node)));
  const candidates = [
    ...visibleColumnNames(scope),
    ...(sq.ours ? visibleVariables(sq.ctx).map((variable) => variable.name) : []),
  ];
  const near = nearest(name.text, candidates);
  reportSql(
    sq,
    "UnknownColumn",
    name.span,
    { name: name.text, where: describeSources(scope) },
    suggestion(near, name.span),
  );
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
    if (sq.ours && (sq.ctx.state.enums.has(qualifier.text) || sq.catalog.type(qualifier.text) !== undefined))
      return undefined;
    return unknownQualifier(sq, scope, node, qualifier);
  }
  const key = foldName(columnName.text);
  const column =
    columnOf(source.source, key, columnName.quote !== "none", columnName.text) ??
    (source.source.hasRowid && ROWID_NAMES.has(key) ? rowidColumn(source.source, key) : undefined);
  if (column !== undefined) return useColumn(sq, source.scope, node, column, qualifier.text);
  if (source.source.open) return recordValue(sq, node, openColumn(sq, node, source.source, columnName));
  reportUnknownColumn(sq, columnName, source.source);
  return recordValue(sq, node, valueOf(freshType(sq)));
}

/** The nearest name as help and fix. */
export function suggestion(near: string | undefined, span: Span): FindingExtras {
  return near === undefined
    ? {}
    : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Change to ${near}`, span, near)] };
}

/** Reports a column that a source does not have, with the nearest one. */
export function reportUnknownColumn(sq: SqlCheck, name: Name, source: Source): void {
  noteProbe(sq.ctx, name.text, () => ({ kind: "columns", source: seenSource(source) }));
  const near = nearest(
    name.text,
    source.columns.map((column) => column.name),
  );
  reportSql(
    sq,
    "UnknownColumn",
    name.span,
    { name: name.text, where: source.alias ?? "this query" },
    {
      ...suggestion(near, name.span),
      ...(source.table?.origin === undefined
        ? {}
        : {
            related: [
              {
                span: source.table.origin.span,
                label: `${source.table.name} is declared here`,
                item: source.table.origin.item as SqlCheck["ctx"]["item"],
              },
            ],
          }),
    },
  );
}

function unknownQualifier(sq: SqlCheck, scope: SqlScope, node: MemberExpression, qualifier: Name): SqlValue {
  const names: string[] = [];
  for (let current: SqlScope | undefined = scope; current !== undefined; current = current.parent)
    for (const source of current.sources) if (source.alias !== undefined) names.push(source.alias);
  const near = nearest(qualifier.text, names);
  reportSql(sq, "UnknownQualifier", qualifier.span, { name: qualifier.text }, suggestion(near, qualifier.span));
  return recordValue(sq, node, valueOf(freshType(sq)));
}

/** A double-quoted word: a column where one of that name is in scope, else text. Says which it decided. */
export function inferDoubleQuoted(sq: SqlCheck, scope: SqlScope, node: StringLiteral): SqlValue {
  const name: Name = { text: node.value, span: node.span, quote: "double" };
  const found = findColumn(scope, name);
  const alias = found === undefined ? aliasOf(sq, scope, name) : undefined;
  if (alias !== undefined) return useAlias(sq, node, node.value, alias);
  if (found === undefined) {
    // The parser has spoken about interpolation.
    if (!node.value.includes("${"))
      reportSql(
        sq,
        "DoubleQuotedText",
        node.span,
        { text: node.value },
        { fixes: [replaceFix("Use single quotes", node.span, `'${node.value.replace(/'/g, "''")}'`)] },
      );
    return recordValue(sq, node, neverNull(STRING));
  }
  if (found.others.length > 0) reportAmbiguous(sq, name, [found.column, ...found.others]);
  reportSql(
    sq,
    "DoubleQuotedColumn",
    node.span,
    { name: node.value },
    {
      help: "Write backticks for a name and single quotes for text.",
      fixes: [
        replaceFix("Use backticks", node.span, `\`${node.value}\``),
        replaceFix("Make it text", node.span, `'${node.value.replace(/'/g, "''")}'`),
      ],
    },
  );
  return useColumn(sq, found.scope, node, found.column, undefined);
}

/** A column of a table that is not known now: a fresh type, the same for each use of the name. */
function openColumn(sq: SqlCheck, node: Expression, source: Source, name: Name): SqlValue {
  const column = addColumn(source, {
    name: name.text,
    value: { type: freshType(sq), nullable: false, reason: undefined },
    affinity: "none",
    origin: originOfOpen(source, name),
  });
  column.implicit = true;
  sq.columns.set(node, column);
  noteAccess(sq.facts.reads, source.effectName, [name.text]);
  const resolution: Resolution = {
    kind: "column",
    column: columnInfo(column),
    qualifier: source.alias,
    source: source.written,
  };
  recordName(sq, node, resolution);
  return { type: column.type, nullable: mayBeNull(column.type), reason: undefined, column };
}

/** Tables that are not known now have a name; values and tables named at run time have none. */
function originOfOpen(source: Source, name: Name): ScopeColumn["origin"] {
  if (source.table !== undefined) return { kind: "catalog", table: source.table, column: name.text };
  if (source.effectName === undefined || source.effectName.startsWith("{")) return undefined;
  return { kind: "unknown", table: source.effectName, column: name.text };
}

function reportAmbiguous(sq: SqlCheck, name: Name, columns: readonly ScopeColumn[]): void {
  const owners = columns.map((column) => column.source.alias ?? "a subquery");
  reportSql(
    sq,
    "AmbiguousColumn",
    name.span,
    { name: name.text, tables: owners },
    {
      fixes: owners.map((owner) => replaceFix(`Write ${owner}.${name.text}`, name.span, `${owner}.${name.text}`)),
    },
  );
}

function reportColumnOrVariable(sq: SqlCheck, name: Name, column: ScopeColumn): void {
  const owner = column.source.alias;
  reportSql(
    sq,
    "ColumnOrVariable",
    name.span,
    { name: name.text, table: owner ?? "the query" },
    {
      help:
        owner === undefined
          ? `Write :${name.text} for the variable.`
          : `Write ${owner}.${name.text} for the column or :${name.text} for the variable.`,
      fixes: [
        ...(owner === undefined ? [] : [replaceFix("Mean the column", name.span, `${owner}.${name.text}`)]),
        replaceFix("Mean the variable", name.span, `:${name.text}`),
      ],
    },
  );
}
