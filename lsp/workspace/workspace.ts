// The files of the opened folders: those in editors as they are there, the others as on disk, read when first asked for.
// A document stays the same object until its text, a text that it imports, or its catalog changes.
import type { Environment } from "../../compiler/check/check.ts";
import type { Module } from "../../compiler/syntax/tree.ts";
import type { Document, Workspace } from "../types.ts";
import { type Catalogs, type FoundCatalog, makeCatalogs } from "./catalogs.ts";
import { type ImportedFiles, importsFrom } from "./circles.ts";
import { type Entry, makeDocument, moduleOf, newEntry, releaseCheck, setText } from "./documents.ts";
import { folderOf, joinPath } from "./paths.ts";
import type { WorkspacePorts } from "./ports.ts";

/** A workspace that follows an editor and the disk. */
export interface EditedWorkspace extends Workspace {
  open(path: string, text: string, version: number): void;
  change(path: string, text: string, version: number): void;
  /** The disk counts again. */
  close(path: string): void;
  /** Files appeared, changed or vanished on disk. */
  changedOnDisk(paths: readonly string[]): void;
  setFolders(folders: readonly string[]): void;
  /** `strict` as in the command line; `database` is used for all files instead of the nearest one. */
  configure(options: { readonly strict: boolean; readonly database: string | undefined }): void;
  /** Looks at the databases and schema files; true when documents may be checked differently now. */
  refreshCatalogs(): boolean;
  /** Reads and parses a source, if that has not been done. */
  index(path: string): void;
  isOpen(path: string): boolean;
  /** Names the state of a document: its text, those that it imports, their catalogs, and the settings. Undefined when there is none of that path. */
  stateOf(path: string): string | undefined;
  /** Paths of open documents. */
  openPaths(): readonly string[];
  dispose(): void;
}

interface State {
  readonly ports: WorkspacePorts;
  readonly catalogs: Catalogs;
  readonly entries: Map<string, Entry>;
  /** Closed files with a document, the one looked at last at the end. */
  readonly recent: Set<Entry>;
  folders: readonly string[];
  /** Sources on disk; undefined: to be listed again. */
  listed: readonly string[] | undefined;
  strict: boolean;
  /** Numbers of catalogs, for keys. */
  readonly catalogIds: WeakMap<FoundCatalog, number>;
  nextCatalogId: number;
}

/** Names of imports: a module next to the file, or a path relative to it. */
const MODULE_NAME = /^[A-Za-z_]\w*$/u;
const MODULE_PATH = /^(?:[\w.-]+\/)*[\w.-]+\.grz$/iu;

/** Closed files whose checks are kept. */
const CHECKED_CLOSED_MAX = 40;

/** A workspace without folders and documents. */
export function makeWorkspace(ports: WorkspacePorts): EditedWorkspace {
  const state: State = {
    ports,
    catalogs: makeCatalogs(ports),
    entries: new Map(),
    recent: new Set(),
    folders: [],
    listed: undefined,
    strict: false,
    catalogIds: new WeakMap(),
    nextCatalogId: 1,
  };
  return {
    ...readerOf(state),
    open: (path, text, version) => {
      const entry = entryOf(state, path) ?? addEntry(state, path, text, version);
      entry.isOpen = true;
      setText(entry, text, version);
    },
    change: (path, text, version) => {
      const entry = state.entries.get(path);
      if (entry !== undefined) setText(entry, text, version);
    },
    close: (path) => {
      const entry = state.entries.get(path);
      if (entry !== undefined) entry.isOpen = false;
      fromDisk(state, path);
    },
    changedOnDisk: (paths) => {
      state.listed = undefined;
      for (const path of paths) fromDisk(state, path);
    },
    setFolders: (folders) => {
      state.folders = folders;
      state.listed = undefined;
    },
    configure: ({ strict, database }) => {
      state.catalogs.choose(database);
      state.strict = strict;
    },
    refreshCatalogs: () => state.catalogs.refresh(),
    index: (path) => {
      const entry = entryOf(state, path);
      if (entry !== undefined) moduleOf(entry);
    },
    stateOf: (path) => {
      const entry = entryOf(state, path);
      return entry === undefined ? undefined : keyOf(state, importClosure(state, entry));
    },
    isOpen: (path) => state.entries.get(path)?.isOpen === true,
    openPaths: () => [...state.entries.values()].filter((entry) => entry.isOpen).map((entry) => entry.path),
    dispose: () => state.catalogs.close(),
  };
}

function readerOf(state: State): Workspace {
  return {
    document: (path) => documentOf(state, path),
    paths: () => sourcePaths(state),
    documents: () => sourcePaths(state).flatMap((path) => documentOf(state, path) ?? []),
    mentioning: (word) => mentioning(state, word),
    imported: (from, name) => {
      const path = importPath(state, from.path, name);
      return path === undefined ? undefined : documentOf(state, path);
    },
    library: state.ports.library,
    supposing: (texts, look) => supposing(state, texts, look),
  };
}

function addEntry(state: State, path: string, text: string, version: number): Entry {
  const entry = newEntry(path, text, version);
  state.entries.set(path, entry);
  return entry;
}

function entryOf(state: State, path: string): Entry | undefined {
  const known = state.entries.get(path);
  if (known !== undefined) return known;
  const text = state.ports.files.read(path);
  return text === undefined ? undefined : addEntry(state, path, text, 0);
}

/** Takes over what the disk says of a file that no editor has. */
function fromDisk(state: State, path: string): void {
  const entry = state.entries.get(path);
  if (entry === undefined || entry.isOpen) return;
  const text = state.ports.files.read(path);
  if (text === undefined) state.entries.delete(path);
  else setText(entry, text, entry.version);
}

