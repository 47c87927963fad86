// The pid file of a mounted folder: tells people and commands which process has mounted it, and how to ask it.
// It may be stale: who wants to act on a folder takes its lock (folder-lock.ts).
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { innerFolder } from "./place.ts";
import { isSameProcess } from "./process-start.ts";
import { unreadableFile } from "./unreadable-file.ts";

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

/** What a folder's pid file says: no daemon, one that lives, one that has gone without taking the file away, or nothing that can be understood. */
export type FolderState =
  | { readonly kind: "stopped" }
  | { readonly kind: "running"; readonly file: PidFile }
  | { readonly kind: "stale"; readonly file: PidFile }
  | { readonly kind: "unreadable"; readonly path: string };

const isText = (value: unknown): boolean => typeof value === "string";
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);
const isPid = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

/** What each field must hold: a disk that was full, or a hand, may have left anything. */
const FIELDS: Readonly<Record<keyof PidFile, (value: unknown) => boolean>> = {
  pid: isPid,
  startedAt: isText,
  startedAtMs: Number.isFinite,
  supervisor: (value) => value === null || (isObject(value) && isPid(value["pid"]) && isText(value["startedAt"])),
  configFile: isTextOrNull,
  sets: (value) => Array.isArray(value) && value.every(isText),
  // Files whose names begin with it are taken away: an empty one would mean others.
  instance: (value) => isText(value) && value !== "",
  runtimeFolder: isText,
  socket: isText,
  controlSocket: isText,
  version: isText,
};

/** The path of the pid file. */
export function pidFilePath(folder: string): string {
  return join(innerFolder(folder), "daemon.pid");
}

/** Looks at a folder. @throws GrizzlyError `WrongPlace` when something else stands where the pid file belongs, or the system does not let it be read. */
export function folderState(folder: string): FolderState {
  const file = readPidFile(folder);
  if (file === undefined) return { kind: "stopped" };
  if (file === "unreadable") return { kind: "unreadable", path: pidFilePath(folder) };
  return { kind: isSameProcess(file.pid, file.startedAt) ? "running" : "stale", file };
}

function readPidFile(folder: string): PidFile | "unreadable" | undefined {
  try {
    const read: unknown = JSON.parse(readFileSync(pidFilePath(folder), "utf8"));
    return isPidFile(read) ? read : "unreadable";
  } catch (error) {
    if (error instanceof SyntaxError) return "unreadable";
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadableFile("pid file", pidFilePath(folder), error);
  }
}

function isPidFile(read: unknown): read is PidFile {
  return isObject(read) && Object.entries(FIELDS).every(([name, holds]) => holds(read[name]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
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
