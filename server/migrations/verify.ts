// Tries migrations on a scratch copy of a database: up, down and up again must give the same schema as up alone. The database itself is not touched.
// Those that are applied are taken back on the copy, newest first, as far as the files have a way down, and applied again; then those that are not.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { Session } from "../session-types.ts";
import { applyOne, loadFiles, placeOf, runPart } from "./migrate.ts";
import { compareWithApplied, noteTakenBack, recorded, type RecordedMigration } from "./records.ts";
import { schemaDump } from "./schema-dump.ts";
import type { MigrationFile } from "./types.ts";

/** What was found. */
export interface Verified {
  /** Went up, down and up again to the same schema. */
  readonly same: readonly number[];
  /** Names of files without a way down, and of those before them that were applied already: they cannot be tried. */
  readonly skipped: readonly string[];
  /** One sentence for each that failed. */
  readonly faults: readonly string[];
}

/** A copy of a database to try things on, and how to take it away. */
export interface Scratch {
  readonly session: Session;
  close(): void;
}

/** Copies a database into a folder of its own. @throws EngineError. */
export function scratchCopy(original: Session, open: (database: string) => Session): Scratch {
  const folder = mkdtempSync(join(tmpdir(), "gobi-migrate-"));
  try {
    const file = join(folder, "scratch.gobi");
    original.connection.backup(file);
    const session = open(file);
    return {
      session,
      close: () => {
        session.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Tries all. @throws GrizzlyError MigrationConflict, and MigrationFailed when one does not even go up. */
export function verifyMigrations(session: Session, files: readonly MigrationFile[]): Verified {
  const { connection } = session;
  compareWithApplied(connection, files);
  const same: number[] = [];
  const skipped: string[] = [];
  const faults: string[] = [];
  const back = new Map<number, readonly string[]>();
  const applied = recorded(connection).filter(({ appliedAt }) => appliedAt !== undefined);
  const reachable = applied.slice(applied.findLastIndex(({ down }) => down === undefined) + 1);
  skipped.push(...applied.filter((row) => !reachable.includes(row)).map(titleOf));
  for (const migration of reachable.toReversed()) {
    back.set(migration.version, schemaDump(connection));
    const fault = tried(() => takeBack(session, migration));
    if (fault === undefined) continue;
    // What is below it cannot be reached any more, and what is above it is not as it was.
    return { same, skipped, faults: [...faults, fault] };
  }
  loadFiles(session, files);
  for (const migration of recorded(connection).filter(({ appliedAt }) => appliedAt === undefined)) {
    const fault = upDownUp(session, migration, back.get(migration.version));
    if (fault !== undefined) {
      faults.push(fault);
      // What comes behind it stands on something else than it would.
      break;
    }
    if (migration.down === undefined) skipped.push(titleOf(migration));
    else same.push(migration.version);
  }
  return { same, skipped, faults };
}

/** Gives what is wrong. `before` is the schema that it must lead to, where it was applied already and has been taken back. */
function upDownUp(
  session: Session,
  migration: RecordedMigration,
  before: readonly string[] | undefined,
): string | undefined {
  applyOne(session, migration);
  if (before === undefined && migration.down === undefined) return undefined;
  const up = before ?? schemaDump(session.connection);
  const fault =
    before === undefined
      ? tried(() => {
          takeBack(session, migration);
          applyOne(session, migration);
        })
      : undefined;
  if (fault !== undefined) return fault;
  const difference = firstDifference(up, schemaDump(session.connection));
  return difference === undefined
    ? undefined
    : `${titleOf(migration)}: up, down and up again is not the same: ${difference}`;
}

function titleOf({ version, name }: RecordedMigration): string {
  return `${version} (${name})`;
}

function takeBack(session: Session, migration: RecordedMigration): void {
  const { version, down = "", inTransaction } = migration;
  const what = `The way down of migration ${titleOf(migration)}`;
  runPart(session, { what, file: `${version}.down.sql`, text: down, inTransaction, skip: () => false }, () =>
    noteTakenBack(placeOf(session), version),
  );
}

/** The sentence of what failed. */
function tried(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof GrizzlyError) return error.message;
    throw error;
  }
}

function firstDifference(before: readonly string[], after: readonly string[]): string | undefined {
  const gone = before.find((line) => !after.includes(line));
  const come = after.find((line) => !before.includes(line));
  if (gone === undefined && come === undefined) return undefined;
  return [
    ...(gone === undefined ? [] : [`before \`${gone}\``]),
    ...(come === undefined ? [] : [`after \`${come}\``]),
  ].join(", ");
}
