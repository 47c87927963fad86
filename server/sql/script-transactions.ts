// BEGIN, COMMIT, ROLLBACK and savepoints as a script says them, with SQLite's meaning: the first statement of a transaction may write whoever else has written
// since BEGIN, and a savepoint outside of a transaction starts one that ends when it is released.
import { trap } from "../../bytecode/trap.ts";
import { InternalError } from "../../base/failure.ts";
import { asTrap } from "./engine-errors.ts";
import { rollbackAll, type TransactionState as State } from "./transaction-state.ts";

/** What a script may say of its transaction. */
export type ControlAction = "begin" | "commit" | "rollback" | "savepoint" | "release" | "rollback to";

/** How a transaction begins. */
export type TransactionMode = "deferred" | "immediate" | "exclusive";

/**
 * A transaction of a script in which nothing was done yet takes the write lock for its first statement: looking up the schema has made it a reader, whom
 * SQLite refuses the lock as soon as somebody else has written.
 */
export function beginToWrite({ connection, named }: State): void {
  const start = (mode: "immediate" | "deferred"): void => {
    connection.begin(mode);
    for (const name of named) connection.savepoint(name);
  };
  asTrap(() => {
    connection.commit();
    try {
      start("immediate");
    } catch (error) {
      start("deferred");
      throw error;
    }
  });
}

function endExplicit(state: State, action: "commit" | "rollback"): void {
  if (!state.connection.inTransaction)
    throw trap("TransactionState", `There is no transaction to ${action === "commit" ? "commit" : "roll back"}.`);
  state.untouched = false;
  if (action === "rollback") {
    state.explicit = false;
    rollbackAll(state);
    return;
  }
  state.connection.commit();
  state.explicit = false;
  state.groups = [];
}

const SCRIPT_SAVEPOINT = "gobi_script";

/** BEGIN, COMMIT and ROLLBACK of a script inside somebody else's transaction; true when it was one of them. */
function nestedControl(state: State, action: ControlAction): boolean {
  const { connection } = state;
  if (action !== "begin" && action !== "commit" && action !== "rollback") return false;
  if (action === "begin" && state.explicit) throw trap("TransactionState", "A transaction is open already.");
  if (action !== "begin" && !state.explicit)
    throw trap("TransactionState", `There is no transaction to ${action === "commit" ? "commit" : "roll back"}.`);
  if (action === "begin") {
    connection.savepoint(SCRIPT_SAVEPOINT);
    state.named = [];
  }
  if (action === "rollback") connection.rollbackTo(SCRIPT_SAVEPOINT);
  if (action !== "begin") connection.release(SCRIPT_SAVEPOINT);
  state.explicit = action === "begin";
  return true;
}

/** Starts a script's own transaction. */
function start(state: State, mode: TransactionMode, bySavepoint: boolean): void {
  state.connection.begin(mode);
  state.explicit = true;
  state.wrote = mode !== "deferred";
  state.untouched = !state.wrote;
  state.bySavepoint = bySavepoint;
  state.named = [];
}

function releaseNamed(state: State, point: string): void {
  const { connection, named } = state;
  const index = indexOf(named, point);
  // What a savepoint has started ends with it, as SQLite has it.
  if (state.bySavepoint && index === 0) {
    endExplicit(state, "commit");
    return;
  }
  connection.release(point);
  named.length = index;
}

/** The place of the innermost savepoint of a name. @throws Trap when there is none. */
function indexOf(named: readonly string[], point: string): number {
  const index = named.findLastIndex((name) => name.toLowerCase() === point.toLowerCase());
  if (index >= 0) return index;
  const known = named.length === 0 ? "None is set in this transaction." : `This transaction has ${named.join(", ")}.`;
  throw trap("TransactionState", `There is no savepoint ${point}. ${known}`);
}

/** Carries out a statement of a script; see `Transactions.control`. */
export function control(
  state: State,
  action: ControlAction,
  mode: TransactionMode | undefined,
  name: string | undefined,
): void {
  const { connection, named } = state;
  const point = name ?? "";
  asTrap(() => {
    if (state.nested && nestedControl(state, action)) return;
    switch (action) {
      case "begin":
        start(state, mode ?? "deferred", false);
        return;
      case "commit":
      case "rollback":
        endExplicit(state, action);
        return;
      case "savepoint":
        // Outside a transaction a savepoint starts one.
        if (!connection.inTransaction) start(state, "deferred", true);
        state.explicit = true;
        connection.savepoint(point);
        state.named.push(point);
        return;
      case "release":
        releaseNamed(state, point);
        return;
      case "rollback to":
        named.length = indexOf(named, point) + 1;
        connection.rollbackTo(point);
        return;
      default:
        throw new InternalError(`transactions: unknown action ${String(action satisfies never)}`);
    }
  });
}
