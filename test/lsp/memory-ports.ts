// Ports of a workspace over files in memory.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type { Module } from "../../compiler/syntax/tree.ts";
import type { WorkspacePorts } from "../../lsp/workspace/ports.ts";
import { TEST_CRON } from "../cron/port.ts";

const STDLIB = join(import.meta.dirname, "..", "..", "stdlib");
const modules = new Map<string, Module>();
const files = new Map<string, string>();
for (const file of readdirSync(STDLIB).filter((name) => name.endsWith(".grz"))) {
  const text = readFileSync(join(STDLIB, file), "utf8");
  for (const match of text.matchAll(/^\s*(?:export\s+)?function\s+([A-Za-z_]\w*)/gim))
    files.set((match[1] ?? "").toLowerCase(), file);
  modules.set(file, parse({ name: file, text }).value);
}
/** Files in memory; those that end in .gobi are databases with the catalog. */
export function memoryPorts(texts: Record<string, string>, catalog?: CatalogView): WorkspacePorts {
  const inFolder = (folder: string): string[] => Object.keys(texts).filter((path) => path.startsWith(`${folder}/`));
  return {
    files: {
      read: (path) => {
        const text = texts[path];
        return text === undefined ? undefined : { text, lost: undefined };
      },
      sources: (folder) => inFolder(folder).filter((path) => path.endsWith(".grz")),
      names: (folder) =>
        inFolder(folder)
          .map((path) => path.slice(folder.length + 1))
          .filter((name) => !name.includes("/")),
      stamp: (path) => (texts[path] === undefined ? undefined : { file: path, content: texts[path] ?? "" }),
    },
    library: {
      standardModule: (routine) => modules.get(files.get(routine.toLowerCase()) ?? ""),
      standardNames: () => [...files.keys()],
      libraryModule: (name) => modules.get(`${name}.grz`),
    },
    cron: TEST_CRON,
    openDatabase: () => (catalog === undefined ? "no databases here" : { view: () => catalog, close: () => undefined }),
    warn: () => undefined,
  };
}
