// The content of a database before it is served: the bootstrap query of the templates is tried, migrations are applied, and it is run again when they may have
// made its tables. On an empty database the first try fails, which is as it should be.
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { EngineError } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { migrate } from "../migrations/migrate.ts";
import { stateLine, stateWord } from "../migrations/state.ts";
import { readMigrations } from "../migrations/read-folder.ts";
import { stateOf } from "../migrations/records.ts";
import { openSession } from "../session.ts";
import type { Session } from "../session-types.ts";
import type { Filled, ToFill } from "./fill-apart.ts";
import type { Log } from "./types.ts";

/** Does it. @throws GrizzlyError when a migration fails or its files are wrong; what went before stays. */
export function fillDatabase(request: ToFill, log: Log): Filled {
  const files = readMigrations(request.migrations);
  const session = openSession({
    engine: sqliteEngine,
    database: request.database,
    create: false,
    busyTimeoutMs: request.busyTimeoutMs,
    directory: request.directory,
    output: {
      print: (text) => log("info", `migration: ${text}`),
      log: (level, text) => log(level, `migration: ${text}`),
      notice: (text) => log("info", `migration: ${text}`),
    },
  });
  try {
    const before = bootstrap(session, request);
    if (before !== undefined && "failure" in before)
      log("debug", `bootstrap: ${before.failure} (as expected where migrations make its tables)`);
    const { connection } = session;
    const state = stateOf(connection, files);
    const isWanted = files.length > 0 || state.load > 0;
    if (isWanted && !request.auto) {
      const word = stateWord(state);
      log(word === "Current" ? "info" : "warn", `${stateLine(word, state)} (migrations.auto is off)`);
    }
    const applied = isWanted && request.auto ? migrate(session, files, log).applied : [];
    const after = applied.length > 0 ? bootstrap(session, request) : before;
    if (after !== undefined && "failure" in after) log("error", `bootstrap: ${after.failure}`);
    else if (after !== undefined) log("info", `bootstrap: ${after.rows} query templates`);
    return { kind: "done", migrations: stateOf(connection, files) };
  } catch (error) {
    if (error instanceof EngineError) throw new GrizzlyError("DatabaseUnusable", error.message, { help: error.help });
    throw error;
  } finally {
    session.close();
  }
}

function bootstrap(
  session: Session,
  { bootstrap: text, name }: ToFill,
): { readonly rows: number } | { readonly failure: string } | undefined {
  if (text === undefined) return undefined;
  let rows = 0;
  const outcome = session.executeStatement(text, {
    args: { database: name },
    onResult: ({ result }) => {
      if (result.kind === "table") rows = result.table.length;
    },
  });
  switch (outcome.kind) {
    case "completed":
      return { rows };
    case "failed":
      return { failure: `${outcome.error.code}: ${outcome.error.message}` };
    default:
      return { failure: outcome.problems.map(({ code, message }) => `${code} ${message}`).join(" ") };
  }
}
