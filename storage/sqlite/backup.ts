// BACKUP and RESTORE. A backup holds the last committed state: files are copied by a second connection, in-memory databases are serialized.
// RESTORE goes through SQLite's own backup interface, so that it is one transaction on the target: other programs see the old content or the new, and a crash leaves the old.
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import Database from "better-sqlite3";
import { EngineError } from "../engine.ts";
import { isMemory, openDatabase } from "./open.ts";

/**
 * Copies the last committed state into a new file. The file appears whole or not at all.
 * @throws EngineError `alreadyExists`, `cannotOpen` for a missing directory, `other` for an in-memory database inside a transaction.
 */
export function backupDatabase(db: Database.Database, target: string, file: string): void {
  const path = resolve(file);
  if (existsSync(path))
    throw new EngineError(`The file ${file} exists already.`, {
      kind: "alreadyExists",
      code: "GOBI_BACKUP",
      help: "Give another name, or remove it first.",
    });
  if (!existsSync(dirname(path)))
    throw new EngineError(`The directory of ${file} does not exist.`, { kind: "cannotOpen", code: "GOBI_BACKUP" });
  const directory = mkdtempSync(join(dirname(path), ".gobi-backup-"));
  try {
    const part = join(directory, "backup");
    if (isMemory(target)) writeMemory(db, part);
    else copyCommitted(target, part);
    syncFile(part);
    placeFile(part, path, file);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** An in-memory database has one connection, so what is not committed cannot be told apart once something is written. */
function writeMemory(db: Database.Database, part: string): void {
  if (db.inTransaction) {
    throw new EngineError("An in-memory database cannot be backed up inside a transaction.", {
      kind: "other",
      code: "GOBI_BACKUP",
      help: "Commit first, or use a database file.",
    });
  }
  writeFileSync(part, db.serialize());
}

function copyCommitted(target: string, part: string): void {
  const source = openDatabase({ target, create: false });
  try {
    source.prepare("VACUUM INTO ?").run(part);
  } finally {
    source.close();
  }
}

function syncFile(part: string): void {
  const descriptor = openSync(part, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A link fails when the name was taken meanwhile; a rename would replace the other file. */
function placeFile(part: string, path: string, file: string): void {
  try {
    linkSync(part, path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST")
      throw new EngineError(`The file ${file} exists already.`, {
        kind: "alreadyExists",
        code: "GOBI_BACKUP",
        cause: error,
      });
    // File systems without links: VACUUM's own rule (no existing file) was kept a moment ago.
    writeFileSync(path, readFileSync(part), { flag: "wx" });
    syncFile(path);
  }
}

/** Opens a backup for reading and looks it through. @throws EngineError when it is missing, no database, or damaged. */
function openBackup(file: string): Database.Database {
  const backup = openDatabase({ target: file, readOnly: true, create: false });
  const isWhole = backup.pragma("quick_check(1)", { simple: true }) === "ok";
  if (isWhole && backup.pragma("page_count", { simple: true }) !== 0) return backup;
  backup.close();
  if (isWhole)
    throw new EngineError(`The backup ${file} is empty.`, {
      kind: "notADatabase",
      code: "GOBI_RESTORE",
      help: "Use another backup.",
    });
  throw new EngineError(`The backup ${file} is damaged.`, {
    kind: "corrupt",
    code: "SQLITE_CORRUPT",
    help: "Use another backup.",
  });
}

/** A new in-memory database with the content of a backup; foreign keys and the like are set as for every connection. */
export function restoreMemory(file: string): Database.Database {
  const backup = openBackup(file);
  let content: Buffer;
  try {
    content = backup.serialize();
  } finally {
    backup.close();
  }
  // Bytes 18 and 19 say "write-ahead log", which a database in memory cannot have.
  content.fill(1, 18, 20);
  const db = new Database(content);
  db.pragma("foreign_keys = ON");
  db.pragma("recursive_triggers = ON");
  return db;
}

/** The worker's program: better-sqlite3 offers SQLite's backup interface only as a promise, which this thread cannot wait for. */
const WORKER_TEXT = `
const { workerData } = require("node:worker_threads");
const { driver, source, target, port, done } = workerData;
const finish = (message) => {
  port.postMessage(message);
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
};
const run = async () => {
  const Database = require(driver);
  const db = new Database(source, { readonly: true, fileMustExist: true });
  try {
    // All pages in one step: the target is locked until it is whole. A busy target looks like a finished copy of no pages.
    const { totalPages } = await db.backup(target, { progress: () => 0x7fffffff });
    if (totalPages === 0) throw Object.assign(new Error("the database is in use"), { code: "SQLITE_BUSY" });
  } finally {
    db.close();
  }
};
run().then(() => finish({ ok: true }), (error) => finish({ ok: false, code: error.code ?? "GOBI_RESTORE", message: error.message }));
`;

const RESTORE_TIMEOUT_MS = 600_000;

/** @throws EngineError `busy` when another program uses the database; then nothing was changed. */
export function restoreFile(db: Database.Database, target: string, file: string): void {
  if (db.readonly)
    throw new EngineError("The database can only be read.", { kind: "readOnly", code: "SQLITE_READONLY" });
  if (resolve(file) === resolve(target) || sameFile(file, target))
    throw new EngineError("A database cannot be restored from itself.", { kind: "other", code: "GOBI_RESTORE" });
  openBackup(file).close();
  const done = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const driver = createRequire(import.meta.url).resolve("better-sqlite3");
  const worker = new Worker(WORKER_TEXT, {
    eval: true,
    workerData: { driver, source: resolve(file), target: resolve(target), port: port2, done },
    transferList: [port2],
  });
  worker.unref();
  try {
    Atomics.wait(done, 0, 0, RESTORE_TIMEOUT_MS);
    const answer = receiveMessageOnPort(port1)?.message as
      | { readonly ok: boolean; readonly code?: string; readonly message?: string }
      | undefined;
    if (answer?.ok === true) return;
    const code = answer?.code ?? "GOBI_RESTORE";
    const busy = code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED");
    throw new EngineError(
      busy
        ? "The database is in use by another program; nothing was restored."
        : `The database could not be restored: ${answer?.message ?? "no answer"}.`,
      {
        kind: busy ? "busy" : "other",
        code,
        retryable: busy,
      },
    );
  } finally {
    port1.close();
    void worker.terminate();
  }
}

function sameFile(left: string, right: string): boolean {
  if (!existsSync(left) || !existsSync(right)) return false;
  const a = statSync(left);
  const b = statSync(right);
  return a.ino === b.ino && a.dev === b.dev && a.ino !== 0;
}

/** A transaction that is open would go on in another database. */
export function restoreInTransaction(): EngineError {
  return new EngineError("A database cannot be restored inside a transaction.", {
    kind: "other",
    code: "GOBI_RESTORE",
    help: "Commit or roll back first.",
  });
}
