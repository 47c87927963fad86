// The engine's own triggers: checking their bodies, and adding what they do to the statements that fire them.
import type { Span } from "../../../base/source.ts";
import type { CatalogTable } from "../../catalog-view.ts";
import type { CreateNativeTrigger } from "../../syntax/tree.ts";
import { newSqlScope, type Source } from "./scope.ts";
import { newFacts, noteAccess, type SqlCheck } from "./state.ts";
import { catalogMeaning, type TableMeaning, sourceOfMeaning } from "./table-lookup.ts";

type Event = CreateNativeTrigger["event"];

/** Checks WHEN and the statements of a trigger; NEW and OLD are rows of its table. */
export function checkTriggerBody(sq: SqlCheck, node: CreateNativeTrigger, meaning: TableMeaning): void {
  const row = (alias: string): Source => {
    const source = sourceOfMeaning(
      { ...meaning, effectName: undefined },
      { text: alias, span: node.table.span, quote: "none" },
      undefined,
    );
    for (const column of source.columns) column.hidden = true;
    return source;
  };
  const scope = newSqlScope(undefined);
  if (node.event !== "insert") scope.sources.push(row("OLD"));
  if (node.event !== "delete") {
    const source = row("NEW");
    // NOT NULL is checked after BEFORE triggers, and a view checks nothing.
    if (node.timing !== "after") for (const column of source.columns) column.baseNullable = true;
    scope.sources.push(source);
  }
  scope.clause = "where";
  if (node.when !== undefined) sq.rules.infer(sq, scope, node.when);
  for (const statement of node.body) sq.rules.statement(sq, statement, scope);
}

/** Adds what the triggers of a written table do. `columns` are those that an UPDATE assigns. */
export function noteNativeTriggers(
  sq: SqlCheck,
  table: CatalogTable | undefined,
  events: readonly Event[],
  columns: readonly string[],
  span: Span,
): void {
  const assigned = new Set(columns.map((column) => column.toLowerCase()));
  for (const trigger of table?.triggers?.() ?? []) {
    const name = trigger.name.parts[trigger.name.parts.length - 1]?.text ?? "";
    const key = `trigger ${name.toLowerCase()}`;
    if (table === undefined || !events.includes(trigger.event) || sq.viewStack.includes(key)) continue;
    const misses =
      trigger.event === "update" &&
      trigger.columns.length > 0 &&
      !trigger.columns.some((column) => assigned.has(column.text.toLowerCase()));
    if (misses) continue;
    const inner: SqlCheck = {
      ...sq,
      text: "",
      facts: newFacts(),
      columns: new Map(),
      values: new Map(),
      quiet: 1,
      ours: false,
      viewStack: [...sq.viewStack, key],
    };
    checkTriggerBody(inner, trigger, catalogMeaning(inner, table));
    const { reads, writes, behind } = inner.facts;
    for (const [read, names] of [...reads, ...behind.reads])
      noteAccess(sq.facts.behind.reads, read, names === "*" ? "*" : [...names]);
    for (const [written, names] of [...writes, ...behind.writes])
      noteAccess(sq.facts.behind.writes, written, names === "*" ? "*" : [...names]);
    for (const raise of inner.facts.raises)
      sq.facts.raises.push({ error: raise.error, span, cause: `the trigger ${name}: ${raise.cause}` });
    if (inner.facts.clock) sq.facts.clock = true;
    if (inner.facts.random) sq.facts.random = true;
  }
}
