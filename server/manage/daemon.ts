// What sessions of a daemon know of each other: LIST and SHOW of lanes, sessions, locks and transactions, and LOCK.
// The lane has asked the Lead before the statement runs: nothing is waited for here.
import { type DaemonTable, listedColumns } from "../../base/system-tables/daemon.ts";
import type { Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import { ensureSystemViews, viewName } from "../catalog/system-views.ts";
import { readRows } from "../sql/rows.ts";
import type { ManageVerb, ManageWorld } from "./world.ts";

/** Rows of a table of the daemon, as LIST shows them. */
export function daemonListing(
  table: DaemonTable,
): (world: ManageWorld) => { readonly names: readonly string[]; readonly rows: readonly (readonly Value[])[] } {
  const names = listedColumns(table);
  const columns = names.map((name) => `"${name}"`).join(", ");
  return (world) => {
    if (!world.inDaemon) return { names, rows: [] };
    ensureSystemViews(world.connection, [table], world.authority);
    return { names, rows: readRows(world.connection, `SELECT ${columns} FROM temp."${viewName(table)}"`, []) };
  };
}

/** LOCK: the lane has taken the lock already, or not, and then this says why not. */
export const lock: ManageVerb = (world) => {
  if (!world.inDaemon)
    throw trap("NotImplemented", "LOCK is between sessions of a daemon; this session has the database alone.");
  if (!world.transactions.explicit)
    throw trap("TransactionState", "A lock is held to the end of a transaction; begin one first.");
  return null;
};
