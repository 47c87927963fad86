// What SQLite itself does for a feed: triggers of a table, or a view into which events are inserted, that write into the change log. They are in the file, so that
// they work for other programs as well; nothing of ours is needed there but SQLite's own functions.
// A trigger must never make somebody's statement fail: bytes and numbers that JSON cannot hold are written as texts.
import { CATALOG_PREFIX } from "../sql/forms.ts";

/** A stored object as SQLite keeps it. */
export interface CaptureObject {
  readonly type: "trigger" | "view";
  readonly name: string;
  /** The statement that makes it. */
  readonly sql: string;
}

/** Operations on a table, as events name them. */
export const OPERATIONS = ["INSERT", "UPDATE", "DELETE"] as const;
/** As events of a view and of deadlocks name what happened. */
export const EVENT_OPERATION = "EVENT";
export const DEADLOCK_OPERATION = "DEADLOCK";

const LOG = `${CATALOG_PREFIX}change_log`;
/** Fixed width and microseconds, as all timestamps of the catalog. */
const NOW = "strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z'";
/** Ints beyond it are texts, as in the JSON of the gateway. */
const EXACT_MAX = Number.MAX_SAFE_INTEGER;
const FLOAT_MAX = "1.7976931348623157e308";

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The triggers that write what happens to a table. */
export function tableCapture(table: string, columns: readonly string[]): readonly CaptureObject[] {
  return OPERATIONS.map((operation) => {
    const name = `${CATALOG_PREFIX}feed_${table}_${operation.toLowerCase()}`;
    const parts: string[] = [];
    if (operation !== "INSERT") parts.push(`'"old":' || ${rowJson("OLD", columns)}`);
    if (operation !== "DELETE") parts.push(`'"new":' || ${rowJson("NEW", columns)}`);
    const data = `'{' || ${parts.join(` || ',' || `)} || '}'`;
    return {
      type: "trigger",
      name,
      sql: `CREATE TRIGGER ${quoteName(name)} AFTER ${operation} ON ${quoteName(table)} FOR EACH ROW BEGIN ${logged(quoteText(table), operation, data)}; END`,
    };
  });
}

/** A view that takes events: `INSERT INTO price_alarm (data) VALUES ('{…}')`. */
export function eventCapture(event: string): readonly CaptureObject[] {
  // No name of the catalog's: the checker must see that the view takes rows.
  const name = `feed_${event}_event`;
  const data = "CASE WHEN json_valid(NEW.data) THEN NEW.data ELSE json_quote(CAST(NEW.data AS TEXT)) END";
  return [
    {
      type: "view",
      name: event,
      sql: `CREATE VIEW ${quoteName(event)} AS SELECT data FROM ${LOG} WHERE table_name = ${quoteText(event)} AND operation = '${EVENT_OPERATION}'`,
    },
    {
      type: "trigger",
      name,
      sql: `CREATE TRIGGER ${quoteName(name)} INSTEAD OF INSERT ON ${quoteName(event)} FOR EACH ROW BEGIN ${logged(quoteText(event), EVENT_OPERATION, data)}; END`,
    },
  ];
}

function logged(table: string, operation: string, data: string): string {
  return `INSERT INTO ${LOG} (table_name, operation, data, timestamp) VALUES (${table}, '${operation}', ${data}, ${NOW})`;
}

/** A row as a JSON object; put together by halves, because SQLite bounds how deep an expression may be, and how many arguments a function takes. */
function rowJson(row: "OLD" | "NEW", columns: readonly string[]): string {
  const members = columns.map((column, index) => {
    const key = `${index === 0 ? "" : ","}${JSON.stringify(column)}:`;
    return `${quoteText(key)} || ${valueJson(`${row}.${quoteName(column)}`)}`;
  });
  return `'{' || ${joined(members)} || '}'`;
}

function joined(parts: readonly string[]): string {
  if (parts.length <= 1) return `(${parts[0] ?? "''"})`;
  const middle = Math.ceil(parts.length / 2);
  return `(${joined(parts.slice(0, middle))} || ${joined(parts.slice(middle))})`;
}

function valueJson(value: string): string {
  return `json_quote(CASE typeof(${value}) WHEN 'blob' THEN hex(${value}) WHEN 'integer' THEN CASE WHEN ${value} BETWEEN -${EXACT_MAX} AND ${EXACT_MAX} THEN ${value} ELSE CAST(${value} AS TEXT) END WHEN 'real' THEN CASE WHEN ${value} BETWEEN -${FLOAT_MAX} AND ${FLOAT_MAX} THEN ${value} ELSE CAST(${value} AS TEXT) END ELSE ${value} END)`;
}
