// Messages between the REPL's terminal (main thread) and its session (worker thread). Plain data only.
import type { Format } from "../output/results.ts";

/** What the worker is started with. */
export interface WorkerStart {
  readonly database: string | undefined;
  readonly readOnly: boolean;
  readonly format: Format;
  readonly coloured: boolean;
  readonly cwd: string;
  readonly width: number;
  /** One Int32: 1 asks the running statement to stop. */
  readonly cancel: SharedArrayBuffer;
}

/** To the worker. */
export type ToWorker =
  | { readonly kind: "line"; readonly text: string; readonly width: number }
  | { readonly kind: "complete"; readonly id: number; readonly text: string }
  | { readonly kind: "reset" }
  | { readonly kind: "end" };

/** From the worker. `ready` follows the start and every line. */
export type FromWorker =
  | { readonly kind: "output"; readonly text: string }
  | { readonly kind: "ready"; readonly prompt: string; readonly left: boolean }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "completions"; readonly id: number; readonly words: readonly string[]; readonly fragment: string };
