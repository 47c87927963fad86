// Finds and reads the source files that a command is given: files, folders (searched for *.grz), `-` for standard input.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { SourceFile } from "../base/source.ts";
import { lostText, readUtf8 } from "../base/text-bytes.ts";
import { type CommandContext, UsageError } from "./commands/context.ts";

/** Folders that never hold sources of the user. */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(["node_modules", "dist", ".git"]);

/** Name under which offline schemas are looked up. */
export const SCHEMA_FILE = "gobi.schema.json";

function systemReason(error: unknown): string {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "it does not exist",
    EACCES: "permission denied",
    EISDIR: "it is a folder",
    EMFILE: "too many open files",
  };
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
}

/** Reads a text file; a byte order mark is dropped. @throws UsageError naming the file, and the place of what is not UTF-8. */
export function readSource(context: CommandContext, path: string): SourceFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(resolve(context.cwd, path));
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${systemReason(error)}.`);
  }
  const { text, lost } = readUtf8(bytes);
  // What holds zero bytes is no text in any encoding, which its check tells.
  if (lost !== undefined && !bytes.includes(0)) throw new UsageError(`cannot read ${path}: ${lostText(lost)}`);
  return { name: path, text };
}

function walk(folder: string, found: string[]): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".") || SKIPPED_FOLDERS.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(path, found);
    else if (entry.isFile() && entry.name.endsWith(".grz")) found.push(path);
  }
}

/** Paths of all sources below `paths` (default: the current folder), relative to the current folder, sorted within folders. @throws UsageError. */
export function sourcePaths(context: CommandContext, paths: readonly string[]): string[] {
  const found: string[] = [];
  for (const path of paths.length === 0 ? ["."] : paths) {
    if (path === "-") {
      found.push("-");
      continue;
    }
    const full = resolve(context.cwd, path);
    let isFolder: boolean;
    try {
      isFolder = statSync(full).isDirectory();
    } catch (error) {
      throw new UsageError(`cannot read ${path}: ${systemReason(error)}.`);
    }
    if (!isFolder) {
      found.push(path);
      continue;
    }
    const below: string[] = [];
    walk(full, below);
    found.push(...below.map((file) => relative(context.cwd, file)));
  }
  if (found.length === 0)
    throw new UsageError(`found no .grz file in ${paths.length === 0 ? "this folder" : paths.join(", ")}.`);
  return [...new Set(found)];
}

/** Reads every source below `paths`. @throws UsageError when one cannot be read. */
export async function readSources(context: CommandContext, paths: readonly string[]): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const path of sourcePaths(context, paths)) {
    files.push(path === "-" ? { name: "<stdin>", text: await context.readInput() } : readSource(context, path));
  }
  return files;
}

/** The nearest gobi.schema.json in `folder` or above it, or undefined. */
export function nearestSchemaFile(folder: string): string | undefined {
  for (let current = resolve(folder); ; current = dirname(current)) {
    const candidate = join(current, SCHEMA_FILE);
    if (statSync(candidate, { throwIfNoEntry: false })?.isFile() === true) return candidate;
    if (dirname(current) === current) return undefined;
  }
}
