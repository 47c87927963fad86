// Brings a database up to its folder of migrations: the files are recorded, then applied one after the other, each in a transaction of its own.
// Several processes may do it at once: who comes second waits for the write lock and finds the work done.
import { atOnce } from "../sql/at-once.ts";
import { assertNever } from "../../base/failure.ts";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { CatalogPlace } from "../catalog/schema.ts";
import type { Outcome, Session } from "../session-types.ts";
import {
  compareWithApplied,
  forgetWithoutFile,
  noteApplied,
  record,
  recorded,
  type RecordedMigration,
  stateOf,
} from "./records.ts";
import { stateLine, stateWord } from "./state.ts";
import type { MigrationFile, MigrationLog, MigrationState } from "./types.ts";

/** What became of the migrations of a folder. */
export interface Migrated {
  readonly state: MigrationState;
  /** Versions that were applied now. */
  readonly applied: readonly number[];
}

/**
 * Applies what is not applied. What was applied before a failure stays.
 * @param apply Carries one out; tests hand in one that does nothing.
 * @throws GrizzlyError MigrationConflict, MigrationFailed (with the version), MigrationStalled; EngineError.
 */
export function migrate(
  session: Session,
  files: readonly MigrationFile[],
  log: MigrationLog,
  apply: (session: Session, migration: RecordedMigration) => void = applyOne,
): Migrated {
  const { connection } = session;
  compareWithApplied(connection, files);
  forgetWithoutFile(connection, files);
  const applied: number[] = [];
  for (;;) {
    const state = stateOf(connection, files);
    const word = stateWord(state);
    log("info", stateLine(word, state));
    switch (word) {
      case "Current":
        return { state, applied };
      case "Loading":
        loadFiles(session, files);
        break;
      case "Updating": {
        loadFiles(session, files);
        const next = recorded(connection).find(({ appliedAt }) => appliedAt === undefined);
        if (next !== undefined) apply(session, next);
        if (stateOf(connection, files).apply === state.apply)
          throw new GrizzlyError(
            "MigrationStalled",
            `APPLY stays at ${state.apply} although migration ${next?.version ?? state.load} was carried out.`,
          );
        applied.push(next?.version ?? 0);
        break;
      }
      default:
        assertNever(word, "migration state");
    }
  }
}

/** The catalog's place of a session. */
export function placeOf({ connection }: Session): CatalogPlace {
  return { connection, nowMicros: () => Date.now() * 1000, elapsedMs: () => performance.now() };
}

/** Records the files; those that were changed since, and are not applied, as they are now. @throws EngineError. */
export function loadFiles(session: Session, files: readonly MigrationFile[]): void {
  const { connection } = session;
  const known = new Map(recorded(connection).map((row) => [row.version, row.checksum]));
  if (files.every(({ version, checksum }) => known.get(version) === checksum)) return;
  atOnce(connection, () => {
    record(placeOf(session), files);
  });
}

/** Carries a migration out and notes it, unless somebody else has done it meanwhile. @throws GrizzlyError MigrationFailed; EngineError. */
export function applyOne(session: Session, { version, name, up, inTransaction }: RecordedMigration): void {
  const { connection } = session;
  const what = `Migration ${version} (${name})`;
  const isDone = (): boolean =>
    recorded(connection).some((row) => row.version === version && row.appliedAt !== undefined);
  const startedMs = performance.now();
  runPart(session, { what, file: `${version}_${name}.sql`, text: up, inTransaction, skip: isDone }, () =>
    noteApplied(placeOf(session), version, performance.now() - startedMs),
  );
}

/** Text of a migration, one way or the other. */
export interface MigrationPart {
  readonly what: string;
  readonly file: string;
  readonly text: string;
  readonly inTransaction: boolean;
  /** Asked when the write lock is held: true when somebody else has done it. */
  readonly skip: () => boolean;
}

/** Runs a text and then notes it, both in one transaction unless the file says otherwise. @throws GrizzlyError MigrationFailed; EngineError. */
export function runPart(session: Session, part: MigrationPart, note: () => void): void {
  if (!part.inTransaction) {
    if (part.skip()) return;
    run(session, part);
    note();
    return;
  }
  refuseControl(session, part);
  control(session, part, "BEGIN IMMEDIATE");
  try {
    if (!part.skip()) {
      run(session, part);
      note();
    }
    control(session, part, "COMMIT");
  } catch (error) {
    if (session.inTransaction) session.executeStatement("ROLLBACK");
    throw error;
  }
}

/** A COMMIT in the middle would leave half of a file behind. */
function refuseControl(session: Session, { what, file, text }: MigrationPart): void {
  const { module } = session.analyze({ name: file, text });
  const found = module.items.some(
    ({ statement }) => statement.kind === "sql" && statement.statement.kind === "transactionControl",
  );
  if (found)
    throw new GrizzlyError("MigrationFailed", `${what} holds BEGIN or COMMIT; it is one transaction by itself.`, {
      help: "Leave them out, or write `-- notransaction` into the file.",
    });
}

function control(session: Session, { what }: MigrationPart, text: string): void {
  refuse(what, session.executeStatement(text));
}

function run(session: Session, { what, file, text }: MigrationPart): void {
  refuse(what, session.execute({ name: file, text }));
}

/** @throws GrizzlyError MigrationFailed for everything but success. */
function refuse(what: string, outcome: Outcome): void {
  if (outcome.kind === "completed") return;
  const reason =
    outcome.kind === "failed"
      ? `${outcome.error.code}: ${outcome.error.message}`
      : outcome.problems
          .filter(({ severity }) => severity === "error")
          .map(({ code, message, help }) => `${code} ${message}${help === undefined ? "" : ` ${help}`}`)
          .join("\n");
  throw new GrizzlyError("MigrationFailed", `${what} failed: ${reason}`, {
    problems: outcome.problems,
  });
}
