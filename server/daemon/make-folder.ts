// Makes a folder with those above it, and says in a sentence why it cannot. (mkdir of Node with `recursive` never ends where a file system takes no folders, as /proc.)
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";

/** Makes it unless it is there. @throws GrizzlyError WrongPlace. */
export function makeFolder(path: string): void {
  try {
    make(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const why = code === "EEXIST" ? "there is a file of that name" : (REASONS[code] ?? code);
    throw new GrizzlyError("WrongPlace", `The folder ${path} cannot be made: ${why}.`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "you may not write there",
  EPERM: "you may not write there",
  EROFS: "the disk is read only",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of the path is a file",
  ENOENT: "the system takes no folders there",
  ENAMETOOLONG: "the name is too long",
};

function make(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const above = dirname(path);
  if (above !== path) make(above);
  mkdirSync(path);
}
