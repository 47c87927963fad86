// The effect oracle, for tests: which tables SQLite itself says a statement reads and writes, through views, native triggers, cascades and foreign key checks.
// EXPLAIN lists the b-trees that the statement's program opens; their root pages lead to the tables. Nothing is run.
// A table that is opened for writing is reported as written only, even when its old rows are read: SQLite uses one cursor for both.
import { cell } from "../../base/value/column.ts";
import type { Value } from "../../base/value/value.ts";
import { type Connection, EngineError } from "../engine.ts";
import { joinBatches } from "../rows.ts";
import { quoteName } from "./identifiers.ts";
import { scanSql } from "./scan.ts";

/** Tables by name, sorted; those outside `main` as `schema.name`. */
export interface TouchedTables {
  readonly read: readonly string[];
  readonly written: readonly string[];
}

/** Opcodes that open a b-tree by root page: where the page and the database stand, and whether they write. */
const OPENING: Readonly<
  Record<string, { readonly page: "p1" | "p2"; readonly database: "p2" | "p3"; readonly writes: boolean }>
> = {
  OpenRead: { page: "p2", database: "p3", writes: false },
  ReopenIdx: { page: "p2", database: "p3", writes: false },
  OpenWrite: { page: "p2", database: "p3", writes: true },
  // DELETE without WHERE empties the whole tree.
  Clear: { page: "p1", database: "p2", writes: true },
};

function rowsOf(
  connection: Connection,
  text: string,
  parameters: readonly Value[] = [],
): readonly Readonly<Record<string, Value>>[] {
  const { source } = connection.runText(text, parameters);
  const names = source?.columns.map((column) => column.name) ?? [];
  const batch = source === undefined ? undefined : joinBatches(source);
  if (batch === undefined) return [];
  return Array.from({ length: batch.length }, (_, row) =>
    Object.fromEntries(batch.columns.map((column, i) => [names[i] ?? "", cell(column, row)])),
  );
}

/** Names of tables by database number and root page; an index counts as its table. */
function tablesByRoot(connection: Connection): ReadonlyMap<string, string> {
  const tables = new Map<string, string>();
  for (const database of rowsOf(connection, "PRAGMA database_list")) {
    const schema = String(database["name"]);
    for (const row of rowsOf(
      connection,
      `SELECT tbl_name, rootpage FROM ${quoteName(schema)}.sqlite_schema WHERE rootpage > 0`,
    )) {
      tables.set(
        `${String(database["seq"])}:${String(row["rootpage"])}`,
        schema === "main" ? String(row["tbl_name"]) : `${schema}.${String(row["tbl_name"])}`,
      );
    }
    tables.set(`${String(database["seq"])}:1`, schema === "main" ? "sqlite_schema" : `${schema}.sqlite_schema`);
  }
  return tables;
}

/**
 * What SQLite would touch.
 * @throws EngineError when SQLite refuses the statement.
 */
export function touchedTables(connection: Connection, sql: string): TouchedTables {
  const parameters = scanSql(sql)
    .filter((token) => token.kind === "parameter")
    .map(() => null);
  const tables = tablesByRoot(connection);
  const read = new Set<string>();
  const written = new Set<string>();
  for (const step of rowsOf(connection, `EXPLAIN ${sql}`, parameters)) {
    const opening = OPENING[String(step["opcode"])];
    if (opening === undefined) continue;
    const key = `${String(step[opening.database])}:${String(step[opening.page])}`;
    const table = tables.get(key);
    // Trees that the statement itself makes (CREATE INDEX) have their page in a register.
    if (table === undefined && (Number(step["p5"]) & P2_IS_REGISTER) !== 0) continue;
    if (table === undefined)
      throw new EngineError(`EXPLAIN speaks of page ${key}, which no table has.`, {
        kind: "other",
        code: "GOBI_ORACLE",
      });
    (opening.writes ? written : read).add(table);
  }
  return { read: [...read].filter((table) => !written.has(table)).sort(), written: [...written].sort() };
}

/** Flag in p5 of the opening opcodes. */
const P2_IS_REGISTER = 0x10;
