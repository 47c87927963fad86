// What a statement needs of the Lead is asked for before it runs, since nothing inside it can wait: rows of system.lanes and its kin, and the lock of LOCK.
// Calls by name (CALL_PROCEDURE) ask for nothing ahead: a routine sees the lists as the session last saw them.
import { type DaemonTable, isDaemonTable } from "../../base/system-tables/daemon.ts";
import { SERVICE_CONTROL } from "./lane-actions.ts";
import { lockedName } from "../security/ask-lock.ts";
import type { TextRun, UpcomingStatement } from "../running/text-run.ts";
import type { RequestPlace } from "./request-place.ts";

const LISTED: Readonly<Partial<Record<string, DaemonTable>>> = {
  lane: "lanes",
  session: "sessions",
  lock: "locks",
  transaction: "transactions",
};
const SYSTEM = "system.";

/** Asks; undefined when there is nothing to wait for. @throws Trap Deadlock, Timeout, PermissionDenied. */
export function askAhead(place: RequestPlace, run: TextRun): Promise<void> | undefined {
  const { next } = run;
  const tables = tablesOf(next);
  // Not even this session's own copy may hold what it may not see.
  if (tables.length > 0) run.demand();
  if (tables.length > 0 && next?.statement.kind === "management") place.session.engine.requires(SERVICE_CONTROL);
  const wanted = next?.statement.kind === "management" ? next.statement.statement : undefined;
  const lock = wanted?.kind === "lock" && place.session.engine.inTransaction ? wanted : undefined;
  // Before others are kept out.
  if (lock !== undefined) place.session.engine.requiresToLock(nameOf(lock));
  return tables.length === 0 && lock === undefined ? undefined : ask(place, tables, lock);
}

async function ask(
  { lane, session }: RequestPlace,
  tables: readonly DaemonTable[],
  lock: Extract<Managed, { kind: "lock" }> | undefined,
): Promise<void> {
  for (const table of tables) session.daemonRows.set(table, await lane.lead.ask(session, table, undefined));
  if (lock === undefined) return;
  // Who waits for a lock may keep others from writing: the Lead must know that to see a circle.
  lane.requests.between(session, session.engine);
  await lane.lead.lock(session, nameOf(lock), lock.mode, lock.wait ? lane.opening.busyTimeoutMs : 0);
}

function nameOf(lock: Extract<Managed, { kind: "lock" }>): string {
  return lockedName(lock.name.parts.map(({ text }) => text).join("."));
}

type Managed = Extract<UpcomingStatement["statement"], { kind: "management" }>["statement"];

function tablesOf(next: UpcomingStatement | undefined): readonly DaemonTable[] {
  const found = new Set<DaemonTable>();
  for (const { table } of next?.effects?.reads ?? []) {
    const name = table.startsWith(SYSTEM) ? table.slice(SYSTEM.length) : "";
    if (isDaemonTable(name)) found.add(name);
  }
  if (next?.statement.kind === "management" && next.statement.statement.kind === "list") {
    const listed = LISTED[next.statement.statement.what];
    if (listed !== undefined) found.add(listed);
  }
  return [...found];
}
