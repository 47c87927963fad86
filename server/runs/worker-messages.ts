// Messages between a process that runs tasks and the one that hands them out. Plain data only: they travel as JSON.
import type { LogLine, Task, TaskOutcome } from "./types.ts";

/** To the worker process. `open` comes first, once. */
export type ToWorker =
  | { readonly kind: "open"; readonly database: string; readonly directory: string }
  | { readonly kind: "task"; readonly task: Task }
  /** Deliver firings of asynchronous triggers that are due. */
  | { readonly kind: "deliver" };

/** From the worker process. */
export type FromWorker =
  | { readonly kind: "log"; readonly line: LogLine }
  | { readonly kind: "done"; readonly outcome: TaskOutcome }
  | { readonly kind: "delivered"; readonly more: boolean };
