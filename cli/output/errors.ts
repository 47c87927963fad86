// Draws errors of running programs (message, code, stack) and of engines that cannot be opened.
import type { ErrorValue } from "../../base/value/value.ts";
import type { Style } from "./style.ts";

/** What is said after a text that ends, with its session, inside a transaction. */
export const TRANSACTION_LEFT = "note: the transaction that was begun is undone: there was no COMMIT.\n";

/** Longest stack that is shown whole; a deeper one is cut in the middle. */
const FRAMES_SHOWN = 20;

/** `error Overflow: message` and one line per frame. Ends without a line end. */
export function drawError(style: Style, error: ErrorValue): string {
  const head = `${style.bold(style.red(`error ${error.code}`))}${style.bold(error.message === "" ? "" : `: ${error.message}`)}`;
  const frames = error.stack.map(
    (frame) =>
      `  at ${style.cyan(frame.routine === "" ? "(file)" : frame.routine)} (${frame.file}:${frame.line}:${frame.column})`,
  );
  if (frames.length <= FRAMES_SHOWN) return [head, ...frames].join("\n");
  const half = FRAMES_SHOWN / 2;
  const left = frames.length - FRAMES_SHOWN;
  return [head, ...frames.slice(0, half), style.dim(`  … ${left} more frames`), ...frames.slice(-half)].join("\n");
}
