// How the triggers of a file will fire once they are stored: as the engine's own (native), after the statement from what it captured, or row by row (managed), and why.
// The decision is the database's own (compiler/triggers/), with the triggers that are stored and those of the workspace's files (trigger-neighbours.ts).
import type { Steps } from "../../base/steps.ts";
import type { CatalogTable, CatalogTrigger } from "../../compiler/catalog-view.ts";
import type { CheckedModule, RoutineInfo } from "../../compiler/check/checked.ts";
import { orderOf, storedHeader, type TriggerHeader } from "../../compiler/check/trigger-shape.ts";
import { effectsFromJson } from "../../compiler/effects/print.ts";
import { joinEffects, NO_EFFECTS } from "../../compiler/effects/join.ts";
import type { Effects } from "../../compiler/effects/effects.ts";
import type { Item, TriggerDeclaration } from "../../compiler/syntax/tree.ts";
import {
  nativeCandidate,
  type NativeCandidate,
  type NativeSchema,
  type NativeTable,
} from "../../compiler/triggers/native-candidate.ts";
import {
  type Neighbours,
  neighboursOf,
  ownWay,
  reasonOfNeighbours,
  type TriggerNeighbour,
} from "../../compiler/triggers/native-neighbours.ts";
import type { Document, Workspace } from "../types.ts";
import { textOf } from "./cron-preview.ts";
import { calleeElsewhere, filesWithTriggersOn } from "./trigger-neighbours.ts";

/** How a trigger fires. */
export interface TriggerWay {
  readonly way: "native" | "captured" | "managed" | "async";
  /** Why it is not native. */
  readonly reason: string | undefined;
}

/** A trigger of a file or of the database, with all that decides. */
interface Known extends TriggerNeighbour {
  readonly header: TriggerHeader;
  readonly candidate: NativeCandidate;
}

interface Ways {
  /** The checks that it was found out from, the document's own first. */
  readonly from: readonly CheckedModule[];
  readonly known: readonly Known[];
  readonly neighbours: Neighbours<Known>;
}

const WAYS = new WeakMap<CheckedModule, Ways>();

/** How a trigger of the file fires. */
export function* triggerWay(
  workspace: Workspace,
  document: Document,
  declaration: TriggerDeclaration,
): Steps<TriggerWay | undefined> {
  const ways = yield* waysOf(workspace, document);
  const known = ways.known.find((each) => each.header.declaration === declaration);
  return known === undefined ? undefined : wayOf(ways, known);
}

/** What fires on the table of a trigger, in order, as `EXPLAIN TRIGGERS FOR` shows it: a table in Markdown. */
export function* firingText(workspace: Workspace, document: Document, declaration: TriggerDeclaration): Steps<string> {
  const ways = yield* waysOf(workspace, document);
  const own = ways.known.find((each) => each.header.declaration === declaration);
  if (own === undefined) return "";
  const rows = POINTS.flatMap((point) => firingsAt(ways, own, point));
  const lines = rows.map(({ point, known }, index) => {
    const { way, reason } = wayOf(ways, known);
    const name = known === own ? `**${known.name}**` : known.name;
    return `| ${index + 1} | ${point} | ${name} | ${known.header.events.join(", ")} | ${way} | ${reason ?? ""} |`;
  });
  return [
    `Fires on ${own.table}, in order:`,
    ["| n | point | trigger | event | way | note |", "| :-- | :-- | :-- | :-- | :-- | :-- |", ...lines].join("\n"),
  ].join("\n\n");
}

interface Firing {
  readonly point: string;
  readonly known: Known;
}

/** Points of a statement in the order in which they come (LANGUAGE.md 15.24). */
const POINTS = [
  { timing: "before", each: "statement" },
  { timing: "before", each: "row" },
  { timing: "instead of", each: "row" },
  { timing: "after", each: "row" },
  { timing: "after", each: "statement" },
] as const;

function firingsAt(ways: Ways, own: Known, point: (typeof POINTS)[number]): readonly Firing[] {
  const events = new Set<string>(own.header.events);
  return ways.known
    .filter(({ table, header }) => table.toLowerCase() === own.table.toLowerCase() && header.each === point.each)
    .filter(({ header }) => header.timings.includes(point.timing) && header.events.some((event) => events.has(event)))
    .toSorted((left, right) => orderOf(left.header) - orderOf(right.header))
    .map((known) => ({ point: `${point.timing} ${point.each}`, known }));
}

function wayOf(ways: Ways, known: Known): TriggerWay {
  const { header, candidate } = known;
  if (isAsync(header)) return { way: "async", reason: "it runs after the commit" };
  const reason = candidate.kind === "ours" ? candidate.reason : reasonOfNeighbours(ways.neighbours, known);
  return reason === undefined ? { way: "native", reason } : { way: ownWay(header.timings), reason };
}

function isAsync(header: TriggerHeader): boolean {
  const value = header.entries.get("async")?.value;
  return value !== undefined && "kind" in value && value.kind === "boolean" && value.value;
}

