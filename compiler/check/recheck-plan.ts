// Which items of an edited file are to be checked anew: those that changed, those that name something whose header changed, and those whose types
// are inferred together with theirs. What may matter anywhere (imports, types, tables, triggers, pipelines) asks for a check of the whole.
import type { Item, Module, ParameterNode, RoutineDeclaration, SqlStatement, Statement } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";
import type { Finding } from "./context.ts";

/** A part of a file. */
export interface Part {
  /** In the order of the file. */
  readonly items: readonly Item[];
  /** Items of the version before that are gone or are among `items`. */
  readonly dropped: readonly Item[];
  /** True when the top-level statements are among them: they share their variables, so it is all or none. */
  readonly script: boolean;
}

/** What the plan looks at. */
export interface PlanInput {
  readonly before: readonly Item[];
  readonly after: Module;
  /** Findings of the check before: they tell which types were declared by their use, and which names were not found. */
  readonly findings: readonly Finding[];
  /** Folded names that turned out to have changed for their users, although their headers have not. */
  readonly changed: ReadonlySet<string>;
}

/** Beyond this share of the items a check of the whole costs no more. */
const SHARE_MAX = 0.6;
/** Files of so few items are checked at once anyway. */
const ITEMS_FEW = 4;

const OWN_BODIES: ReadonlySet<Statement["kind"]> = new Set(["routine", "schedule", "test", "skipped"]);
const WHOLE: ReadonlySet<Statement["kind"]> = new Set(["import", "struct", "enum", "error", "trigger", "pipeline"]);
const DDL: ReadonlySet<SqlStatement["kind"]> = new Set([
  "createTable",
  "createIndex",
  "createView",
  "createVirtualTable",
  "createNativeTrigger",
  "alterTable",
  "drop",
]);

/** The part to check; undefined: the whole file. An item counts as the same when its statement is. */
export function planPart(input: PlanInput): Part | undefined {
  const { before, after } = input;
  const items = after.items;
  const { from, beforeEnd, afterEnd } = difference(before, items);
  const gone = before.slice(from, beforeEnd);
  const come = items.slice(from, afterEnd);
  if (![...gone, ...come].every(mayChange)) return undefined;
  const names = new Set([...input.changed, ...changedNames(gone, come)]);
  const part = new Set(come);
  const grow = (item: Item): void => void part.add(item);
  for (const item of items) if (mentions(item, names)) grow(item);
  // What was not found may have another nearest name now.
  if (names.size > 0)
    for (const { name, place } of input.findings)
      if (name.startsWith("Unknown")) for (const item of items) if (item.statement === place.item.statement) grow(item);
  growInferred(items, part);
  growImplicit(input, items, part);
  if ([...part].some((item) => WHOLE.has(item.statement.kind))) return undefined;
  const script = [...part, ...gone].some(isScript);
  if (script) for (const item of items) if (isScript(item)) grow(item);
  if (items.length > ITEMS_FEW && part.size > items.length * SHARE_MAX) return undefined;
  const ordered = items.filter((item) => part.has(item));
  if (hasDoubles(items, ordered)) return undefined;
  const kept = new Set(items.filter((item) => !part.has(item)).map((item) => item.statement));
  return { items: ordered, dropped: before.filter((item) => !kept.has(item.statement)), script };
}

/** Where two lists of items differ: equal before `from`, and behind the ends. */
function difference(
  before: readonly Item[],
  after: readonly Item[],
): { readonly from: number; readonly beforeEnd: number; readonly afterEnd: number } {
  let from = 0;
  while (from < before.length && from < after.length && before[from]?.statement === after[from]?.statement) from += 1;
  let beforeEnd = before.length;
  let afterEnd = after.length;
  while (beforeEnd > from && afterEnd > from && before[beforeEnd - 1]?.statement === after[afterEnd - 1]?.statement) {
    beforeEnd -= 1;
    afterEnd -= 1;
  }
  return { from, beforeEnd, afterEnd };
}

/** True for a top-level statement that is run. */
export function isScript(item: Item): boolean {
  const { kind } = item.statement;
  return !OWN_BODIES.has(kind) && !WHOLE.has(kind);
}

function mayChange(item: Item): boolean {
  const { statement } = item;
  if (OWN_BODIES.has(statement.kind)) return true;
  if (!isScript(item)) return false;
  return statement.kind !== "sql" || !DDL.has(statement.statement.kind);
}

