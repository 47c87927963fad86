// Statements on a session of a daemon: for the REPL and for `gobi sql`. Results are printed while they arrive.
// A lost connection is opened again for the next statement, and the user told that the session's state is gone.
import type { SourceFile } from "../../base/source.ts";
import { ErrorValue } from "../../base/value/value.ts";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { NoticeListener } from "../../protocol/client/answers.ts";
import type { Connection } from "../../protocol/client/connection.ts";
import { askFrames } from "../../protocol/client/frame-queue.ts";
import { textRequest } from "../../protocol/client/requests.ts";
import { routeOver } from "../../protocol/client/session.ts";
import type { Parameters, RequestOptions } from "../../protocol/client/types.ts";
import { drawError } from "../output/errors.ts";
import { helpText } from "../output/failures.ts";
import { drawProblems } from "../output/problems.ts";
import type { ResultPrinter } from "../output/results.ts";
import { streamedResults } from "../output/streamed-results.ts";
import type { Style } from "../output/style.ts";
import type { ReplTarget } from "./engine.ts";

/** How a text is run. */
export interface RemoteRun {
  /** Name of the file that the text came from, for messages. */
  readonly name: string;
  readonly params?: Parameters;
  readonly options?: RequestOptions;
}

/** Runs a text and prints what it gives. @throws GrizzlyError. */
export async function printAnswer(
  connection: Connection,
  onNotice: NoticeListener,
  printer: ResultPrinter,
  text: string,
  { params, options }: Omit<RemoteRun, "name">,
): Promise<void> {
  const queue = await askFrames(
    routeOver(connection, onNotice, () => undefined),
    textRequest(text, params, options),
  );
  const results = streamedResults(printer);
  for (let frame = await queue.next(); frame !== undefined; frame = await queue.next()) results.take(frame);
}

/** An error of a daemon, as errors of this process are drawn. Ends without a line end. */
export function drawRemoteError(style: Style, error: GrizzlyError, name: string, text: string): string {
  if (error.problems !== undefined && error.problems.length > 0)
    return drawProblems(style, { name, text }, error.problems);
  const value = new ErrorValue(error.code, error.message, null, [], error.frames);
  return drawError(style, value) + helpText(style, error.help);
}

/** Hears what a text says: warnings about it are drawn as those of this process. `write` is for errors. */
export function drawingNotices(
  style: Style,
  file: SourceFile,
  write: (text: string) => void,
  onNotice: NoticeListener,
): NoticeListener {
  return (kind, text, problem) =>
    problem === undefined ? onNotice(kind, text) : write(`${drawProblems(style, file, [problem])}\n`);
}

/** A target on a daemon, with what the terminal needs besides. */
export interface RemoteTarget extends ReplTarget {
  readonly connection: Connection;
  /** Cancels the statement that runs. */
  cancel(): void;
  close(): void;
}

/** Makes a target. `open` is asked again when the connection is lost. @throws GrizzlyError of the first `open`. */
export async function remoteTarget(
  open: () => Promise<Connection>,
  style: Style,
  onNotice: NoticeListener,
): Promise<RemoteTarget> {
  let connection = await open();
  let running: AbortController | undefined;
  async function ready(): Promise<Connection> {
    if (connection.isOpen) return connection;
    connection = await open();
    onNotice(
      "notice",
      "Connected again. Variables, temporary tables and open transactions of the former session are gone.",
    );
    return connection;
  }
  return {
    prompt: "gobi",
    get connection() {
      return connection;
    },
    get inTransaction() {
      return connection.isOpen && connection.inTransaction;
    },
    async run(text, printer, writeError) {
      running = new AbortController();
      try {
        const options = { signal: running.signal };
        const told = drawingNotices(style, { name: "<repl>", text }, writeError, onNotice);
        await printAnswer(await ready(), told, printer, text, { options });
        return true;
      } catch (error) {
        if (!(error instanceof GrizzlyError)) throw error;
        writeError(`${drawRemoteError(style, error, "<repl>", text)}\n`);
        return false;
      } finally {
        running = undefined;
      }
    },
    cancel: () => running?.abort(),
    close: () => connection.close(),
  };
}
