// Counts the commits that touched something else than some tables of ours: by the pages that each commit has put into the write-ahead log.
// For who keeps what it has read as long as the data stays as it is, while a scheduler writes its sign of life every few seconds.
// In every doubt a commit counts: the log was begun anew, a page is one that is not known, the index was being written.
// Why known pages are enough: a page changes its owner only by the list of free pages, whose head stands on page 1, and page 1 is never known.
// Format of log and index: https://www.sqlite.org/walformat.html.
import { openSync, readSync, realpathSync } from "node:fs";
import { cell } from "../../base/value/column.ts";
import type { Connection } from "../engine.ts";
import { type LogHead, LogLook } from "./log-head.ts";

const LOG_HEAD_BYTES = 32;
const FRAME_HEAD_BYTES = 24;
/** Looking up pages reads the quiet tables: not more often, however much others write. */
const LEARN_EVERY_MS = 1000;
/** More frames than this are not worth reading. */
const FRAMES_MAX = 64;

/** What was committed between two looks: by the numbers of the commits, or something that has no numbers. */
export type Committed =
  | { readonly kind: "commits"; readonly first: number; readonly last: number }
  | { readonly kind: "anything" };

/** Counts the commits of one database file. The log is opened once and stays open as long as the process lives: closing it would drop locks of SQLite. */
export class CommitWatch {
  readonly #connection: Connection;
  readonly #path: string;
  /** Tables whose changes do not count. */
  readonly #quiet: readonly string[];
  readonly #monotonicMs: () => number;
  readonly #look: LogLook;
  #log: number | undefined;
  #seen: LogHead | undefined;
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
    this.#look = new LogLook(path);
    this.#quiet = quiet;
    // A connection that has read once keeps index and log where they are as long as it is open.
    this.#pageBytes = Number(this.#numbers("PRAGMA main.page_size")[0]);
    this.#numbers("SELECT count(*) FROM main.sqlite_schema");
  }

  /** A number that moves with every commit that counts, of anybody. @throws EngineError. */
  version(): number {
    if (this.take() !== undefined) this.#version += 1;
    return this.#version;
  }

  /** What was committed since the last look and counts; undefined: nothing. @throws EngineError. */
  take(): Committed | undefined {
    const now = this.#look.head();
    const before = this.#seen;
    if (now !== undefined && before !== undefined && isSame(before, now)) return undefined;
    this.#seen = now;
    if (now === undefined || before === undefined) {
      this.#pages = undefined;
      return { kind: "anything" };
    }
    // The log was only begun anew: its pages are in the database now.
    const isEmptied = now.commits === before.commits && now.frames === 0;
    if (isEmptied || this.#isQuiet(before, now)) return undefined;
    if (now.commits <= before.commits) return { kind: "anything" };
    return { kind: "commits", first: before.commits + 1, last: now.commits };
  }

  /** Whether all that was committed between is on pages of quiet tables, as they were known before. */
  #isQuiet(before: LogHead, now: LogHead): boolean {
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
    const before = this.#look.head();
    const pages = this.#quietPages();
    const after = this.#look.head();
    if (before !== undefined && after !== undefined && isSame(before, after)) this.#pages = pages;
  }

  /** Pages of the frames behind `from` up to `to`; undefined: the log cannot be read so. */
  #written(from: number, to: number): readonly number[] | undefined {
    const log = this.#openLog();
    if (log === undefined) return undefined;
    const pages: number[] = [];
    const head = Buffer.alloc(4);
    for (let frame = from; frame < to; frame += 1) {
      const at = LOG_HEAD_BYTES + frame * (FRAME_HEAD_BYTES + this.#pageBytes);
      if (readSync(log, head, 0, 4, at) < 4) return undefined;
      pages.push(head.readUInt32BE(0));
    }
    // Begun anew meanwhile: what was read may be of the next log.
    const after = this.#look.head();
    return after !== undefined && after.salt === this.#seen?.salt ? pages : undefined;
  }

  #openLog(): number | undefined {
    try {
      this.#log ??= openSync(`${realpathSync(this.#path)}-wal`, "r");
    } catch {
      // No log: the database is in another mode, or nobody is connected. Everything counts then.
    }
    return this.#log;
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

function isSame(left: LogHead, right: LogHead): boolean {
  return left.commits === right.commits && left.frames === right.frames && left.salt === right.salt;
}
