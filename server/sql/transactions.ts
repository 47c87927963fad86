// Transactions of one connection as programs see them: the transaction of an outermost call or top-level statement, savepoints inside it, BEGIN … COMMIT of
// scripts, and autonomous blocks. On engines without independent transactions an autonomous block runs in place; its statements are recorded and done again
// when something around it is undone (LANGUAGE.md 15.16).
import { InternalError } from "../../base/failure.ts";
import { withGetter } from "../../base/with-getter.ts";
import type { EngineError, Connection } from "../../storage/engine.ts";
import { asTrap } from "./engine-errors.ts";
import { beginToWrite, control, type ControlAction, type TransactionMode } from "./script-transactions.ts";
import {
  countRecording,
  record,
  type OpenSavepoint,
  type Redo,
  redo,
  rollbackAll,
  type TransactionState as State,
} from "./transaction-state.ts";

/** What a call may do, as far as transactions care. */
export type CallAccess = "none" | "read" | "write";

/** The transaction state of a session. */
export interface Transactions {
  /** True inside BEGIN … COMMIT of a script or of `executeStatement`. */
  readonly explicit: boolean;
  /** True when that transaction has begun to write. */
  readonly wrote: boolean;
  /** Opens the transaction of an outermost call; `finish` ends it. @throws Trap. */
  begin(access: CallAccess): void;
  /** Commits, or undoes everything the call did. @throws Trap when the commit fails (deferred foreign keys, disk full); then everything is undone. */
  finish(outcome: "commit" | "rollback"): void;
  savepoint(): number;
  release(token: number): void;
  rollbackTo(token: number): void;
  beginAutonomous(): number;
  endAutonomous(token: number, outcome: "commit" | "rollback"): void;
  /** True inside an autonomous block: only then `record` keeps anything. */
  recording(): boolean;
  /** Remembers work of the innermost open autonomous block; does nothing outside of one. */
  record(redo: Redo): void;
  /** Script-level BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, ROLLBACK TO. @throws Trap. */
  control(action: ControlAction, mode: TransactionMode | undefined, name: string | undefined): void;
  /** Starts a transaction around whole scripts (test runs); only `endAround` ends it. @throws Trap. */
  beginAround(): void;
  /** Undoes the transaction of `beginAround`. */
  endAround(): void;
  /** Called with every engine error: the engine may have ended the transaction itself. */
  noticeError(error: EngineError): void;
  /** Ends whatever is open, for `close`. */
  abandon(): void;
}

const CALL_SAVEPOINT = "gobi_call";

function begin(state: State, access: CallAccess): void {
  if (state.call !== undefined) throw new InternalError("transactions: a call is already open");
  state.lost = false;
  state.callGroups = state.groups.length;
  state.callSavepoints = state.savepoints.length;
  const inTransaction = state.connection.inTransaction;
  if (inTransaction && access === "write" && state.untouched) beginToWrite(state);
  if (access !== "none") state.untouched = false;
  if (access === "none" || (access === "read" && inTransaction)) state.call = "none";
  else if (inTransaction) {
    asTrap(() => state.connection.savepoint(CALL_SAVEPOINT));
    state.wrote = true;
    state.call = "savepoint";
  } else {
    // A deferred reader that writes later gets SQLITE_BUSY_SNAPSHOT: a call that may write takes the lock at once (LANGUAGE.md 15.25).
    asTrap(() => state.connection.begin(access === "write" ? "immediate" : "deferred"));
    state.call = "transaction";
  }
}

function commitCall(state: State, opened: State["call"]): void {
  const { connection } = state;
  if (opened === "savepoint") connection.release(CALL_SAVEPOINT);
  else if (opened === "transaction") {
    try {
      connection.commit();
      state.groups = [];
    } catch (error) {
      rollbackAll(state);
      throw error;
    }
  }
}

function rollbackCall(state: State, opened: State["call"]): void {
  const { connection } = state;
  if (opened === "transaction" || state.lost || !connection.inTransaction) {
    state.explicit = state.explicit && connection.inTransaction && opened !== "transaction";
    if (opened === "transaction" || !connection.inTransaction) rollbackAll(state);
    return;
  }
  if (opened === "savepoint") {
    connection.rollbackTo(CALL_SAVEPOINT);
    connection.release(CALL_SAVEPOINT);
    redo(state, state.callGroups);
  }
}

