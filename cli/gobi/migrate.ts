// gobi migrate, gobi migrate status: bring a database up to its folder of migrations, try them on a copy, tell where it stands.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { problemLines } from "../../server/config/configuration.ts";
import { readFolderConfiguration } from "../../server/daemon/folder-configuration.ts";
import { tableFromRows } from "../../server/manage/world.ts";
import { migrate } from "../../server/migrations/migrate.ts";
import { stateLine, stateWord } from "../../server/migrations/state.ts";
import { readMigrations } from "../../server/migrations/read-folder.ts";
import { listMigrations, stateOf } from "../../server/migrations/records.ts";
import { scratchCopy, verifyMigrations } from "../../server/migrations/verify.ts";
import type { MigrationFile } from "../../server/migrations/types.ts";
import {
  type CommandContext,
  type CommandHandler,
  type CommandInput,
  EXIT,
  flag,
  textOption,
  UsageError,
} from "../commands/context.ts";
import { openFor, type OpenRequest } from "../open-session.ts";
import { printResult } from "../output/results.ts";
import { neededFolder } from "./daemon/target.ts";
import { printerFor } from "./options.ts";

/** A database and the migrations that belong to it. */
interface Place {
  readonly database: string;
  readonly folder: string;
  readonly files: readonly MigrationFile[];
}

/** `--db` with `--from`, or the mounted folder that is meant with what its configuration says. @throws UsageError, GrizzlyError. */
function placeOf(context: CommandContext, input: CommandInput): Place {
  const from = textOption(input, "from");
  const database = textOption(input, "db");
  if (database !== undefined) {
    const folder = resolve(context.cwd, from ?? "migrations");
    return { database: resolve(context.cwd, database), folder, files: readMigrations(folder) };
  }
  const mounted = neededFolder(context, input.arguments[0]);
  const { configuration, problems } = readFolderConfiguration({
    folder: mounted,
    configFile: undefined,
    sets: [],
    environment: context.environment,
    stored: {},
  });
  if (problems.length > 0) throw new UsageError(`the configuration has mistakes:\n${problemLines(problems)}`);
  const folder =
    from === undefined ? resolve(mounted, configuration.get("migrations.folder")) : resolve(context.cwd, from);
  return { database: resolve(mounted, configuration.get("database.file")), folder, files: readMigrations(folder) };
}

/** Applies what is not applied; with --verify tries all of it on a copy instead. */
export const migrateCommand: CommandHandler = (context, input) => {
  const place = placeOf(context, input);
  if (flag(input, "verify")) return verify(context, place);
  if (place.files.length === 0) context.write(`There are no migrations in ${place.folder}.\n`);
  const session = openFor(context, { database: place.database });
  try {
    migrate(session, place.files, (_, text) => context.write(`${text}\n`));
    return EXIT.ok;
  } finally {
    session.close();
  }
};

function verify(context: CommandContext, { database, files }: Place): number {
  const original = openFor(context, existing(database));
  try {
    const scratch = scratchCopy(original, (copy) => openFor(context, { database: copy, create: false }));
    try {
      const { same, skipped, faults } = verifyMigrations(scratch.session, files);
      const given = same.length === 1 ? "1 migration gives" : `${same.length} migrations give`;
      context.write(`${given} the same schema when going up, down and up again.\n`);
      if (skipped.length > 0) context.write(`Not tried, because there is no way down: ${skipped.join(", ")}.\n`);
      for (const fault of faults) context.writeError(`${fault}\n`);
      return faults.length === 0 ? EXIT.ok : EXIT.failed;
    } finally {
      scratch.close();
    }
  } finally {
    original.close();
  }
}

/** The database for who only looks: a file that does not exist is not made. */
function existing(database: string): OpenRequest {
  return existsSync(database) ? { database, create: false, readOnly: true } : { database: undefined };
}

/** Tells where the database stands, migration by migration. Exit code 1 when something is not applied. */
export const migrateStatusCommand: CommandHandler = (context, input) => {
  const { database, files } = placeOf(context, input);
  const session = openFor(context, existing(database));
  try {
    const state = stateOf(session.connection, files);
    const rows = listMigrations(session.connection, files).map(({ version, name, state: at, appliedAt, hasDown }) => [
      version,
      name,
      at,
      appliedAt ?? null,
      hasDown ? "yes" : "no",
    ]);
    const word = stateWord(state);
    if (!flag(input, "json")) context.write(`${stateLine(word, state)}\n`);
    const table = tableFromRows(["version", "name", "state", "applied_at", "down"], rows);
    printResult(printerFor(context, input), { kind: "table", table, types: table.columns.map(({ type }) => type) });
    return word === "Current" ? EXIT.ok : EXIT.failed;
  } finally {
    session.close();
  }
};
