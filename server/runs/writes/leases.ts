// Writes to leases and to the list of processes: who may act alone, and who is alive.
// A lease has a number that grows with each holder: what a holder writes that was replaced meanwhile has no effect.
import type { Connection } from "../../../storage/engine.ts";
import { ensureCatalog, storedTable } from "../../catalog/schema.ts";
import { numberOf, readRows, textOf, writeRows } from "../../sql/rows.ts";
import { timeText, type Lease, type RunOwner } from "./rows.ts";

const LEASES = storedTable("leases");
const INSTANCES = storedTable("instances");
const RUNS = storedTable("runs");

/** True while the lease is what it was when it was taken. @throws EngineError. */
export function holdsLease(connection: Connection, lease: Lease): boolean {
  const found = readRows(connection, `SELECT 1 FROM ${LEASES} WHERE name = ? AND holder = ? AND fencing = ?`, [
    lease.name,
    lease.holder,
    lease.fencing,
  ]);
  return found.length > 0;
}

/** A try to become the holder. */
export interface AcquireInput {
  readonly name: string;
  readonly holder: string;
  readonly at: number;
  readonly leaseMs: number;
  /** The holder that is known to be dead, or whose lease did not move for its whole time; undefined: only a free lease is taken. */
  readonly replaces?: Lease | undefined;
}

/** Takes the lease when it is free, or still held by the holder that is to be replaced. Undefined: somebody has it. @throws EngineError. */
export function acquireLease(connection: Connection, input: AcquireInput): Lease | undefined {
  const [row] = readRows(connection, `SELECT holder, fencing FROM ${LEASES} WHERE name = ?`, [input.name]);
  const holder = textOf(row?.[0]);
  const fencing = numberOf(row?.[1]);
  const free = row === undefined || holder === "" || holder === input.holder;
  const replaced =
    input.replaces !== undefined && holder === input.replaces.holder && fencing === input.replaces.fencing;
  if (!free && !replaced) return undefined;
  writeRows(
    connection,
    `INSERT INTO ${LEASES} (name, holder, fencing, acquired_at, expires_at) VALUES (?, ?, 1, ?, ?)
      ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, fencing = fencing + 1, acquired_at = excluded.acquired_at, expires_at = excluded.expires_at`,
    [input.name, input.holder, timeText(input.at), timeText(input.at + input.leaseMs)],
  );
  return { name: input.name, holder: input.holder, fencing: fencing + 1 };
}

/** A sign of life. */
export interface HeartbeatInput {
  readonly instanceId: string;
  readonly owners: readonly RunOwner[];
  readonly at: number;
  readonly lease?: Lease | undefined;
  readonly leaseMs: number;
}

/** What a sign of life found. */
export interface HeartbeatOutcome {
  /** Another process has the lease. */
  readonly leaseLost: boolean;
  /** Runs that another process has by now. */
  readonly lostRuns: readonly string[];
}

/** Renews what a process holds: its own row, its lease, its runs. @throws EngineError. */
export function heartbeat(connection: Connection, input: HeartbeatInput): HeartbeatOutcome {
  const at = timeText(input.at);
  writeRows(connection, `UPDATE ${INSTANCES} SET heartbeat_at = ? WHERE instance_id = ? AND state <> 'stopped'`, [
    at,
    input.instanceId,
  ]);
  const lostRuns = input.owners.filter(
    (owner) =>
      writeRows(
        connection,
        `UPDATE ${RUNS} SET heartbeat_at = ? WHERE run_id = ? AND instance_id = ? AND fencing = ?`,
        [at, owner.runId, owner.instanceId, owner.fencing],
      ) === 0,
  );
  const renewed =
    input.lease === undefined ||
    writeRows(connection, `UPDATE ${LEASES} SET expires_at = ? WHERE name = ? AND holder = ? AND fencing = ?`, [
      timeText(input.at + input.leaseMs),
      input.lease.name,
      input.lease.holder,
      input.lease.fencing,
    ]) > 0;
  return { leaseLost: !renewed, lostRuns: lostRuns.map((owner) => owner.runId) };
}

/** Gives a lease back, so that the next holder need not wait. @throws EngineError. */
export function releaseLease(connection: Connection, lease: Lease): void {
  writeRows(connection, `UPDATE ${LEASES} SET holder = '' WHERE name = ? AND holder = ? AND fencing = ?`, [
    lease.name,
    lease.holder,
    lease.fencing,
  ]);
}

/** Makes the tables of the catalog, or brings them up to date. @throws Trap CatalogVersion; EngineError. */
export function prepareCatalog(connection: Connection, input: { readonly at: number }): void {
  ensureCatalog({ connection, nowMicros: () => input.at * 1000, elapsedMs: () => 0 });
}

/** A process that runs schedules or calls of this database. */
export interface InstanceRow {
  readonly instanceId: string;
  readonly hostname: string;
  readonly pid: number;
  readonly version: string;
  readonly at: number;
  /** `session`: works without signs of life, as long as its process lives. */
  readonly state: "running" | "session";
}

/** Enters a process into the list. Again is a no-op. @throws EngineError. */
export function registerInstance(connection: Connection, row: InstanceRow): void {
  writeRows(
    connection,
    `INSERT INTO ${INSTANCES} (instance_id, hostname, pid, version, started_at, heartbeat_at, state) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    [row.instanceId, row.hostname, row.pid, row.version, timeText(row.at), timeText(row.at), row.state],
  );
}

/** Marks a process as ended: by itself, or by another that saw it dead. @throws EngineError. */
export function endInstance(connection: Connection, input: { readonly instanceId: string; readonly at: number }): void {
  writeRows(connection, `UPDATE ${INSTANCES} SET state = 'stopped', heartbeat_at = ? WHERE instance_id = ?`, [
    timeText(input.at),
    input.instanceId,
  ]);
}
