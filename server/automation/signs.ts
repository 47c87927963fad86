// What every process that runs something does as long as it runs something, whether it leads, stands by, takes no part or is being stopped:
// it gives signs of life, so that others do not take its runs for orphans, and ends the runs whose end somebody asked for.
import type { Executor } from "../runs/executor.ts";
import type { RunStore } from "../runs/store.ts";
import type { RunClock } from "../runs/types.ts";
import type { LeaderTimes } from "./leader.ts";
import { periodic, type Periodic } from "./periodic.ts";

/** What signs of life need. */
export interface SignsOptions {
  readonly store: Pick<RunStore, "dataVersion">;
  readonly clock: RunClock;
  readonly executor: Pick<Executor, "heartbeat" | "heedCancelRequests">;
  readonly times: Pick<LeaderTimes, "leaseMs" | "heartbeatMs" | "pollMs">;
  /** True: the store shares a session's connection, whose own writes do not move its data version. */
  readonly shared: boolean;
  /** Told when the lease of this process has gone to another. */
  onLeaseLost(): Promise<void>;
  log(level: "error", text: string): void;
}

/** Begins; the first sign comes after one interval, since a process is registered with one. */
export function giveSigns(options: SignsOptions): Periodic {
  const { store, clock, executor, times } = options;
  let heeded: number | undefined;
  const beat = async (): Promise<void> => {
    const { leaseLost } = await executor.heartbeat(times.leaseMs);
    if (leaseLost) await options.onLeaseLost();
  };
  const heed = async (): Promise<void> => {
    const version = store.dataVersion();
    if (!options.shared && version === heeded) return;
    await executor.heedCancelRequests();
    heeded = version;
  };
  const onError = (error: unknown): void =>
    options.log("error", error instanceof Error ? (error.stack ?? error.message) : String(error));
  const rounds = [
    periodic(clock, Math.min(times.leaseMs / 3, times.heartbeatMs), beat, onError),
    periodic(clock, times.pollMs, heed, onError),
  ];
  return {
    stop: async () => {
      await Promise.all(rounds.map((round) => round.stop()));
    },
  };
}
