// Opens a database file or an in-memory database and sets what every connection has: foreign keys, recursive triggers, busy timeout.
// Does not turn on write-ahead logging: that changes the file, and a connection that only reads must not (connection.ts does it before the first write).
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Database from "better-sqlite3";
import { type ConnectOptions, EngineError } from "../engine.ts";
import { engineErrorOf } from "./errors.ts";

const BUSY_TIMEOUT_MS = 5000;

/** True for a target that is no file. */
export function isMemory(target: string): boolean {
  return target === ":memory:" || target === "";
}

function cannotOpen(
  target: string,
  reason: string,
  help: string,
  kind: "cannotOpen" | "permission" = "cannotOpen",
): EngineError {
  return new EngineError(`The database ${target} cannot be opened: ${reason}.`, {
    kind,
    code: "SQLITE_CANTOPEN",
    help,
  });
}

/** Says what is wrong with the path before SQLite can only say that it cannot open it. */
function checkPath(target: string, path: string, options: ConnectOptions): void {
  if (!existsSync(path)) {
    if (!existsSync(dirname(path)))
      throw cannotOpen(target, "its directory does not exist", "Check the path, or create the directory first.");
    if (options.create === false || options.readOnly === true)
      throw cannotOpen(target, "the file does not exist", "Check the path.");
    return;
  }
  if (statSync(path).isDirectory()) throw cannotOpen(target, "it is a directory", "Give the path of a file.");
  try {
    accessSync(path, constants.R_OK);
  } catch {
    // The only thing accessSync tells is that the answer is no.
    throw cannotOpen(
      target,
      "you may not read the file",
      "Check the permissions of the file and its directory.",
      "permission",
    );
  }
}

/** @throws EngineError of any failure to open, with the target in its message. */
export function openDatabase(options: ConnectOptions): Database.Database {
  const { target } = options;
  const memory = isMemory(target);
  // A URI is SQLite's own business; better-sqlite3 trims names, so that a plain one is made absolute first.
  const path = memory || target.startsWith("file:") ? target : resolve(target);
  if (!memory && !target.startsWith("file:")) checkPath(target, path, options);
  let db: Database.Database | undefined;
  try {
    db = new Database(path, {
      readonly: options.readOnly === true && !memory,
      fileMustExist: options.create === false && !memory,
      timeout: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
    });
    // The first look at the file: here a file that is no database, or a damaged one, shows itself.
    db.prepare("PRAGMA schema_version").get();
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    db.pragma("foreign_keys = ON");
    db.pragma("recursive_triggers = ON");
    if (options.mmapBytes !== undefined) db.pragma(`mmap_size = ${Math.trunc(options.mmapBytes)}`);
    if (memory && options.readOnly === true) db.pragma("query_only = ON");
    return db;
  } catch (error) {
    db?.close();
    const known = engineErrorOf(error, { transactionEnded: false });
    if (!(known instanceof EngineError)) throw known;
    throw new EngineError(`The database ${target} cannot be used: ${known.message}`, {
      kind: known.kind,
      code: known.code,
      retryable: known.retryable,
      help: known.help,
      cause: error,
    });
  }
}
