// Gathers what runs report and writes it in batches: run updates before violations before actions, each kind in a transaction of its own.
// It never drops a message: when too many wait, `add` keeps its caller waiting, and what the database refuses for good becomes a dead letter with all it carried.
// Order within a kind is kept; replaying a batch changes nothing (writes/runs.ts).
import { EngineError } from "../../storage/engine.ts";
import type { ConfigValue } from "../catalog/config-values.ts";
import type { RunStore } from "./store.ts";
import type { RunClock } from "./types.ts";
import type { ActionRunRow, ViolationRow } from "./writes/records.ts";
import type { RunUpdate } from "./writes/rows.ts";

/** Kinds of messages, in the order in which they are written. */
const KINDS = ["runs", "violations", "actions"] as const;
type Kind = (typeof KINDS)[number];

interface Messages {
  readonly runs: RunUpdate;
  readonly violations: ViolationRow;
  readonly actions: ActionRunRow;
}

/** When a batch is written: at so many messages, or so long after the first. */
const BATCHES: Readonly<Record<Kind, { readonly size: number; readonly afterMs: number }>> = {
  runs: { size: 100, afterMs: 1000 },
  violations: { size: 50, afterMs: 2000 },
  actions: { size: 50, afterMs: 2000 },
};

/** Messages that may wait before senders do. */
const WAITING_MAX = 10_000;
/** Messages of one transaction. */
const BATCH_MAX = 500;
/** Tries of one batch, and then of one message, before it is a dead letter. */
const TRIES_MAX = 5;
const RETRY_FIRST_MS = 50;

/** What the recorder counted, for system.syncer_stats. */
export interface RecorderCounts {
  readonly written: number;
  readonly failed: number;
  readonly dead: number;
  readonly waiting: number;
}

/** Batched writes of what happens to runs. */
export interface Recorder {
  /** Takes a message; resolved at once unless too many wait. */
  add<K extends Kind>(kind: K, message: Messages[K]): Promise<void>;
  /** Writes everything that was added before; resolved when it is in the database or a dead letter. */
  flush(): Promise<void>;
  counts(): RecorderCounts;
  /** Flushes and takes nothing more. */
  close(): Promise<void>;
}

/** What a recorder needs. `onDead` is told of each dead letter. */
export interface RecorderOptions {
  readonly store: Pick<RunStore, "write">;
  readonly clock: RunClock;
  readonly onDead?: (kind: Kind, error: string) => void;
}

interface Line<T> {
  readonly waiting: T[];
  /** Messages ever added, ever written, and up to which number they are to be written now. */
  added: number;
  done: number;
  due: number;
  cancelTimer: (() => void) | undefined;
}

interface State {
  readonly options: RecorderOptions;
  readonly lines: { readonly [K in Kind]: Line<Messages[K]> };
  waiting: number;
  failed: number;
  dead: number;
  /** The writer while it is at work. */
  writing: Promise<void> | undefined;
  readonly blocked: (() => void)[];
}

function newLine<T>(): Line<T> {
  return { waiting: [], added: 0, done: 0, due: 0, cancelTimer: undefined };
}

/** Makes a recorder. */
export function makeRecorder(options: RecorderOptions): Recorder {
  const state: State = {
    options,
    lines: { runs: newLine(), violations: newLine(), actions: newLine() },
    waiting: 0,
    failed: 0,
    dead: 0,
    writing: undefined,
    blocked: [],
  };
  const flush = async (): Promise<void> => {
    const until = KINDS.map((kind) => [state.lines[kind], state.lines[kind].added] as const);
    for (const kind of KINDS) makeDue(state, kind);
    while (until.some(([line, added]) => line.done < added)) await state.writing;
  };
  return {
    add: async (kind, message) => {
      while (state.waiting >= WAITING_MAX) await new Promise<void>((resolve) => state.blocked.push(resolve));
      state.waiting += 1;
      const line: Line<Messages[typeof kind]> = state.lines[kind];
      line.waiting.push(message);
      line.added += 1;
      if (line.waiting.length >= BATCHES[kind].size) makeDue(state, kind);
      else line.cancelTimer ??= options.clock.timer(BATCHES[kind].afterMs, () => makeDue(state, kind));
    },
    flush,
    counts: () => ({
      written: KINDS.reduce((sum, kind) => sum + state.lines[kind].done, 0) - state.dead,
      failed: state.failed,
      dead: state.dead,
      waiting: state.waiting,
    }),
    close: flush,
  };
}

