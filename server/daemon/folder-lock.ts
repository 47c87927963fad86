// The lock of a folder: a file that is made whole or not at all (a hard link), and that names its holder by number and start of the process.
// A lock whose holder is dead is replaced. Of several who see the same dead lock, one wins the claim: a link named after that lock's very text.
// The winner looks again before it replaces, because it may have seen a lock that another one has replaced meanwhile.
// Needs no native code, so that the Lead stays small; works on every file system with hard links.
import { createHash, randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InternalError } from "../../base/failure.ts";
import { innerFolder } from "./place.ts";
import { isSameProcess, processStart } from "./process-start.ts";
import { unreadableFile } from "./unreadable-file.ts";

/** A lock that is held. */
export interface FolderLock {
  /** Gives it back. Twice is fine. */
  release(): void;
}

/** Times that the picture may change while it is looked at: each means that somebody else came or went. */
const LOOKS_MAX = 100;

/** Takes the lock of a folder; undefined when a living process has it, or is about to. @throws GrizzlyError `WrongPlace` when something else stands there; what the system says when the folder cannot be written. */
export function takeFolderLock(folder: string): FolderLock | undefined {
  mkdirSync(innerFolder(folder), { recursive: true, mode: 0o700 });
  const path = lockPath(folder);
  const own = JSON.stringify({ pid: process.pid, startedAt: processStart(process.pid), id: randomUUID() });
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    if (linkWhole(path, own)) return held(path, own);
    const found = read(path);
    if (found === undefined) continue;
    if (holderOf(found) !== undefined) return undefined;
    const outcome = replaceDead(path, found, own);
    if (outcome === "replaced") return held(path, own);
    if (outcome === "taken") return undefined;
  }
  throw new InternalError(`folder lock: ${path} changes all the time`);
}

/** The living process that has the lock of a folder; undefined when nobody has. */
export function lockHolder(folder: string): number | undefined {
  return holderOf(read(lockPath(folder)) ?? "");
}

function lockPath(folder: string): string {
  return join(innerFolder(folder), "lock");
}

function held(path: string, own: string): FolderLock {
  return {
    release: () => {
      // Nobody replaces the lock of a living process, so it cannot become another's between the look and the removal.
      if (read(path) === own) rmSync(path, { force: true });
    },
  };
}

/** Replaces a file whose writer is dead. `changed`: it is not there any more, look again; `taken`: a living process is doing so. */
function replaceDead(path: string, dead: string, own: string): "replaced" | "taken" | "changed" {
  const claim = `${path}.${createHash("sha256").update(dead).digest("hex").slice(0, 16)}`;
  if (!linkWhole(claim, own)) {
    const claimer = read(claim);
    if (claimer === undefined) return "changed";
    if (holderOf(claimer) !== undefined) return "taken";
    // The one who had the claim is dead too: its claim is taken in the same way.
    const outcome = replaceDead(claim, claimer, own);
    if (outcome !== "replaced") return outcome;
  }
  try {
    if (read(path) !== dead) return "changed";
    writeBeside(path, own, (beside) => renameSync(beside, path));
    return "replaced";
  } finally {
    rmSync(claim, { force: true });
  }
}

/** Makes a file with this text; false when there is one. */
function linkWhole(path: string, text: string): boolean {
  return writeBeside(path, text, (beside) => {
    try {
      linkSync(beside, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    }
  });
}

function writeBeside<T>(path: string, text: string, use: (beside: string) => T): T {
  const beside = `${path}.${randomUUID()}`;
  try {
    writeFileSync(beside, text, { mode: 0o600 });
    return use(beside);
  } finally {
    rmSync(beside, { force: true });
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadableFile("lock", path, error);
  }
}

/** The writer of a lock, when it lives. A text that is none of ours has no writer. */
function holderOf(text: string): number | undefined {
  try {
    const { pid, startedAt } = JSON.parse(text) as { readonly pid?: unknown; readonly startedAt?: unknown };
    return typeof pid === "number" && typeof startedAt === "string" && isSameProcess(pid, startedAt) ? pid : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
