// Whether anything was committed to a database since one last looked, by the head of its WAL index, which every commit changes: 0.7 us against 1.7 of PRAGMA data_version.
// For processes that keep a connection to the database as long as they live: closing a file drops the locks that SQLite has on it in this process,
// so the index is opened once per process and never closed, and it stays the same file while somebody is connected.
import { openSync, readSync, realpathSync } from "node:fs";

/** Both copies of the head hold the counter of changes, the number of frames, checksums and salts. */
const HEAD_BYTES = 48;

const opened = new Map<string, number>();
const now = new Int32Array(HEAD_BYTES / 4);

function descriptorOf(database: string): number | undefined {
  try {
    const path = `${realpathSync(database)}-shm`;
    const known = opened.get(path);
    if (known !== undefined) return known;
    const descriptor = openSync(path, "r");
    opened.set(path, descriptor);
    return descriptor;
  } catch {
    // No such file: the database is not in WAL mode, and PRAGMA data_version is asked.
    return undefined;
  }
}

/** What one connection has seen. */
export class CommitSign {
  readonly #database: string;
  readonly #seen = new Int32Array(HEAD_BYTES / 4);
  #descriptor: number | undefined;
  #version = 0;

  constructor(database: string) {
    this.#database = database;
  }

  /**
   * The data version that `read` gave last, asked again when something may have been committed since.
   * A transaction goes on seeing what it saw first: what is committed meanwhile is news once more when it has ended.
   */
  version(read: () => number, inTransaction: boolean): number {
    if (this.#moved(!inTransaction)) this.#version = read();
    return this.#version;
  }

  #moved(keeps: boolean): boolean {
    this.#descriptor ??= descriptorOf(this.#database);
    if (this.#descriptor === undefined || readSync(this.#descriptor, now, 0, HEAD_BYTES, 0) < HEAD_BYTES) return true;
    let moved = false;
    for (let at = 0; at < now.length; at += 1) {
      const word = now[at] ?? 0;
      if (word === this.#seen[at]) continue;
      if (keeps) this.#seen[at] = word;
      moved = true;
    }
    return moved;
  }
}
