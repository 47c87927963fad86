// The head of a database's write-ahead log, as it stands in SQLite's shared index (`-shm`): every commit changes it, and numbers itself there.
// The index is opened once per process and never closed: closing a file drops the locks that SQLite has on it in this process. It stays the same file while somebody
// is connected. Format: https://www.sqlite.org/walformat.html, section 2.1.
import { fstatSync, openSync, readSync, realpathSync } from "node:fs";

/** The head stands there twice; it is whole when both copies are the same. */
const COPY_BYTES = 48;
/** In a copy: number of the last commit, number of the last frame, and the salts that change when the log is begun anew. */
const COMMITS_AT = 8;
const FRAMES_AT = 16;
const SALT_AT = 32;
/** Writing it takes less time than reading it. */
const TRIES = 3;
/** After so many reads it is looked whether the file is still the same. */
const LOOK_AGAIN = 64;

/** One state of the log. */
export interface LogHead {
  /** Counts commits, of anybody. It begins anew when the index is made anew, after a crash of who was writing it. */
  readonly commits: number;
  readonly frames: number;
  readonly salt: string;
}

const opened = new Map<string, number>();

/** Descriptor of the index, as it is now; undefined: there is none, because the database is in another mode or nobody is connected. */
export function logIndex(database: string): number | undefined {
  try {
    const path = `${realpathSync(database)}-shm`;
    const known = opened.get(path);
    // Whoever closes the last connection takes the file away, and the next one makes another.
    if (known !== undefined && fstatSync(known).nlink > 0) return known;
    const descriptor = openSync(path, "r");
    opened.set(path, descriptor);
    return descriptor;
  } catch {
    return undefined;
  }
}

/** Looks at the head of one database. */
export class LogLook {
  readonly #database: string;
  readonly #both = Buffer.alloc(2 * COPY_BYTES);
  #descriptor: number | undefined;
  #reads = 0;

  constructor(database: string) {
    this.#database = database;
  }

  /** As it is now; undefined when it cannot be read. */
  head(): LogHead | undefined {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const head = this.#read();
      if (head !== "torn") return head;
    }
    return undefined;
  }

  /** `torn`: it was being written. */
  #read(): LogHead | "torn" | undefined {
    if (this.#reads % LOOK_AGAIN === 0) this.#descriptor = logIndex(this.#database);
    this.#reads = this.#descriptor === undefined ? 0 : this.#reads + 1;
    const both = this.#both;
    if (this.#descriptor === undefined || readSync(this.#descriptor, both, 0, both.length, 0) < both.length)
      return undefined;
    if (both.compare(both, COPY_BYTES, 2 * COPY_BYTES, 0, COPY_BYTES) !== 0) return "torn";
    return {
      commits: both.readUInt32LE(COMMITS_AT),
      frames: both.readUInt32LE(FRAMES_AT),
      salt: both.toString("latin1", SALT_AT, SALT_AT + 8),
    };
  }
}
