// Prints the neutral SQL form as SQLite text.
// Does not check: names are resolved and types known; what SQLite refuses is reported when the text is prepared.
import { assertNever } from "../../base/failure.ts";
import type { SqlForm, SqlPart, SqlParts } from "../../base/sql-form.ts";
import { parseInterval, printInterval } from "../../base/value/interval.ts";
import {
  parseDate,
  parseTime,
  parseTimestamp,
  printDate,
  printTime,
  printTimestamp,
} from "../../base/value/temporal.ts";
import { sqliteDeclaration } from "../../base/sqlite-types.ts";
import { EngineError } from "../engine.ts";
import type { Slot } from "./bind.ts";
import { printCall, printCast, printOperator } from "./calls.ts";
import { finishFragment, type Fragment, joinFragments, sql } from "./fragment.ts";
import { quoteName, quoteText } from "./identifiers.ts";

/** What printing needs from the connection. */
export interface PrintContext {
  /** The quoted name of the table that parameter `index` names. @throws EngineError `noSuchTable`. */
  tableName(index: number): string;
  /** The virtual table that reads table values of this many columns. */
  moduleFor(columnCount: number): string;
  /** True when the statement must be stoppable: each of its loops then asks `gobi_tick` (ticks.ts). */
  readonly ticks?: boolean;
  /** Hears of each function of ours that the statement calls. */
  routine?(name: string, argumentCount: number): void;
}

/** A statement ready to prepare. */
export interface PrintedStatement {
  readonly text: string;
  readonly slots: readonly Slot[];
}

/** Prints a statement. */
export function printStatement(form: SqlForm, context: PrintContext): PrintedStatement {
  const { text, slots } = finishFragment(printParts(form.parts, { ...context, stored: form.verb === "ddl" }));
  return { text: text.trim(), slots };
}

/** `stored`: the text stays in the schema, where other programs meet it. */
interface InnerContext extends PrintContext {
  readonly stored: boolean;
}

function printParts(parts: SqlParts, context: InnerContext): Fragment {
  return parts.flatMap((part) => printPart(part, context));
}

function printPart(part: SqlPart, context: InnerContext): Fragment {
  if (typeof part === "string") return [part];
  switch (part.p) {
    case "name":
      return [quoteName(part.name)];
    case "text":
      return [quoteText(part.value)];
    case "bool":
      return [part.value ? "TRUE" : "FALSE"];
    case "bytes":
      return [`x'${part.hex}'`];
    case "temporal":
      return [quoteText(canonicalTemporal(part))];
    case "parameter":
      return [{ kind: "value", index: part.index, type: part.type, place: part.place, wide: part.wide === true }];
    case "tableName":
      return [context.tableName(part.index)];
    case "rows":
      return printRows(part, context);
    case "call":
      return printCall(
        part,
        part.args.map((arg) => printParts(arg, context)),
        part.suffix === undefined ? [] : printParts(part.suffix, context),
        context.stored,
      );
    case "operator":
      return printOperator(part, printParts(part.left, context), printParts(part.right, context), context.stored);
    case "cast":
      return printCast(part, printParts(part.value, context));
    case "sortKey":
      return printSortKey(part, printParts(part.value, context), context);
    case "tick":
      return printTick(part, context);
    case "limit":
      return printLimit(part, context);
    case "upsert":
      return printUpsert(part, context);
    case "columnType":
      return [part.text === "" ? declarationOf(part) : sqliteDeclaration(part.text)];
    case "lookup":
      return sql(
        "gobi_lookup(",
        [{ kind: "rows", index: part.index }],
        ...part.args.flatMap((arg) => [", ", printParts(arg, context)]),
        ")",
      );
    case "piece":
      return printParts(part.parts, context);
    case "routine":
      context.routine?.(part.name, part.args.length);
      return sql(
        quoteName(part.name),
        "(",
        joinFragments(
          part.args.map((arg) => printParts(arg, context)),
          ", ",
        ),
        ")",
      );
    default:
      return assertNever(part, "printPart");
  }
}

function canonicalTemporal(part: Extract<SqlPart, { p: "temporal" }>): string {
  const text = temporalText(part);
  if (text === undefined)
    throw new EngineError(`'${part.value}' is not of type ${part.type}.`, { kind: "syntax", code: "GOBI_LITERAL" });
  return text;
}

