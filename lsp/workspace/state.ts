// What a workspace knows of its files: their texts, trees and documents, each made when first asked for and kept until something that it depends on changes.
// A state may lie over another one: it is the workspace as it would be if some texts were others.
import type { ReadText } from "../../base/text-bytes.ts";
import type { Environment } from "../../compiler/check/check.ts";
import type { Module } from "../../compiler/syntax/tree.ts";
import type { Catalogs, FoundCatalog } from "./catalogs.ts";
import { type ImportedFiles, importsFrom } from "./circles.ts";
import {
  type Entry,
  makeDocument,
  moduleOf,
  newEntry,
  releaseCheck,
  setText,
  type SteppedDocument,
} from "./documents.ts";
import { folderOf, joinPath } from "./paths.ts";
import type { WorkspacePorts } from "./ports.ts";

/** Everything that is known. */
export interface State {
  readonly ports: WorkspacePorts;
  readonly catalogs: Catalogs;
  readonly entries: Map<string, Entry>;
  /** Closed files that have changed on disk since they were read. */
  readonly stale: Set<string>;
  /** Closed files with a document, the one looked at last at the end. */
  readonly recent: Set<Entry>;
  folders: readonly string[];
  /** Sources on disk; undefined: to be listed again. */
  listed: readonly string[] | undefined;
  strict: boolean;
  /** Moves with everything that may change a document. */
  revision: number;
  /** Numbers of catalogs, for keys. */
  readonly catalogIds: { readonly known: WeakMap<FoundCatalog, number>; next: number };
  /** The state below, and the texts that are others. */
  readonly supposed: Supposed | undefined;
}

/** Texts by path over the workspace as it is. */
interface Supposed {
  readonly real: State;
  readonly texts: ReadonlyMap<string, string>;
}

/** Names of imports: a module next to the file, or a path relative to it. */
const MODULE_NAME = /^[A-Za-z_]\w*$/u;
const MODULE_PATH = /^(?:[\w.-]+\/)*[\w.-]+\.grz$/iu;

/** Closed files whose checks are kept. */
const CHECKED_CLOSED_MAX = 40;

/** Takes a file in. */
export function addEntry(state: State, path: string, read: ReadText, version: number): Entry {
  const entry = newEntry(path, read, version);
  state.entries.set(path, entry);
  return entry;
}

/** The file of a path, read when it is first asked for; undefined when there is none. */
export function entryOf(state: State, path: string): Entry | undefined {
  if (state.stale.delete(path)) fromDisk(state, path);
  const known = state.entries.get(path);
  if (known !== undefined) return known;
  if (state.supposed !== undefined) return supposedEntry(state, state.supposed, path);
  const read = state.ports.files.read(path);
  return read === undefined ? undefined : addEntry(state, path, read, 0);
}

/** A file that is another one because of the supposed texts has caches of its own; others are those of the workspace as it is. */
function supposedEntry(state: State, { real, texts }: Supposed, path: string): Entry | undefined {
  const entry = entryOf(real, path);
  if (entry === undefined || !importClosure(real, entry).some((each) => texts.has(each.path))) return entry;
  const text = texts.get(path);
  const read = text === undefined ? entry : { text, lost: undefined };
  const supposed = newEntry(path, read, entry.version, entry.cache);
  supposed.isOpen = entry.isOpen;
  state.entries.set(path, supposed);
  return supposed;
}

/** Takes over what the disk says of a file that no editor has. */
export function fromDisk(state: State, path: string): void {
  const entry = state.entries.get(path);
  if (entry === undefined || entry.isOpen) return;
  const read = state.ports.files.read(path);
  if (read === undefined) state.entries.delete(path);
  else setText(entry, read, entry.version);
}

/** Paths of all sources in order. */
export function sourcePaths(state: State): readonly string[] {
  state.listed ??= [...new Set(state.folders.flatMap((folder) => state.ports.files.sources(folder)))];
  const files = (state.supposed?.real ?? state).entries.values();
  const open = [...files].filter((entry) => entry.isOpen).map((entry) => entry.path);
  return [...new Set([...state.listed, ...open])].sort();
}

