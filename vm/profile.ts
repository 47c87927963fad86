// Profiles a run by source line: how often a line was reached, the fuel, rows and time that went there.
// Works on programs compiled for coverage: their Cover instructions cost no fuel and tell when a statement begins; the host tells when a statement works outside.
// Static fuel is known per instruction (interpreter/fuel.ts), so a routine's entry and each return to a loop's start are shared out among the lines of their
// instructions, branches not taken included, as they are charged. All other fuel is work that grows with data and belongs to the line that is running.
// The fuel of all lines is exactly the fuel of the run.
import { positionAt } from "../base/source.ts";
import { OPCODES } from "../bytecode/opcodes.ts";
import { STRIDE } from "../bytecode/program.ts";
import { instructionFuel } from "./interpreter/fuel.ts";
import { spanStart } from "./interpreter/unwind.ts";
import type { LoadedProgram, LoadedRoutine } from "./load.ts";
import type { Position, Usage } from "./machine.ts";

/** One line of a profile. */
export interface ProfiledLine {
  readonly routine: string;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** How often a statement on the line began; the largest count when several stand there. */
  readonly times: number;
  readonly fuel: number;
  /** Rows that SQL delivered or changed. */
  readonly rows: number;
  readonly milliseconds: number;
}

/** A profile being taken. */
export interface Profile {
  /** Takes part in the profile from now on: a program compiled for coverage. */
  watch(program: LoadedProgram): void;
  /** Work of the host on behalf of a statement. `changed` tells how many rows it changed. */
  host<T>(at: Position, work: () => T, changed?: (result: T) => number): T;
  /** The lines with statements, by routine in the order in which they were first entered, then by line. Ends the profile. */
  end(): readonly ProfiledLine[];
}

/** Starts a profile. `usage` is that of the machine which runs, `elapsedMs` a clock that never steps back. */
export function createProfile(usage: () => Usage, elapsedMs: () => number): Profile {
  const run: ProfileRun = {
    usage,
    elapsedMs,
    tables: new Map(),
    current: undefined,
    frames: [],
    fuel: 0,
    rows: 0,
    milliseconds: elapsedMs(),
  };
  return {
    watch: (program) => {
      program.probe = (routine, instruction, depth) => mark(run, { routine, instruction, depth });
    },
    host: (at, work, changed) => hostWork(run, at, work, changed),
    end: () => {
      settle(run);
      return [...run.tables.values()].flatMap((table) => linesOf(table));
    },
  };
}

/** What a line has taken so far. */
interface Account {
  fuel: number;
  rows: number;
  milliseconds: number;
}

/** A region whose static fuel is charged as a whole. */
interface Charge {
  readonly fuel: number;
  /** By line. */
  readonly shares: ReadonlyMap<number, number>;
}

interface LoopTable extends Charge {
  readonly start: number;
  readonly end: number;
  /** First Cover instruction inside: reached once per iteration. */
  readonly first: number;
}

/** A watched routine. */
interface RoutineTable {
  readonly routine: LoadedRoutine;
  readonly file: string;
  readonly entry: Charge;
  /** Innermost first. */
  readonly loops: readonly LoopTable[];
  /** First Cover instruction: reached once per call. */
  readonly first: number;
  /** Line of each Cover instruction, and how often it was reached. */
  readonly lines: ReadonlyMap<number, number>;
  readonly times: Map<number, number>;
  readonly accounts: Map<number, Account>;
  lineOf(instruction: number): number;
}

interface Place {
  readonly table: RoutineTable;
  readonly instruction: number;
}

interface ProfileRun {
  readonly usage: () => Usage;
  readonly elapsedMs: () => number;
  readonly tables: Map<LoadedRoutine, RoutineTable>;
  /** The account of what runs now. */
  current: Account | undefined;
  /** Last Cover of the watched frame at each depth. */
  frames: (Place | undefined)[];
  /** What was used when the current account took over. */
  fuel: number;
  rows: number;
  milliseconds: number;
}

// --- running ---

function mark(run: ProfileRun, { routine, instruction, depth }: Position): void {
  const table = tableOf(run, routine);
  const here = run.frames[depth];
  const isEntry = instruction === table.first;
  let charged = leaveFrames(run, isEntry ? depth : depth + 1);
  if (isEntry) charged += charge(table, table.entry);
  else if (here?.table === table) charged += chargeLoops(run, table, here.instruction, instruction, charged);
  settle(run, charged);
  run.frames[depth] = { table, instruction };
  table.times.set(instruction, (table.times.get(instruction) ?? 0) + 1);
  run.current = accountOf(table, table.lineOf(instruction));
}

/** Frames that are gone: a loop in which one of them ended may have been asked once more whether it goes on. */
function leaveFrames(run: ProfileRun, depth: number): number {
  let charged = 0;
  for (let at = run.frames.length - 1; at >= depth; at -= 1) {
    const frame = run.frames[at];
    if (frame !== undefined) charged += chargeLoops(run, frame.table, frame.instruction, undefined, charged);
  }
  run.frames.length = Math.min(run.frames.length, depth);
  return charged;
}

