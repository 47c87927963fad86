// gobi settings: what holds for the schedules and runs of a database, with defaults; setting one and taking it back.
import { atOnce } from "../../server/sql/at-once.ts";
import { Trap } from "../../bytecode/trap.ts";
import { EngineError } from "../../storage/engine.ts";
import { listSettings, writeSetting } from "../../server/catalog/settings.ts";
import { tableFromRows } from "../../server/manage/world.ts";
import type { Session } from "../../server/session-types.ts";
import { type CommandContext, type CommandHandler, type CommandInput, EXIT } from "../commands/context.ts";
import { printResult } from "../output/results.ts";
import { sessionOn } from "./database.ts";
import { printerFor } from "./options.ts";

/** Lists all. */
export const settingsListCommand: CommandHandler = (context, input) =>
  withSession(context, input, true, (session) => {
    const rows = listSettings(session.connection).map(({ name, value, default: otherwise, doc }) => [
      name,
      value ?? null,
      otherwise,
      doc,
    ]);
    const table = tableFromRows(["name", "value", "default", "meaning"], rows);
    const types = table.columns.map((column) => column.type);
    printResult(printerFor(context, input), { kind: "table", table, types });
  });

/** Sets one. */
export const settingsSetCommand: CommandHandler = (context, input) =>
  withSession(context, input, false, (session) =>
    write(session, String(input.arguments[0]), String(input.arguments[1])),
  );

/** Takes one back to its default. */
export const settingsUnsetCommand: CommandHandler = (context, input) =>
  withSession(context, input, false, (session) => write(session, String(input.arguments[0]), undefined));

function write(session: Session, name: string, value: string | undefined): void {
  const { connection } = session;
  atOnce(connection, () => {
    writeSetting({ connection, nowMicros: () => Date.now() * 1000, elapsedMs: () => performance.now() }, name, value);
  });
}

function withSession(
  context: CommandContext,
  input: CommandInput,
  readOnly: boolean,
  work: (session: Session) => void,
): number {
  const session = sessionOn(context, input, { readOnly });
  try {
    work(session);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof Trap) && !(error instanceof EngineError)) throw error;
    const message = error instanceof Trap ? error.value.message : error.message;
    context.writeError(`${context.errorStyle.red("error")}: ${message}\n`);
    return EXIT.failed;
  } finally {
    session.close();
  }
}
