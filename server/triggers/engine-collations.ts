// Where the collation of a column of NEW or OLD counts in a statement of a trigger written for SQLite. We hand the value over as a parameter, which has none: at these
// places it gets the column's collation. The rules are SQLite's (datatype3.html 7.1): the left side's counts, if it is a column; one that is written (COLLATE) counts more.
// A written collation also counts further out than a column's: statements in which that could be seen are not understood here.
import type { Expression } from "../../compiler/syntax/tree.ts";
import { parse } from "../../compiler/syntax/parse.ts";

/** A statement or condition as it stands in a trigger's text. */
export interface StatementText {
  readonly text: string;
  /** Where it begins in the trigger's text. */
  readonly start: number;
  readonly isCondition: boolean;
}

const known = new WeakMap<StatementText, ReadonlySet<number> | null>();

/** Places in the trigger's text where NEW or OLD stands with its column's collation; undefined: the statement is not understood. */
export function collatingPlaces(statement: StatementText): ReadonlySet<number> | undefined {
  let found = known.get(statement);
  if (found === undefined) {
    found = findPlaces(statement) ?? null;
    known.set(statement, found);
  }
  return found ?? undefined;
}

interface Search {
  readonly places: Set<number>;
  /** What is compared: nothing inside may have got a collation of its own. */
  readonly compared: Expression[];
}

type Node = Readonly<Record<string, unknown>>;

function findPlaces({ text, start, isCondition }: StatementText): ReadonlySet<number> | undefined {
  const before = isCondition ? "SELECT (" : "";
  const { value, problems } = parse({ name: "trigger", text: isCondition ? `${before}${text}\n)` : text });
  const [item] = value.items;
  if (item === undefined || value.items.length > 1 || problems.some(({ severity }) => severity === "error"))
    return undefined;
  const search: Search = { places: new Set(), compared: [] };
  eachNode(item.statement, (node) => lookAt(search, node));
  const isInside = search.compared.some(
    (side) => !isRow(bare(side)) && anyNode(side, (node) => search.places.has(placeOf(node) ?? -1)),
  );
  if (isInside) return undefined;
  return new Set([...search.places].map((place) => start + item.offset + place - before.length));
}

/** All nodes of a tree, the outer ones first. */
function eachNode(value: unknown, use: (node: Node) => void): void {
  if (Array.isArray(value)) for (const each of value) eachNode(each, use);
  else if (typeof value === "object" && value !== null) {
    const node = value as Node;
    if (typeof node["kind"] === "string") use(node);
    for (const [key, entry] of Object.entries(node)) if (key !== "span") eachNode(entry, use);
  }
}

function anyNode(value: unknown, wanted: (node: Node) => boolean): boolean {
  let found = false;
  eachNode(value, (node) => {
    found ||= wanted(node);
  });
  return found;
}

function lookAt(search: Search, node: Node): void {
  const each = node as unknown as Expression;
  switch (node["kind"]) {
    case "binary":
      if (each.kind === "binary" && COMPARISONS.has(each.operator)) compare(search, each.left, each.right);
      return;
    case "is":
      if (each.kind === "is") compare(search, each.value, each.right);
      return;
    case "between":
      if (each.kind === "between") for (const end of [each.low, each.high]) compare(search, each.value, end);
      return;
    case "case":
      if (each.kind === "case" && each.subject !== undefined)
        for (const { when } of each.branches) compare(search, each.subject, when);
      return;
    case "in":
      if (each.kind === "in") lookAtIn(search, each.value, each.set);
      return;
    case "call":
      if (each.kind === "call") lookAtCall(search, each);
      return;
    case "subquery":
      return lookAtResults(search, (node as { readonly query?: unknown }).query);
    case "compound":
      for (const side of [node["left"], node["right"]]) markResults(search, side);
      return;
    default:
      for (const table of commonTables(node)) lookAtResults(search, table);
  }
}

