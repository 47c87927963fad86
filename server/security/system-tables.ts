// Which system tables everybody may read: those that tell what there is. What tells of people, secrets, settings and data needs a grant or an administrator.
// And what the engine itself tells of schema, statements and file, which is for administrators.
import type { Need } from "../../base/privileges.ts";
import type { Connection } from "../../storage/engine.ts";
import { readRows } from "../sql/rows.ts";

const OPEN: ReadonlySet<string> = new Set([
  "procedures",
  "functions",
  "routines",
  "types",
  "tables",
  "columns",
  "triggers",
  "pipelines",
  "pipeline_steps",
  "pipeline_versions",
  "schedules",
  "jobs",
  "constraint_types",
  "action_types",
  "schema_migrations",
  "roles",
]);

/** Whether a need is to read a system table that everybody may read. */
export function isOpenTable(need: Need): boolean {
  const name = need.objectName.toLowerCase();
  return need.privilege === "SELECT" && name.startsWith("system.") && OPEN.has(name.slice("system.".length));
}

/** Tables and functions of the engine that show nothing but what they are given. */
const HARMLESS = /^jsonb?_(?:each|tree)$/u;

/** Whether a table that is needed, or a function, is the engine's own and shows the schema of everybody, statistics with samples of rows, or the file's pages. */
export function isEngineOwn(connection: Connection, objectName: string): boolean {
  const name = objectName.toLowerCase().replace(/^main\./u, "");
  if (/^(?:sqlite_|pragma_)/u.test(name)) return true;
  if (name.endsWith("()"))
    return (
      /^(?:gobi_|fts\d|load_extension|readfile|writefile|edit)/u.test(name) || isModule(connection, name.slice(0, -2))
    );
  return !name.includes(".") && isModule(connection, name);
}

function isModule(connection: Connection, name: string): boolean {
  if (HARMLESS.test(name)) return false;
  return readRows(connection, "SELECT 1 FROM pragma_module_list WHERE name = ? COLLATE NOCASE", [name]).length > 0;
}

/** What is asked for, in the words of a refusal. */
export function engineWords({ objectName }: Need): string {
  const name = objectName.replace(/^main\./u, "");
  return name.endsWith("()") ? `The function ${name.slice(0, -2)}` : `The table ${name}`;
}