/** All triggers: the stored ones, then those of other files and of this one, which take the place of earlier ones of their name. */
function* waysOf(workspace: Workspace, document: Document): Steps<Ways> {
  const checked = document.checked();
  const schema = schemaOf(document);
  const own = yield* triggersOf(workspace, document, schema);
  const tables = new Set(own.flatMap(({ table, writes }) => [table.toLowerCase(), ...writes]));
  const others = yield* filesWithTriggersOn(workspace, document, tables);
  const from = [checked, ...others.map((other) => other.checked())];
  const before = WAYS.get(checked);
  if (before?.from.length === from.length && from.every((each, at) => each === before.from[at])) return before;
  const known = new Map<string, Known>();
  const add = (trigger: Known): void => {
    known.delete(trigger.name.toLowerCase());
    known.set(trigger.name.toLowerCase(), trigger);
  };
  for (const trigger of document.baseCatalog.triggers()) if (trigger.fires) add(storedTrigger(trigger));
  for (const other of others) for (const trigger of yield* triggersOf(workspace, other, schemaOf(other))) add(trigger);
  for (const trigger of own) add(trigger);
  const ways: Ways = { from, known: [...known.values()], neighbours: neighboursOf([...known.values()], schema) };
  WAYS.set(checked, ways);
  return ways;
}

/** The triggers of a file. */
function* triggersOf(workspace: Workspace, document: Document, schema: NativeSchema): Steps<readonly Known[]> {
  const checked = document.checked();
  const found: Known[] = [];
  for (const item of checked.module.items) {
    if (item.statement.kind !== "trigger") continue;
    const { statement } = item;
    const known = checked.triggerFacts.get(statement)?.callee;
    const isElsewhere = known === undefined && statement.body === undefined;
    const callee = isElsewhere ? yield* calleeElsewhere(workspace, document, storedHeader(statement)) : known;
    found.push(ownTrigger(checked, item, statement, { schema, callee }));
  }
  return found;
}

function ownTrigger(
  checked: CheckedModule,
  item: Item,
  declaration: TriggerDeclaration,
  { schema, callee }: { readonly schema: NativeSchema; readonly callee: RoutineInfo | undefined },
): Known {
  const header = storedHeader(declaration);
  const facts = checked.triggerFacts.get(declaration);
  const own = checked.routines.get(declaration)?.effects ?? NO_EFFECTS;
  // What stands in another file is no part of the trigger's own effects.
  const effects = callee === undefined || facts?.callee !== undefined ? own : joinEffects([own, callee.effects]);
  const when = facts?.when;
  const body = declaration.body ?? callee?.declaration.body;
  const calls = declaration.body !== undefined || callee !== undefined;
  const candidate: NativeCandidate = calls
    ? nativeCandidate({
        header: {
          timings: header.timings,
          // The columns of UPDATE OF stand in the text alone.
          events: header.events.map((event) => ({ event, columns: [] })),
          each: header.each,
          schema: header.schema,
          table: header.table ?? "",
          onError: textOf(header.entries.get("on_error")?.value)?.toLowerCase() === "log" ? "log" : "abort",
          isAsync: isAsync(header),
        },
        calleeParameters: callee?.parameters.length ?? 0,
        code: body?.kind === "block" ? { block: body, text: callee?.item?.text ?? item.text } : undefined,
        when:
          when === undefined ? undefined : { condition: when, text: item.text.slice(when.span.start, when.span.end) },
        effects,
        schema,
      })
    : { kind: "ours", reason: "it calls no procedure" };
  return {
    ...neighbour(header, effects, calls && header.each === "row"),
    header,
    candidate,
    isCandidate: candidate.kind === "native",
  };
}

function storedTrigger(trigger: CatalogTrigger): Known {
  const header = storedHeader(trigger.declaration);
  const isCandidate = trigger.isNativeCandidate === true;
  return {
    ...neighbour(header, effectsFromJson(trigger.effectsJson) ?? NO_EFFECTS, header.each === "row"),
    header,
    candidate: isCandidate ? { kind: "native", clauses: "", writes: [] } : { kind: "ours", reason: "as it was stored" },
    isCandidate,
  };
}

function neighbour(
  header: TriggerHeader,
  effects: Effects,
  perRow: boolean,
): Pick<Known, "name" | "table" | "perRow" | "writes"> {
  return {
    name: header.declaration.name.text,
    table: header.table ?? "",
    perRow,
    writes: new Set(effects.writes.map(({ table }) => table.replace(/^main\./iu, "").toLowerCase())),
  };
}

function schemaOf(document: Document): NativeSchema {
  const { catalog } = document;
  const tables = new Map<string, NativeTable>();
  let all: readonly NativeTable[] | undefined;
  const table = (name: string): NativeTable | undefined => {
    const short = name.replace(/^main\./iu, "").toLowerCase();
    const found = tables.get(short) ?? nativeTable(catalog.table("main", short));
    if (found !== undefined) tables.set(short, found);
    return found;
  };
  return {
    table,
    tables: () => (all ??= catalog.tableNames().flatMap((name) => table(name) ?? [])),
    hasEngineTriggers: (name) => (catalog.table("main", name)?.triggers?.() ?? []).length > 0,
  };
}

function nativeTable(table: CatalogTable | undefined): NativeTable | undefined {
  if (table === undefined) return undefined;
  return {
    name: table.name,
    schema: table.schema,
    kind: table.kind,
    hasCollations: table.hasCollations === true,
    columns: table.columns.map(({ name, type, typeArgs, typeName }) => ({
      name,
      type,
      declaration: `${type ?? "any"}(${typeArgs.join(", ")}) ${typeName?.toLowerCase() ?? ""}`,
    })),
    foreignKeys: table.foreignKeys,
  };
}