const COMPARISONS: ReadonlySet<string> = new Set(["=", "!=", "<", "<=", ">", ">="]);
/** Functions that compare their arguments. */
const COMPARING: ReadonlySet<string> = new Set(["min", "max", "nullif"]);

function compare(search: Search, left: Expression, right: Expression): void {
  const first = bare(left);
  const second = bare(right);
  if (first.kind === "row" && second.kind === "row" && first.items.length === second.items.length) {
    first.items.forEach((item, at) => compare(search, item, second.items[at] ?? item));
    return;
  }
  search.compared.push(left, right);
  if (isCollated(left) || isCollated(right)) return;
  if (isRow(first)) mark(search, first);
  else if (!isColumn(first) && isRow(second)) mark(search, second);
}

function lookAtIn(search: Search, value: Expression, set: Expression): void {
  const results = set.kind === "query" ? resultsOf(bodyOf(set.query)) : [];
  const left = bare(value);
  const items = left.kind === "row" ? left.items : [value];
  items.forEach((item, at) => {
    const result = results[at];
    if (result !== undefined) compare(search, item, result);
    else {
      search.compared.push(item);
      const one = bare(item);
      if (!isCollated(item) && isRow(one)) mark(search, one);
    }
  });
}

function lookAtCall(search: Search, call: Extract<Expression, { kind: "call" }>): void {
  if (call.callee.kind !== "name" || !COMPARING.has(call.callee.name.text.toLowerCase())) return;
  if (call.arguments.length < 2) return;
  for (const { value } of call.arguments) {
    search.compared.push(value);
    const argument = bare(value);
    if (isRow(argument) && !isCollated(value)) return mark(search, argument);
    if (isCollated(value) || isColumn(argument)) return;
  }
}

/** The columns of a query that others read as columns. */
function lookAtResults(search: Search, query: unknown): void {
  markResults(search, bodyOf(query));
}

function markResults(search: Search, body: unknown): void {
  for (const result of resultsOf(body)) {
    const value = bare(result);
    if (isRow(value) && !isCollated(result)) mark(search, value);
  }
}

function bodyOf(query: unknown): unknown {
  return (query as { readonly body?: unknown } | undefined)?.body;
}

function resultsOf(body: unknown): readonly Expression[] {
  const core = body as {
    readonly kind?: unknown;
    readonly columns?: readonly { readonly kind: string; readonly value?: Expression }[];
  };
  return core?.kind === "core" ? (core.columns ?? []).flatMap(({ value }) => (value === undefined ? [] : [value])) : [];
}

function commonTables(node: Node): readonly unknown[] {
  const clause = node["with"] as { readonly tables?: readonly { readonly query: unknown }[] } | undefined;
  return clause?.tables?.map(({ query }) => query) ?? [];
}

// --- expressions ---

/** Without what hides no column: parentheses, a plus, casts. */
function bare(expression: Expression): Expression {
  let inner = expression;
  for (;;) {
    if (inner.kind === "parenthesized") inner = inner.inner;
    else if (inner.kind === "unary" && inner.operator === "+") inner = inner.operand;
    else if (inner.kind === "cast") inner = inner.value;
    else return inner;
  }
}

/** `NEW.c`, `OLD.c`. */
function isRow(expression: Expression): boolean {
  if (expression.kind !== "member" || expression.object.kind !== "name") return false;
  const row = expression.object.name.text.toLowerCase();
  return row === "new" || row === "old";
}

// A word in double quotes is a column where there is one.
function isColumn(expression: Expression): boolean {
  return (
    expression.kind === "name" ||
    expression.kind === "member" ||
    (expression.kind === "string" && expression.quote === "double")
  );
}

function isCollated(expression: Expression): boolean {
  return anyNode(expression, (node) => node["kind"] === "collate");
}

function placeOf(node: Node): number | undefined {
  const each = node as unknown as Expression;
  return each.kind === "member" && isRow(each) ? each.span.start : undefined;
}

function mark(search: Search, row: Expression): void {
  search.places.add(row.span.start);
}
