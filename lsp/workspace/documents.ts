// One file of the workspace through its versions: its text, its tree, and the document that features see.
// The caches live here and outlast versions: parsed chunks by text, and the check, which redoes what an edit touches.
import { lineStarts, type SourceFile } from "../../base/source.ts";
import { catalogWithFile } from "../../compiler/catalog/file.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import type { CheckedModule } from "../../compiler/check/checked.ts";
import type { Environment } from "../../compiler/check/check.ts";
import { type Checker, createChecker } from "../../compiler/check/recheck.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { createParseCache, type ParseCache } from "../../compiler/syntax/parse-cache.ts";
import type { Item, Module } from "../../compiler/syntax/tree.ts";
import type { Document } from "../types.ts";
import type { FoundCatalog } from "./catalogs.ts";
import type { WorkspacePorts } from "./ports.ts";

/** So many characters are checked within some 20 ms, once the code is warm. */
const ASKED_CHARACTERS_MAX = 16_000;
/** The first check of a file loads and compiles what it uses: much less may be asked of it. */
const FIRST_CHARACTERS_MAX = 2_000;

/** A file with its caches. */
export interface Entry {
  readonly path: string;
  text: string;
  version: number;
  /** True while an editor has it: then the disk does not matter. */
  isOpen: boolean;
  /** Number that moves with each text. */
  revision: number;
  module: Module | undefined;
  imports: readonly string[];
  /** What the document was made from, besides the text. */
  key: string;
  document: Document | undefined;
  readonly cache: ParseCache;
  checker: Checker;
  /** What the checker found last. */
  last: CheckedModule | undefined;
  /** Files of a circle of imports as they look from this one, by path; made when one is met (circles.ts). */
  views: Map<string, Checker> | undefined;
}

/** A file that nothing is known of but its text. */
export function newEntry(path: string, text: string, version: number): Entry {
  return {
    path,
    text,
    version,
    isOpen: false,
    revision: 1,
    module: undefined,
    imports: [],
    key: "",
    document: undefined,
    cache: createParseCache({ movesItems: true }),
    checker: createChecker(),
    last: undefined,
    views: undefined,
  };
}

/** Gives the file another text. */
export function setText(entry: Entry, text: string, version: number): void {
  entry.version = version;
  if (text === entry.text && entry.module !== undefined) return;
  entry.text = text;
  entry.revision += 1;
  entry.module = undefined;
}

/** Forgets what a check has found: that is most of what a file takes. */
export function releaseCheck(entry: Entry): void {
  entry.document = undefined;
  entry.checker = createChecker();
  entry.last = undefined;
  entry.views = undefined;
}

/** The tree of the present text. */
export function moduleOf(entry: Entry): Module {
  if (entry.module === undefined) {
    const file: SourceFile = { name: entry.path, text: entry.text };
    entry.module = parse(file, entry.cache).value;
    entry.imports = entry.module.items.flatMap((item) =>
      item.statement.kind === "import" ? [item.statement.path ?? item.statement.name.text] : [],
    );
  }
  return entry.module;
}

/** What a document is made from, besides its file. */
export interface DocumentOptions {
  readonly found: FoundCatalog;
  readonly environment: Environment;
  readonly catalogRefusal: () => string | undefined;
  /** Told after a check. */
  readonly checked: WorkspacePorts["checked"];
}

/** Makes the document of the present text. */
export function makeDocument(entry: Entry, options: DocumentOptions): Document {
  const { found, environment, catalogRefusal } = options;
  const module = moduleOf(entry);
  let starts: readonly number[] | undefined;
  let checked: CheckedModule | undefined;
  const { text, path, version } = entry;
  const check = (): CheckedModule => {
    if (checked === undefined) {
      checked = entry.checker.check(module, environment);
      options.checked?.(path, entry.checker.lookedAt());
    }
    entry.last = checked;
    return checked;
  };
  return {
    path,
    text,
    version,
    get lineStarts() {
      return (starts ??= lineStarts(text));
    },
    module,
    checked: check,
    lately: () => entry.last ?? check(),
    lastCheck: () => entry.last,
    problems: () => check().problems,
    catalogSource: found.source,
    catalogRefusal,
    get catalog() {
      return withOwnTables(found.view, module);
    },
    baseCatalog: found.view,
    ask: (other, word) => {
      const charactersMax = entry.last === undefined ? FIRST_CHARACTERS_MAX : ASKED_CHARACTERS_MAX;
      if (entry.last === undefined && other.length > charactersMax) return "long";
      const asked = parse({ name: path, text: other }, createParseCache({ over: entry.cache })).value;
      return entry.checker.ask(asked, environment, word, charactersMax);
    },
  };
}

const OWN_TABLES = new WeakMap<Module, { readonly base: CatalogView; readonly view: CatalogView }>();

function withOwnTables(base: CatalogView, module: Module): CatalogView {
  const known = OWN_TABLES.get(module);
  if (known?.base === base) return known.view;
  const view = catalogWithFile(base, module);
  OWN_TABLES.set(module, { base, view });
  return view;
}

/** The top-level item around an offset: the last one that starts at or before it. */
export function itemAt(module: Module, offset: number): Item | undefined {
  let low = 0;
  let high = module.items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((module.items[middle]?.offset ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? undefined : module.items[low - 1];
}
