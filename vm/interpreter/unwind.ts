// Unwinding: from a thrown error to the handler that takes it, closing scopes on the way, and the stack trace from the span tables.
import { positionAt } from "../../base/source.ts";
import type { ErrorValue, StackFrame } from "../../base/value/value.ts";
import { STRIDE } from "../../bytecode/program.ts";
import { Trap } from "../../bytecode/trap.ts";
import type { LoadedRoutine } from "../load.ts";
import { instructionOf, popFrame } from "./registers.ts";
import { closeFrame, failRange } from "./scopes.ts";
import { SPACE } from "./space.ts";
import type { MachineState } from "./state.ts";

const TRACE_FRAMES_MAX = 64;

/**
 * Finds the handler of a trap above frame `floor` and makes the machine continue there: true. False: no handler, frame `floor` is current again.
 * Uncatchable traps pass every handler. When the host fails to undo a scope (the engine ended the transaction), no handler below may take the error either.
 */
export function unwind(m: MachineState, trap: Trap, floor: number): boolean {
  if (trap.value.stack.length === 0) trap.value.stack = stackOf(m);
  let catchable = !trap.uncatchable;
  while (m.depth > floor) {
    const instruction = instructionOf(m.routine, m.pc);
    const { catches } = m.routine.code;
    const index = catchable ? catches.findIndex((entry) => entry.start <= instruction && instruction < entry.end) : -1;
    const entry = catches[index];
    if (entry !== undefined) {
      if (undone(() => failRange(m, index, entry.start, entry.end))) {
        m.values[m.base + entry.register] = trap.value;
        m.pc = m.start + entry.handler * STRIDE;
        return true;
      }
      catchable = false;
    }
    if (!undone(() => closeFrame(m, "failed"))) catchable = false;
    popFrame(m);
  }
  return false;
}

/** Runs an undo; false when the host could not. */
function undone(undo: () => void): boolean {
  try {
    undo();
    return true;
  } catch (error) {
    if (error instanceof Trap) return false;
    throw error;
  }
}

/** Looks at the limits at the end of a slice. The machine then stands before an instruction; everywhere else traces show the one before. @throws Trap LimitExceeded, Cancelled, Timeout. */
export function checkBetweenSlices(m: MachineState): void {
  try {
    m.checkLimits();
  } catch (error) {
    if (error instanceof Trap) {
      m.pc += STRIDE;
      error.value.stack = stackOf(m);
      m.pc -= STRIDE;
    }
    throw error;
  }
}

/** The program's frames, as far as it may hear of them, innermost first; long stacks keep the innermost ones and the outermost. */
export function stackOf(m: MachineState): readonly StackFrame[] {
  const frames: StackFrame[] = [];
  let hidden = m.host.hiddenFrames?.() ?? 0;
  const add = (routine: LoadedRoutine, pc: number): void => {
    hidden -= 1;
    if (hidden >= 0) return;
    const frame = frameOf(routine, pc);
    if (frame !== undefined) frames.push(frame);
  };
  add(m.routine, m.pc);
  for (let depth = m.depth - 1; depth >= m.depthStart; depth -= 1) {
    if (frames.length >= TRACE_FRAMES_MAX - 1 && depth > m.depthStart + 2) continue;
    const pc = SPACE.framePcs[depth] ?? 0;
    add(SPACE.routineAt(SPACE.frameStarts[depth] ?? 0), pc < 0 ? ~pc : pc);
  }
  return frames;
}

/** The routines of all frames, innermost first; none while nothing runs. */
export function* runningRoutines(m: MachineState): Generator<LoadedRoutine> {
  if (m.nesting === 0) return;
  yield m.routine;
  for (let depth = m.depth - 1; depth >= m.depthStart; depth -= 1) yield SPACE.routineAt(SPACE.frameStarts[depth] ?? 0);
}

/** Where an instruction (the one before a code offset) comes from; undefined for the machine's own routines. */
function frameOf(routine: LoadedRoutine, pc: number): StackFrame | undefined {
  const { code } = routine;
  if (code.name === MADE_NAME) return undefined;
  const source = routine.owner.program.sources[code.source];
  const offset = spanStart(code.spans, instructionOf(routine, pc));
  if (source === undefined) return { routine: code.name, file: "", line: 0, column: 0 };
  const { line, column } = positionAt(source.lineStarts, code.sourceOffset + (offset ?? 0));
  return { routine: code.name, file: source.file, line, column };
}

/** Name of the routines that the machine writes itself, whose frames traces leave out. */
export const MADE_NAME = "<machine>";

/** Start of the span that an instruction belongs to, by bisection. */
export function spanStart(spans: Int32Array, instruction: number): number | undefined {
  let low = -1;
  let high = spans.length / 3 - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((spans[middle * 3] ?? 0) <= instruction) low = middle;
    else high = middle - 1;
  }
  return low < 0 ? undefined : spans[low * 3 + 1];
}

/** The trace as text, one line per frame. */
export function stackText(error: ErrorValue): string {
  return error.stack.map((frame) => `at ${frame.routine} (${frame.file}:${frame.line}:${frame.column})`).join("\n");
}