/** The path that an import means; undefined when there is no such file. */
export function importPath(state: State, from: string, name: string): string | undefined {
  const isPath = MODULE_PATH.test(name);
  if (!isPath && !MODULE_NAME.test(name)) return undefined;
  const path = joinPath(folderOf(from), isPath ? name : `${name}.grz`);
  return entryOf(state, path) === undefined ? undefined : path;
}

/** The file and all that it imports, directly or not. */
export function importClosure(state: State, entry: Entry): readonly Entry[] {
  const found = new Set([entry]);
  for (const each of found) {
    moduleOf(each);
    for (const imported of importsOf(state, each)) found.add(imported);
  }
  return [...found];
}

/** The files that a file imports by itself. */
export function importsOf(state: State, entry: Entry): readonly Entry[] {
  moduleOf(entry);
  return entry.imports.flatMap((name) => {
    const path = importPath(state, entry.path, name);
    return (path === undefined ? undefined : entryOf(state, path)) ?? [];
  });
}

/** The document of a path. */
export function documentOf(state: State, path: string): SteppedDocument | undefined {
  const entry = entryOf(state, path);
  if (entry === undefined) return undefined;
  if (state.supposed !== undefined && state.entries.get(path) !== entry) return documentOf(state.supposed.real, path);
  const closure = importClosure(state, entry);
  const key = keyOf(state, closure);
  if (entry.document === undefined || key !== entry.key) {
    entry.key = key;
    entry.document = makeDocument(entry, {
      found: catalogOf(state, path),
      environment: environmentOf(state, entry),
      catalogRefusal: () => state.catalogs.refusalFor(catalogFolder(state, path)),
      around: `${catalogId(state, path)}\n${keyOf(state, closure.slice(1))}`,
      hasImports: () => importClosure(state, entry).every((each) => each === entry || hasCheck(state, entry, each)),
      checked: state.ports.checked,
    });
  } else if (entry.document.version !== entry.version) {
    entry.document = { ...withoutGetters(entry.document), version: entry.version };
  }
  keepFew(state, entry);
  return entry.document;
}

/** Whether the check of an import need not be made first. */
function hasCheck(state: State, from: Entry, imported: Entry): boolean {
  if (from.views?.has(imported.path) === true) return true;
  return imported.document?.isChecked() === true && imported.key === keyOf(state, importClosure(state, imported));
}

/** What a document depends on, as text. */
export function keyOf(state: State, closure: readonly Entry[]): string {
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
function withoutGetters(document: SteppedDocument): SteppedDocument {
  return Object.create(
    Object.getPrototypeOf(document) as object,
    Object.getOwnPropertyDescriptors(document),
  ) as SteppedDocument;
}

/** The catalog of a file. */
export function catalogOf(state: State, path: string): FoundCatalog {
  return state.catalogs.forFolder(catalogFolder(state, path));
}

/** Where the catalog of a file is looked for; documents without a file have that of the first folder. */
function catalogFolder(state: State, path: string): string {
  return path.startsWith("/") || /^[A-Za-z]:\//u.test(path) ? folderOf(path) : (state.folders[0] ?? "");
}

function catalogId(state: State, path: string): number {
  const found = catalogOf(state, path);
  const { catalogIds } = state;
  let id = catalogIds.known.get(found);
  if (id === undefined) {
    id = catalogIds.next;
    catalogIds.next += 1;
    catalogIds.known.set(found, id);
  }
  return id;
}

/** The file of a path, if it has been read: modules of the library are none. */
function knownEntry(state: State, path: string): Entry | undefined {
  const isKnown = (state.supposed?.real ?? state).entries.has(path);
  return isKnown ? entryOf(state, path) : undefined;
}

function environmentOf(state: State, entry: Entry): Environment {
  const { library, cron } = state.ports;
  const files: ImportedFiles = {
    entryOf: (module) => {
      const found = knownEntry(state, module.file.name);
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
  const entry = path === undefined ? undefined : entryOf(state, path);
  if (entry !== undefined) return moduleOf(entry);
  return MODULE_NAME.test(name) ? state.ports.library.libraryModule(name.toLowerCase()) : undefined;
}
