// gobi procedures run, gobi functions run: what gobic call does, on the database that gobi works on.
import { callCommand } from "../commands/call.ts";
import type { CommandHandler } from "../commands/context.ts";
import { databaseOf } from "./database.ts";

/** Calls a stored routine. */
export const callOnDatabase: CommandHandler = (context, input) =>
  callCommand(context, { ...input, options: { ...input.options, db: databaseOf(context, input) } });
