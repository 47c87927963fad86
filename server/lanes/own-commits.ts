// Which commits are a connection's own: those that SQLite has numbered while the connection saw none of anybody else.
import type { Connection } from "../../storage/engine.ts";
import { LogLook } from "../../storage/sqlite/log-head.ts";
import { noteCommits } from "./commit-journal.ts";

/** The database as a connection saw it before a piece of work. */
interface Mark {
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

/** For a connection that writes only tables of the catalog: does a piece of work that waits for nothing, and notes its commits as such. */
export function catalogCommits(
  connection: Connection,
  database: string,
  journalPath: string,
): { around<T>(work: () => T): T; close(): void } {
  const look = new LogLook(database);
  const journal = noteCommits(journalPath);
  return {
    around: (work) => {
      const mark = markOf(look, connection);
      const result = work();
      const found = mark === undefined ? undefined : since(look, connection, mark);
      if (mark !== undefined && found?.isOwn() === true) journal.note(mark.commits + 1, found.last, []);
      return result;
    },
    close: () => journal.close(),
  };
}