function finish(state: State, outcome: "commit" | "rollback"): void {
  const opened = state.call;
  state.call = undefined;
  if (opened === undefined) throw new InternalError("transactions: no call is open");
  state.savepoints.length = Math.min(state.savepoints.length, state.callSavepoints);
  if (state.recording > 0) countRecording(state);
  asTrap(() => (outcome === "commit" && !state.lost ? commitCall(state, opened) : rollbackCall(state, opened)));
}

function open(state: State, autonomous: boolean): number {
  const token = state.nextToken;
  state.nextToken += 1;
  const name = `gobi_${token}`;
  const whole = !state.connection.inTransaction;
  asTrap(() => (whole ? state.connection.begin("immediate") : state.connection.savepoint(name)));
  state.savepoints.push({ token, name, whole, groups: state.groups.length, redo: autonomous ? [] : undefined });
  if (autonomous) state.recording += 1;
  return token;
}

/** Takes a savepoint and those inside it off the stack; undefined when the engine has ended the transaction meanwhile. */
function take(state: State, token: number): OpenSavepoint | undefined {
  const index = state.savepoints.findIndex((savepoint) => savepoint.token === token);
  if (index < 0) {
    if (state.lost) return undefined;
    throw new InternalError(`transactions: savepoint ${token} is not open`);
  }
  const [savepoint] = state.savepoints.splice(index);
  if (state.recording > 0) countRecording(state);
  return savepoint;
}

function release(state: State, token: number): void {
  const savepoint = take(state, token);
  if (savepoint === undefined || state.lost) return;
  asTrap(() => {
    if (!savepoint.whole) state.connection.release(savepoint.name);
    else commitCall(state, "transaction");
  });
}

function rollbackTo(state: State, token: number): void {
  const savepoint = take(state, token);
  if (savepoint === undefined || state.lost) return;
  asTrap(() => {
    if (savepoint.whole) rollbackAll(state);
    else {
      state.connection.rollbackTo(savepoint.name);
      state.connection.release(savepoint.name);
      redo(state, savepoint.groups);
    }
  });
}

function endAutonomous(state: State, token: number, outcome: "commit" | "rollback"): void {
  const open = state.savepoints.find((savepoint) => savepoint.token === token);
  if (outcome === "rollback") {
    rollbackTo(state, token);
    return;
  }
  // Before the release: a savepoint that is the whole transaction commits there and has nothing left to do again.
  if (open?.redo !== undefined && open.redo.length > 0) state.groups.push(open.redo);
  release(state, token);
}

/** The transaction state of a fresh connection. */
export function makeTransactions(connection: Connection): Transactions {
  const state: State = {
    connection,
    explicit: false,
    wrote: false,
    untouched: false,
    bySavepoint: false,
    named: [],
    call: undefined,
    callGroups: 0,
    callSavepoints: 0,
    nested: false,
    lost: false,
    nextToken: 1,
    recording: 0,
    savepoints: [],
    groups: [],
  };
  const methods: Omit<Transactions, "explicit" | "wrote"> = {
    begin: (access) => begin(state, access),
    finish: (outcome) => finish(state, outcome),
    savepoint: () => open(state, false),
    release: (token) => release(state, token),
    rollbackTo: (token) => rollbackTo(state, token),
    beginAutonomous: () => open(state, true),
    endAutonomous: (token, outcome) => endAutonomous(state, token, outcome),
    recording: () => state.recording > 0,
    record: (work) => record(state, work),
    control: (action, mode, name) => control(state, action, mode, name),
    beginAround: () => {
      asTrap(() => connection.begin("immediate"));
      state.nested = true;
      state.bySavepoint = false;
      state.named = [];
    },
    endAround: () => {
      state.nested = false;
      state.explicit = false;
      state.savepoints.length = 0;
      state.recording = 0;
      state.groups = [];
      asTrap(() => {
        if (connection.inTransaction) connection.rollback();
      });
    },
    noticeError: (error) => {
      if (error.transactionEnded && !connection.inTransaction) {
        state.lost = true;
        state.explicit = false;
        state.savepoints.length = 0;
        state.recording = 0;
      }
    },
    abandon: () => {
      state.explicit = false;
      state.call = undefined;
      rollbackAll(state);
    },
  };
  return withGetter(
    withGetter(methods, "explicit", () => state.explicit),
    "wrote",
    () => state.explicit && state.wrote,
  );
}
