// The files of the opened folders: those in editors as they are there, the others as on disk, read when first asked for.
// A document stays the same object until its text, a text that it imports, or its catalog changes.
import type { Steps } from "../../base/steps.ts";
import type { Document, Workspace } from "../types.ts";
import { makeCatalogs } from "./catalogs.ts";
import { fromEditor, setText, treeOf } from "./documents.ts";
import type { WorkspacePorts } from "./ports.ts";
import { documentAtHand, filesMentioning, readyDocument, revisionOf } from "./ready.ts";
import {
  addEntry,
  documentOf,
  entryOf,
  fromDisk,
  importClosure,
  importPath,
  keyOf,
  sourcePaths,
  type State,
} from "./state.ts";

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
  /** Finds and reads the database or schema file of a folder. */
  readCatalog(folder: string): void;
  /** Reads and parses a source, if that has not been done. */
  index(path: string): Steps<void>;
  /** The document as it can be had at once, with what is known of the declaration around a place that `place` finds in the text. */
  atHand(path: string, place: (text: string) => number): Document | undefined;
  /** Number of the present text of a file that has been read. */
  textNumber(path: string): number | undefined;
  isOpen(path: string): boolean;
  /** Names the state of a document: its text, those that it imports, their catalogs, and the settings. Undefined when there is none of that path. */
  stateOf(path: string): string | undefined;
  /** Paths of open documents. */
  openPaths(): readonly string[];
  dispose(): void;
}

/** A workspace without folders and documents. */
export function makeWorkspace(ports: WorkspacePorts): EditedWorkspace {
  const state: State = {
    ports,
    catalogs: makeCatalogs(ports),
    entries: new Map(),
    stale: new Set(),
    recent: new Set(),
    folders: [],
    listed: undefined,
    strict: false,
    revision: 1,
    catalogIds: { known: new WeakMap(), next: 1 },
    supposed: undefined,
  };
  const moved = (): void => {
    state.revision += 1;
  };
  return {
    ...readerOf(state),
    open: (path, text, version) => {
      const known = entryOf(state, path);
      const written = fromEditor(known, text);
      const entry = known ?? addEntry(state, path, written, version);
      entry.isOpen = true;
      setText(entry, written, version);
      moved();
    },
    change: (path, text, version) => {
      const entry = state.entries.get(path);
      if (entry !== undefined) setText(entry, fromEditor(entry, text), version);
      moved();
    },
    close: (path) => {
      const entry = state.entries.get(path);
      if (entry !== undefined) entry.isOpen = false;
      fromDisk(state, path);
      moved();
    },
    changedOnDisk: (paths) => {
      state.listed = undefined;
      for (const path of paths) if (state.entries.has(path)) state.stale.add(path);
      moved();
    },
    setFolders: (folders) => {
      state.folders = folders;
      state.listed = undefined;
      moved();
    },
    configure: ({ strict, database }) => {
      state.catalogs.choose(database);
      state.strict = strict;
      moved();
    },
    refreshCatalogs: () => {
      const isOther = state.catalogs.refresh();
      if (isOther) moved();
      return isOther;
    },
    readCatalog: (folder) => void state.catalogs.forFolder(folder),
    index: function* (path) {
      const entry = entryOf(state, path);
      if (entry !== undefined) yield* treeOf(entry);
    },
    atHand: (path, place) => documentAtHand(state, path, place),
    textNumber: (path) => state.entries.get(path)?.revision,
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
    ready: (path, needs) => readyDocument(state, path, needs),
    revision: () => revisionOf(state),
    mentioning: (word) => filesMentioning(state, word),
    imported: (from, name) => {
      const path = importPath(state, from.path, name);
      return path === undefined ? undefined : documentOf(state, path);
    },
    library: state.ports.library,
    supposing: (texts) =>
      readerOf({ ...state, entries: new Map(), stale: new Set(), recent: new Set(), supposed: { real: state, texts } }),
  };
}
