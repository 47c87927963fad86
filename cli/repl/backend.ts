// What stands behind the REPL's terminal: a worker thread with a session of this process, or a session of a daemon. Types only.
import type { FromWorker, ToWorker } from "./messages.ts";

/** Takes lines and answers each with `ready`. */
export interface ReplBackend {
  /** Shown when the REPL starts. */
  readonly place: string;
  /** Hears everything; set before the first `send`. */
  listen(listeners: {
    readonly message: (message: FromWorker) => void;
    readonly error: (error: unknown) => void;
    readonly exit: () => void;
  }): void;
  send(message: ToWorker): void;
  /** Ctrl-C while a statement runs. `again`: it was pressed before for the same statement. Gives true when the REPL is to end at once. */
  interrupt(again: boolean): boolean;
  /** A statement that has not stopped so long after Ctrl-C cannot be stopped: the process ends, with this said. Undefined: it is waited for. */
  readonly doom: { readonly afterMs: number; readonly lost: string } | undefined;
}
