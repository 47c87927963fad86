// The worker thread of the interactive REPL: owns the session, so that the terminal's thread stays free to hear Ctrl-C.
import { parentPort, workerData } from "node:worker_threads";
import { required } from "../../base/failure.ts";
import { EngineError } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { openSession } from "../../server/session.ts";
import type { Session } from "../../server/session-types.ts";
import { COLOURED, PLAIN } from "../output/style.ts";
import { completions } from "./complete.ts";
import { createRepl } from "./engine.ts";
import { sessionTarget } from "./session-target.ts";
import type { FromWorker, ToWorker, WorkerStart } from "./messages.ts";

const port = required(parentPort, "the REPL's parent thread");
const start = workerData as WorkerStart;
const cancel = new Int32Array(start.cancel);
const style = start.coloured ? COLOURED : PLAIN;
let width = start.width;

function send(message: FromWorker): void {
  port.postMessage(message);
}

const write = (text: string): void => send({ kind: "output", text });

function open(): Session | undefined {
  try {
    return openSession({
      engine: sqliteEngine,
      database: start.database ?? ":memory:",
      readOnly: start.readOnly,
      create: !start.readOnly,
      directory: start.cwd,
      cancelFlag: cancel,
      attachGobi: true,
      output: {
        print: (text) => write(`${text}\n`),
        log: (level, text) => write(`${style.dim(level)} ${text}\n`),
        notice: (text) => write(`${style.cyan("note")}: ${text}\n`),
      },
    });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    send({ kind: "refused", message: `cannot open ${start.database ?? "the database"}: ${error.message}` });
    return undefined;
  }
}

const session = open();
if (session !== undefined) {
  const repl = createRepl(
    sessionTarget(session, style),
    { write, writeError: write, style, width: () => width, elapsedMs: () => performance.now() },
    start.format,
  );
  const ready = (): void => send({ kind: "ready", prompt: repl.prompt(), left: repl.left });
  const take = async (message: ToWorker): Promise<void> => {
    switch (message.kind) {
      case "line":
        width = message.width;
        Atomics.store(cancel, 0, 0);
        await repl.line(message.text);
        return ready();
      case "complete":
        return send({
          kind: "completions",
          id: message.id,
          ...completions(
            session.catalogView(),
            message.text === "" ? "" : `${repl.pending}\n${message.text}`.trimStart(),
          ),
        });
      case "reset":
        repl.reset();
        return ready();
      case "end":
        await repl.end();
        session.close();
        port.close();
        return;
    }
  };
  port.on("message", (message: ToWorker) => void take(message));
  ready();
}
