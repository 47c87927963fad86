// Versions of what answers were read from: each moves when one of its tables may have been written, by whom soever.
// Commits of lanes are in the journal with their tables; any other one may have written anything. A commit that is not in it yet may still be noted a moment
// later: until that is known, what is asked for has a version that no answer from before has.
import type { Committed } from "../../storage/sqlite/commit-watch.ts";
import { type NotedCommit, tableBit } from "../lanes/commit-journal.ts";

/** After so long a commit that no lane has noted is somebody else's, in milliseconds. */
const NOTED_WITHIN_MS = 20;
/** Commits between two looks; of more it is not asked what they wrote. */
const COMMITS_MAX = 4096;

/** What they are found out from. */
export interface TableVersionPorts {
  /** What was committed since it was last asked. */
  readonly take: () => Committed | undefined;
  /** What a lane has noted of a commit. */
  readonly find: (number: number) => NotedCommit | undefined;
  readonly monotonicMs: () => number;
}

/** The versions of all tables. */
export interface TableVersions {
  /** Never the same again once one of the tables may have changed. Undefined: of anything at all. */
  version(tables: readonly string[] | undefined): number;
}

/** Versions from now on. */
export function makeTableVersions(ports: TableVersionPorts): TableVersions {
  const { take, find, monotonicMs } = ports;
  /** Counts what happened. */
  let moment = 0;
  let anythingAt = 0;
  const writtenAt = new Map<number, number>();
  /** Commits of which nobody knows yet what they wrote. */
  let open: { first: number; last: number; sinceMs: number } | undefined;
  const anything = (): void => {
    moment += 1;
    anythingAt = moment;
  };
  const settle = (): void => {
    while (open !== undefined) {
      const noted = find(open.first);
      if (noted === undefined && monotonicMs() - open.sinceMs < NOTED_WITHIN_MS) return;
      if (noted === undefined || noted === "anything") anything();
      else {
        moment += 1;
        for (const bit of noted) writtenAt.set(bit, moment);
      }
      open.first += 1;
      if (open.first > open.last) open = undefined;
    }
  };
  const look = (): void => {
    const committed = take();
    if (committed?.kind === "commits") {
      moment += 1;
      open = { first: open?.first ?? committed.first, last: committed.last, sinceMs: monotonicMs() };
    }
    if (committed?.kind === "anything" || (open !== undefined && open.last - open.first > COMMITS_MAX)) {
      open = undefined;
      anything();
    }
    settle();
  };
  return {
    version: (tables) => {
      look();
      // Below zero: none that was or will be said of a time when all was known.
      if (open !== undefined) return -moment;
      if (tables === undefined) return moment;
      return tables.reduce((latest, table) => Math.max(latest, writtenAt.get(tableBit(table)) ?? 0), anythingAt);
    },
  };
}
