// gobi logs: the last lines of the daemon's log, and with --follow those that come, over rotations. Reads the files; no daemon is asked.
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { LOG_LEVELS, logFilePath } from "../../../server/daemon/log.ts";
import { type CommandContext, type CommandHandler, EXIT, flag, textOption } from "../../commands/context.ts";
import { countOption } from "../options.ts";
import { neededFolder } from "./target.ts";

const LINES_DEFAULT = 50;
const LINES_MAX = 1_000_000;
const LOOK_MS = 200;
const CHUNK_BYTES = 64 * 1024;

/** Prints lines of a level and above. */
export const logsCommand: CommandHandler = async (context, input) => {
  const folder = join(neededFolder(context, input.arguments[0]), "logs");
  const least = LOG_LEVELS.findIndex((level) => level === (textOption(input, "level") ?? "debug"));
  const wanted = (line: string): boolean => levelOf(line) >= least;
  const count = countOption(input, "lines", LINES_DEFAULT, LINES_MAX);
  const lines = lastLines(folder, count, wanted);
  if (lines === undefined) {
    context.writeError(`There is no log in ${folder}.\n`);
    return EXIT.failed;
  }
  const print = (line: string): void => context.write(`${line}\n`);
  lines.shown.forEach(print);
  if (flag(input, "follow")) await follow(context, folder, lines.at, (line) => wanted(line) && print(line));
  return EXIT.ok;
};

/** A line that has no level belongs to what is most important: something wrote it that is no log. */
function levelOf(line: string): number {
  const word = line.startsWith("{")
    ? /"level":"([a-z]+)"/u.exec(line)?.[1]
    : /^\S+ (debug|info|warn|error)\s/u.exec(line)?.[1];
  const found = LOG_LEVELS.findIndex((level) => level === word);
  return found < 0 ? LOG_LEVELS.length : found;
}

interface Place {
  readonly inode: number;
  readonly offset: number;
}

/** The newest lines that are wanted, from as many files as needed; undefined when there is no file at all. */
function lastLines(
  folder: string,
  count: number,
  wanted: (line: string) => boolean,
): { readonly shown: readonly string[]; readonly at: Place } | undefined {
  const numbers = logNumbers(folder);
  if (numbers.length === 0) return undefined;
  let shown: readonly string[] = [];
  let at: Place = { inode: 0, offset: 0 };
  for (const number of numbers) {
    const { lines, place } = readWhole(logFilePath(folder, number));
    if (number === 0) at = place;
    shown = [...lines.filter(wanted), ...shown];
    if (shown.length >= count) break;
  }
  return { shown: count === 0 ? [] : shown.slice(-count), at };
}

/** Numbers of the files, newest first; 0 is the one that is written. */
function logNumbers(folder: string): readonly number[] {
  try {
    return readdirSync(folder)
      .flatMap((name) => {
        const match = /^daemon\.log(?:\.(\d+))?$/u.exec(name);
        return match === null ? [] : [Number(match[1] ?? 0)];
      })
      .sort((left, right) => left - right);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function readWhole(path: string): { readonly lines: readonly string[]; readonly place: Place } {
  const lines: string[] = [];
  const reader = openReader(path, 0, (line) => lines.push(line));
  reader.read();
  const place = reader.place();
  reader.close();
  return { lines, place };
}

interface Reader {
  /** Reads what has come. */
  read(): void;
  place(): Place;
  close(): void;
}

function openReader(path: string, offset: number, tell: (line: string) => void): Reader {
  const descriptor = openSync(path, "r");
  const { ino } = fstatSync(descriptor);
  const decoder = new StringDecoder("utf8");
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let at = offset;
  let rest = "";
  return {
    read: () => {
      for (;;) {
        const length = readSync(descriptor, buffer, 0, CHUNK_BYTES, at);
        if (length === 0) return;
        at += length;
        const parts = (rest + decoder.write(buffer.subarray(0, length))).split("\n");
        rest = parts.pop() ?? "";
        parts.forEach(tell);
      }
    },
    place: () => ({ inode: ino, offset: at }),
    close: () => closeSync(descriptor),
  };
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** Tells lines as they come, until SIGINT or SIGTERM. A file that was put aside is read to its end first. */
async function follow(
  context: CommandContext,
  folder: string,
  from: Place,
  tell: (line: string) => void,
): Promise<void> {
  const path = logFilePath(folder);
  let ended = false;
  let wake = (): void => undefined;
  const end = (): void => {
    ended = true;
    wake();
  };
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  context.stdout.once("close", end);
  let reader = openReader(path, from.offset, tell);
  while (!ended) {
    reader.read();
    const found = inodeOf(path);
    const inode = reader.place().inode;
    if (found !== undefined && found !== inode) {
      reader.read();
      reader.close();
      // Several may have been put aside since the last look: those between are read whole.
      const passed = logNumbers(folder).find((number) => inodeOf(logFilePath(folder, number)) === inode) ?? Infinity;
      for (const number of logNumbers(folder).toReversed())
        if (number > 0 && number < passed) readWhole(logFilePath(folder, number)).lines.forEach(tell);
      reader = openReader(path, 0, tell);
      continue;
    }
    await new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, LOOK_MS);
    });
  }
  reader.close();
  process.off("SIGINT", end);
  process.off("SIGTERM", end);
}
