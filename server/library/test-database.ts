// A database for tests of programs that use the library: in memory, with a schema, emptied between tests, filled with rows.
import { InternalError } from "../../base/failure.ts";
import { readRows, textOf } from "../sql/rows.ts";
import type { Session } from "../session-types.ts";
import { Trap } from "../../bytecode/trap.ts";
import { CATALOG_PREFIX } from "../sql/forms.ts";

/** Deletes the rows of all tables of the user, of views and system tables none: triggers do not fire, numbers of AUTOINCREMENT go on. @throws Trap, EngineError. */
export function emptyTables(session: Session): void {
  const { connection } = session;
  const names = readRows(
    connection,
    `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '${CATALOG_PREFIX.replaceAll("_", "\\_")}%' ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%'`,
  ).map((row) => textOf(row[0]));
  // One transaction: keys between the tables are looked at when all are empty.
  const text = [
    "BEGIN",
    "PRAGMA defer_foreign_keys = ON",
    ...names.map((name) => `DELETE FROM "${name.replaceAll('"', '""')}"`),
    "COMMIT",
  ];
  run(session, "DISABLE TRIGGERS FOR SESSION");
  try {
    for (const statement of text) run(session, statement);
  } catch (error) {
    if (connection.inTransaction) connection.rollback();
    throw error;
  } finally {
    run(session, "ENABLE TRIGGERS FOR SESSION");
  }
}

function run(session: Session, text: string): void {
  const outcome = session.executeStatement(text);
  if (outcome.kind === "failed") throw new Trap(outcome.error);
  if (outcome.kind === "rejected") throw new InternalError(outcome.problems.map(({ message }) => message).join(" "));
}