function temporalText({ type, value }: Extract<SqlPart, { p: "temporal" }>): string | undefined {
  switch (type) {
    case "date": {
      const date = parseDate(value);
      return date && printDate(date);
    }
    case "time": {
      const time = parseTime(value);
      return time && printTime(time, "fixed");
    }
    case "timestamp":
    case "timestamptz": {
      const timestamp = parseTimestamp(value);
      return timestamp && printTimestamp(timestamp, "fixed");
    }
    case "interval": {
      const interval = parseInterval(value);
      return interval && printInterval(interval);
    }
    default:
      return undefined;
  }
}

/** LIMIT -1 keeps SQLite from flattening the list into an outer join, where it would be read once per row of the left side. */
function printRows(part: Extract<SqlPart, { p: "rows" }>, context: InnerContext): Fragment {
  const [only] = part.columns;
  if (part.columns.length === 1 && only !== undefined && only.name === "value") {
    const value = only.type === "bytes" ? "unhex(value)" : "value";
    return sql(
      `(SELECT ${value} AS value FROM json_each(`,
      [{ kind: "list", index: part.index, type: only.type, wide: only.wide === true }],
      ") LIMIT -1)",
    );
  }
  const columns = part.columns.map((column, i) => `c${i + 1} AS ${quoteName(column.name)}`).join(", ");
  return sql(
    `(SELECT ${columns} FROM ${context.moduleFor(part.columns.length)}(`,
    [{ kind: "rows", index: part.index }],
    ") LIMIT -1)",
  );
}

function printSortKey(part: Extract<SqlPart, { p: "sortKey" }>, value: Fragment, context: InnerContext): Fragment {
  if (part.wide === true && part.type === "decimal") return sql("gobi_decimal_key(", value, ")");
  if (part.type === "timestamp" || part.type === "timestamptz")
    return context.stored ? value : sql("gobi_instant(", value, ")");
  return value;
}

/** The likelihood keeps the predicate out of the planner's estimates; it is not deterministic, so that it stays inside the loop. */
function printTick({ at, sources }: Extract<SqlPart, { p: "tick" }>, context: InnerContext): Fragment {
  if (context.ticks !== true) return at === "guard" ? [" WHERE true"] : [];
  if (at === "guard") return [];
  const columns = joinFragments(
    sources.map((source) => printParts(source, context)),
    " IS ",
  );
  const predicate = sql("likelihood(gobi_tick(", columns, sources.length === 1 ? " IS NULL" : "", "), 1.0)");
  return at === "where" ? sql(" WHERE ", predicate) : sql(predicate, " AND ");
}

function printLimit(part: Extract<SqlPart, { p: "limit" }>, context: InnerContext): Fragment {
  const limit = part.limit === undefined ? ["-1"] : printParts(part.limit, context);
  return part.offset === undefined
    ? sql("LIMIT ", limit)
    : sql("LIMIT ", limit, " OFFSET ", printParts(part.offset, context));
}

function startsWithValues(source: SqlParts): boolean {
  return typeof source[0] === "string" && /^\s*VALUES\b/i.test(source[0]);
}

/** A query as source stands in a subquery with WHERE: `SELECT … FROM t ON CONFLICT` would be read as a join. */
function printUpsert(part: Extract<SqlPart, { p: "upsert" }>, context: InnerContext): Fragment {
  const source = printParts(part.source, context);
  const keys = new Set(part.keys.map((key) => key.toLowerCase()));
  const others = part.columns.filter((column) => !keys.has(column.toLowerCase())).map(quoteName);
  const target = part.keys.length === 0 ? "" : ` (${part.keys.map(quoteName).join(", ")})`;
  const action =
    others.length === 0
      ? "DO NOTHING"
      : `DO UPDATE SET ${others.map((name) => `${name} = excluded.${name}`).join(", ")}`;
  return sql(
    "INSERT INTO ",
    printParts(part.table, context),
    ` (${part.columns.map(quoteName).join(", ")}) `,
    startsWithValues(part.source) ? source : sql("SELECT * FROM (", source, ") WHERE TRUE"),
    ` ON CONFLICT${target} ${action}`,
  );
}

function declarationOf(part: Extract<SqlPart, { p: "columnType" }>): string {
  if (part.type === undefined) return "";
  return sqliteDeclaration(part.args.length === 0 ? part.type : `${part.type}(${part.args.join(", ")})`);
}