/** The loops that were begun again, or left at their start, between two statements of a frame. `charged`: what of the fuel since then is accounted for. */
function chargeLoops(
  run: ProfileRun,
  table: RoutineTable,
  from: number,
  to: number | undefined,
  charged: number,
): number {
  let total = 0;
  const used = run.usage().fuel - run.fuel - charged;
  for (const loop of table.loops) {
    const wasInside = loop.start <= from && from < loop.end;
    const isBegun = wasInside && to === loop.first;
    const isLeft = wasInside && (to === undefined || to < loop.start || to >= loop.end);
    // A loop that is left by break is not charged; then there is not so much fuel to account for, unless the last statement did a lot of work.
    if ((isBegun || isLeft) && used - total >= loop.fuel) total += charge(table, loop);
  }
  return total;
}

function charge(table: RoutineTable, { fuel, shares }: Charge): number {
  for (const [line, share] of shares) accountOf(table, line).fuel += share;
  return fuel;
}

function hostWork<T>(run: ProfileRun, at: Position, work: () => T, changed?: (result: T) => number): T {
  settle(run);
  const table = run.tables.get(at.routine);
  const frame = table === undefined ? undefined : run.frames[at.depth];
  // Code that is not watched works for the line that called it.
  const account =
    table !== undefined && frame?.table === table ? accountOf(table, table.lineOf(at.instruction)) : run.current;
  run.current = account;
  try {
    const result = work();
    if (account !== undefined && changed !== undefined) account.rows += changed(result);
    return result;
  } finally {
    settle(run);
    run.current = account;
  }
}

/** Gives what was used since the last time, but for `charged` units of fuel, to what ran. */
function settle(run: ProfileRun, charged = 0): void {
  const { fuel, rows } = run.usage();
  const now = run.elapsedMs();
  const { current } = run;
  if (current !== undefined) {
    current.fuel += fuel - run.fuel - charged;
    current.rows += rows - run.rows;
    current.milliseconds += now - run.milliseconds;
  }
  run.fuel = fuel;
  run.rows = rows;
  run.milliseconds = now;
}

// --- tables ---

function tableOf(run: ProfileRun, routine: LoadedRoutine): RoutineTable {
  const known = run.tables.get(routine);
  if (known !== undefined) return known;
  const table = makeTable(routine);
  run.tables.set(routine, table);
  return table;
}

function makeTable(routine: LoadedRoutine): RoutineTable {
  const { code, owner } = routine;
  const count = code.code.length / STRIDE;
  const source = owner.program.sources[code.source];
  const writtenLine = (instruction: number): number =>
    source === undefined
      ? 0
      : positionAt(source.lineStarts, code.sourceOffset + (spanStart(code.spans, instruction) ?? 0)).line;
  const covers = Array.from({ length: count }, (_, at) => at).filter(
    (at) => code.code[at * STRIDE] === OPCODES.Cover.code,
  );
  const lines = new Map(covers.map((at) => [at, writtenLine(at)]));
  const starts = [...new Set(lines.values())].sort((left, right) => left - right);
  // A statement of several lines is told by its first.
  const lineOf = (instruction: number): number => {
    const line = writtenLine(instruction);
    return starts.findLast((start) => start <= line) ?? starts[0] ?? line;
  };
  const chargeOf = (start: number, end: number): Charge => {
    const shares = new Map<number, number>();
    let fuel = 0;
    for (let at = start; at < end; at += 1) {
      const cost = instructionFuel(code.code, at * STRIDE);
      fuel += cost;
      if (cost > 0) shares.set(lineOf(at), (shares.get(lineOf(at)) ?? 0) + cost);
    }
    return { fuel, shares };
  };
  const loops = code.regions
    .filter((region) => region.kind === "loop")
    .flatMap(({ start, end }): LoopTable[] => {
      const first = covers.find((at) => start <= at && at < end);
      return first === undefined ? [] : [{ ...chargeOf(start, end), start, end, first }];
    })
    .sort((left, right) => left.end - left.start - (right.end - right.start));
  return {
    routine,
    file: source?.file ?? "",
    entry: chargeOf(0, count),
    loops,
    first: covers[0] ?? -1,
    lines,
    times: new Map(),
    accounts: new Map(),
    lineOf,
  };
}

function accountOf(table: RoutineTable, line: number): Account {
  let account = table.accounts.get(line);
  if (account === undefined) {
    account = { fuel: 0, rows: 0, milliseconds: 0 };
    table.accounts.set(line, account);
  }
  return account;
}

function linesOf(table: RoutineTable): readonly ProfiledLine[] {
  const times = new Map<number, number>();
  for (const [instruction, line] of table.lines)
    times.set(line, Math.max(times.get(line) ?? 0, table.times.get(instruction) ?? 0));
  return [...times.keys()]
    .sort((left, right) => left - right)
    .map((line) => ({
      routine: table.routine.code.name,
      file: table.file,
      line,
      times: times.get(line) ?? 0,
      ...(table.accounts.get(line) ?? { fuel: 0, rows: 0, milliseconds: 0 }),
    }));
}
