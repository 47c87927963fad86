// Top-level statements of a session that belong to the attached daemon: which they are, how they are sent, what comes back.
// A statement belongs there when it writes a table of the daemon, or calls a routine that is stored there only. It must then touch nothing here.
import { Shape, TableValue, type Value } from "../../base/value/value.ts";
import type { Column } from "../../base/value/column.ts";
import { trap } from "../../bytecode/trap.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import type { CheckedModule } from "../../compiler/check/checked.ts";
import type { Effects } from "../../compiler/effects/effects.ts";
import { isDeclaration, type Item, type Statement } from "../../compiler/syntax/tree.ts";
import type { RawResult } from "../../protocol/client/answers.ts";
import type { Asked } from "../../protocol/client/blocking-session.ts";
import type { Argument } from "../../protocol/message-codec.ts";
import { joinBatches, sourceOf } from "../../storage/rows.ts";
import { readGlobal, type ScriptCode } from "../programs/pipeline.ts";
import type { CallOutcome, OutputSink, StatementResult } from "../session-types.ts";
import { sqlTokens } from "../sql/dynamic-sql.ts";
import type { AttachedGobi } from "../attached/attached-gobi.ts";
import { definitionOf } from "../triggers/definition.ts";

/** What sending a statement needs of the session. */
export interface ForwardPlace {
  readonly gobi: AttachedGobi;
  /** What is stored here, without the daemon's. */
  readonly own: () => CatalogView;
  readonly output: OutputSink;
  readonly inTransaction: () => boolean;
  readonly interrupted: () => boolean;
}

/** What a statement touches, by where it is. */
interface Touched {
  readonly there: readonly string[];
  readonly here: readonly string[];
}

/** Statements that give nothing to a variable of the script. */
const SENDABLE: ReadonlySet<Statement["kind"]> = new Set<Statement["kind"]>([
  "sql",
  "callStatement",
  "expressionStatement",
]);

/**
 * The results of a statement that belongs to the daemon; undefined: it is one of this session.
 * @throws Trap `TransactionState` inside a transaction of this database, `NotImplemented` for what cannot be sent, and what the daemon answers.
 */
export function forwardItem(
  place: ForwardPlace,
  checked: CheckedModule,
  code: ScriptCode,
  item: Item,
): readonly StatementResult[] | undefined {
  const { gobi } = place;
  const effects = gobi.alias === undefined ? undefined : checked.effects.get(item);
  if (gobi.alias === undefined) return undefined;
  const table = triggerTable(place, gobi.alias, item);
  if (table !== undefined) {
    refuseInTransaction(place, table);
    return asked(place, { text: withoutAlias(item.text, gobi.alias) }, []).map(statementResult);
  }
  // What is declared here is stored here; what it does is looked at when it is called.
  if (effects === undefined || isDeclaration(item.statement)) return undefined;
  const touched = touchedBy(place, gobi.alias, effects);
  if (touched === undefined) return undefined;
  const [there = ""] = touched.there;
  const [here] = touched.here;
  refuseInTransaction(place, there);
  if (here !== undefined)
    throw trap(
      "NotImplemented",
      `The statement needs ${there} of the daemon and ${here} of this database, and nothing can change both at once. Read what it needs into variables first.`,
    );
  if (!SENDABLE.has(item.statement.kind))
    throw trap(
      "NotImplemented",
      `${there} is stored in the daemon: it is called by a statement of its own, CALL ${there}(…), or read by a query.`,
    );
  const text = withoutAlias(item.text, gobi.alias);
  return asked(place, { text }, argumentsFor(text, code)).map(statementResult);
}

/**
 * What a call by name of a routine gives that is stored in the daemon only; undefined: it is one of this session.
 * @throws Trap as `forwardItem`.
 */
export function forwardCall(
  place: ForwardPlace,
  name: string,
  args: readonly Value[] | Readonly<Record<string, Value>>,
): CallOutcome | undefined {
  const { gobi } = place;
  if (gobi.alias === undefined || !gobi.hasRoutine(place.own(), name.replace(/@.*$/u, ""))) return undefined;
  refuseInTransaction(place, name);
  const named = Object.entries(args).map(([key, value]) => ({
    name: `$${Array.isArray(args) ? Number(key) + 1 : key}`,
    value,
  }));
  const results = asked(place, { name }, named).map(statementResult);
  const tables = results.flatMap((result) => (result.kind === "table" ? [result.table] : []));
  const last = results.at(-1);
  if (last?.kind === "value") return { kind: "returned", value: last.value, type: last.type, emitted: tables };
  const returned = tables.pop();
  return {
    kind: "returned",
    value: returned ?? null,
    type: returned === undefined ? "void" : "table",
    emitted: tables,
  };
}

