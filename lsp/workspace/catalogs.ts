// Finds the database or schema file of a source by itself: in its folder or above, a `.gobi` database before gobi.schema.json.
// What was read is kept until `refresh` sees that it changed. A source that vanishes or cannot be read is as if it were not there.
import { makeCatalog } from "../../compiler/catalog/catalog.ts";
import { catalogFromSchema } from "../../compiler/catalog/from-schema.ts";
import { snapshotFromJson } from "../../compiler/catalog/snapshot.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import { folderOf, joinPath } from "./paths.ts";
import type { OpenDatabase, Stamp, WorkspacePorts } from "./ports.ts";

/** Name of a schema as committed text. */
export const SCHEMA_FILE = "gobi.schema.json";
/** Ending of databases that are found by themselves. */
export const DATABASE_ENDING = ".gobi";
/** The database of a mounted folder goes first. */
const MAIN_DATABASE = `main${DATABASE_ENDING}`;

/** Where a catalog comes from. */
export interface FoundCatalog {
  readonly source: string | undefined;
  readonly view: CatalogView;
}

/** The catalogs of a workspace. */
export interface Catalogs {
  /** The catalog for a source in this folder. The same objects until something changes. */
  forFolder(folder: string): FoundCatalog;
  /** Why a nearer database or schema file than the one in use is not used; undefined: there is none that should be. */
  refusalFor(folder: string): string | undefined;
  /** Uses this file for all folders; undefined: looks for the nearest one again. */
  choose(path: string | undefined): void;
  /** Looks whether files appeared, changed or vanished; true when some catalog is another one now. */
  refresh(): boolean;
  close(): void;
}

interface Source {
  readonly path: string;
  stamp: Stamp | undefined;
  database: OpenDatabase | undefined;
  text: string | undefined;
  found: FoundCatalog | undefined;
  /** Why it could not be read the last time. */
  refusal: string | undefined;
}

const NOTHING: FoundCatalog = { source: undefined, view: makeCatalog() };

/** Makes the catalogs of a workspace; nothing is read before it is asked for. */
export function makeCatalogs(ports: WorkspacePorts): Catalogs {
  const sources = new Map<string, Source>();
  const byFolder = new Map<string, FoundCatalog>();
  /** Names in folders, for one look: many folders have the same ones above. */
  const listed = new Map<string, readonly string[]>();
  const warned = new Set<string>();
  let chosen: string | undefined;
  const warn = (text: string): void => {
    if (warned.has(text)) return;
    warned.add(text);
    ports.warn(text);
  };
  const drop = (source: Source): void => {
    source.database?.close();
    sources.delete(source.path);
  };
  const read = (source: Source): FoundCatalog | undefined => {
    source.refusal = undefined;
    return load(ports, source, source.found, (text) => {
      source.refusal = text;
      warn(text);
    });
  };
  const use = (path: string): Source => {
    let source = sources.get(path);
    if (source === undefined) {
      const stamp = stampOf(ports, path);
      source = { path, stamp, database: undefined, text: undefined, found: undefined, refusal: undefined };
      sources.set(path, source);
      source.found = read(source);
    }
    return source;
  };
  const namesIn = (folder: string): readonly string[] => {
    const names = listed.get(folder) ?? ports.files.names(folder);
    listed.set(folder, names);
    return names;
  };
  /** The sources that a folder may use, the preferred one first. */
  const inReach = function* (folder: string): Generator<Source> {
    if (chosen !== undefined) {
      yield use(chosen);
      return;
    }
    for (let current = folder; ; current = folderOf(current)) {
      for (const name of candidates(namesIn(current))) yield use(joinPath(current, name));
      if (current === "" || folderOf(current) === current) return;
    }
  };
  const nearest = (folder: string): FoundCatalog => {
    for (const { found } of inReach(folder)) if (found !== undefined) return found;
    return NOTHING;
  };
  const forFolder = (folder: string): FoundCatalog => {
    let found = byFolder.get(folder);
    if (found === undefined) {
      found = nearest(folder);
      byFolder.set(folder, found);
    }
    return found;
  };
  return {
    forFolder,
    refusalFor: (folder) => {
      for (const { refusal, found } of inReach(folder)) {
        if (refusal !== undefined) return refusal;
        if (found !== undefined) return undefined;
      }
      return undefined;
    },
    choose: (path) => {
      if (path === chosen) return;
      chosen = path;
      byFolder.clear();
    },
    refresh: () => {
      for (const source of sources.values()) {
        const stamp = stampOf(ports, source.path);
        // Another file of the same name needs a new connection.
        if (stamp === undefined || stamp.file !== source.stamp?.file) drop(source);
        else if (stamp.content !== source.stamp.content) {
          source.stamp = stamp;
          source.found = read(source);
        }
      }
      const before = [...byFolder];
      byFolder.clear();
      listed.clear();
      return before.map(([folder, found]) => forFolder(folder) !== found).includes(true);
    },
    close: () => {
      for (const source of sources.values()) drop(source);
      byFolder.clear();
    },
  };
}

