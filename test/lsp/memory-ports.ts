// Ports of a workspace over files in memory. (Placeholder until the workspace's own tests bring theirs.)
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
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
export function memoryPorts(texts: Record<string, string>): WorkspacePorts {
  const inFolder = (folder: string): string[] => Object.keys(texts).filter((path) => path.startsWith(`${folder}/`));
  return {
    files: {
      read: (path) => texts[path],
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
    openDatabase: () => "no databases here",
    warn: () => undefined,
  };
}
