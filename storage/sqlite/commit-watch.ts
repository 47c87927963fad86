// Counts the commits that touched something else than some tables of ours: by the pages that each commit has put into the write-ahead log.
// For who keeps what it has read as long as the data stays as it is, while a scheduler writes its sign of life every few seconds.
// In every doubt a commit counts: the log was begun anew, a page is one that is not known, the index was being written.
// Why known pages are enough: a page changes its owner only by the list of free pages, whose head stands on page 1, and page 1 is never known.
// Format of log and index: https://www.sqlite.org/walformat.html.
import { openSync, readSync, realpathSync } from "node:fs";
import { cell } from "../../base/value/column.ts";
import type { Connection } from "../engine.ts";

/** The head of the index stands there twice; it is whole when both copies are the same. */
const COPY_BYTES = 48;
/** In a copy: number of the last frame, and the salts that change when the log is begun anew. */
const LAST_FRAME_AT = 16;
const SALT_AT = 32;
const LOG_HEAD_BYTES = 32;
const FRAME_HEAD_BYTES = 24;
/** Looking up pages reads the quiet tables: not more often, however much others write. */
const LEARN_EVERY_MS = 1000;
/** More frames than this are not worth reading. */
const FRAMES_MAX = 64;

/** What was seen of the log. */
interface Seen {
  readonly head: Buffer;
  readonly frames: number;
  readonly salt: string;
}

/** Counts the commits of one database file. The files are opened once and stay open as long as the process lives: closing one would drop locks of SQLite. */
export class CommitWatch {
  readonly #connection: Connection;
  readonly #path: string;
  /** Tables whose changes do not count. */
  readonly #quiet: readonly string[];
  readonly #monotonicMs: () => number;
  #index: number | undefined;
  #log: number | undefined;
  #seen: Seen | undefined;
  /** Pages of the quiet tables since a state that is not older than the one that was seen; undefined: not known. */
  #pages: ReadonlySet<number> | undefined;
  #learnAfterMs = Number.NEGATIVE_INFINITY;
  readonly #pageBytes: number;
  #version = 0;

  constructor(
    connection: Connection,
    path: string,
    quiet: readonly string[],
    monotonicMs: () => number = () => performance.now(),
  ) {
    this.#monotonicMs = monotonicMs;
    this.#connection = connection;
    this.#path = path;
    this.#quiet = quiet;
    // A connection that has read once keeps index and log where they are as long as it is open.
    this.#pageBytes = Number(this.#numbers("PRAGMA main.page_size")[0]);
    this.#numbers("SELECT count(*) FROM main.sqlite_schema");
  }

  /** A number that moves with every commit that counts, of anybody. @throws EngineError. */
  version(): number {
    const now = this.#look();
    const before = this.#seen;
    if (now !== undefined && before !== undefined && now.head.equals(before.head)) return this.#version;
    this.#seen = now;
    if (now === undefined || before === undefined) this.#pages = undefined;
    else if (this.#isQuiet(before, now)) return this.#version;
    this.#version += 1;
    return this.#version;
  }

  #look(): Seen | undefined {
    try {
      const real = realpathSync(this.#path);
      this.#index ??= openSync(`${real}-shm`, "r");
      this.#log ??= openSync(`${real}-wal`, "r");
    } catch {
      // No log: the database is in another mode, or nobody is connected. Everything counts then.
      return undefined;
    }
    const both = Buffer.alloc(2 * COPY_BYTES);
    if (readSync(this.#index, both, 0, both.length, 0) < both.length) return undefined;
    const head = both.subarray(0, COPY_BYTES);
    if (!head.equals(both.subarray(COPY_BYTES))) return undefined;
    return {
      head,
      frames: head.readUInt32LE(LAST_FRAME_AT),
      salt: head.toString("hex", SALT_AT, SALT_AT + 8),
    };
  }

  /** Whether all that was committed between is on pages of quiet tables, as they were known before. */
  #isQuiet(before: Seen, now: Seen): boolean {
    const pages = this.#pages;
    // Whatever is not seen through may have given pages to other tables.
    this.#pages = undefined;
    if (pages === undefined) {
      this.#learn();
      return false;
    }
    const count = now.frames - before.frames;
    if (before.salt !== now.salt || count <= 0 || count > FRAMES_MAX) return false;
    if (this.#written(before.frames, now.frames)?.every((page) => pages.has(page)) !== true) return false;
    this.#pages = pages;
    return true;
  }

  /** Looks the pages up, for what is committed from now on: they are those of a state that was the newest before and after. */
  #learn(): void {
    const nowMs = this.#monotonicMs();
    if (nowMs < this.#learnAfterMs) return;
    this.#learnAfterMs = nowMs + LEARN_EVERY_MS;
    const before = this.#look();
    const pages = this.#quietPages();
    if (before !== undefined && this.#look()?.head.equals(before.head) === true) this.#pages = pages;
  }

  /** Pages of the frames behind `from` up to `to`; undefined: the log cannot be read so. */
  #written(from: number, to: number): readonly number[] | undefined {
    const log = this.#log;
    if (log === undefined) return undefined;
    const pages: number[] = [];
    const head = Buffer.alloc(4);
    for (let frame = from; frame < to; frame += 1) {
      const at = LOG_HEAD_BYTES + frame * (FRAME_HEAD_BYTES + this.#pageBytes);
      if (readSync(log, head, 0, 4, at) < 4) return undefined;
      pages.push(head.readUInt32BE(0));
    }
    // Begun anew meanwhile: what was read may be of the next log.
    const after = this.#look();
    return after !== undefined && after.salt === this.#seen?.salt ? pages : undefined;
  }

  #quietPages(): ReadonlySet<number> {
    const marks = this.#quiet.map(() => "?").join(", ");
    return new Set(
      this.#numbers(
        `SELECT DISTINCT pageno FROM dbstat WHERE name IN (SELECT name FROM main.sqlite_schema WHERE tbl_name IN (${marks}))`,
        this.#quiet,
      ).filter((page) => page !== 1),
    );
  }

  #numbers(sql: string, values: readonly string[] = []): readonly number[] {
    const { source } = this.#connection.runText(sql, values);
    const numbers: number[] = [];
    if (source === undefined) return numbers;
    try {
      for (let batch = source.next(); batch !== undefined; batch = source.next())
        for (let row = 0; row < batch.length; row += 1) {
          const [column] = batch.columns;
          if (column !== undefined) numbers.push(Number(cell(column, row)));
        }
    } finally {
      source.close();
    }
    return numbers;
  }
}
