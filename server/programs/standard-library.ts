// Finds modules on disk for the checker: the standard library (stdlib/*.grz of the package) and `import name` next to the program.
// Library files are listed once per process and parsed when a program first names something in them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { readUtf8 } from "../../base/text-bytes.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type { Module } from "../../compiler/syntax/tree.ts";

/** Modules by name. */
export interface ModuleFinder {
  standardModule(routine: string): Module | undefined;
  standardNames(): readonly string[];
  importModule(name: string): Module | undefined;
}

/** The folder of the standard library: beside the sources, or beside the bundle. */
function libraryFolder(): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let level = 0; level < 4; level += 1) {
    const candidate = join(folder, "stdlib");
    if (existsSync(candidate)) return candidate;
    folder = dirname(folder);
  }
  return undefined;
}

interface Library {
  readonly folder: string | undefined;
  /** File of each routine, by folded name. */
  readonly fileOf: ReadonlyMap<string, string>;
  readonly names: readonly string[];
  readonly modules: Map<string, Module>;
}

const DECLARED = /^\s*(?:export\s+)?(?:create\s+|upsert\s+)?(?:function|procedure)\s+(?:as\s+)?([A-Za-z_]\w*)/gim;

let library: Library | undefined;

function loadLibrary(): Library {
  if (library !== undefined) return library;
  const folder = libraryFolder();
  const fileOf = new Map<string, string>();
  const names: string[] = [];
  for (const file of folder === undefined ? [] : readdirSync(folder)) {
    if (folder === undefined || !file.endsWith(".grz")) continue;
    for (const match of readFileSync(join(folder, file), "utf8").matchAll(DECLARED)) {
      const name = match[1] ?? "";
      names.push(name);
      fileOf.set(name.toLowerCase(), file);
    }
  }
  library = { folder, fileOf, names, modules: new Map() };
  return library;
}

function libraryModule(file: string): Module | undefined {
  const { folder, modules } = loadLibrary();
  const known = modules.get(file);
  if (known !== undefined || folder === undefined || !existsSync(join(folder, file))) return known;
  const module = parse({ name: `${LIBRARY_PREFIX}${file}`, text: readFileSync(join(folder, file), "utf8") }).value;
  modules.set(file, module);
  return module;
}

const MODULE_NAME = /^[A-Za-z_]\w*$/;
/** A file named by its path, relative to the file that imports it. */
const MODULE_PATH = /^(?:[\w.-]+\/)*[\w.-]+\.grz$/i;

/** Prefix of the names of library files. */
const LIBRARY_PREFIX = "stdlib/";

/** True for a file of the standard library, which every program has without storing it. */
export function isLibraryFile(name: string): boolean {
  return name.startsWith(LIBRARY_PREFIX);
}

/**
 * Finders by directory: a file's imports are found next to it, or in the session's directory when it is no file on disk.
 * `confined`: only files below the session's directory are read, because the texts come from somebody who may not read all of this machine's.
 * Each file is looked for once; `imported` is where they are kept.
 */
export function moduleFinders(
  directory: string,
  { confined = false, imported = new Map() }: { readonly confined?: boolean; readonly imported?: ImportedModules } = {},
): (fileName: string) => ModuleFinder {
  const root = confined ? resolve(directory) : undefined;
  const finders = new Map<string, ModuleFinder>();
  return (fileName) => {
    const path = resolve(directory, fileName);
    const folder = !fileName.startsWith("<") && existsSync(path) ? dirname(path) : directory;
    let finder = finders.get(folder);
    if (finder === undefined) {
      finder = modulesOf(folder, imported, root);
      finders.set(folder, finder);
    }
    return finder;
  };
}

/** Files read so far, by path; undefined for one that is not there. */
export type ImportedModules = Map<string, Module | undefined>;

/** Modules for programs in a directory; `root`: the folder that holds all that may be read. */
function modulesOf(directory: string, imported: ImportedModules, root: string | undefined): ModuleFinder {
  return {
    standardModule: (routine) => {
      const file = loadLibrary().fileOf.get(routine.toLowerCase());
      return file === undefined ? undefined : libraryModule(file);
    },
    standardNames: () => loadLibrary().names,
    importModule: (name) => {
      const isPath = MODULE_PATH.test(name);
      if (!isPath && !MODULE_NAME.test(name)) return undefined;
      const path = join(directory, isPath ? name : `${name}.grz`);
      if (root !== undefined && !resolve(path).startsWith(`${root}${sep}`)) return undefined;
      // By path: a file that several import is one module.
      if (!imported.has(path)) {
        const isThere = existsSync(path);
        const library = isThere || isPath ? undefined : libraryModule(`${name.toLowerCase()}.grz`);
        imported.set(path, isThere ? parse({ name: path, ...readUtf8(readFileSync(path)) }).value : library);
      }
      return imported.get(path);
    },
  };
}
