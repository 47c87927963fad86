// How far a change of what is not code reaches: of tables, types, triggers and imports. Gives the names whose users must be checked anew.
// Names are looked for as words, in whatever meaning, so that more is checked rather than less.
import type { CatalogTable, CatalogView } from "../catalog-view.ts";
import type { Item, QualifiedName, SqlStatement, Statement } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";
import { mentions } from "./recheck-words.ts";
import { storedHeader, type TriggerHeader } from "./trigger-shape.ts";
import { nameOf } from "./config-values.ts";

/** What reaching looks at. */
export interface ReachInput {
  /** All items of the version before and of this one. */
  readonly before: readonly Item[];
  readonly after: readonly Item[];
  /** Items that are gone and that have come. */
  readonly changed: readonly Item[];
  /** Folded names of what imports bring that is not what it was. */
  readonly imported: ReadonlySet<string>;
  /** The catalog with the file's own tables, before and now. */
  readonly catalogs: readonly CatalogView[];
  /** The words of what is seen of routines from outside, by folded name. */
  readonly outlines: ReadonlyMap<string, ReadonlySet<string>>;
  /** Stored triggers. */
  readonly stored: readonly TriggerHeader[];
}

/** Folded names of everything that may mean something else now. Empty when only code changed. */
export function reachOf(input: ReachInput): ReadonlySet<string> {
  const names = new Set(input.imported);
  for (const item of input.changed) for (const name of structuralNames(item.statement)) names.add(name);
  if (names.size === 0) return names;
  const structural = [...input.before, ...input.after].filter((item) => structuralNames(item.statement).length > 0);
  for (let size = -1; size !== names.size; ) {
    size = names.size;
    for (const item of structural)
      if (mentions(item, names)) for (const name of structuralNames(item.statement)) names.add(name);
    for (const [routine, words] of input.outlines) if ([...names].some((name) => words.has(name))) names.add(routine);
    for (const header of input.stored)
      if (names.has(foldName(header.table ?? ""))) for (const name of triggerNames(header)) names.add(name);
    for (const catalog of input.catalogs) addRelated(catalog, names);
  }
  return names;
}

/** What an item declares, changes or drops that is not code: folded names. Empty for code. */
function structuralNames(statement: Statement): readonly string[] {
  switch (statement.kind) {
    case "struct":
    case "enum":
    case "error":
      return [foldName(statement.name.text)];
    case "trigger":
      return triggerNames(storedHeader(statement));
    case "sql":
      return ddlNames(statement.statement);
    default:
      return [];
  }
}

function triggerNames(header: TriggerHeader): readonly string[] {
  const call = nameOf(header.call?.value);
  return [header.declaration.name.text, header.table, call].flatMap((name) =>
    name === undefined ? [] : [foldName(name)],
  );
}

function last(name: QualifiedName): string {
  return foldName(name.parts.at(-1)?.text ?? "");
}

function ddlNames(statement: SqlStatement): readonly string[] {
  switch (statement.kind) {
    case "createTable":
    case "createView":
    case "createVirtualTable":
    case "drop":
      return [last(statement.name)];
    case "createIndex":
      return [last(statement.name), foldName(statement.table.text)];
    case "createNativeTrigger":
      return [last(statement.name), last(statement.table)];
    case "alterTable":
      return statement.action.kind === "renameTo"
        ? [last(statement.name), foldName(statement.action.name.text)]
        : [last(statement.name)];
    default:
      return [];
  }
}

/** Whether a statement changes what tables there are, or what they are like. */
export function isDdl(statement: Statement): boolean {
  return statement.kind === "sql" && ddlNames(statement.statement).length > 0;
}

/** Tables that are touched with those of these names: parents of their keys, and what reads or writes them in the database itself. */
function addRelated(catalog: CatalogView, names: Set<string>): void {
  for (const shown of catalog.tableNames()) {
    const name = foldName(shown.slice(shown.lastIndexOf(".") + 1));
    const table = catalog.table(undefined, shown) ?? catalog.table(undefined, name);
    if (table === undefined) continue;
    if (names.has(name)) for (const key of table.foreignKeys) names.add(foldName(key.table));
    else if (wordsOfTable(table).some((word) => names.has(word))) names.add(name);
  }
}

const WORDS = new WeakMap<CatalogTable, readonly string[]>();

/** Names in a view's query and in native triggers, and the types of columns that are declared with one. */
function wordsOfTable(table: CatalogTable): readonly string[] {
  let words = WORDS.get(table);
  if (words === undefined) {
    const found = new Set(
      table.columns.flatMap(({ typeName }) => (typeName === undefined ? [] : [foldName(typeName)])),
    );
    collectNames(table.definition?.(), found);
    collectNames(table.triggers?.(), found);
    words = [...found];
    WORDS.set(table, words);
  }
  return words;
}

function collectNames(node: unknown, into: Set<string>): void {
  if (typeof node !== "object" || node === null) return;
  if ("text" in node && typeof node.text === "string") into.add(foldName(node.text));
  for (const part of Object.values(node) as unknown[]) collectNames(part, into);
}
