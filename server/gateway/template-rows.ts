// Rows of templates, by the names of their columns: of the catalog's tables, or of the bootstrap query of the configuration.
import { cell } from "../../base/value/column.ts";
import { Json, type Value } from "../../base/value/value.ts";
import type { RawTable } from "./json.ts";
import { PARAMETER_TYPES, type ParameterType, type Queue, QUEUES, type TemplateRow } from "./types.ts";

/** The question for the templates that are stored; `:namespace` is whose they are. */
export const STORED_TEMPLATES = `SELECT t.namespace, t.query_id, t.version, t.name, t.description, t.lane, t.timeout_ms, t.visibility, t.params, t.cache_ttl_ms, s.sql_text
  FROM system.query_templates t JOIN system.query_template_sql s ON s.namespace = t.namespace AND s.query_id = t.query_id
  WHERE t.namespace = :namespace AND t.status = 'active' AND s.dialect IN ('generic', 'sqlite') ORDER BY t.query_id, s.dialect`;

/** Templates by number, and what is wrong with the others. */
export interface ReadRows {
  readonly templates: ReadonlyMap<number, TemplateRow>;
  readonly rejected: readonly RejectedRow[];
}

/** A row that is no template. */
export interface RejectedRow {
  /** Undefined: it has no number. */
  readonly id: number | undefined;
  readonly reason: string;
}

const TIMEOUT_MS = 30_000;

/** Reads them. Of one number the last row counts: what stands for one dialect comes behind `generic`. */
export function templateRows(table: RawTable, namespace: string): ReadRows {
  const names = table.columns.map(({ name }) => name.toLowerCase());
  const templates = new Map<number, TemplateRow>();
  const rejected: RejectedRow[] = [];
  const missing = ["query_id", "name", "sql_text"].filter((name) => !names.includes(name));
  if (missing.length > 0)
    return { templates, rejected: [{ id: undefined, reason: `The templates have no column ${missing.join(", ")}.` }] };
  for (const part of table.parts)
    for (let row = 0; row < part.length; row += 1) {
      const cells = new Map(names.map((name, at) => [name, valueAt(part.columns[at], row)]));
      const template = templateOf(cells, namespace);
      if ("reason" in template) rejected.push(template);
      else templates.set(template.id, template);
    }
  return { templates, rejected };
}

function valueAt(column: Parameters<typeof cell>[0] | undefined, row: number): Value {
  return column === undefined ? null : cell(column, row);
}

/** A row, or why it cannot be a template. */
function templateOf(cells: ReadonlyMap<string, Value>, namespace: string): TemplateRow | RejectedRow {
  const text = (name: string, otherwise: string): string => {
    const value = cells.get(name);
    return value === null || value === undefined ? otherwise : value instanceof Json ? value.text : String(value);
  };
  const number = Number(text("query_id", ""));
  const id = Number.isSafeInteger(number) && number >= 0 ? number : undefined;
  const name = text("name", "");
  const wrong = (reason: string): RejectedRow => ({
    id,
    reason: `Query ${text("query_id", "?")} (${name}): ${reason}`,
  });
  if (id === undefined || name === "") return wrong("it has no whole number, or no name.");
  const queue = text("lane", "medium");
  if (!(QUEUES as readonly string[]).includes(queue)) return wrong(`there is no lane ${queue}.`);
  const timeoutMs = Number(text("timeout_ms", String(TIMEOUT_MS)));
  if (!(timeoutMs > 0)) return wrong(`${text("timeout_ms", "")} is no time in milliseconds.`);
  const ttl = text("cache_ttl_ms", "");
  if (ttl !== "" && !(Number(ttl) > 0)) return wrong(`${ttl} is no time in milliseconds.`);
  const params = paramsOf(text("params", "{}"));
  if (typeof params === "string") return wrong(params);
  return {
    namespace,
    id,
    version: Number(text("version", "1")),
    name,
    description: text("description", ""),
    queue: queue as Queue,
    timeoutMs,
    isPublic: text("visibility", "private") === "public",
    params,
    cacheTtlMs: ttl === "" ? undefined : Number(ttl),
    text: text("sql_text", ""),
  };
}

function paramsOf(json: string): Readonly<Record<string, ParameterType>> | string {
  let declared: unknown;
  try {
    declared = JSON.parse(json);
  } catch {
    declared = undefined;
  }
  if (typeof declared !== "object" || declared === null || Array.isArray(declared))
    return "its params are no JSON object of names and types.";
  const odd = Object.entries(declared).find(([, type]) => !(PARAMETER_TYPES as readonly unknown[]).includes(type));
  if (odd !== undefined) return `${odd[0]} has no known type (${String(odd[1])}).`;
  return declared as Readonly<Record<string, ParameterType>>;
}
