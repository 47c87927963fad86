// The state of a machine: register files, frames, scopes, counters. run.ts keeps the hot part in locals and writes it back here before anything that can look or throw.
// Register files: `numbers` holds raw int and float registers, `values` all others at the same index. A raw int beyond the safe range is NaN in `numbers` with its bigint
// in `values`, so that int arithmetic is one float operation and one range check (a comparison with NaN is false and takes the slow path).
import { LIMITS } from "../../base/limits.ts";
import type { Column } from "../../base/value/column.ts";
import type { Int, Shape } from "../../base/value/value.ts";
import type { Work } from "../../base/value/work.ts";
import type { IntrinsicContext } from "../intrinsic-context.ts";
import type { Host, HostRows } from "../host.ts";
import type { LoadedRoutine } from "../load.ts";
import { SPACE } from "./space.ts";

/** Something that a frame has opened and that unwinding must close. */
export interface Scope {
  readonly kind: "try" | "savepoint" | "autonomous" | "rows";
  /** Frame that opened it and the opening instruction. */
  readonly depth: number;
  readonly instruction: number;
  /** Catch entry of a try. */
  readonly entry: number;
  /** Host's token; -1 while a try's savepoint has not been needed. */
  token: number;
  readonly rows: RowsState | undefined;
}

/** Rows of a query on their way through a loop or cursor. */
export class RowsState {
  readonly source: HostRows;
  columns: readonly Column[] = [];
  length = 0;
  row = -1;
  /** All rows were read (the source is closed then), or the program closed the cursor. */
  ended = false;
  closed = false;
  readonly shape: Shape;
  constructor(source: HostRows, shape: Shape) {
    this.source = source;
    this.shape = shape;
  }
}

/** Fuel between two looks at the limits. The interpreter's loop returns this often, which lets V8 enter its optimised code (ARCHITECTURE.md section 4). */
export const SLICE_FUEL = 65_536;

/** State of one machine. Fields are public to the interpreter's own files. */
export class MachineState {
  readonly numbers = SPACE.numbers;
  readonly values = SPACE.values;
  /** First frame of this machine's call, and the bound. */
  depthStart = 0;
  depthMax: number = LIMITS.callDepthMax.value;
  callDepthMax: number = LIMITS.callDepthMax.value;
  /** First register of this machine's call. */
  baseStart = 0;
  /** Nested runs inside host calls and intrinsics. */
  nesting = 0;

  /** The current frame: offset behind the running instruction, and base. */
  pc = 0;
  base = 0;

  /** Fuel left in this slice; used before this slice; bound. */
  fuel = 0;
  sliceFuel = 0;
  fuelUsed = 0;
  fuelMax = Number.POSITIVE_INFINITY;
  /** Bytes allocated since the last recount plus those live then; recount above `memoryCheck`. */
  memory = 0;
  memoryCheck: number = LIMITS.memoryBytesMax.value;
  memoryMax: number = LIMITS.memoryBytesMax.value;
  memoryPeak = 0;
  rows = 0;
  rowsMax = Number.POSITIVE_INFINITY;
  rowCount = 0;

  scopes: Scope[] = [];
  /** Tries among the scopes whose savepoint has not been taken. */
  pendingSavepoints = 0;

  /** Charges work of value operations that grows with data. */
  readonly work: Work = {
    spend: (units) => {
      this.fuel -= units;
      // One operation on large values must not outlive the limits by much.
      if (this.fuel < -SLICE_FUEL) this.checkLimits();
    },
  };
  readonly host: Host;
  /** Set once by the machine that owns this state. */
  context: IntrinsicContext;
  /** Ends the call when a limit, deadline or kill flag says so. */
  checkLimits: () => void;

  constructor(host: Host, ports: Pick<MachineState, "context" | "checkLimits">) {
    this.host = host;
    this.context = ports.context;
    this.checkLimits = ports.checkLimits;
  }

  /** Frames below the current one, those of interrupted machines included. */
  get depth(): number {
    return SPACE.frame[0] ?? 0;
  }
  set depth(depth: number) {
    SPACE.frame[0] = depth;
  }

  /** Start of the current routine's code. */
  get start(): number {
    return SPACE.frame[1] ?? 0;
  }
  set start(start: number) {
    SPACE.frame[1] = start;
  }

  /** The current routine. */
  get routine(): LoadedRoutine {
    return SPACE.routineAt(this.start);
  }

  /** The self-describing int in a raw int register (absolute index). */
  intAt(index: number): Int {
    const number = this.numbers[index] ?? 0;
    return number === number ? number : (this.values[index] as bigint);
  }

  /** Stores an int into a raw register. */
  setInt(index: number, value: Int): void {
    if (typeof value === "number") this.numbers[index] = value;
    else {
      this.numbers[index] = Number.NaN;
      this.values[index] = value;
    }
  }
}
