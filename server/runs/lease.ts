// Who runs the schedules of a database: the holder of one lease. Others stand by and take it when it is given back, when its holder is dead,
// or when it has not moved for its whole time. That time is measured with our own monotonic clock, so a wall clock that jumps takes no lease away.
import { readInstances, readLease } from "./reads.ts";
import type { RunStore } from "./store.ts";
import type { RunClock } from "./types.ts";
import type { Lease } from "./writes/rows.ts";

/** Name of the lease for running schedules. */
export const SCHEDULER_LEASE = "scheduler";

/** Whether a process lives: `unknown` for one of another machine. */
export type Liveness = (hostname: string, pid: number) => "alive" | "dead" | "unknown";

/** What a candidate for the lease needs. */
export interface LeaseCandidate {
  readonly store: RunStore;
  readonly clock: RunClock;
  readonly instanceId: string;
  readonly leaseMs: number;
  readonly liveness: Liveness;
}

/** A candidate for the lease. */
export interface LeaseWatch {
  /** Takes the lease when it may be taken now. Call it again and again: how long the holder has been still is counted between the calls. @throws EngineError. */
  tryToTake(): Promise<Lease | undefined>;
}

/** A candidate that has not looked yet. */
export function watchLease(candidate: LeaseCandidate): LeaseWatch {
  const { store, clock, instanceId, leaseMs, liveness } = candidate;
  let seen: { readonly key: string; readonly sinceMs: number } | undefined;
  return {
    tryToTake: async () => {
      const { lease, instances } = await store.read((connection) => ({
        lease: readLease(connection, SCHEDULER_LEASE),
        instances: readInstances(connection),
      }));
      const nowMs = clock.monotonicMs();
      let replaces: Lease | undefined;
      if (lease !== undefined) {
        const key = `${lease.holder}:${lease.fencing}:${lease.expiresAt}`;
        if (seen?.key !== key) seen = { key, sinceMs: nowMs };
        const holder = instances.find((instance) => instance.instanceId === lease.holder);
        const dead = holder === undefined || liveness(holder.hostname, holder.pid) === "dead";
        if (!dead && nowMs - seen.sinceMs < leaseMs) return undefined;
        replaces = { name: lease.name, holder: lease.holder, fencing: lease.fencing };
      }
      const at = clock.nowMs();
      return store.write("acquireLease", { name: SCHEDULER_LEASE, holder: instanceId, at, leaseMs, replaces });
    },
  };
}
