// Which database gobi works on: --db, else the environment, else that of the mounted folder that is meant (daemon/target.ts).
// Always one that exists: these commands look after databases and make none.
import { existsSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Session } from "../../server/session-types.ts";
import { type CommandContext, type CommandInput, textOption, UsageError } from "../commands/context.ts";
import { readFolderConfiguration } from "../../server/daemon/folder-configuration.ts";
import { folderState } from "../../server/daemon/pid-file.ts";
import { mountName } from "../../server/daemon/place.ts";
import { openFor } from "../open-session.ts";
import { targetFolder } from "./daemon/target.ts";

/** Environment variable that names the database when --db does not. */
const DATABASE_VARIABLE = "GOBI_DB";

/** Absolute path of the database. @throws UsageError when none is given, or the file does not exist. */
export function databaseOf(context: CommandContext, input: CommandInput): string {
  const given = textOption(input, "db") ?? context.environment[DATABASE_VARIABLE];
  if (given === undefined || given === "") return mountedDatabase(context);
  const path = resolve(context.cwd, given);
  if (!existsSync(path)) throw new UsageError(`there is no database ${given}; gobic run FILE --db ${given} makes one.`);
  return path;
}

/** Whether a database file is named: by --db or the environment. */
export function namesDatabase(context: CommandContext, input: CommandInput): boolean {
  return (textOption(input, "db") ?? context.environment[DATABASE_VARIABLE] ?? "") !== "";
}

/** The database of the folder that a daemon has mounted, or could. */
function mountedDatabase(context: CommandContext): string {
  const folder = targetFolder(context, undefined);
  if (folder === undefined)
    throw new UsageError(
      `give the database: --db FILE, or set ${DATABASE_VARIABLE}; no daemon runs whose database could be meant.`,
    );
  const { configuration } = readFolderConfiguration({
    folder,
    configFile: undefined,
    sets: [],
    environment: context.environment,
    stored: {},
  });
  const path = resolve(folder, configuration.get("database.file"));
  if (!existsSync(path))
    throw new UsageError(`the folder ${folder} has no database ${path} yet; gobi mount ${folder} makes it.`);
  return path;
}

/** The name of the mount whose database it is; undefined where it is none's. @throws UsageError. */
export function mountNameOf(context: CommandContext, input: CommandInput): string | undefined {
  const database = realpathSync(databaseOf(context, input));
  const folder = namesDatabase(context, input) ? dirname(database) : targetFolder(context, undefined);
  if (folder === undefined) return undefined;
  const real = realpathSync(folder);
  const state = folderState(real);
  const mounted = state.kind === "running" ? state.file : undefined;
  const { configuration } = readFolderConfiguration({
    folder: real,
    configFile: mounted?.configFile ?? undefined,
    sets: mounted?.sets ?? [],
    environment: context.environment,
    stored: {},
  });
  const own = resolve(real, configuration.get("database.file"));
  return existsSync(own) && realpathSync(own) === database ? mountName(real, configuration) : undefined;
}

/** A session on it. @throws UsageError. */
export function sessionOn(
  context: CommandContext,
  input: CommandInput,
  options: { readonly readOnly: boolean },
): Session {
  return openFor(context, { database: databaseOf(context, input), create: false, readOnly: options.readOnly });
}
