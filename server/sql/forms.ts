// What the host must know about a statement before it runs: which of our functions it calls, whether it reads `system.*`, whether it would write the catalog.
// Found once per form; forms are constants of programs and never change.
import type { SqlForm, SqlPart, SqlParts } from "../../base/sql-form.ts";
import { SYSTEM_TABLES } from "../../base/system-tables.ts";
import { trap, type Trap } from "../../bytecode/trap.ts";

/** Prefix of the catalog's tables; names that begin with it belong to the catalog. */
export const CATALOG_PREFIX = "gobi_";

/** Facts about one form. */
export interface FormFacts {
  /** Names of `routine` parts, each once. */
  readonly functions: readonly string[];
  /** Names of the system tables it mentions as `system.x`, lower case. */
  readonly systemTables: readonly string[];
  /** Lower-case names that begin with the catalog's prefix. */
  readonly catalogNames: readonly string[];
  /** Numbers of parameters that are table names. */
  readonly tableNameParameters: readonly number[];
  /** Numbers of parameters in table position whose columns only the value knows. */
  readonly openRowsParameters: readonly number[];
  /** None of the above: the statement goes to the engine as it is. */
  readonly plain: boolean;
  /** It changes the schema. Asked here, not of the form, because forms are of many shapes for V8. */
  readonly isDdl: boolean;
}

interface Found {
  readonly functions: Set<string>;
  readonly systemTables: Set<string>;
  readonly catalogNames: Set<string>;
  readonly tableNameParameters: Set<number>;
  readonly openRowsParameters: Set<number>;
}

const factsByForm = new WeakMap<SqlForm, FormFacts>();

/** The form asked for last: a statement in a loop is asked for each time it runs. */
let lastForm: SqlForm | undefined;
let lastFacts: FormFacts | undefined;

/** The facts of a form. */
export function factsOf(form: SqlForm): FormFacts {
  if (form === lastForm && lastFacts !== undefined) return lastFacts;
  const facts = factsByForm.get(form) ?? findFacts(form);
  lastForm = form;
  lastFacts = facts;
  return facts;
}

function findFacts(form: SqlForm): FormFacts {
  const found: Found = {
    functions: new Set(),
    systemTables: new Set(),
    catalogNames: new Set(),
    tableNameParameters: new Set(),
    openRowsParameters: new Set(),
  };
  walkParts(form.parts, found);
  const facts: FormFacts = {
    functions: [...found.functions],
    systemTables: [...found.systemTables],
    catalogNames: [...found.catalogNames],
    tableNameParameters: [...found.tableNameParameters],
    openRowsParameters: [...found.openRowsParameters],
    plain: Object.values(found).every((set: ReadonlySet<unknown>) => set.size === 0),
    isDdl: form.verb === "ddl",
  };
  factsByForm.set(form, facts);
  return facts;
}

function walkParts(parts: SqlParts, found: Found): void {
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    if (part === undefined) continue;
    const table = systemTableAt(parts, index);
    if (table !== undefined) found.systemTables.add(table);
    walkPart(part, found);
  }
}

/** The system table when `system`, `.`, `x` stand at this index. */
export function systemTableAt(parts: SqlParts, index: number): string | undefined {
  const schema = parts[index];
  const dot = parts[index + 1];
  const name = parts[index + 2];
  if (typeof schema !== "object" || schema.p !== "name" || schema.name.toLowerCase() !== "system") return undefined;
  if (dot !== "." || typeof name !== "object" || name.p !== "name") return undefined;
  return name.name.toLowerCase();
}

function walkPart(part: SqlPart, found: Found): void {
  if (typeof part === "string") return;
  switch (part.p) {
    case "name":
      if (part.name.toLowerCase().startsWith(CATALOG_PREFIX)) found.catalogNames.add(part.name.toLowerCase());
      return;
    case "tableName":
      found.tableNameParameters.add(part.index);
      return;
    case "rows":
      if (part.columns.length === 0) found.openRowsParameters.add(part.index);
      return;
    case "lookup":
      for (const arg of part.args) walkParts(arg, found);
      return;
    case "routine":
      found.functions.add(part.name);
      for (const arg of part.args) walkParts(arg, found);
      return;
    case "call":
      for (const arg of part.args) walkParts(arg, found);
      if (part.suffix !== undefined) walkParts(part.suffix, found);
      return;
    case "operator":
      walkParts(part.left, found);
      walkParts(part.right, found);
      return;
    case "cast":
    case "sortKey":
      walkParts(part.value, found);
      return;
    case "limit":
      if (part.limit !== undefined) walkParts(part.limit, found);
      if (part.offset !== undefined) walkParts(part.offset, found);
      return;
    case "piece":
      walkParts(part.parts, found);
      return;
    case "upsert":
      walkParts(part.table, found);
      walkParts(part.source, found);
      return;
    default:
  }
}

/** What changes a system table instead of DML. */
const STATEMENT_FOR: Readonly<Record<string, string>> = {
  routines: "upsert PROCEDURE, CREATE FUNCTION or DROP PROCEDURE",
  procedures: "upsert PROCEDURE or DROP PROCEDURE",
  functions: "CREATE FUNCTION or DROP FUNCTION",
  routine_versions: "upsert PROCEDURE or ROLLBACK PROCEDURE",
  dependencies: "the declaration of the routine that depends",
  triggers: "upsert TRIGGER, ENABLE TRIGGER or DROP TRIGGER",
  schedules: "upsert SCHEDULE, ENABLE SCHEDULE or DROP SCHEDULE",
  pipelines: "upsert PIPELINE or DROP PIPELINE",
  pipeline_steps: "upsert PIPELINE",
  pipeline_versions: "upsert PIPELINE",
  types: "CREATE TYPE or DROP TYPE",
  runs: "RUN SCHEDULE, an async call or CANCEL RUN",
  tables: "CREATE TABLE or DROP TABLE",
  columns: "ALTER TABLE",
  users: "CREATE USER, ALTER USER or DROP USER",
  roles: "CREATE ROLE or DROP ROLE",
  role_members: "GRANT or REVOKE",
  grants: "GRANT or REVOKE",
  api_tokens: "CREATE TOKEN or REVOKE TOKEN",
};

/** The refusal of a direct write to a catalog table; `name` is `procedures` or `gobi_procedures`. */
export function catalogWriteTrap(name: string): Trap {
  const short = name.startsWith(CATALOG_PREFIX) ? name.slice(CATALOG_PREFIX.length) : name;
  const instead = STATEMENT_FOR[short];
  const help = instead === undefined ? "It is kept by the catalog" : `Use ${instead}`;
  return trap("PermissionDenied", `system.${short} cannot be changed directly. ${help}.`);
}

/** True when a name in a text belongs to the catalog: `gobi_x`, or a system table after `system`. */
export function isCatalogName(name: string): boolean {
  const lower = name.toLowerCase();
  return lower.startsWith(CATALOG_PREFIX) && Object.hasOwn(SYSTEM_TABLES, lower.slice(CATALOG_PREFIX.length));
}
