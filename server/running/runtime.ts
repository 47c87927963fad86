// One session's running parts: connection, transactions, host, machine, jobs, clock; and the one way in which an outermost call or statement runs:
// transaction, limits, fixed clock, commit or rollback, then the jobs that were waiting for the commit.
import { InternalError } from "../../base/failure.ts";
import type { DatabaseSchema } from "../../base/schema.ts";
import type { SqlForm } from "../../base/sql-form.ts";
import { LIMITS } from "../../base/limits.ts";
import type { TableValue, Value } from "../../base/value/value.ts";
import { Timestamp } from "../../base/value/value.ts";
import { limitTrap, trap, Trap } from "../../bytecode/trap.ts";
import { EngineError, type Connection, type Interruption, type RowSource } from "../../storage/engine.ts";
import type { Host, ManagementForm, RoutineReference } from "../../vm/host.ts";
import type { LoadedRoutine } from "../../vm/load.ts";
import { createMachine, type Machine } from "../../vm/machine.ts";
import { newId } from "../catalog/identifiers.ts";
import type { CatalogPlace } from "../catalog/schema.ts";
import { makeHost } from "../host/host.ts";
import type { HostWorld } from "../host/world.ts";
import { makeJobs, type Jobs, type JobWorld } from "../host/jobs.ts";
import { seededRandom, type RandomSource } from "../host/random.ts";
import { makeSqlFunctions, type SqlFunctions } from "../host/sql-functions.ts";
import type { Authority } from "../security/types.ts";
import type { OutputSink, SessionClock, SessionGrants, SessionLimits, SessionOptions } from "../session-types.ts";
import { trapOf } from "../sql/engine-errors.ts";
import type { Firing } from "../triggers/fire.ts";
import type { TriggerRegistry, TriggerWay } from "../triggers/types.ts";
import { withGetter } from "../../base/with-getter.ts";
import { makeTransactions, type CallAccess, type Transactions } from "../sql/transactions.ts";
import { rowsTold } from "./rows-told.ts";
import { defineWorldFunctions } from "./world-functions.ts";
import { occurrenceFunctions } from "../scheduler/occurrences-function.ts";

/** What a runtime is made of. */
export interface RuntimeOptions {
  readonly connection: Connection;
  readonly readOnly: boolean;
  readonly output: OutputSink;
  readonly grants: SessionGrants;
  readonly clock: SessionClock;
  readonly seed: number;
  readonly limits: SessionLimits;
  readonly cancelFlag: Int32Array;
  resolve(reference: RoutineReference): LoadedRoutine;
  manage(form: ManagementForm, args: readonly Value[]): Value;
  /** The schema or the catalog may have changed, or a change was undone, which may have been DDL. */
  changed(): void;
  /** Moves when programs must be bound anew. */
  generation(): number;
  /** What fires when statements write. */
  triggers(): TriggerRegistry;
  readonly triggerWay: TriggerWay | undefined;
  /** Rows of a list of the daemon, as JSON. */
  readonly daemonRows: (table: string) => string;
  /** The program of a text of `execute`; see HostWorld. */
  statement: HostWorld["statement"];
  schema(): DatabaseSchema;
  readonly beforeWriting: SessionOptions["beforeWriting"];
  readonly jobs: Pick<JobWorld, "asked" | "around" | "ended">;
  /** Whom the session acts for now; undefined: one owner, who is asked nothing. */
  authority(): Authority | undefined;
  /** Called when an outermost call has succeeded and its transaction has ended, unless a script's own is open. */
  settled(): void;
  /** Called inside the transaction of a call that may write and has succeeded. */
  beforeCommit(): void;
}

/** How an outermost call runs. */
export interface CallOptions {
  readonly access: CallAccess;
  /** True for script statements that start jobs themselves: those run after the commit. */
  readonly keepJobs: boolean;
}

/** The running parts of a session. */
export interface Runtime extends CatalogPlace {
  readonly transactions: Transactions;
  readonly functions: SqlFunctions;
  readonly jobs: Jobs;
  readonly machine: Machine;
  readonly host: Host;
  readonly firing: Firing;
  readonly random: RandomSource;
  readonly grants: SessionGrants;
  readonly output: OutputSink;
  /** Whom the session acts for now; undefined: one owner, who is asked nothing. */
  authority(): Authority | undefined;
  /** The routines that run now, innermost first. */
  callers(): Iterable<LoadedRoutine>;
  /** Tables that `emit` delivered since `takeEmitted`. */
  takeEmitted(): readonly TableValue[];
  setLimits(limits: SessionLimits): void;
  /** Sets the clock that programs see (tests); undefined gives it back to the session's clock. */
  setClock(micros: Value | undefined): void;
  /** Why the statement that runs now is to stop, for the engine to ask; only once, because what follows undoes its work. */
  interruption(): Interruption | undefined;
  /** Work on a machine of its own, under the session's limits; functions inside SQL, triggers and jobs run there too meanwhile. */
  aside<T>(host: Host, work: (machine: Machine) => T): T;
  /** Runs work as an outermost statement. @throws Trap; everything it did is undone then. */
  outermost<T>(options: CallOptions, work: () => T): T;
  /** True when the last outermost statement found the database locked and everything it did was undone. */
  readonly undoneBecauseLocked: boolean;
  /** Another statement begins: whether the one before found the database locked does not matter any more. */
  forgetLocked(): void;
  /** Rows of a query as they come, outside of transactions; the connection can do nothing else until the source is closed. @throws Trap. */
  stream(form: SqlForm, parameters: readonly Value[]): RowSource;
  /** Calls a routine as an outermost statement. @throws Trap. */
  call(routine: LoadedRoutine, args: readonly Value[], keepJobs: boolean): Value;
}