/** The daemon's table that a trigger is declared on: it is stored there, and fires whoever writes. Undefined: it is one of this session. */
function triggerTable(place: ForwardPlace, alias: string, { statement, text }: Item): string | undefined {
  if (statement.kind !== "trigger") return undefined;
  const { schema, table } = definitionOf(statement, text);
  if (schema !== undefined) return schema.toLowerCase() === alias.toLowerCase() ? table : undefined;
  const own = place.own();
  const isHere = ["main", "temp"].some((name) => own.table(name, table) !== undefined);
  return !isHere && own.table(alias, table) !== undefined ? table : undefined;
}

function refuseInTransaction(place: ForwardPlace, there: string): void {
  if (!place.inTransaction()) return;
  throw trap(
    "TransactionState",
    `${there} belongs to the daemon and cannot be part of a transaction of this database: one of the two could be undone without the other. Commit or roll back first.`,
  );
}

function asked(place: ForwardPlace, what: Asked, args: readonly Argument[]): readonly RawResult[] {
  return place.gobi.ask(
    what,
    args,
    (kind, text, problem) => {
      // What there is to say about the text itself, this session has said.
      if (problem !== undefined) return;
      if (kind === "print") place.output.print(text);
      else if (kind === "notice") place.output.notice(text);
      else place.output.log(kind, text);
    },
    place.interrupted,
  );
}

/** Undefined when nothing of it is the daemon's to do. Plain reading of its tables is done here. */
function touchedBy(place: ForwardPlace, alias: string, effects: Effects): Touched | undefined {
  const own = place.own();
  const isThere = (table: string): boolean => table.toLowerCase().startsWith(`${alias.toLowerCase()}.`);
  const changed = [...effects.writes.map(({ table }) => table), ...effects.defines];
  const called = effects.calls.filter((name) => place.gobi.hasRoutine(own, name));
  const there = [...called, ...changed.filter(isThere)];
  if (there.length === 0) return undefined;
  const read = effects.reads.map(({ table }) => table);
  const here = [...changed, ...read].filter((table) => !isThere(table) && !table.startsWith("system."));
  const calledHere = effects.calls.filter((name) => own.routines(name).length > 0);
  return { there, here: [...here, ...calledHere] };
}

/** The text as the daemon reads it, whose tables have no alias there. */
function withoutAlias(text: string, alias: string): string {
  const tokens = [...sqlTokens(text)];
  let sent = "";
  let copied = 0;
  tokens.forEach((token, index) => {
    const isAlias =
      (token.kind === "word" || token.kind === "quoted") && token.text.toLowerCase() === alias.toLowerCase();
    const dot = tokens[index + 1];
    if (!isAlias || dot?.text !== "." || tokens[index - 1]?.text === ".") return;
    sent += text.slice(copied, token.start);
    copied = dot.end;
  });
  return sent + text.slice(copied);
}

/** Values of the script's variables that the text names. */
function argumentsFor(text: string, code: ScriptCode): readonly Argument[] {
  const words = new Set([...sqlTokens(text)].map((token) => token.text.replace(/^:/u, "").toLowerCase()));
  return code.globals
    .filter(({ name }) => words.has(name.toLowerCase()))
    .map(({ name, slot }) => {
      const value = readGlobal(code, slot);
      if (value instanceof TableValue)
        throw trap(
          "NotImplemented",
          `${name} holds rows, which are not sent to the daemon with a statement; write them one by one.`,
        );
      return { name: `$${name}`, value };
    });
}

const NO_ROWS: Column = { kind: "values", type: "any", data: [], nulls: undefined };

function statementResult(result: RawResult): StatementResult {
  switch (result.kind) {
    case "table": {
      const [first] = result.parts;
      const types = result.columns.map(({ type }) => type);
      const names = result.columns.map(({ name }) => name);
      const joined = joinBatches(sourceOf([], result.parts));
      const columns = joined?.columns ?? names.map(() => NO_ROWS);
      const table = new TableValue(first?.shape ?? new Shape("", names), columns, joined?.length ?? 0);
      return { kind: "table", table, types };
    }
    case "value":
      return { kind: "value", value: result.value, type: result.type };
    case "changes":
    case "done":
      return result;
  }
}