/** Files of a folder that may hold a schema, the preferred one first. */
function candidates(names: readonly string[]): readonly string[] {
  const databases = names.filter((name) => name.toLowerCase().endsWith(DATABASE_ENDING)).sort();
  const ordered = databases.includes(MAIN_DATABASE)
    ? [MAIN_DATABASE, ...databases.filter((name) => name !== MAIN_DATABASE)]
    : databases;
  return names.includes(SCHEMA_FILE) ? [...ordered, SCHEMA_FILE] : ordered;
}

/** A database changes in its file or, before a checkpoint, in the log beside it. */
function stampOf(ports: WorkspacePorts, path: string): Stamp | undefined {
  const stamp = ports.files.stamp(path);
  if (stamp === undefined || path.endsWith(".json")) return stamp;
  return { file: stamp.file, content: `${stamp.content} ${ports.files.stamp(`${path}-wal`)?.content ?? ""}` };
}

/** Reads a source. `before` stays when nothing that matters changed, or when a database is busy for a moment. */
function load(
  ports: WorkspacePorts,
  source: Source,
  before: FoundCatalog | undefined,
  warn: (text: string) => void,
): FoundCatalog | undefined {
  return source.path.endsWith(".json")
    ? loadSnapshot(ports, source, before, warn)
    : loadDatabase(ports, source, before, warn);
}

function loadSnapshot(
  ports: WorkspacePorts,
  source: Source,
  before: FoundCatalog | undefined,
  warn: (text: string) => void,
): FoundCatalog | undefined {
  const text = ports.files.read(source.path)?.text;
  if (text === undefined) return undefined;
  if (text === source.text) return before;
  source.text = text;
  const schema = snapshotFromJson(text);
  if ("failure" in schema) {
    // Half-written or edited by hand: the last good one is better than none.
    warn(`${source.path} ${schema.failure}.`);
    return before;
  }
  return { source: source.path, view: catalogFromSchema(schema) };
}

function loadDatabase(
  ports: WorkspacePorts,
  source: Source,
  before: FoundCatalog | undefined,
  warn: (text: string) => void,
): FoundCatalog | undefined {
  try {
    if (source.database === undefined) {
      const opened = ports.openDatabase(source.path);
      if (typeof opened === "string") {
        warn(`${source.path} ${opened}.`);
        return before;
      }
      source.database = opened;
    }
    const view = source.database.view();
    return view === before?.view ? before : { source: source.path, view };
  } catch (error) {
    // Locked for a moment, or no database any more: opened anew at the next look.
    source.database?.close();
    source.database = undefined;
    if (source.stamp !== undefined) source.stamp = { ...source.stamp, content: "" };
    warn(`${source.path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
    return before;
  }
}
