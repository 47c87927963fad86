// Symbols: the outline of a document as a tree, and the names of all files for a search.
import type { Steps } from "../../base/steps.ts";
import type { Item, Statement } from "../../compiler/syntax/tree.ts";
import { foldName } from "../../compiler/types/make.ts";
import type { Document, Place, Token, Workspace } from "../types.ts";

/** Kinds of symbols as editors tell them apart. */
export type OutlineKind =
  | "function"
  | "procedure"
  | "method"
  | "struct"
  | "enum"
  | "enumValue"
  | "error"
  | "field"
  | "table"
  | "view"
  | "index"
  | "column"
  | "trigger"
  | "schedule"
  | "pipeline"
  | "test"
  | "variable"
  | "constant"
  | "module";

/** One entry of the outline. */
export interface OutlineSymbol {
  readonly name: string;
  readonly detail: string | undefined;
  readonly kind: OutlineKind;
  /** The whole declaration with its comments. */
  readonly span: Place["span"];
  /** The name. */
  readonly nameSpan: Place["span"];
  readonly children: readonly OutlineSymbol[];
}

/** The declarations of a document in order. */
export function documentSymbols(document: Document): readonly OutlineSymbol[] {
  return document.module.items.flatMap((item) => symbolsOf(item, item.statement));
}

interface Named {
  readonly text: string;
  readonly span: Place["span"];
}

function symbolsOf(item: Item, statement: Statement): readonly OutlineSymbol[] {
  const shift = ({ start, end }: Place["span"]): Place["span"] => ({
    start: start + item.offset,
    end: end + item.offset,
  });
  const make = (
    kind: OutlineKind,
    name: Named | undefined,
    detail?: string,
    children: readonly OutlineSymbol[] = [],
    span: Place["span"] = statement.span,
  ): readonly OutlineSymbol[] =>
    name === undefined || name.text === ""
      ? []
      : [{ name: name.text, detail, kind, span: shift(span), nameSpan: shift(name.span), children }];
  const text = (span: Place["span"] | undefined): string | undefined =>
    span === undefined ? undefined : item.text.slice(span.start, span.end);
  const part = (kind: OutlineKind, whole: { readonly span: Place["span"]; readonly name: Named }, detail?: string) =>
    make(kind, whole.name, detail, [], whole.span);
  switch (statement.kind) {
    case "routine": {
      const receiver = text(statement.receiver?.type.span);
      const parameters = (statement.parameters ?? []).map((parameter) => text(parameter.span)).join(", ");
      const kind = receiver === undefined ? statement.routine : "method";
      return make(kind, statement.name, `${receiver === undefined ? "" : `<${receiver}> `}(${parameters})`);
    }
    case "struct":
    case "error":
      return make(
        statement.kind,
        statement.name,
        undefined,
        statement.fields.flatMap((field) => part("field", field, text(field.type?.span))),
      );
    case "enum":
      return make(
        "enum",
        statement.name,
        undefined,
        statement.values.flatMap((value) => make("enumValue", value, undefined, [], value.span)),
      );
    case "trigger": {
      const target =
        statement.target?.parts.map((each) => each.text).join(".") ?? configText(item, statement, "target");
      return make("trigger", statement.name, target === undefined ? undefined : `on ${target}`);
    }
    case "schedule":
      return make("schedule", statement.name, text(statement.cron?.span) ?? configText(item, statement, "sched"));
    case "pipeline":
    case "test":
      return make(statement.kind, statement.name);
    case "let":
      return statement.target.kind === "single"
        ? make(statement.form === "const" ? "constant" : "variable", statement.target.name, text(statement.type?.span))
        : statement.target.fields.flatMap(({ name }) => make("variable", name));
    case "sql":
      return sqlSymbols(statement.statement, make, (column) => part("column", column, column.typeText));
    default:
      return [];
  }
}

type Make = (
  kind: OutlineKind,
  name: Named | undefined,
  detail?: string,
  children?: readonly OutlineSymbol[],
) => readonly OutlineSymbol[];

function sqlSymbols(
  statement: Extract<Statement, { kind: "sql" }>["statement"],
  make: Make,
  columnOf: (column: Extract<typeof statement, { kind: "createTable" }>["columns"][number]) => readonly OutlineSymbol[],
): readonly OutlineSymbol[] {
  switch (statement.kind) {
    case "createTable":
      return make("table", statement.name.parts.at(-1), undefined, statement.columns.flatMap(columnOf));
    case "createVirtualTable":
      return make("table", statement.name.parts.at(-1), statement.module.text);
    case "createView":
      return make("view", statement.name.parts.at(-1));
    case "createIndex":
      return make("index", statement.name.parts.at(-1), `on ${statement.table.text}`);
    case "createNativeTrigger":
      return make("trigger", statement.name.parts.at(-1), `on ${statement.table.parts.at(-1)?.text ?? ""}`);
    default:
      return [];
  }
}

function configText(
  item: Item,
  statement: Extract<Statement, { kind: "trigger" | "schedule" }>,
  key: string,
): string | undefined {
  const entry = statement.config?.entries.find((each) => each.key.text.toLowerCase() === key);
  return entry === undefined
    ? undefined
    : item.text.slice(entry.value.span.start, entry.value.span.end).replace(/^['"]|['"]$/g, "");
}

/** A symbol of the workspace with its file. */
export interface FoundSymbol {
  readonly symbol: OutlineSymbol;
  readonly path: string;
  readonly container: string | undefined;
}

/** Longest answer to a search over the workspace. */
const FOUND_MAX = 500;

/** Symbols whose name holds the letters of the query in order, in any case; better fits first. */
export function* workspaceSymbols(workspace: Workspace, query: string, token?: Token): Steps<readonly FoundSymbol[]> {
  const found: { readonly each: FoundSymbol; readonly rank: number }[] = [];
  for (const path of workspace.paths()) {
    if (token?.cancelled() === true) break;
    const document = yield* workspace.ready(path, "tree");
    // What is there already is looked through in many steps too.
    yield;
    if (document === undefined) continue;
    const add = (symbols: readonly OutlineSymbol[], container: string | undefined): void => {
      for (const symbol of symbols) {
        const rank = fit(symbol.name, query);
        if (rank !== undefined) found.push({ each: { symbol, path: document.path, container }, rank });
        add(symbol.children, symbol.name);
      }
    };
    add(documentSymbols(document), undefined);
  }
  return found
    .sort((left, right) => left.rank - right.rank || (left.each.symbol.name < right.each.symbol.name ? -1 : 1))
    .slice(0, FOUND_MAX)
    .map(({ each }) => each);
}

/** 0 the name, 1 its start, 2 a part of it, 3 its letters in order; undefined when it does not fit. */
function fit(name: string, query: string): number | undefined {
  const where = foldName(name);
  const wanted = foldName(query.trim());
  if (where === wanted) return 0;
  const index = where.indexOf(wanted);
  if (index >= 0) return index === 0 ? 1 : 2;
  let at = 0;
  for (const letter of wanted) {
    at = where.indexOf(letter, at) + 1;
    if (at === 0) return undefined;
  }
  return 3;
}
