// DESCRIBE: what the database holds of what the session may use, for tools, as JSON: schema and routines as protocol/client/described.ts has them, and the lists of other objects.
import { trap } from "../../bytecode/trap.ts";
import { cell } from "../../base/value/column.ts";
import { toJson } from "../../base/value/json.ts";
import { Json, type TableValue, type Value } from "../../base/value/value.ts";
import { describeRoutines, describeSchema } from "../programs/describe.ts";
import type { Session } from "../session-types.ts";

/** Each kind of thing with the query that lists it. */
const QUERIES: Readonly<Record<string, string>> = {
  triggers: "SELECT * FROM system.triggers ORDER BY name",
  schedules: "SELECT * FROM system.schedules ORDER BY name",
  pipelines: "SELECT * FROM system.pipelines ORDER BY name",
};

/** What each word of DESCRIBE asks for. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  triggers: ["triggers"],
  schedules: ["schedules"],
  pipelines: ["pipelines"],
};

type Row = Readonly<Record<string, unknown>>;

function rowsOf(table: TableValue, name: string | undefined): readonly Row[] {
  const { fields } = table.shape;
  const rows = Array.from({ length: table.length }, (_, row) =>
    Object.fromEntries(table.columns.map((column, index) => [fields[index] ?? "", plain(cell(column, row))])),
  );
  const wanted = name?.toLowerCase();
  return wanted === undefined ? rows : rows.filter((row) => String(row["name"]).toLowerCase() === wanted);
}

/** A value as JSON.parse would give it; a column that holds JSON as what it says. */
function plain(value: Value): unknown {
  return JSON.parse(value instanceof Json ? value.text : toJson(value).text);
}

/** The description as JSON text. @throws Trap WrongArguments for another word; what the session fails with. */
export function describeCatalog(session: Session, what: string, name: string | undefined): string {
  if (what === "schema") return JSON.stringify(describeSchema(session.connection, name, session.sees()));
  if (what === "routines") return JSON.stringify(describeRoutines(session.connection, name, session.sees()));
  const parts = Object.hasOwn(WORDS, what) ? WORDS[what] : undefined;
  if (parts === undefined)
    throw trap(
      "WrongArguments",
      `${what} cannot be described; there are schema, routines, ${Object.keys(WORDS).join(", ")}.`,
    );
  const found = parts.map((part): readonly [string, readonly Row[]] => {
    const run = session.begin(QUERIES[part] ?? "");
    let rows: readonly Row[] = [];
    const failure = run.step(({ result }) => {
      if (result.kind === "table") rows = rowsOf(result.table, name);
    });
    if (failure !== undefined) throw trap("SqlError", failure.error.message);
    return [part, rows];
  });
  return JSON.stringify(Object.fromEntries(found));
}
