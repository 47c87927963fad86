// A Unix socket for code that cannot await: writes and waits for bytes, the thread that calls it blocked meanwhile. A thread of its own holds the socket.
// For sessions of the embedded library, which are synchronous; programs that can await use connection.ts.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { required } from "../../base/failure.ts";
import { daemonUnreachable, connectionLost } from "./failures.ts";

type FromThread =
  | { readonly kind: "data"; readonly bytes: Uint8Array }
  | { readonly kind: "error"; readonly code: string | undefined; readonly message: string }
  | { readonly kind: "closed" };

/** A socket that blocks. */
export interface BlockingSocket {
  write(bytes: Uint8Array): void;
  /**
   * The bytes that have come, waited for if there are none. `interrupted` is asked every now and then; when it says so, undefined is given.
   * @throws GrizzlyError `ServiceUnavailable` when nobody answered yet, `ConnectionLost` later.
   */
  read(interrupted: () => boolean): Uint8Array | undefined;
  close(): void;
}

/** How often a wait looks whether it is to end. */
const LOOK_MS = 50;

function threadFile(): string {
  const folder = dirname(fileURLToPath(import.meta.url));
  const candidates = [folder, dirname(folder)].map((each) => join(each, "socket-thread.cjs"));
  return required(
    candidates.find((path) => existsSync(path)),
    "socket-thread.cjs",
  );
}

/** Opens a socket; whether somebody answers is seen at the first read. */
export function openBlocking(path: string): BlockingSocket {
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(threadFile(), {
    workerData: { path, port: port2, signal: signal.buffer },
    transferList: [port2],
    execArgv: [],
  });
  // A session that is not closed must not keep its process.
  worker.unref();
  port1.unref();
  let hasAnswered = false;
  let cause: Error | undefined;

  function next(): FromThread | undefined {
    return receiveMessageOnPort(port1)?.message as FromThread | undefined;
  }

  return {
    write: (bytes) => worker.postMessage(bytes),
    read(interrupted) {
      for (;;) {
        const seen = Atomics.load(signal, 0);
        const message = next();
        if (message === undefined) {
          if (interrupted()) return undefined;
          Atomics.wait(signal, 0, seen, LOOK_MS);
        } else if (message.kind === "data") {
          hasAnswered = true;
          return message.bytes;
        } else if (message.kind === "error") cause = Object.assign(new Error(message.message), { code: message.code });
        else throw hasAnswered ? connectionLost(undefined, cause) : daemonUnreachable(path, cause);
      }
    },
    close() {
      worker.postMessage(null);
      void worker.terminate();
      port1.close();
    },
  };
}