/** Everything of a kind that waits is to be written now; what it refers to (its run) too. */
function makeDue(state: State, kind: Kind): void {
  for (const earlier of KINDS) {
    const line = state.lines[earlier];
    line.cancelTimer?.();
    line.cancelTimer = undefined;
    line.due = line.added;
    if (earlier === kind) break;
  }
  if (nextDue(state) !== undefined) state.writing ??= writeDue(state);
}

function nextDue(state: State): Kind | undefined {
  return KINDS.find((kind) => state.lines[kind].done < state.lines[kind].due);
}

/** Writes what is due, the most important kind first, until nothing is. */
async function writeDue(state: State): Promise<void> {
  for (let kind = nextDue(state); kind !== undefined; kind = nextDue(state)) await writeBatch(state, kind);
  // At once, not when the promise is looked at: what becomes due in between must find no writer.
  state.writing = undefined;
}

async function writeBatch<K extends Kind>(state: State, kind: K): Promise<void> {
  const line: Line<Messages[K]> = state.lines[kind];
  const batch = line.waiting.slice(0, Math.min(line.due - line.done, BATCH_MAX));
  const refused = await tryToWrite(state, kind, batch);
  // One message that the database refuses must not take the others with it.
  if (refused !== undefined) for (const message of batch) await writeOne(state, kind, message);
  line.waiting.splice(0, batch.length);
  line.done += batch.length;
  state.waiting -= batch.length;
  for (const resolve of state.blocked.splice(0)) resolve();
}

async function writeOne<K extends Kind>(state: State, kind: K, message: Messages[K]): Promise<void> {
  const refused = await tryToWrite(state, kind, [message]);
  if (refused !== undefined) await bury(state, kind, message, refused);
}

/** Writes a batch, several times if need be. Gives the last refusal, undefined when it is written. */
async function tryToWrite<K extends Kind>(
  state: State,
  kind: K,
  batch: readonly Messages[K][],
): Promise<EngineError | undefined> {
  const { store, clock } = state.options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await writeKind(store, kind, batch);
      return undefined;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      state.failed += 1;
      if (attempt >= TRIES_MAX) return error;
      await new Promise<void>((resolve) => clock.timer(RETRY_FIRST_MS * 2 ** (attempt - 1), resolve));
    }
  }
}

function writeKind<K extends Kind>(
  store: Pick<RunStore, "write">,
  kind: K,
  batch: readonly Messages[K][],
): Promise<void> {
  switch (kind) {
    case "runs":
      return store.write("recordRuns", batch as readonly RunUpdate[]);
    case "violations":
      return store.write("recordViolations", batch as readonly ViolationRow[]);
    default:
      return store.write("recordActions", batch as readonly ActionRunRow[]);
  }
}

async function bury(state: State, kind: Kind, message: unknown, error: EngineError): Promise<void> {
  state.dead += 1;
  state.options.onDead?.(kind, error.message);
  await state.options.store.write("deadLetter", {
    at: state.options.clock.nowMs(),
    component: `recorder.${kind}`,
    message: message as ConfigValue,
    error: `${error.kind}: ${error.message}`,
  });
}

/** Writes a dead letter of the recorder again; false when it is none of its own. @throws EngineError. */
export async function replayLetter(
  store: Pick<RunStore, "write">,
  component: string,
  message: ConfigValue,
): Promise<boolean> {
  const kind = KINDS.find((candidate) => component === `recorder.${candidate}`);
  if (kind === undefined) return false;
  await writeKind(store, kind, [message as never]);
  return true;
}
