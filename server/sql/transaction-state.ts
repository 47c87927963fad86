// The state behind a connection's transactions, and the redo lists of autonomous blocks: what they did is kept until the transaction around them commits,
// and done again when something around them is undone (LANGUAGE.md 15.16).
import type { Connection } from "../../storage/engine.ts";

/** Work of an autonomous block, to be done again when it was undone. */
export type Redo = () => void;

/** A savepoint that is open. */
export interface OpenSavepoint {
  readonly token: number;
  readonly name: string;
  /** True when there was no transaction, so that this savepoint is the transaction. */
  readonly whole: boolean;
  /** Number of committed redo groups when it was opened. */
  readonly groups: number;
  /** Set for autonomous blocks: what they did so far. */
  readonly redo: Redo[] | undefined;
}

/** State of one connection. */
export interface TransactionState {
  readonly connection: Connection;
  explicit: boolean;
  /** True when the script's own transaction holds the write lock, as far as is known here. */
  wrote: boolean;
  /** True while nothing was read or written in the script's own transaction. */
  untouched: boolean;
  /** True when a savepoint has started that transaction. */
  bySavepoint: boolean;
  /** The savepoints that are set in it, outermost first. */
  named: string[];
  /** What the running call opened. */
  call: "none" | "transaction" | "savepoint" | undefined;
  callGroups: number;
  /** Savepoints that were open when the call began: those of a test runner around it. */
  callSavepoints: number;
  /** True while scripts run inside a transaction that somebody else ends: their BEGIN … COMMIT are savepoints then. */
  nested: boolean;
  /** True after the engine rolled back by itself during the running call. */
  lost: boolean;
  nextToken: number;
  readonly savepoints: OpenSavepoint[];
  /** Number of open autonomous blocks. */
  recording: number;
  /** Redo groups of finished autonomous blocks, oldest first. Cleared when the transaction around them commits. */
  groups: (readonly Redo[])[];
}

/** Does the work of the redo groups from a number on again. */
export function redo(state: TransactionState, from: number): void {
  for (const group of state.groups.slice(from)) for (const step of group) step();
}

/** Does again, in a transaction of its own, what autonomous blocks did in a transaction that is gone. */
function redoInNewTransaction(state: TransactionState): void {
  if (state.groups.length === 0) return;
  const { connection } = state;
  connection.begin("immediate");
  try {
    redo(state, 0);
    connection.commit();
  } catch (error) {
    if (connection.inTransaction) connection.rollback();
    throw error;
  } finally {
    state.groups = [];
  }
}

/** Rolls the transaction back, and does again what autonomous blocks did in it. */
export function rollbackAll(state: TransactionState): void {
  if (state.connection.inTransaction) state.connection.rollback();
  state.savepoints.length = 0;
  state.recording = 0;
  redoInNewTransaction(state);
}

/** Counts the open autonomous blocks anew, after savepoints were taken off the stack. */
export function countRecording(state: TransactionState): void {
  state.recording = state.savepoints.filter((savepoint) => savepoint.redo !== undefined).length;
}

/** Remembers work of the innermost open autonomous block; does nothing outside of one. */
export function record(state: TransactionState, work: Redo): void {
  for (let index = state.savepoints.length - 1; index >= 0; index -= 1) {
    const list = state.savepoints[index]?.redo;
    if (list !== undefined) {
      list.push(work);
      return;
    }
  }
}
