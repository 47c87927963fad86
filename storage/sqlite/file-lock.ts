// A lock that the operating system takes back when its holder ends, however it ends: an open write transaction on an empty database file.
// Nothing is ever written to the file, and a stale lock cannot exist.
import Database from "better-sqlite3";
import { EngineError } from "../engine.ts";
import { engineErrorOf } from "./errors.ts";

/** A lock that is held. */
export interface FileLock {
  /** Gives it back. Twice is fine. */
  release(): void;
}

/** Takes the lock; undefined when another process has it. Makes the file when there is none. @throws EngineError when the file cannot be made or read. */
export function takeFileLock(path: string): FileLock | undefined {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { timeout: 0 });
    db.exec("BEGIN EXCLUSIVE");
    const held = db;
    return { release: () => void held.close() };
  } catch (error) {
    db?.close();
    const known = engineErrorOf(error, { transactionEnded: false });
    if (!(known instanceof EngineError)) throw known;
    if (known.kind === "busy") return undefined;
    throw known;
  }
}
