// The log of the daemon: lines of text or JSON in logs/daemon.log, which is put aside when it grows too big (daemon.log.1 is the newest one put aside).
// Writing never throws: lines that a full disk refuses are counted, and told when the disk takes lines again.
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Configuration } from "../config/types.ts";
import type { Log, LogLevel } from "./types.ts";

/** Levels, least important first. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Characters of a line before it is cut: nothing that a client sends may fill the disk with one line. */
const LINE_CHARACTERS_MAX = 4000;

/** A log that is open. */
export interface DaemonLog {
  readonly log: Log;
  /** Lines by level since the start, and those that were lost. */
  readonly counts: Readonly<Record<LogLevel | "lost", number>>;
  /** From now on this configuration says what is written. */
  configure(configuration: Configuration): void;
  /** Opens the file anew: somebody may have moved it. */
  reopen(): void;
  close(): void;
}

/** What a log is made of. */
export interface DaemonLogOptions {
  readonly folder: string;
  readonly configuration: Configuration;
  /** Takes secrets out of a line. */
  readonly redact: (text: string) => string;
  /** Gets every line too, as in the foreground. */
  readonly alsoTo: ((line: string) => void) | undefined;
  /** The file's name, for tests. */
  readonly file?: string;
}

/** The path of the log file in a folder of logs. */
export function logFilePath(folder: string, number = 0): string {
  return join(folder, number === 0 ? "daemon.log" : `daemon.log.${number}`);
}

/** One line as it is written, without line end. */
export function logLine(format: "text" | "json", at: Date, level: LogLevel, text: string): string {
  const whole = text.length > LINE_CHARACTERS_MAX ? `${text.slice(0, LINE_CHARACTERS_MAX)}…` : text;
  if (format === "json") return JSON.stringify({ at: at.toISOString(), level, message: whole });
  // One line each, whatever a message holds.
  return `${at.toISOString()} ${level.padEnd(5)} ${whole.replaceAll("\r", "\\r").replaceAll("\n", "\\n")}`;
}

/** Opens the log; a file that cannot be opened loses lines, and nothing else. */
export function openLog(options: DaemonLogOptions): DaemonLog {
  const { redact, alsoTo } = options;
  let { configuration } = options;
  const path = options.file ?? logFilePath(options.folder);
  const counts: Record<LogLevel | "lost", number> = { debug: 0, info: 0, warn: 0, error: 0, lost: 0 };
  let descriptor: number | undefined;
  let size = 0;
  let untold = 0;
  const close = (): void => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  const open = (): number => {
    if (descriptor !== undefined) return descriptor;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    descriptor = openSync(path, "a", 0o600);
    size = fstatSync(descriptor).size;
    return descriptor;
  };
  const put = (line: string): void => {
    const bytes = Buffer.from(`${line}\n`);
    if (size > 0 && size + bytes.length > configuration.get("logging.rotate_size")) {
      close();
      putAside(options.folder, configuration.get("logging.keep"));
    }
    writeSync(open(), bytes);
    size += bytes.length;
  };
  const log: Log = (level, text) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(configuration.get("logging.level") as LogLevel)) return;
    const format = configuration.get("logging.format") === "json" ? "json" : "text";
    const line = logLine(format, new Date(), level, redact(text));
    alsoTo?.(line);
    try {
      if (untold > 0) {
        const lost = untold;
        put(logLine(format, new Date(), "warn", `${lost} lines of this log could not be written and are lost.`));
        untold = 0;
      }
      put(line);
      counts[level] += 1;
    } catch {
      // A full disk, a folder that was taken away: health and metrics tell it.
      counts.lost += 1;
      untold += 1;
      close();
    }
  };
  return {
    log,
    counts,
    configure: (next) => {
      configuration = next;
    },
    reopen: close,
    close,
  };
}

/** daemon.log becomes daemon.log.1, and so on; the oldest goes. */
function putAside(folder: string, keep: number): void {
  rmSync(logFilePath(folder, keep), { force: true });
  for (let number = keep - 1; number >= 0; number -= 1) {
    const from = logFilePath(folder, number);
    if (existsSync(from)) renameSync(from, logFilePath(folder, number + 1));
  }
}
