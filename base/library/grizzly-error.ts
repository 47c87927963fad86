// What the library throws, and the shape of the values that it gives: shared by the embedded library and by the client of the daemon.
// Traps and engine errors are given this form at the library's edge.
import type { Problem } from "../problem.ts";
import type { StackFrame } from "../value/value.ts";

/** What JavaScript gets. */
export type JsValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Date
  | readonly JsValue[]
  | ReadonlyMap<string, JsValue>
  | JsObject;
/** A row or struct. */
export interface JsObject {
  readonly [field: string]: JsValue;
}

/** Everything that goes wrong: `code` is the error's name (`UniqueViolation`), or `CheckFailed` with `problems` when a text was not run. */
export class GrizzlyError extends Error {
  override readonly name = "GrizzlyError";
  readonly code: string;
  readonly problems: readonly Problem[] | undefined;
  readonly detail: JsValue;
  /** How to mend it, when the error knows. */
  readonly help: string | undefined;
  /** True when the same request may succeed when it is sent again (Deadlock, DatabaseLocked, LaneLost …). */
  readonly retryable: boolean;
  /** Where it was raised in the user's program, innermost first; they stand in `stack` too. */
  readonly frames: readonly StackFrame[];
  constructor(
    code: string,
    message: string,
    more: {
      readonly problems?: readonly Problem[];
      readonly detail?: JsValue;
      readonly frames?: readonly StackFrame[];
      readonly help?: string | undefined;
      readonly retryable?: boolean;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.code = code;
    this.problems = more.problems;
    this.detail = more.detail ?? null;
    this.help = more.help;
    this.retryable = more.retryable ?? false;
    const frames = more.frames ?? [];
    this.frames = frames;
    // The program's own frames come first: they are what the user wrote.
    if (frames.length > 0)
      this.stack = `GrizzlyError: ${code}: ${message}\n${frames.map((frame) => `    at ${frame.routine} (${frame.file}:${frame.line}:${frame.column})`).join("\n")}\n${(this.stack ?? "").split("\n").slice(1).join("\n")}`;
  }
}
