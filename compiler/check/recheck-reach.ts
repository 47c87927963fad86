// How far a change of what is not code reaches: of tables, types, triggers and imports. Gives the names whose users must be checked anew.
// Names are looked for as words, in whatever meaning, so that more is checked rather than less.
import type { CatalogRoutine, CatalogTable, CatalogTrigger, CatalogType, CatalogView } from "../catalog-view.ts";
import type { Item, QualifiedName, SqlStatement, Statement } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";
import { mentions, wordsIn } from "./recheck-words.ts";
import { storedHeader, type TriggerHeader } from "./trigger-shape.ts";
import { nameOf } from "./config-values.ts";

/** What reaching looks at. */
export interface ReachInput {
  /** All items of the version before and of this one. */
  readonly before: readonly Item[];
  readonly after: readonly Item[];
  /** Items that are gone and that have come. */
  readonly changed: readonly Item[];
  /** Folded names of what imports and the database bring that is not what it was. */
  readonly outside: ReadonlySet<string>;
  /** The catalog with the file's own tables, before and now. */
  readonly catalogs: readonly CatalogView[];
  /** What was asked of the database so far. */
  readonly asked: {
    readonly routines: ReadonlyMap<string, readonly CatalogRoutine[]>;
    readonly types: ReadonlyMap<string, CatalogType | undefined>;
  };
  /** The words of what is seen of routines from outside, by folded name. */
  readonly outlines: ReadonlyMap<string, ReadonlySet<string>>;
  /** Stored triggers. */
  readonly stored: readonly TriggerHeader[];
}

/** Folded names of everything that may mean something else now. Empty when only code changed. */
export function reachOf(input: ReachInput): ReadonlySet<string> {
  const names = new Set(input.outside);
  for (const item of input.changed) for (const name of structuralNames(item.statement)) names.add(name);
  if (names.size === 0) return names;
  /** Parents of keys that a change went up to. */
  const followed = new Set<string>();
  const structural = [...input.before, ...input.after].filter((item) => structuralNames(item.statement).length > 0);
  for (let size = -1; size !== names.size; ) {
    size = names.size;
    for (const item of structural)
      if (mentions(item, names)) for (const name of structuralNames(item.statement)) names.add(name);
    for (const [routine, words] of input.outlines) if ([...names].some((name) => words.has(name))) names.add(routine);
    for (const header of input.stored)
      if (names.has(foldName(header.table ?? ""))) for (const name of triggerNames(header)) names.add(name);
    addRelated(input, names, followed);
    for (const [name, routines] of input.asked.routines)
      if (routines.some((routine) => holdsOne(wordsOfRoutine(routine), names))) names.add(name);
    for (const [name, type] of input.asked.types)
      if (type !== undefined && holdsOne(wordsOfType(type), names)) names.add(name);
  }
  return names;
}

/** What an item declares, changes or drops that is not code: folded names. Empty for code. */
export function structuralNames(statement: Statement): readonly string[] {
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

/** Folded names of a stored trigger, its table and what it calls. */
export function storedTriggerNames({ declaration }: CatalogTrigger): readonly string[] {
  return triggerNames(storedHeader(declaration));
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
function addRelated({ catalogs, stored, after }: ReachInput, names: Set<string>, followed: Set<string>): void {
  const fired = new Set(
    [
      ...stored,
      ...after.flatMap(({ statement }) => (statement.kind === "trigger" ? [storedHeader(statement)] : [])),
    ].map(({ table }) => foldName(table ?? "")),
  );
  for (const catalog of catalogs) {
    for (const shown of catalog.tableNames()) {
      const name = foldName(shown.slice(shown.lastIndexOf(".") + 1));
      const table = tableIn(catalog, shown);
      if (table === undefined) continue;
      if (!names.has(name)) {
        if (holdsOne(wordsOfTable(table), names)) names.add(name);
        continue;
      }
      if (table.foreignKeys.length === 0) continue;
      const outlines = new Set(catalogs.map((each) => keysOutline(tableIn(each, shown))));
      if (outlines.size === 1 && !fired.has(name) && table.triggers === undefined && !followed.has(name)) continue;
      for (const key of table.foreignKeys) {
        names.add(foldName(key.table));
        followed.add(foldName(key.table));
      }
    }
  }
}

function tableIn(catalog: CatalogView, shown: string): CatalogTable | undefined {
  return catalog.table(undefined, shown) ?? catalog.table(undefined, shown.slice(shown.lastIndexOf(".") + 1));
}

const OUTLINES = new WeakMap<CatalogTable, string>();

/** What a change of a parent row may do to a table and be refused by: all but what its other columns hold. */
function keysOutline(table: CatalogTable | undefined): string {
  if (table === undefined) return "";
  const known = OUTLINES.get(table);
  if (known !== undefined) return known;
  const outline = keysOutlineOf(table);
  OUTLINES.set(table, outline);
  return outline;
}

function keysOutlineOf(table: CatalogTable): string {
  const { columns, primaryKey, uniqueKeys, partialUniques, foreignKeys, hasChecks } = table;
  const names = columns.map(({ name, nullable }) => [name, nullable]);
  return JSON.stringify([names, primaryKey, uniqueKeys, partialUniques, foreignKeys, hasChecks]);
}

function holdsOne(words: ReadonlySet<string>, names: ReadonlySet<string>): boolean {
  for (const word of words) if (names.has(word)) return true;
  return false;
}

const WORDS = new WeakMap<CatalogTable | CatalogRoutine | CatalogType, ReadonlySet<string>>();

function wordsOf<T extends CatalogTable | CatalogRoutine | CatalogType>(
  thing: T,
  read: (thing: T) => ReadonlySet<string>,
): ReadonlySet<string> {
  let words = WORDS.get(thing);
  if (words === undefined) {
    words = read(thing);
    WORDS.set(thing, words);
  }
  return words;
}

/** Names in a view's query and in native triggers, and the types of columns that are declared with one. */
function wordsOfTable(table: CatalogTable): ReadonlySet<string> {
  return wordsOf(table, ({ columns, texts, definition, triggers }) => {
    const found = new Set(columns.flatMap(({ typeName }) => (typeName === undefined ? [] : [foldName(typeName)])));
    if (texts === undefined) {
      collectNames(definition?.(), found);
      collectNames(triggers?.(), found);
    } else for (const text of texts) for (const word of wordsIn(text)) found.add(word);
    return found;
  });
}

/** Types that a stored routine is seen with. */
function wordsOfRoutine(routine: CatalogRoutine): ReadonlySet<string> {
  return wordsOf(routine, ({ signature, declaration }) => {
    const found = new Set(wordsIn([...signature.parameters, signature.result, ...signature.raises].join(" ")));
    collectNames(declaration.receiver, found);
    return found;
  });
}

/** Types within a stored type. */
function wordsOfType(type: CatalogType): ReadonlySet<string> {
  return wordsOf(type, (declaration) => {
    const found = new Set<string>();
    if (declaration.kind !== "enum")
      collectNames(
        declaration.fields.map((field) => field.type),
        found,
      );
    if (declaration.kind === "error" && declaration.parent !== undefined) found.add(foldName(declaration.parent.text));
    return found;
  });
}

function collectNames(node: unknown, into: Set<string>): void {
  if (typeof node !== "object" || node === null) return;
  if ("text" in node && typeof node.text === "string") into.add(foldName(node.text));
  for (const part of Object.values(node) as unknown[]) collectNames(part, into);
}
