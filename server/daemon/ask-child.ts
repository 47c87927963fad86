// Asks a short child process one thing: what it answers, or why it ended without an answer. The Lead never loads what such a process needs.
import { fork } from "node:child_process";
import { InternalError } from "../../base/failure.ts";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { childEntry, type ChildEntryName } from "../processes/child-entry.ts";

/** What every such process may answer. */
export type FromShortChild =
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly help: string | undefined }
  | { readonly kind: "log"; readonly level: "debug" | "info" | "warn" | "error"; readonly text: string };

/** Sends the request and waits. @throws GrizzlyError that the process gives; InternalError when it says nothing. */
export function askChild<Answer extends { readonly kind: "done" }>(
  name: ChildEntryName,
  request: object,
  log: (level: "debug" | "info" | "warn" | "error", text: string) => void,
): Promise<Answer> {
  const { file, execArgv, cwd } = childEntry(name);
  const child = fork(file, [], {
    execArgv: [...execArgv],
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let said = "";
  child.stderr?.setEncoding("utf8");
  child.stderr?.on("data", (text: string) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.on("message", (message: Answer | FromShortChild) => {
      if (message.kind === "done") resolve(message);
      else if (message.kind === "log") log(message.level, message.text);
      else reject(new GrizzlyError(message.code, message.message, { help: message.help }));
    });
    child.on("error", reject);
    // After an answer this says nothing new.
    child.on("exit", (code, signal) =>
      reject(new InternalError(`${name}: the process ended (${signal ?? `exit code ${code ?? "unknown"}`}). ${said}`)),
    );
    child.send(request, () => undefined);
  });
}

/** Answers one request of `askChild` with what the work gives, or with the GrizzlyError that it throws, and lets the process end. */
export function answerOnce<Request>(
  work: (
    request: Request,
    log: (level: "debug" | "info" | "warn" | "error", text: string) => void,
  ) => { readonly kind: "done" },
): void {
  process.once("message", (request: Request) => {
    const send = (message: object, sent: () => void = () => undefined): void => void process.send?.(message, sent);
    const end = (message: object): void => send(message, () => process.disconnect());
    try {
      end(work(request, (level, text) => send({ kind: "log", level, text } satisfies FromShortChild)));
    } catch (error) {
      if (!(error instanceof GrizzlyError)) throw error;
      end({ kind: "failed", code: error.code, message: error.message, help: error.help } satisfies FromShortChild);
    }
  });
}