const WRITING_EFFECTS = ["write", "dynamic", "session", "jobs"] as const;

/** The access that a routine needs, from the effects of its bytecode. */
export function accessOf(routine: LoadedRoutine): CallAccess {
  const { effects } = routine.code;
  if (WRITING_EFFECTS.some((effect) => effects.includes(effect))) return "write";
  return effects.includes("read") ? "read" : "none";
}

interface Clocks {
  /** Time of the running outermost call, in microseconds; undefined between calls. */
  callMicros: number | undefined;
  /** What a test set. */
  fixedMicros: number | undefined;
}

function microsOf(value: Value | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (value instanceof Timestamp) return Number(value.micros);
  throw trap("InvalidCast", "clock.set takes a timestamp.");
}

/** What changes while a session runs. */
interface RunState extends Clocks {
  limits: SessionLimits;
  emitted: TableValue[];
  /** By the session's monotonic clock; undefined without a time limit. */
  deadlineMs: number | undefined;
  running: boolean;
  /** True while work runs that may be stopped: not while its transaction ends. */
  stoppable: boolean;
  undoneBecauseLocked: boolean;
}

function newState(limits: SessionLimits): RunState {
  return {
    callMicros: undefined,
    fixedMicros: undefined,
    limits,
    emitted: [],
    deadlineMs: undefined,
    running: false,
    stoppable: false,
    undoneBecauseLocked: false,
  };
}

/** Hands the limits to the machine; a time limit starts now. */
function applyLimits(state: RunState, machine: Machine, clock: SessionClock): void {
  const { limits } = state;
  state.deadlineMs = limits.timeoutMs === undefined ? undefined : clock.elapsedMs() + limits.timeoutMs;
  machine.setLimits({
    fuelMax: limits.fuelMax ?? LIMITS.fuelMax.value,
    memoryBytesMax: limits.memoryBytesMax ?? LIMITS.memoryBytesMax.value,
    callDepthMax: limits.callDepthMax ?? LIMITS.callDepthMax.value,
    rowsMax: limits.rowsMax ?? LIMITS.rowsMax.value,
    deadlineMs: state.deadlineMs,
  });
}

/** Why a long statement of the engine is to stop now, told once. */
function interruption(state: RunState, options: RuntimeOptions): "cancelled" | "timeout" | undefined {
  if (!state.stoppable) return undefined;
  const late = state.deadlineMs !== undefined && options.clock.elapsedMs() >= state.deadlineMs;
  const reason = Atomics.load(options.cancelFlag, 0) !== 0 ? "cancelled" : late ? "timeout" : undefined;
  state.stoppable = reason === undefined;
  return reason;
}

