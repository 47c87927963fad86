// Definition, type definition, references and highlights of the name under the cursor: in code and in SQL alike.
import type { Steps } from "../../base/steps.ts";
import type { Expression, Item, QualifiedName } from "../../compiler/syntax/tree.ts";
import { foldName, withoutNull } from "../../compiler/types/make.ts";
import type { Type } from "../../compiler/types/type.ts";
import { itemAt, mentionAt, mentionsAt, mentionsOf, type Placed } from "../index/mentions.ts";
import { declarationsOf, usesOf } from "../index/search.ts";
import { isLocal, type LanguageSymbol, sharedSymbol } from "../index/symbols.ts";
import type { Document, Place, Token, Workspace } from "../types.ts";

/** Where the name under the offset is declared. For `{x}` both the variable and the field. A word that imports a file gives the file. */
export function* definition(workspace: Workspace, document: Document, offset: number): Steps<readonly Place[]> {
  const here = mentionsAt(document, offset);
  const [first] = here;
  const imported = first?.symbol.kind === "module" ? workspace.imported(document, importedName(first)) : undefined;
  if (imported !== undefined) return [{ path: imported.path, span: { start: 0, end: 0 } }];
  const places: Place[] = [];
  for (const { symbol } of here.filter((each) => each.span.start === first?.span.start))
    places.push(...(yield* declarationsOf(workspace, document, symbol)));
  return withoutDoubles(places);
}

function importedName(mention: Placed): string {
  const { statement } = mention.item;
  return statement.kind === "import" ? (statement.path ?? statement.name.text) : mention.symbol.name;
}

function withoutDoubles(places: readonly Place[]): readonly Place[] {
  const seen = new Set<string>();
  const found: Place[] = [];
  for (const { path, span } of places) {
    const key = `${path}:${span.start}`;
    if (seen.has(key)) continue;
    seen.add(key);
    found.push({ path, span });
  }
  return found;
}

/** Every place where the symbol under the offset stands. */
export function* references(
  workspace: Workspace,
  document: Document,
  offset: number,
  withDeclaration: boolean,
  token?: Token,
): Steps<readonly Place[]> {
  const here = mentionAt(document, offset);
  if (here === undefined) return [];
  const uses = yield* usesOf(workspace, document, here.symbol, token);
  return withoutDoubles(uses.filter((use) => withDeclaration || use.role !== "declaration"));
}

/** A place of the symbol under the cursor in the same document, and whether the symbol is changed there. */
export interface Highlight {
  readonly span: Place["span"];
  readonly writes: boolean;
}

/** The other places of the symbol in this document. Two symbols of one key and unknown home count as one. */
export function highlights(document: Document, offset: number): readonly Highlight[] {
  const here = mentionAt(document, offset);
  if (here === undefined) return [];
  return mentionsOf(document)
    .filter((each) => isSame(each.symbol, here.symbol))
    .map(({ span, role }) => ({ span, writes: role === "write" || role === "declaration" }));
}

function isSame(left: LanguageSymbol, right: LanguageSymbol): boolean {
  if (left.key !== right.key) return false;
  return isLocal(left) || left.home === right.home || left.home === undefined || right.home === undefined;
}

/**
 * Where the type of the expression or variable under the offset is declared: a struct, an enum, an error, or the table whose rows it has.
 * An alias has the rows of its table; the type of a column that is a plain value is written where the column is declared.
 */
export function* typeDefinition(workspace: Workspace, document: Document, offset: number): Steps<readonly Place[]> {
  const here = mentionAt(document, offset);
  if (here?.symbol.kind === "alias") {
    const table = tableOfAlias(document, here);
    return table === undefined ? [] : withoutDoubles(yield* declarationsOf(workspace, document, table));
  }
  const type = typeAt(document, offset);
  const name = type === undefined ? undefined : namedType(type);
  if (name === undefined)
    return here?.symbol.kind === "column"
      ? withoutDoubles(yield* declarationsOf(workspace, document, here.symbol))
      : [];
  const kinds = ["struct", "enum", "error", "table"] as const;
  const places: Place[] = [];
  for (const kind of kinds)
    places.push(...(yield* declarationsOf(workspace, document, sharedSymbol(kind, name, undefined))));
  const own = places.filter((place) => place.path === document.path);
  return withoutDoubles(own.length > 0 ? own : places);
}

/** What stands before an alias where it is declared: a table, a view, or a common table. */
function tableOfAlias(document: Document, { symbol, item }: Placed): LanguageSymbol | undefined {
  const open: unknown[] = [item.statement];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    const { alias, name } = node as { readonly alias?: unknown; readonly name?: Partial<QualifiedName> };
    const last = alias === symbol.key ? name?.parts?.at(-1) : undefined;
    if (last !== undefined) return mentionAt(document, item.offset + last.span.start)?.symbol;
    for (const part of Object.values(node) as unknown[]) if (typeof part === "object" && part !== null) open.push(part);
  }
  return undefined;
}

/** The name behind a type: of the element of a list, the row of a table, the value of T?. */
function namedType(type: Type): string | undefined {
  const whole = withoutNull(type);
  switch (whole.kind) {
    case "list":
      return namedType(whole.element);
    case "map":
      return namedType(whole.value);
    case "handle":
      return namedType(whole.result);
    case "table":
    case "cursor":
      return whole.row === undefined ? undefined : namedType(whole.row);
    case "struct":
    case "enum":
    case "error":
      return whole.name ?? tableOfRow(whole);
    default:
      return undefined;
  }
}

/** The table whose columns a row has, when all come from one. */
function tableOfRow(type: Type): string | undefined {
  if (type.kind !== "struct") return undefined;
  const tables = new Set(
    type.fields.map(({ origin }) => (origin?.kind === "catalog" ? foldName(origin.table.name) : undefined)),
  );
  const [only] = tables;
  return tables.size === 1 ? only : undefined;
}

/** The type of the variable, or of the smallest expression, at an offset. */
function typeAt(document: Document, offset: number): Type | undefined {
  const item = itemAt(document, offset);
  if (item === undefined) return undefined;
  const checked = document.checked();
  const relative = offset - item.offset;
  for (const [name, variable] of checked.variables)
    if (variable.item === item && name.span.start <= relative && relative <= name.span.end && isIn(item, name.span))
      return variable.type;
  let found: { readonly type: Type; readonly length: number } | undefined;
  for (const [expression, type] of typesIn(document, item)) {
    const { start, end } = expression.span;
    if (start > relative || relative > end) continue;
    if (found === undefined || end - start < found.length) found = { type, length: end - start };
  }
  return found?.type;
}

function isIn(item: Item, span: Place["span"]): boolean {
  return span.end <= item.text.length;
}

/** The expressions of an item with their types. */
export function typesIn(document: Document, item: Item): readonly (readonly [Expression, Type])[] {
  const { types } = document.checked();
  const found: (readonly [Expression, Type])[] = [];
  const open: unknown[] = [item.statement];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    const type = types.get(node as Expression);
    if (type !== undefined) found.push([node as Expression, type]);
    for (const part of Object.values(node) as unknown[]) if (typeof part === "object" && part !== null) open.push(part);
  }
  return found;
}
