// Commits of other programs to the file of the database, and those of our own processes that tell nobody which tables they wrote. SQLite numbers all commits
// (storage/sqlite/log-head.ts) and lanes note theirs in a journal: whatever is not in it while no lane may be about to note something was somebody else's.
// A look is one read of 96 bytes; no engine is needed.
import { LogLook } from "../../../storage/sqlite/log-head.ts";
import { type CommitReading, makeCommitJournal, readCommits } from "../../lanes/commit-journal.ts";
import type { RunClock } from "../../runs/types.ts";

/** A commit is told by the next look, unless a lane is at work. */
const LOOK_EVERY_MS = 25;
/** Looks for which a lane that is at work is waited for: it may be in a long statement, and the commit somebody else's. */
const PATIENCE = 3;

/** What it works with. */
export interface ForeignCommitPorts {
  readonly database: string;
  /** Where lanes note their commits; made here. */
  readonly journalPath: string;
  readonly clock: RunClock;
  /** Somebody else has committed something. */
  readonly tell: () => void;
  readonly warn: (text: string) => void;
}

/** The watch over one database. */
export class ForeignCommits {
  readonly #ports: ForeignCommitPorts;
  readonly #look: LogLook;
  #made: { close(): void } | undefined;
  #journal: CommitReading | undefined;
  #stopTimer: (() => void) | undefined;
  /** Number of the last commit at the last look; undefined: nothing was seen yet. */
  #seen: number | undefined;
  /** The first commit of which nobody knows yet whose it is, and the looks since it was seen. */
  #next = 0;
  #looks = 0;

  constructor(ports: ForeignCommitPorts) {
    this.#ports = ports;
    this.#look = new LogLook(ports.database);
  }

  /** Makes the journal. Without it everything that is kept goes old with every commit, and no commit of another program is noticed. */
  open(): void {
    const { journalPath, warn } = this.#ports;
    try {
      this.#made = makeCommitJournal(journalPath);
      this.#journal = readCommits(journalPath);
    } catch (error) {
      warn(`The journal of commits could not be made: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Where lanes note their commits. */
  get journalPath(): string | undefined {
    return this.#journal === undefined ? undefined : this.#ports.journalPath;
  }

  /** Begins to look, or ends it. What was committed before it began is not told. */
  watch(wanted: boolean): void {
    if (!wanted) {
      this.#stopTimer?.();
      this.#stopTimer = undefined;
      this.#seen = undefined;
    } else if (this.#stopTimer === undefined && this.#journal !== undefined) {
      this.#lookOnce();
      this.#again();
    }
  }

  /** Again is a no-op. */
  close(): void {
    this.watch(false);
    this.#journal?.close();
    this.#made?.close();
    this.#journal = undefined;
    this.#made = undefined;
  }

  #again(): void {
    this.#stopTimer = this.#ports.clock.timer(LOOK_EVERY_MS, () => {
      this.#again();
      this.#lookOnce();
    });
  }

  #lookOnce(): void {
    const now = this.#look.head()?.commits;
    const before = this.#seen;
    this.#seen = now;
    if (now === undefined || before === undefined || now < before) {
      // The first look, no log, or one that was made anew, where nobody can say what was missed.
      this.#next = (now ?? 0) + 1;
      if (before !== undefined && before !== now) this.#ports.tell();
      return;
    }
    let isForeign = false;
    while (this.#next <= now) {
      // In this order: a lane that is not at work any more has noted what it did.
      const mayCome = this.#journal?.anyBusy() === true && this.#looks < PATIENCE;
      const isNoted = this.#journal?.find(this.#next) !== undefined;
      if (!isNoted && mayCome) {
        this.#looks += 1;
        break;
      }
      isForeign ||= !isNoted;
      this.#next += 1;
      this.#looks = 0;
    }
    if (isForeign) this.#ports.tell();
  }
}
