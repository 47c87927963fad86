// Which commits are a connection's own: those that SQLite has numbered while the connection saw none of anybody else.
import { existsSync } from "node:fs";
import type { Connection } from "../../storage/engine.ts";
import { LogLook } from "../../storage/sqlite/log-head.ts";
import { type CommitNoting, noteCommits } from "./commit-journal.ts";

/** The database as a connection saw it before a piece of work. */
export interface Mark {
  readonly commits: number;
  readonly dataVersion: number;
}

/** How it is now; undefined where the log cannot be read. */
export function markOf(look: LogLook, connection: Connection): Mark | undefined {
  // In this order: a commit of somebody else's between the two is seen by the version.
  const dataVersion = connection.dataVersion();
  const head = look.head();
  return head === undefined ? undefined : { commits: head.commits, dataVersion };
}

/** Number of the last commit, when there were any since the mark. `isOwn`: all of them were this connection's. */
export function since(
  look: LogLook,
  connection: Connection,
  mark: Mark,
): { readonly last: number; readonly isOwn: () => boolean } | undefined {
  const head = look.head();
  if (head === undefined || head.commits <= mark.commits) return undefined;
  return { last: head.commits, isOwn: () => connection.dataVersion() === mark.dataVersion };
}

/** Writers besides lanes, which have numbers from 1 to 99. */
export const WRITERS = { automation: 0, lead: 100 } as const;

/** Goes around work. */
export type Around = <T>(work: () => T) => T;

/** For a connection that writes only tables of the catalog: what goes around each piece of work that waits for nothing, and notes its commits as such. */
export function catalogCommits(
  connection: Connection,
  { database, journal: path, writer }: { readonly database: string; readonly journal: string; readonly writer: number },
): Around {
  const look = new LogLook(database);
  let journal: CommitNoting | undefined;
  return (work) => {
    // The Lead makes it, perhaps later. Without it, commits pass for somebody else's.
    if (journal === undefined && existsSync(path)) journal = noteCommits(path, writer);
    const mark = journal === undefined ? undefined : markOf(look, connection);
    if (journal === undefined || mark === undefined) return work();
    journal.busy(true);
    try {
      const result = work();
      const found = since(look, connection, mark);
      if (found?.isOwn() === true) journal.note(mark.commits + 1, found.last, []);
      return result;
    } finally {
      journal.busy(false);
    }
  };
}