/** Makes the parts and connects them. */
export function makeRuntime(options: RuntimeOptions): Runtime {
  const { connection, clock, output, grants } = options;
  const state = newState(options.limits);
  const random = seededRandom(options.seed);
  const transactions = makeTransactions(connection);
  const nowMicros = (): number => state.fixedMicros ?? clock.nowMicros();
  const stored = (name: string): LoadedRoutine => options.resolve({ name, receiver: undefined, version: undefined });
  const functions = makeSqlFunctions(connection, (routine, args) => active.call(routine, args), stored);
  const jobs = makeJobs({
    newId: () => newId(nowMicros() / 1000),
    nowMicros,
    runInPlace: (routine, args) => inPlace(transactions, active, routine, args),
    runAlone: (routine, args) => runtime.call(routine, args, false),
    ...options.jobs,
  });
  const world: HostWorld = {
    connection,
    transactions,
    functions,
    jobs,
    output,
    grants,
    callNowMicros: () => state.fixedMicros ?? (state.callMicros ??= clock.nowMicros()),
    random: () => random.next(),
    resolve: options.resolve,
    manage: options.manage,
    emit: (rows) => void state.emitted.push(rows),
    schemaChanged: options.changed,
    rowsMax: () => state.limits.rowsMax,
    generation: options.generation,
    triggers: options.triggers,
    triggerWay: options.triggerWay,
    statement: options.statement,
    schema: options.schema,
    authority: options.authority,
    call: (routine, args) => active.call(routine, args),
    series: (work) => machine.series(work),
    elapsedMs: () => clock.elapsedMs(),
  };
  const host = makeHost(world);
  const machineFor = (hostOfMachine: Host): Machine =>
    createMachine({
      host: hostOfMachine,
      kill: { flags: options.cancelFlag, index: 0 },
      monotonicMs: () => clock.elapsedMs(),
    });
  const machine = machineFor(host);
  let active = machine;
  defineWorldFunctions(connection, host, random, options.daemonRows);
  for (const definition of occurrenceFunctions(() => nowMicros() / 1000)) connection.defineFunction(definition);
  applyLimits(state, machine, clock);
  const methods: Omit<Runtime, "undoneBecauseLocked"> = {
    connection,
    transactions,
    functions,
    jobs,
    machine,
    host,
    firing: host.firing,
    random,
    grants,
    output,
    authority: options.authority,
    callers: () => active.callers(),
    nowMicros,
    elapsedMs: () => clock.elapsedMs(),
    takeEmitted: () => state.emitted.splice(0),
    setLimits: (next) => {
      state.limits = next;
      applyLimits(state, machine, clock);
    },
    setClock: (micros) => {
      state.fixedMicros = microsOf(micros);
    },
    interruption: () => interruption(state, options),
    aside: (otherHost, work) => {
      const other = machineFor(otherHost);
      applyLimits(state, other, clock);
      active = other;
      try {
        return work(other);
      } finally {
        active = machine;
      }
    },
    forgetLocked: () => void (state.undoneBecauseLocked = false),
    outermost: (callOptions, work) => outermost(runtime, state, options, callOptions, work),
    call: (routine, args, keepJobs) =>
      runtime.outermost({ access: accessOf(routine), keepJobs }, () => machine.call(routine, args)),
    stream: (form, parameters) =>
      rowsTold(
        () => host.stream(form, parameters),
        (running) => void (state.stoppable = running),
      ),
  };
  const runtime: Runtime = withGetter(methods, "undoneBecauseLocked", () => state.undoneBecauseLocked);
  return runtime;
}

function outermost<T>(runtime: Runtime, state: RunState, options: RuntimeOptions, call: CallOptions, work: () => T): T {
  const { jobs, machine, transactions } = runtime;
  if (state.running) throw new InternalError("runtime: a statement is already running in this session");
  if (state.limits.timeoutMs !== undefined) applyLimits(state, machine, options.clock);
  // Between two statements nothing polls the flag.
  if (Atomics.load(options.cancelFlag, 0) !== 0) throw limitTrap("Cancelled", "The run was cancelled.");
  state.running = true;
  state.callMicros = undefined;
  state.undoneBecauseLocked = false;
  const access = options.readOnly && call.access === "write" ? "read" : call.access;
  const mark = jobs.mark();
  const stoppableWork = (): T => {
    state.stoppable = true;
    try {
      return work();
    } finally {
      state.stoppable = false;
    }
  };
  let result: T;
  try {
    result = inTransaction(transactions, access, stoppableWork, options);
  } catch (error) {
    jobs.undoTo(mark);
    state.undoneBecauseLocked = error instanceof Trap && error.value.code === "DatabaseLocked";
    throw error;
  } finally {
    state.running = false;
  }
  jobs.settle(call.keepJobs);
  options.settled();
  return result;
}

/** Work in the transaction of an outermost call. */
function inTransaction<T>(
  transactions: Transactions,
  access: CallAccess,
  work: () => T,
  options: Pick<RuntimeOptions, "changed" | "beforeCommit" | "beforeWriting">,
): T {
  if (access === "write") options.beforeWriting?.();
  transactions.begin(access);
  let isOver = false;
  try {
    const result = work();
    if (access === "write") options.beforeCommit();
    isOver = true;
    transactions.finish("commit");
    return result;
  } catch (error) {
    // A commit that fails has undone everything by itself.
    if (!isOver) transactions.finish("rollback");
    if (access === "write") options.changed();
    if (error instanceof EngineError) throw trapOf(error);
    throw error;
  }
}

/** A job on its caller's connection: a savepoint when it may write. */
function inPlace(transactions: Transactions, machine: Machine, routine: LoadedRoutine, args: readonly Value[]): Value {
  if (accessOf(routine) !== "write") return machine.call(routine, args);
  const token = transactions.savepoint();
  try {
    const value = machine.call(routine, args);
    transactions.release(token);
    return value;
  } catch (error) {
    if (error instanceof Trap || error instanceof EngineError) transactions.rollbackTo(token);
    throw error;
  }
}
