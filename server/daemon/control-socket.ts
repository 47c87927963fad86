// The control socket: how commands ask a running daemon about itself, also while no lane answers. One line of JSON asked, one answered, then the connection ends.
// Only its owner may open it: the socket has mode 0600 in a folder of mode 0700, and a question shows the socket's key (protocol/client/socket-key.ts).
import { chmodSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { readSocketKey } from "../../protocol/client/socket-key.ts";
import { isSameKey } from "../security/same-key.ts";
import { makeSocketKey } from "./lead/socket-key.ts";

const QUESTION_BYTES_MAX = 64 * 1024;
const QUESTION_WAIT_MS = 10_000;

interface Question {
  readonly action: string;
  readonly key?: string;
  readonly argument?: unknown;
}

type Answer =
  | { readonly data: unknown }
  | { readonly error: { readonly code: string; readonly message: string; readonly help?: string } };

/** Answers questions until it is closed. */
export interface ControlServer {
  close(): Promise<void>;
}

/** Listens on the path. `answer` gives JSON data. @throws what the system says when it cannot listen. */
export async function listenForControl(
  path: string,
  answer: (action: string, argument: unknown) => Promise<unknown>,
): Promise<ControlServer> {
  const open = new Set<Socket>();
  const key = makeSocketKey(path);
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    // A client that went away needs no answer.
    socket.on("error", () => socket.destroy());
    serve(socket, key, answer);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // From its first moment on the owner's alone: it is made before `listen` returns.
    const before = process.umask(0o177);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
    process.umask(before);
  });
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.end();
        // Who does not take the answer does not keep the daemon from ending.
        setTimeout(() => open.forEach((socket) => socket.destroy()), 500).unref();
      }),
  };
}

function serve(socket: Socket, key: string, answer: (action: string, argument: unknown) => Promise<unknown>): void {
  let text = "";
  socket.setTimeout(QUESTION_WAIT_MS, () => socket.destroy());
  socket.setEncoding("utf8");
  const hear = (chunk: string): void => {
    text += chunk;
    if (text.length > QUESTION_BYTES_MAX) return void socket.destroy();
    const end = text.indexOf("\n");
    if (end < 0) return;
    socket.off("data", hear);
    socket.setTimeout(0);
    void answerLine(text.slice(0, end), key, answer).then((line) => socket.end(`${JSON.stringify(line)}\n`));
  };
  socket.on("data", hear);
}

async function answerLine(
  line: string,
  key: string,
  answer: (action: string, argument: unknown) => Promise<unknown>,
): Promise<Answer> {
  try {
    const question = JSON.parse(line) as Partial<Question> | null;
    if (typeof question?.action !== "string") throw new GrizzlyError("ProtocolError", "The question has no action.");
    if (typeof question.key !== "string" || !isSameKey(question.key, key))
      throw new GrizzlyError("AuthenticationFailed", "The question does not show the key of this socket.");
    return { data: await answer(question.action, question.argument) };
  } catch (error) {
    if (error instanceof GrizzlyError)
      return {
        error: {
          code: error.code,
          message: error.message,
          ...(error.help === undefined ? {} : { help: error.help }),
        },
      };
    if (error instanceof SyntaxError) return { error: { code: "ProtocolError", message: "The question is no JSON." } };
    return { error: { code: "InternalError", message: error instanceof Error ? error.message : String(error) } };
  }
}

/**
 * Asks a daemon.
 * @throws GrizzlyError `ServiceUnavailable` when nobody listens or no answer comes within `waitMs`; what the daemon answered as an error.
 */
export function askDaemon(path: string, action: string, argument: unknown, waitMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(path);
    const fail = (reason: string): void => {
      socket.destroy();
      reject(new GrizzlyError("ServiceUnavailable", `The daemon does not answer: ${reason}.`, { retryable: true }));
    };
    const timer = setTimeout(() => fail(`nothing within ${waitMs} ms`), waitMs);
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(`${JSON.stringify({ action, argument, key: readSocketKey(path) })}\n`));
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", (error) => {
      clearTimeout(timer);
      fail((error as NodeJS.ErrnoException).code ?? error.message);
    });
    socket.on("end", () => {
      clearTimeout(timer);
      socket.destroy();
      if (!text.endsWith("\n")) return fail("the connection ended before the answer");
      const answer = JSON.parse(text) as Answer;
      if ("data" in answer) return resolve(answer.data);
      const { code, message, help } = answer.error;
      reject(new GrizzlyError(code, message, { help }));
    });
  });
}
