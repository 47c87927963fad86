// The files of the disk as the workspace reads them. What cannot be read is not there: the folder may be changing at any moment.
import { readdirSync, readFileSync, statSync, type Dirent } from "node:fs";
import { sep } from "node:path";
import { readUtf8 } from "../../base/text-bytes.ts";
import type { Files } from "../workspace/ports.ts";

/** Folders that never hold sources of the user. */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(["node_modules", "dist"]);
/** Larger files are not sources; the compiler's own limit is below. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;
/** Folders deeper than this are left out, so that links in a circle end. */
const DEPTH_MAX = 32;

/** The disk. */
export function diskFiles(): Files {
  return {
    read: (path) => {
      try {
        if (statSync(path).size > FILE_BYTES_MAX) return undefined;
        return readUtf8(readFileSync(path));
      } catch {
        return undefined;
      }
    },
    sources: (folder) => {
      const found: string[] = [];
      collect(folder, 0, found);
      return found;
    },
    names: (folder) => entriesOf(folder).flatMap((entry) => (entry.isDirectory() ? [] : [entry.name])),
    stamp: (path) => {
      const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
      if (stat === undefined || !stat.isFile()) return undefined;
      return { file: `${stat.dev} ${stat.ino}`, content: `${stat.mtimeNs} ${stat.size}` };
    },
  };
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder === "" ? sep : folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function collect(folder: string, depth: number, found: string[]): void {
  if (depth > DEPTH_MAX) return;
  for (const entry of entriesOf(folder)) {
    const path = `${folder === "/" ? "" : folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!entry.name.startsWith(".") && !SKIPPED_FOLDERS.has(entry.name)) collect(path, depth + 1, found);
    } else if (entry.name.endsWith(".grz")) found.push(path);
  }
}
