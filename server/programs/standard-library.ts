// Finds modules on disk for the checker: the standard library (stdlib/*.grz of the package) and `import name` next to the program.
// Library files are listed once per process and parsed when a program first names something in them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
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
  const module = parse({ name: `stdlib/${file}`, text: readFileSync(join(folder, file), "utf8") }).value;
  modules.set(file, module);
  return module;
}

const MODULE_NAME = /^[A-Za-z_]\w*$/;

/** Modules for programs in a directory. */
export function modulesOf(directory: string): ModuleFinder {
  const imported = new Map<string, Module | undefined>();
  return {
    standardModule: (routine) => {
      const file = loadLibrary().fileOf.get(routine.toLowerCase());
      return file === undefined ? undefined : libraryModule(file);
    },
    standardNames: () => loadLibrary().names,
    importModule: (name) => {
      if (!MODULE_NAME.test(name)) return undefined;
      if (!imported.has(name)) {
        const path = join(directory, `${name}.grz`);
        imported.set(name, existsSync(path) ? parse({ name: path, text: readFileSync(path, "utf8") }).value : libraryModule(`${name.toLowerCase()}.grz`));
      }
      return imported.get(name);
    },
  };
}
