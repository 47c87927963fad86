// Whether a trigger can be the engine's own (ARCHITECTURE.md section 6, native): its text for SQLite, or the reason why not.
// Looked at on its own here; what else stands on its tables decides in native-neighbours.ts. The rules are narrow on purpose: where a value could come out otherwise than
// in the machine (collations, dates, functions that only our connections have), the trigger is fired by us.
import type { ScalarName } from "../../base/scalar.ts";
import type { Effects } from "../effects/effects.ts";
import { EFFECT_FLAGS } from "../effects/join.ts";
import type { BinaryOperator, Block, Expression, SqlStatement } from "../syntax/tree.ts";

/** A table or view as the decision looks at it. */
export interface NativeTable {
  readonly name: string;
  readonly schema: string;
  readonly kind: string;
  readonly hasCollations: boolean;
  readonly columns: readonly NativeColumn[];
  readonly foreignKeys: readonly { readonly table: string; readonly onDelete: string; readonly onUpdate: string }[];
}
interface NativeColumn {
  readonly name: string;
  readonly type: ScalarName | undefined;
  /** Columns of one declaration store their values alike. */
  readonly declaration: string;
}

/** The main database as the decision looks at it. Names in any case. */
export interface NativeSchema {
  table(name: string): NativeTable | undefined;
  tables(): readonly NativeTable[];
  /** Whether triggers of the engine's own stand on a table, besides those that stand for ours. */
  hasEngineTriggers(table: string): boolean;
}

/** What a trigger's header says about when and how it fires. */
export interface NativeHeader {
  readonly timings: readonly string[];
  readonly events: readonly { readonly event: string; readonly columns: readonly string[] }[];
  readonly each: "row" | "statement";
  readonly schema: string | undefined;
  readonly table: string;
  readonly onError: "abort" | "log";
  readonly isAsync: boolean;
}

/** A trigger as statements of SQLite, without its name; or why it has none. */
export type NativeCandidate =
  | { readonly kind: "native"; readonly clauses: string; readonly writes: readonly string[] }
  | { readonly kind: "ours"; readonly reason: string };

/** What is looked at. */
export interface Candidate {
  readonly header: NativeHeader;
  /** Of the procedure it calls. */
  readonly calleeParameters: number;
  /** The statements of its body or of the procedure it calls, and the text that their spans refer to; undefined: it has no block. */
  readonly code: { readonly block: Block; readonly text: string } | undefined;
  readonly when: { readonly condition: Expression; readonly text: string } | undefined;
  readonly effects: Effects;
  readonly schema: NativeSchema;
}