function sourcePaths(state: State): readonly string[] {
  state.listed ??= [...new Set(state.folders.flatMap((folder) => state.ports.files.sources(folder)))];
  const open = [...state.entries.values()].filter((entry) => entry.isOpen).map((entry) => entry.path);
  return [...new Set([...state.listed, ...open])].sort();
}

function importPath(state: State, from: string, name: string): string | undefined {
  const isPath = MODULE_PATH.test(name);
  if (!isPath && !MODULE_NAME.test(name)) return undefined;
  const path = joinPath(folderOf(from), isPath ? name : `${name}.grz`);
  return entryOf(state, path) === undefined ? undefined : path;
}

/** The file and all that it imports, directly or not. */
function importClosure(state: State, entry: Entry): readonly Entry[] {
  const found = new Set([entry]);
  for (const each of found) {
    moduleOf(each);
    for (const imported of importsOf(state, each)) found.add(imported);
  }
  return [...found];
}

/** The files that a file imports by itself. */
function importsOf(state: State, entry: Entry): readonly Entry[] {
  moduleOf(entry);
  return entry.imports.flatMap((name) => {
    const path = importPath(state, entry.path, name);
    return (path === undefined ? undefined : state.entries.get(path)) ?? [];
  });
}

function documentOf(state: State, path: string): Document | undefined {
  const entry = entryOf(state, path);
  if (entry === undefined) return undefined;
  const closure = importClosure(state, entry);
  const key = keyOf(state, closure);
  if (entry.document === undefined || key !== entry.key) {
    entry.key = key;
    const refusal = (): string | undefined => state.catalogs.refusalFor(catalogFolder(state, path));
    entry.document = makeDocument(entry, {
      found: catalogOf(state, path),
      environment: environmentOf(state, entry),
      catalogRefusal: refusal,
      checked: state.ports.checked,
    });
  } else if (entry.document.version !== entry.version) {
    entry.document = { ...withoutGetters(entry.document), version: entry.version };
  }
  keepFew(state, entry);
  return entry.document;
}

/** What a document depends on, as text. */
function keyOf(state: State, closure: readonly Entry[]): string {
  const files = closure.map((each) => `${each.path}:${each.revision}:${catalogId(state, each.path)}`);
  return `${state.strict ? "strict" : ""}\n${files.join("\n")}`;
}

/** Notes that a closed file was looked at, and forgets the checks of those that were not for the longest time. */
function keepFew(state: State, entry: Entry): void {
  state.recent.delete(entry);
  if (entry.isOpen) return;
  state.recent.add(entry);
  for (const oldest of state.recent) {
    if (state.recent.size <= CHECKED_CLOSED_MAX) break;
    state.recent.delete(oldest);
    if (!oldest.isOpen) releaseCheck(oldest);
  }
}

/** A copy that still computes lazily what the original does. */
function withoutGetters(document: Document): Document {
  return Object.create(
    Object.getPrototypeOf(document) as object,
    Object.getOwnPropertyDescriptors(document),
  ) as Document;
}

function catalogOf(state: State, path: string): FoundCatalog {
  return state.catalogs.forFolder(catalogFolder(state, path));
}

/** Where the catalog of a file is looked for; documents without a file have that of the first folder. */
function catalogFolder(state: State, path: string): string {
  return path.startsWith("/") || /^[A-Za-z]:\//u.test(path) ? folderOf(path) : (state.folders[0] ?? "");
}

function catalogId(state: State, path: string): number {
  const found = catalogOf(state, path);
  let id = state.catalogIds.get(found);
  if (id === undefined) {
    id = state.nextCatalogId;
    state.nextCatalogId += 1;
    state.catalogIds.set(found, id);
  }
  return id;
}

function environmentOf(state: State, entry: Entry): Environment {
  const { library, cron } = state.ports;
  const files: ImportedFiles = {
    entryOf: (module) => {
      const found = state.entries.get(module.file.name);
      return found?.module === module ? found : undefined;
    },
    importsOf: (each) => importsOf(state, each),
    documentOf: (each) => documentOf(state, each.path),
    checked: state.ports.checked,
  };
  const environment: Environment = {
    catalog: catalogOf(state, entry.path).view,
    strict: state.strict,
    cron,
    standardModule: (routine) => library.standardModule(routine),
    standardNames: () => library.standardNames(),
    importModule: (name, from) => importedModule(state, name, from),
    checkedModule: (module) => checkImported(module),
  };
  const checkImported = importsFrom(entry, files, environment);
  return environment;
}

function importedModule(state: State, name: string, from: string): Module | undefined {
  const path = importPath(state, from, name);
  const entry = path === undefined ? undefined : state.entries.get(path);
  if (entry !== undefined) return moduleOf(entry);
  return MODULE_NAME.test(name) ? state.ports.library.libraryModule(name.toLowerCase()) : undefined;
}

function mentioning(state: State, word: string): readonly Document[] {
  const pattern = new RegExp(word.replace(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`), "iu");
  return sourcePaths(state).flatMap((path) => {
    const entry = entryOf(state, path);
    return entry !== undefined && pattern.test(entry.text) ? (documentOf(state, path) ?? []) : [];
  });
}

function supposing<T>(state: State, texts: ReadonlyMap<string, string>, look: (after: Workspace) => T): T {
  const before = new Map<Entry, string>();
  for (const [path, text] of texts) {
    const entry = entryOf(state, path);
    if (entry === undefined) continue;
    before.set(entry, entry.text);
    setText(entry, text, entry.version);
  }
  try {
    return look(readerOf(state));
  } finally {
    for (const [entry, text] of before) setText(entry, text, entry.version);
  }
}
