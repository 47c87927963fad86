// The interactive side of the REPL: line editing, history, colours, completion, Ctrl-C. The session lives in a worker (worker.ts).
// Node's readline edits one line; a statement of several lines is typed line by line and kept by the worker until it is whole.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { CommandContext } from "../commands/context.ts";
import { COLOURED } from "../output/style.ts";
import { required } from "../../base/failure.ts";
import { VERSION } from "../../base/version.ts";
import { highlight } from "./highlight.ts";
import { lineQueue } from "./line-queue.ts";
import type { ReplBackend } from "./backend.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { redactSecrets } from "../../base/redact.ts";

const HISTORY_LINES_MAX = 2000;

/** Readline writes what is shown through this method (Node 20, lib/internal/readline/interface.js); replacing it is how the line gets its colours. */
interface PaintableInterface {
  _writeToOutput: (text: string) => void;
  _refreshLine: () => void;
}

function historyFile(context: CommandContext): string {
  const state = context.environment["XDG_STATE_HOME"];
  return join(state === undefined || state === "" ? join(homedir(), ".local", "state") : state, "gobic", "history");
}

function readHistory(file: string): string[] {
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .reverse()
    : [];
}

function writeHistory(file: string, lines: readonly string[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${lines.slice(0, HISTORY_LINES_MAX).map(redactSecrets).reverse().join("\n")}\n`, {
    mode: 0o600,
  });
}

/** Readline keeps its history, newest first, in a field that its types do not show. */
function historyOf(reader: Interface): readonly string[] {
  return (reader as unknown as { readonly history: readonly string[] }).history;
}

/** Colours the line while it is edited: every key redraws it. */
function paintInput(reader: Interface, context: CommandContext): void {
  const inner = reader as unknown as PaintableInterface;
  inner._writeToOutput = (text) => {
    const prompt = reader.getPrompt();
    context.stdout.write(text.startsWith(prompt) ? prompt + highlight(COLOURED, text.slice(prompt.length)) : text);
  };
  context.stdin.on("keypress", (_text: string | undefined, key: { readonly name?: string } | undefined) => {
    if (key?.name !== "return" && key?.name !== "enter") inner._refreshLine();
  });
}

/** A promise with what settles it. */
function withResolvers<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
} {
  let settle: { readonly resolve: (value: T) => void; readonly reject: (error: unknown) => void } | undefined;
  const promise = new Promise<T>((resolvePromise, reject) => {
    settle = { resolve: resolvePromise, reject };
  });
  return { promise, ...required(settle, "a promise's executor runs at once") };
}

/** Runs until the user leaves. Gives the exit code. */
export async function runTerminal(context: CommandContext, backend: ReplBackend): Promise<number> {
  const coloured = context.style === COLOURED;
  const width = (): number => context.stdout.columns;
  const send = (message: ToWorker): void => backend.send(message);
  const file = historyFile(context);
  const completionReplies = new Map<number, (result: [string[], string]) => void>();
  let completionId = 0;
  let doomed: NodeJS.Timeout | undefined;
  let interruptions = 0;

  const reader = createInterface({
    input: context.stdin,
    output: context.stdout,
    terminal: true,
    history: readHistory(file),
    historySize: HISTORY_LINES_MAX,
    removeHistoryDuplicates: true,
    completer: (line: string, reply: (error: Error | null, result: [string[], string]) => void) => {
      if (queue.busy) return reply(null, [[], line]);
      completionId += 1;
      completionReplies.set(completionId, (result) => reply(null, result));
      return send({ kind: "complete", id: completionId, text: line });
    },
  });
  if (coloured) paintInput(reader, context);
  context.write(`PL-GRIZZLY ${VERSION}, ${backend.place}. \\? lists the commands.\n`);

  let exitCode = 0;
  const { promise, resolve: finish, reject: fail } = withResolvers<number>();
  const queue = lineQueue({
    run: (text) => send({ kind: "line", text, width: width() }),
    prompt: () => reader.prompt(),
    leave: () => {
      writeHistory(file, historyOf(reader));
      reader.close();
      send({ kind: "end" });
    },
  });
  reader.on("line", queue.add);
  reader.on("close", () => {
    context.write("\n");
    queue.end();
  });
  reader.on("SIGINT", () => {
    if (!queue.busy) {
      context.write("\n");
      const inner = reader as unknown as { line: string; cursor: number };
      inner.line = "";
      inner.cursor = 0;
      queue.interrupt();
      return send({ kind: "reset" });
    }
    queue.interrupt();
    interruptions += 1;
    const { doom } = backend;
    if (backend.interrupt(interruptions > 1)) endNow("");
    else if (doom !== undefined)
      doomed ??= setTimeout(() => {
        endNow(`The statement could not be stopped, so the process ends. ${doom.lost}`);
      }, doom.afterMs);
    return undefined;
  });

  /** Nothing waits for what still runs. */
  function endNow(why: string): void {
    context.writeError(`\n${why}${why === "" ? "" : "\n"}`);
    writeHistory(file, historyOf(reader));
    context.stdin.setRawMode(false);
    process.kill(process.pid, "SIGKILL");
  }

  const message = (message: FromWorker): void => {
    switch (message.kind) {
      case "output":
        return context.write(message.text);
      case "ready":
        clearTimeout(doomed);
        doomed = undefined;
        interruptions = 0;
        reader.setPrompt(message.prompt);
        return queue.ready(message.left);
      case "refused":
        context.writeError(`gobic: ${message.message}\n`);
        exitCode = 2;
        return reader.removeAllListeners("close").close();
      case "completions": {
        completionReplies.get(message.id)?.([[...message.words], message.fragment]);
        return void completionReplies.delete(message.id);
      }
    }
  };
  backend.listen({ message, error: fail, exit: () => finish(exitCode) });
  return await promise;
}
