// Reads the sources of the project for the tests of its structure: files, their imports, their exports and functions.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";

/** The folder of package.json. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Folders that hold the product. */
export const LAYERS = [
  "base",
  "grammar",
  "bytecode",
  "compiler",
  "vm",
  "storage",
  "protocol",
  "server",
  "lsp",
  "cli",
] as const;
/** A folder of the product. */
export type Layer = (typeof LAYERS)[number];

/** One import of a file. */
export interface Import {
  readonly specifier: string;
  /** Path from the root for our own files, undefined for packages and node. */
  readonly target: string | undefined;
}
/** A source file. */
export interface Source {
  readonly path: string;
  readonly layer: Layer;
  readonly text: string;
  readonly imports: readonly Import[];
}

function walk(folder: string, found: string[]): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(path, found);
    else if (/\.tsx?$/u.test(entry.name)) found.push(path);
  }
}

function readImports(path: string, text: string): Import[] {
  const { module } = parseSync(path, text);
  const specifiers = [
    ...module.staticImports.map((entry) => entry.moduleRequest.value),
    ...module.staticExports.flatMap((entry) =>
      entry.entries.flatMap((part) => (part.moduleRequest === null ? [] : [part.moduleRequest.value])),
    ),
    ...module.dynamicImports.flatMap((entry) => {
      const literal = text.slice(entry.moduleRequest.start, entry.moduleRequest.end);
      return /^["'].*["']$/u.test(literal) ? [literal.slice(1, -1)] : [];
    }),
  ];
  return [...new Set(specifiers)].map((specifier) => ({
    specifier,
    target: specifier.startsWith(".") ? relative(ROOT, resolve(ROOT, dirname(path), specifier)) : undefined,
  }));
}

/** All product sources, read once. */
export const SOURCES: readonly Source[] = LAYERS.flatMap((layer) => {
  const paths: string[] = [];
  try {
    walk(join(ROOT, layer), paths);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return paths.sort().map((full) => {
    const path = relative(ROOT, full);
    const text = readFileSync(full, "utf8");
    return { path, layer, text, imports: readImports(path, text) };
  });
});
