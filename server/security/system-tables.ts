// Which system tables everybody may read: those that tell what there is. What tells of people, secrets, settings and data needs a grant or an administrator.
import type { Need } from "../../base/privileges.ts";

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
  "schedules",
  "dependencies",
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
