// The asynchronous door to the tables of runs: writes by name from writes/table.ts, each whole or not at all, and reads.
// What is asked for in the same moment goes into one transaction, so that a hundred runs that start together wait for the disk once.
// A database that somebody else has locked, and a full disk, are waited for: asking again is the store's work, never the caller's, and nothing is lost meanwhile.
import { InternalError } from "../../base/failure.ts";
import { EngineError, type Connection } from "../../storage/engine.ts";
import type { RunClock } from "./types.ts";
import { RUN_WRITES, type RunWriteInput, type RunWriteName, type RunWriteResult } from "./writes/table.ts";

/** Runs in the database. Promises are rejected with EngineError when the database refuses for good. */
export interface RunStore {
  /** Carries out a write of the table; resolved after its commit. */
  write<K extends RunWriteName>(name: K, input: RunWriteInput<K>): Promise<RunWriteResult<K>>;
  /** Asks something; sees every write that was resolved before. */
  read<T>(question: (connection: Connection) => T): Promise<T>;
  /** Moves when another connection has committed something. Cheap; never waits. */
  dataVersion(): number;
  /** Number of writes and reads that wait. */
  readonly waiting: number;
  /** Waits for what was asked for, then closes its own connection. */
  close(): Promise<void>;
}

/** How a store is made. */
export interface RunStoreOptions {
  readonly connection: Connection;
  /** True: the connection belongs to a session and stays open; nothing is written while the session has a transaction open. */
  readonly shared: boolean;
  readonly clock: RunClock;
  /** Told once when the database cannot be written for the moment, and once when it can again. */
  readonly onWaiting?: (reason: string | undefined) => void;
  /** Goes around each transaction that writes, for who notes commits. */
  readonly around?: <T>(work: () => T) => T;
}

interface Job {
  readonly writes: boolean;
  run(connection: Connection): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const RETRY_FIRST_MS = 5;
const RETRY_LAST_MS = 250;
/** Writes of one transaction: more would keep other writers and our own timers waiting. */
const GROUP_MAX = 200;
const SAVEPOINT = "gobi_run_write";

/** Kinds of errors that pass by themselves. */
const PASSING: ReadonlySet<EngineError["kind"]> = new Set(["busy", "diskFull", "deadlock"]);

function passes(error: unknown): error is EngineError {
  return error instanceof EngineError && PASSING.has(error.kind);
}

interface State {
  readonly options: RunStoreOptions;
  readonly queue: Job[];
  scheduled: boolean;
  closed: boolean;
  waitMs: number;
  toldWaiting: boolean;
  idle: (() => void)[];
}

/** Makes a store on a connection. */
export function makeRunStore(options: RunStoreOptions): RunStore {
  const state: State = {
    options,
    queue: [],
    scheduled: false,
    closed: false,
    waitMs: RETRY_FIRST_MS,
    toldWaiting: false,
    idle: [],
  };
  const ask = <T>(writes: boolean, run: (connection: Connection) => T): Promise<T> => {
    if (state.closed) return Promise.reject(new InternalError("runs: the store is closed"));
    return new Promise<T>((resolve, reject) => {
      state.queue.push({ writes, run, resolve: (value) => resolve(value as T), reject });
      wake(state);
    });
  };
  return {
    write: (name, input) => ask(true, (connection) => writeNow(connection, name, input)),
    read: (question) => ask(false, question),
    dataVersion: () => options.connection.dataVersion(),
    get waiting() {
      return state.queue.length;
    },
    close: async () => {
      if (state.closed) return;
      if (state.queue.length > 0) await new Promise<void>((resolve) => state.idle.push(resolve));
      state.closed = true;
      if (!options.shared) options.connection.close();
    },
  };
}

/** Carries out one write on a connection whose transaction the caller holds. @throws EngineError. */
export function writeNow<K extends RunWriteName>(
  connection: Connection,
  name: K,
  input: RunWriteInput<K>,
): RunWriteResult<K> {
  const write = RUN_WRITES[name] as (connection: Connection, input: RunWriteInput<K>) => RunWriteResult<K>;
  return write(connection, input);
}

function wake(state: State): void {
  if (state.scheduled) return;
  state.scheduled = true;
  setImmediate(() => {
    state.scheduled = false;
    pump(state);
  });
}

/** Works off what waits: neighbours of one kind together. */
function pump(state: State): void {
  const { queue, options } = state;
  const [first] = queue;
  if (first === undefined) {
    for (const resolve of state.idle.splice(0)) resolve();
    return;
  }
  if (options.shared && options.connection.inTransaction) return later(state, "the session has a transaction open");
  const differs = queue.findIndex((job) => job.writes !== first.writes);
  const group = queue.slice(0, Math.min(differs < 0 ? queue.length : differs, GROUP_MAX));
  const { around = (work) => work() } = options;
  const settled = first.writes
    ? around(() => writeGroup(options.connection, group))
    : readGroup(options.connection, group);
  if (settled.kind === "later") return later(state, settled.reason);
  queue.splice(0, settled.count);
  if (state.toldWaiting) options.onWaiting?.(undefined);
  state.toldWaiting = false;
  state.waitMs = RETRY_FIRST_MS;
  wake(state);
}

function later(state: State, reason: string): void {
  if (!state.toldWaiting && state.waitMs >= RETRY_LAST_MS) {
    state.toldWaiting = true;
    state.options.onWaiting?.(reason);
  }
  state.scheduled = true;
  state.options.clock.timer(state.waitMs, () => {
    state.scheduled = false;
    pump(state);
  });
  state.waitMs = Math.min(state.waitMs * 2, RETRY_LAST_MS);
}

type Settled = { readonly kind: "done"; readonly count: number } | { readonly kind: "later"; readonly reason: string };

/** Runs writes in one transaction, each in a savepoint, so that a refused one does not take the others with it. */
function writeGroup(connection: Connection, group: readonly Job[]): Settled {
  const answers: (() => void)[] = [];
  try {
    connection.begin("immediate");
    for (const job of group) answers.push(inSavepoint(connection, job));
    connection.commit();
  } catch (error) {
    undo(connection);
    if (passes(error)) return { kind: "later", reason: error.message };
    if (group.length > 1) return writeGroup(connection, group.slice(0, 1));
    group[0]?.reject(error);
    return { kind: "done", count: 1 };
  }
  for (const answer of answers) answer();
  return { kind: "done", count: group.length };
}

function inSavepoint(connection: Connection, job: Job): () => void {
  connection.savepoint(SAVEPOINT);
  try {
    const value = job.run(connection);
    connection.release(SAVEPOINT);
    return () => job.resolve(value);
  } catch (error) {
    if (passes(error) || !connection.inTransaction) throw error;
    connection.rollbackTo(SAVEPOINT);
    connection.release(SAVEPOINT);
    return () => job.reject(error);
  }
}

function undo(connection: Connection): void {
  if (!connection.inTransaction) return;
  try {
    connection.rollback();
  } catch (error) {
    // SQLite rolls back by itself on some errors; then there is nothing to undo.
    if (!(error instanceof EngineError)) throw error;
  }
}

function readGroup(connection: Connection, group: readonly Job[]): Settled {
  let count = 0;
  for (const job of group) {
    try {
      job.resolve(job.run(connection));
    } catch (error) {
      if (passes(error)) return count > 0 ? { kind: "done", count } : { kind: "later", reason: error.message };
      job.reject(error);
    }
    count += 1;
  }
  return { kind: "done", count };
}
