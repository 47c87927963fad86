// The context of a command that runs in a real process.
// A closed pipe (`gobic run x | head`) ends the process quietly; a command whose exit code or work counts goes on without a reader.
import { writeSync } from "node:fs";
import { lostText, readUtf8 } from "../base/text-bytes.ts";
import { type CommandContext, UsageError } from "./commands/context.ts";
import { PLAIN, styleFor } from "./output/style.ts";

/** Waits between attempts when a pipe is full; Atomics.wait blocks without burning CPU. */
const FULL_PIPE_WAIT_MS = 2;

/** Writes all bytes, also to a pipe that is full for the moment; false when nobody reads it any more. */
function writeAll(descriptor: number, data: string | Uint8Array): boolean {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EPIPE") return false;
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_WAIT_MS);
    }
  }
  return true;
}

/** Streams and environment of this process; `--no-color` anywhere turns colours off. */
export function processContext(of: NodeJS.Process, argv: readonly string[]): CommandContext {
  let finishes = false;
  const unread = new Set<number>();
  const write = (descriptor: number, data: string | Uint8Array): void => {
    if (unread.has(descriptor) || writeAll(descriptor, data)) return;
    if (!finishes) of.exit(0);
    unread.add(descriptor);
  };
  const plain = argv.includes("--no-color");
  return {
    cwd: of.cwd(),
    environment: of.env,
    write: (text) => write(1, text),
    writeError: (text) => write(2, text),
    finishUnread: () => {
      finishes = true;
    },
    readInput: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of of.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
      const { text, lost } = readUtf8(Buffer.concat(chunks));
      if (lost !== undefined) throw new UsageError(`cannot read standard input: ${lostText(lost)}`);
      return text;
    },
    stdin: of.stdin,
    stdout: of.stdout,
    style: plain ? PLAIN : styleFor(of.stdout, of.env),
    errorStyle: plain ? PLAIN : styleFor(of.stderr, of.env),
  };
}
