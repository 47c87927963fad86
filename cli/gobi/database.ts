// Which database gobi works on: --db, else the environment. Always one that exists: gobi looks after databases and makes none.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Session } from "../../server/session-types.ts";
import { type CommandContext, type CommandInput, textOption, UsageError } from "../commands/context.ts";
import { openFor } from "../open-session.ts";

/** Environment variable that names the database when --db does not. */
const DATABASE_VARIABLE = "GOBI_DB";

/** Absolute path of the database. @throws UsageError when none is given, or the file does not exist. */
export function databaseOf(context: CommandContext, input: CommandInput): string {
  const given = textOption(input, "db") ?? context.environment[DATABASE_VARIABLE];
  if (given === undefined || given === "")
    throw new UsageError(`give the database: --db FILE, or set ${DATABASE_VARIABLE}.`);
  const path = resolve(context.cwd, given);
  if (!existsSync(path)) throw new UsageError(`there is no database ${given}; gobic run FILE --db ${given} makes one.`);
  return path;
}

/** A session on it. @throws UsageError. */
export function sessionOn(
  context: CommandContext,
  input: CommandInput,
  options: { readonly readOnly: boolean },
): Session {
  return openFor(context, { database: databaseOf(context, input), create: false, readOnly: options.readOnly });
}