/** Names whose declaration came, went, or looks different from outside. */
function changedNames(gone: readonly Item[], come: readonly Item[]): readonly string[] {
  const before = headers(gone);
  const after = headers(come);
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name));
}

function headers(items: readonly Item[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const item of items) {
    const { statement } = item;
    if (statement.kind !== "routine" && statement.kind !== "schedule" && statement.kind !== "test") continue;
    const body = statement.body?.span ?? statement.span;
    const end = statement.kind === "routine" || statement.kind === "schedule" ? body.start : statement.name.span.end;
    const name = foldName(statement.name.text);
    found.set(
      name,
      `${found.get(name) ?? ""}${item.text.slice(statement.span.start, Math.max(end, statement.span.start))}`,
    );
  }
  return found;
}

const WORDS = new WeakMap<Statement, ReadonlySet<string>>();

/** The words of an item, folded; those of texts too, because configuration names things in quotes. */
function wordsOf(item: Item): ReadonlySet<string> {
  let words = WORDS.get(item.statement);
  if (words === undefined) {
    words = new Set(Array.from(item.text.matchAll(/[\p{L}_][\p{L}\p{N}_]*/gu), ([word]) => foldName(word)));
    WORDS.set(item.statement, words);
  }
  return words;
}

/** Whether one of the folded names stands in the item, in whatever meaning. */
export function mentions(item: Item, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  const words = wordsOf(item);
  for (const name of names) if (words.has(name)) return true;
  return false;
}

/** Types that are inferred from callers tie a procedure to all of them; results that are inferred tie routines that call each other. */
function growInferred(items: readonly Item[], part: Set<Item>): void {
  const routines = items.flatMap((item) => (item.statement.kind === "routine" ? [{ item, node: item.statement }] : []));
  const open = routines.filter(({ node }) => node.routine === "procedure" && (node.parameters ?? []).some(isOpen));
  for (let size = -1; size !== part.size; ) {
    size = part.size;
    for (const { item, node } of open) {
      const name = new Set([foldName(node.name.text)]);
      if (!part.has(item) && ![...part].some((each) => mentions(each, name))) continue;
      part.add(item);
      for (const each of items) if (mentions(each, name)) part.add(each);
    }
    for (const { item, node } of routines)
      if (!part.has(item) && [...part].some((each) => isTied(each, item, node))) part.add(item);
  }
}

/** Whether two routines name each other and one of them has a result that is inferred. */
function isTied(inPart: Item, item: Item, node: RoutineDeclaration): boolean {
  const { statement } = inPart;
  if (statement.kind !== "routine" || (statement.returns !== undefined && node.returns !== undefined)) return false;
  return (
    mentions(inPart, new Set([foldName(node.name.text)])) && mentions(item, new Set([foldName(statement.name.text)]))
  );
}

function isOpen(parameter: ParameterNode): boolean {
  return (
    parameter.type === undefined ||
    parameter.type.kind !== "namedType" ||
    /^trytoinfertype$|^auto$/iu.test(nameOf(parameter))
  );
}

function nameOf(parameter: ParameterNode): string {
  return parameter.type?.kind === "namedType" ? (parameter.type.name.parts[0]?.text ?? "") : "";
}

/** A struct that receivers declare by their use has the fields that all its methods read. */
function growImplicit(input: PlanInput, items: readonly Item[], part: Set<Item>): void {
  const there = new Set(items.map((item) => item.statement));
  for (const { name, place } of input.findings) {
    if (name !== "ImplicitType") continue;
    const one = new Set([foldName(place.item.text.slice(place.span.start, place.span.end))]);
    const gone = input.before.filter((item) => !there.has(item.statement));
    if (![...part, ...gone].some((item) => mentions(item, one))) continue;
    for (const item of items) if (mentions(item, one)) part.add(item);
  }
}

/** Routines of one name are versions of each other or an error; both depend on all of them. */
function hasDoubles(items: readonly Item[], part: readonly Item[]): boolean {
  const counts = new Map<string, number>();
  for (const { statement } of items)
    if (statement.kind === "routine")
      counts.set(foldName(statement.name.text), (counts.get(foldName(statement.name.text)) ?? 0) + 1);
  return part.some(
    ({ statement }) => statement.kind === "routine" && (counts.get(foldName(statement.name.text)) ?? 0) > 1,
  );
}
