// The pid file of a mounted folder: tells people and commands which process has mounted it, and how to ask it.
// It may be stale: who wants to act on a folder takes its lock (folder-lock.ts).
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { innerFolder } from "./place.ts";
import { isSameProcess } from "./process-start.ts";

/** What the pid file holds. */
export interface PidFile {
  readonly pid: number;
  /** See process-start.ts. */
  readonly startedAt: string;
  readonly startedAtMs: number;
  /** The process that starts the daemon again when it dies; null without one. */
  readonly supervisor: { readonly pid: number; readonly startedAt: string } | null;
  /** What it was mounted with, so that a restart does the same. */
  readonly configFile: string | null;
  readonly sets: readonly string[];
  readonly instance: string;
  readonly runtimeFolder: string;
  readonly socket: string;
  readonly controlSocket: string;
  readonly version: string;
}

/** What a folder's pid file says: no daemon, one that lives, or one that has gone without taking the file away. */
export type FolderState =
  | { readonly kind: "stopped" }
  | { readonly kind: "running"; readonly file: PidFile }
  | { readonly kind: "stale"; readonly file: PidFile };

/** The path of the pid file. */
export function pidFilePath(folder: string): string {
  return join(innerFolder(folder), "daemon.pid");
}

/** Looks at a folder. */
export function folderState(folder: string): FolderState {
  const file = readPidFile(folder);
  if (file === undefined) return { kind: "stopped" };
  return { kind: isSameProcess(file.pid, file.startedAt) ? "running" : "stale", file };
}

function readPidFile(folder: string): PidFile | undefined {
  try {
    const read = JSON.parse(readFileSync(pidFilePath(folder), "utf8")) as Partial<PidFile> | null;
    return typeof read?.pid === "number" && typeof read.startedAt === "string" ? (read as PidFile) : undefined;
  } catch (error) {
    // No file, or one that a full disk has cut: nobody is told by it.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes the pid file as a whole. */
export function writePidFile(folder: string, file: PidFile): void {
  writeWhole(pidFilePath(folder), file);
}

/** Takes the pid file away. */
export function removePidFile(folder: string): void {
  rmSync(pidFilePath(folder), { force: true });
}

/** Writes JSON so that readers see all of it or what was there before. */
export function writeWhole(path: string, data: unknown): void {
  const beside = `${path}.${process.pid}.new`;
  try {
    writeFileSync(beside, `${JSON.stringify(data, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
