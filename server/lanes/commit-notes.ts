// What a lane says of its own commits: to the journal at once, so that whoever keeps answers lets go only of those that read what was written.
// Where others came in between nothing is noted, and the commits pass for somebody's who may have written anything.
import type { CatalogView } from "../../compiler/catalog-view.ts";
import type { Effects } from "../../compiler/effects/effects.ts";
import { LogLook } from "../../storage/sqlite/log-head.ts";
import { type CommitNoting, noteCommits } from "./commit-journal.ts";
import { type Mark, markOf, since } from "./own-commits.ts";
import { writtenReach } from "./written-reach.ts";
import type { LaneSession } from "./lane-session.ts";

/** The notes of one lane. */
export class CommitNotes {
  readonly #look: LogLook;
  #journal: CommitNoting | undefined;
  #path: string | undefined;

  readonly #lane: number;

  /** @param lane Its number. */
  constructor(database: string, lane: number) {
    this.#look = new LogLook(database);
    this.#lane = lane;
  }

  /** The file to note commits in; undefined: nobody wants to know. */
  use(path: string | undefined): void {
    if (path === this.#path) return;
    this.close();
    this.#path = path;
    this.#journal = path === undefined ? undefined : noteCommits(path, this.#lane);
  }

  /**
   * Does a piece of work that waits for nothing, and notes its commits; what it writes is in the session's notes when it returns.
   * @throws what the work throws: nothing is noted then.
   */
  around<T>(session: LaneSession, work: () => T): T {
    const journal = this.#journal;
    const mark = journal === undefined ? undefined : markOf(this.#look, session.engine.connection);
    if (journal === undefined || mark === undefined) return work();
    const { followUps } = session.engine;
    journal.busy(true);
    try {
      const result = work();
      this.#note(session, mark, followUps);
      return result;
    } finally {
      journal.busy(false);
    }
  }

  #note({ engine, written }: LaneSession, mark: Mark, followUps: number): void {
    const found = since(this.#look, engine.connection, mark);
    if (found === undefined) return;
    written.committed = true;
    if (!found.isOwn()) return;
    if (written.calls) written.reach(engine.catalogView());
    const isKnown = !written.anything && engine.followUps === followUps;
    this.#journal?.note(mark.commits + 1, found.last, isKnown ? [...written.tables] : "anything");
  }

  close(): void {
    this.#journal?.close();
    this.#journal = undefined;
  }
}

/** What a session's transaction, or its last statements, have written. */
export class Written {
  readonly tables = new Set<string>();
  /** True: more than the tables. */
  anything = false;
  /** True when routines were called, whose effects may be older than the schema. */
  calls = false;
  /** True when something was committed meanwhile. */
  committed = false;

  /** Adds what a statement or a routine may write; undefined: nobody knows. */
  add(effects: Effects | undefined): void {
    for (const { table } of effects?.writes ?? []) this.tables.add(table);
    if (effects === undefined || effects.dynamic || effects.manages || effects.jobs || effects.defines.length > 0)
      this.anything = true;
    this.calls ||= effects !== undefined && effects.calls.length > 0;
  }

  /** Adds what follows the tables by triggers and foreign keys as they are now. */
  reach(catalog: CatalogView): void {
    const reached = writtenReach(catalog, this.tables);
    if (reached === "anything") this.anything = true;
    else for (const table of reached) this.tables.add(table);
  }

  clear(): void {
    this.tables.clear();
    this.anything = false;
    this.calls = false;
    this.committed = false;
  }
}