/** Thrown inside this file only: the reason ends the search. */
class Refusal {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

function refuse(reason: string): never {
  throw new Refusal(reason);
}

/** The engine's form of a trigger, or why it has none. */
export function nativeCandidate(candidate: Candidate): NativeCandidate {
  try {
    return { kind: "native", ...clausesOf(candidate) };
  } catch (error) {
    if (error instanceof Refusal) return { kind: "ours", reason: error.reason };
    throw error;
  }
}

function clausesOf(candidate: Candidate): { readonly clauses: string; readonly writes: readonly string[] } {
  const { header, effects, schema } = candidate;
  refuseByHeader(header, candidate.calleeParameters);
  const [event] = header.events;
  const table = schema.table(header.table) ?? refuse(`${header.table} is not there yet`);
  const writes = writesOf(effects, table);
  const written = writes.map((name) => schema.table(name) ?? refuse(`${name} is not there yet`));
  for (const each of [table, ...written]) {
    if (each.kind !== "table" || each.schema !== "main") refuse(`${each.name} is no table of the main database`);
    if (each.hasCollations) refuse(`${each.name} has columns with a collation`);
  }
  const code = candidate.code ?? refuse("its body is an expression");
  const statements = code.block.statements.map((statement) => {
    if (statement.kind !== "sql") return refuse("its body has a statement that is no SQL");
    refuseStatement(statement.statement, { table, written });
    return code.text.slice(statement.statement.span.start, statement.statement.span.end);
  });
  if (statements.length === 0) refuse("its body is empty");
  const { when } = candidate;
  if (when !== undefined) refuseCondition(when.condition, table);
  const whenText = when === undefined ? "" : ` WHEN ${when.text}`;
  const columns = event?.columns ?? [];
  const of = columns.length === 0 ? "" : ` OF ${columns.map(quoted).join(", ")}`;
  return {
    clauses: `AFTER ${event?.event.toUpperCase() ?? ""}${of} ON ${quoted(table.name)} FOR EACH ROW${whenText} BEGIN ${statements.join("; ")}; END`,
    writes,
  };
}

/** A name for SQLite's own CREATE TRIGGER in our grammar. */
function quoted(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

function refuseByHeader(header: NativeHeader, calleeParameters: number): void {
  const { timings, events } = header;
  if (timings.length !== 1 || timings[0] !== "after") refuse("it fires before the row is written");
  if (header.each === "statement") refuse("it fires for each statement");
  if (events.length !== 1) refuse("it has several events");
  if (events.some(({ event }) => event === "upsert")) refuse("the engine has no upsert event");
  if (header.isAsync) refuse("it runs after the commit");
  if (header.onError === "log") refuse("an error of it is logged");
  if (header.schema !== undefined && header.schema.toLowerCase() !== "main")
    refuse("it stands on a table of another database");
  if (calleeParameters > 0) refuse("it calls a procedure with parameters");
}

/** The tables that it writes: its effects may hold nothing else. */
function writesOf(effects: Effects, table: NativeTable): readonly string[] {
  const writes = effects.writes.map((access) => access.table);
  const [flag] = EFFECT_FLAGS.filter((each) => effects[each]);
  if (flag !== undefined) refuse(`it needs the machine (${flag})`);
  if (effects.defines.length > 0) refuse("it changes the schema");
  if (effects.raises.length > 0) refuse(`it may raise ${effects.raises.join(", ")}`);
  const read = effects.reads.find((access) => !writes.includes(access.table));
  if (read !== undefined) refuse(`it reads ${read.table.replace(/^main\./, "")}`);
  if (writes.some((name) => name.replace(/^main\./i, "").toLowerCase() === table.name.toLowerCase()))
    refuse("it writes its own table");
  return writes.map((name) => name.replace(/^main\./i, ""));
}

interface Tables {
  readonly table: NativeTable;
  readonly written: readonly NativeTable[];
}

function refuseStatement(statement: SqlStatement, tables: Tables): void {
  switch (statement.kind) {
    case "insert": {
      if (statement.verb !== "insert" || statement.or !== undefined || statement.conflicts.length > 0)
        refuse("it handles conflicts");
      if (statement.with !== undefined || statement.returning.length > 0 || statement.source === undefined)
        refuse("it has an INSERT with more than values");
      return refuseInserted(statement, tables);
    }
    case "update": {
      if (statement.with !== undefined || statement.from !== undefined || statement.or !== undefined)
        refuse("it has an UPDATE with more than SET and WHERE");
      if (statement.returning.length > 0 || statement.orderBy.length > 0 || statement.limit !== undefined)
        refuse("it has an UPDATE with more than SET and WHERE");
      for (const { value } of statement.assignments) refuseExpression(value, tables.table);
      if (statement.where !== undefined) refuseExpression(statement.where, tables.table);
      return;
    }
    case "delete": {
      if (statement.with !== undefined || statement.returning.length > 0 || statement.orderBy.length > 0)
        refuse("it has a DELETE with more than WHERE");
      if (statement.limit !== undefined) refuse("it has a DELETE with more than WHERE");
      if (statement.where !== undefined) refuseExpression(statement.where, tables.table);
      return;
    }
    default:
      refuse("it has a statement that is no INSERT, UPDATE or DELETE");
  }
}

function refuseInserted(statement: Extract<SqlStatement, { readonly kind: "insert" }>, tables: Tables): void {
  const { source } = statement;
  if (source === undefined || source.with !== undefined || source.orderBy.length > 0 || source.limit !== undefined)
    return refuse("it has an INSERT with more than values");
  const written = tables.written.find(
    (table) => table.name.toLowerCase() === statement.target.name?.parts.at(-1)?.text.toLowerCase(),
  );
  const columns = statement.columns.map(({ text }) => text.toLowerCase());
  const columnAt = (index: number): NativeColumn | undefined =>
    columns.length === 0
      ? written?.columns[index]
      : written?.columns.find((column) => column.name.toLowerCase() === columns[index]);
  if (source.body.kind === "values") {
    for (const row of source.body.rows)
      for (const [index, value] of row.entries()) refuseValue(value, columnAt(index), tables.table);
    return;
  }
  if (source.body.kind !== "core" || source.body.from !== undefined || source.body.where !== undefined)
    return refuse("it has an INSERT with more than values");
  for (const [index, column] of source.body.columns.entries()) {
    if (column.kind !== "column") return refuse("it has an INSERT with more than values");
    refuseValue(column.value, columnAt(index), tables.table);
  }
}

/** A value that is stored: a column of OLD or NEW may be copied into one that was declared alike, whatever its type. */
function refuseValue(value: Expression, column: NativeColumn | undefined, table: NativeTable): void {
  const copied = rowColumn(value, table);
  if (copied === undefined) return refuseExpression(value, table);
  if (PLAIN_TYPES.has(copied.type ?? "any")) return;
  if (copied.declaration !== column?.declaration) refuse(`${copied.name} is copied into a column of another type`);
}

const PLAIN_TYPES: ReadonlySet<string> = new Set(["int", "float", "string", "bool", "any", "bytes"]);
const COMPUTED_TYPES: ReadonlySet<string> = new Set(["int", "float", "string"]);
const COMPARISONS: ReadonlySet<BinaryOperator> = new Set<BinaryOperator>([
  "=",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "and",
  "or",
]);
const OPERATORS: ReadonlySet<BinaryOperator> = new Set<BinaryOperator>([...COMPARISONS, "+", "-", "*", "||"]);

/** `NEW.c` and `OLD.c`. */
function rowColumn(e: Expression, table: NativeTable): NativeColumn | undefined {
  if (e.kind === "parenthesized") return rowColumn(e.inner, table);
  if (e.kind !== "member" || e.object.kind !== "name" || !/^(new|old)$/i.test(e.object.name.text)) return undefined;
  const name = e.name.text.toLowerCase();
  return table.columns.find((column) => column.name.toLowerCase() === name) ?? refuse(`${table.name} has no ${name}`);
}

/** Expressions that are the same in the engine, whoever's connection fires it. */
function refuseExpression(e: Expression, table: NativeTable): void {
  const column = rowColumn(e, table);
  if (column !== undefined) {
    if (!COMPUTED_TYPES.has(column.type ?? "any")) refuse(`it computes with ${column.name}`);
    return;
  }
  switch (e.kind) {
    case "number":
      if (e.form === "decimal") refuse("it has a decimal");
      return;
    case "null":
    case "boolean":
    case "name":
      return;
    case "string":
      if (e.quote !== "single") refuse("it has a text in double quotes");
      return;
    case "parenthesized":
      return refuseExpression(e.inner, table);
    case "binary":
      if (!OPERATORS.has(e.operator)) refuse(`it uses the operator ${e.operator}`);
      refuseExpression(e.left, table);
      return refuseExpression(e.right, table);
    default:
      refuse("it computes what only we compute");
  }
}

/** Conditions are code, not SQL: only what means the same in both. */
function refuseCondition(e: Expression, table: NativeTable): void {
  const column = rowColumn(e, table);
  if (column !== undefined) {
    if (!["int", "float", "string", "bool"].includes(column.type ?? "any")) refuse(`it compares ${column.name}`);
    return;
  }
  switch (e.kind) {
    case "number":
      if (e.form === "decimal") refuse("its condition has a decimal");
      return;
    case "null":
    case "boolean":
      return;
    case "unary":
      if (e.operator === "~") refuse("its condition uses the operator ~");
      return refuseCondition(e.operand, table);
    case "is":
      if (e.right.kind !== "null") refuse("its condition uses IS with a value");
      return refuseCondition(e.value, table);
    case "string":
      if (e.quote !== "single") refuse("its condition has a text in double quotes");
      return;
    case "parenthesized":
      return refuseCondition(e.inner, table);
    case "binary":
      if (!COMPARISONS.has(e.operator)) refuse(`its condition uses the operator ${e.operator}`);
      refuseCondition(e.left, table);
      return refuseCondition(e.right, table);
    default:
      refuse("its condition computes what only we compute");
  }
}

/** A trigger's declaration as the engine's statement under a name. */
export function nativeText(name: string, clauses: string): string {
  return `CREATE TRIGGER ${quoted(name)} ${clauses}`;
}

/** The name of the engine's trigger that stands for one of ours. */
export function nativeName(trigger: string): string {
  return `${NATIVE_PREFIX}${trigger}`;
}

/** Names of engine triggers that stand for ours begin so. */
export const NATIVE_PREFIX = "gobi_native_";
