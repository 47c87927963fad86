// Which items of an edited file are to be checked anew: those that changed, those that name something whose header changed or that a changed table,
// type, trigger or import reaches (recheck-reach.ts), those that metadata binds to them, and those whose types are inferred together with theirs.
import type { Item, Module, ParameterNode, RoutineDeclaration, Statement } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";
import type { Finding } from "./context.ts";
import { boundAnew, headerOf } from "./recheck-bound.ts";
import { isDdl, reachOf, type ReachInput, structuralNames } from "./recheck-reach.ts";
import { mentions, wordsIn } from "./recheck-words.ts";

/** A part of a file. */
export interface Part {
  /** In the order of the file. */
  readonly items: readonly Item[];
  /** Items of the version before that are gone or are among `items`. */
  readonly dropped: readonly Item[];
  /** True when the top-level statements are among them: they share their variables, so it is all or none. */
  readonly script: boolean;
  /** True when all triggers are among them: who calls a procedure decides what it sees. */
  readonly triggers: boolean;
  /** True when all imports are among them. */
  readonly imports: boolean;
  /** True when types are among them. */
  readonly types: boolean;
  /** True when something else than code changed: other items may mean something else without looking different. */
  readonly structural: boolean;
  /** Folded names of what is not code and may mean something else. */
  readonly reached: ReadonlySet<string>;
}

/** What the plan looks at. */
export interface PlanInput {
  readonly before: readonly Item[];
  readonly after: Module;
  /** Findings of the check before: they tell which types were declared by their use, and which names were not found. */
  readonly findings: readonly Finding[];
  /** Folded names that turned out to have changed for their users, although their headers have not. */
  readonly changed: ReadonlySet<string>;
  /** Triggers that turned out to have changed for who fires them. */
  readonly firing: readonly Item[];
  readonly surroundings: Surroundings;
}

/** What is around the items, before and now. */
export interface Surroundings extends Pick<ReachInput, "outside" | "outlines" | "stored" | "asked"> {
  /** Whether imports are to be looked at again. */
  readonly importsChanged: boolean;
  /** Whether the database is another one than before. */
  readonly catalogChanged: boolean;
  /** Whether it has other names to suggest. */
  readonly suggestionsChanged: boolean;
  /** The catalog with the file's own tables, before and now; asked for when tables, types or triggers changed. */
  readonly catalogs: () => ReachInput["catalogs"];
}

/** Beyond this share of the items a check of the whole costs no more. */
const SHARE_MAX = 0.6;
/** Files of so few items are checked at once anyway. */
const ITEMS_FEW = 4;

/** Findings that name the nearest of the names that there are. */
const SUGGESTING = /^Unknown|^UnboundTrigger$/u;

/** Declarations that have a body of their own, or none. */
const OWN_BODIES: ReadonlySet<Statement["kind"]> = new Set(["routine", "schedule", "test", "skipped"]);
const TYPES: ReadonlySet<Statement["kind"]> = new Set(["struct", "enum", "error"]);
const OTHERS: ReadonlySet<Statement["kind"]> = new Set(["import", "trigger", "pipeline"]);

/** The part to check; undefined: the whole file. An item counts as the same when its statement is. */
export function planPart(input: PlanInput): Part | undefined {
  const edits = difference(input.before, input.after.items);
  const changed = [...edits.gone, ...edits.come, ...input.firing];
  for (;;) {
    const reached = reachedBy(input, changed);
    const part = partOf(input, edits, reached);
    // A type that is declared anew is another one for all that name it.
    const pulled = [...part].filter((item) => isType(item) && !changed.includes(item) && !isReached(item, reached));
    if (pulled.length === 0) return laidOut(input, edits, part, reached);
    changed.push(...pulled);
  }
}

function isReached({ statement }: Item, reached: ReadonlySet<string>): boolean {
  return structuralNames(statement).every((name) => reached.has(name));
}

/** The items to check when these names mean something else. */
function partOf(input: PlanInput, { gone, come }: Edits, reached: ReadonlySet<string>): ReadonlySet<Item> {
  const { items } = input.after;
  const names = new Set([...input.changed, ...changedNames(gone, come), ...reached]);
  const part = new Set(come);
  const grow = (item: Item): void => void part.add(item);
  const growAll = (test: (item: Item) => boolean): void => {
    if ([...part, ...gone].some(test)) for (const item of items) if (test(item)) grow(item);
  };
  for (const item of items) if (mentions(item, names)) grow(item);
  for (const item of boundAnew(input.before, items, names)) grow(item);
  // What was not found may have another nearest name now.
  if (isNamedAnew(input, [...gone, ...come]))
    for (const { name, place } of input.findings)
      if (SUGGESTING.test(name)) for (const item of items) if (item.statement === place.item.statement) grow(item);
  if (input.surroundings.importsChanged) for (const item of items) if (isImport(item)) grow(item);
  for (let size = -1; size !== part.size; ) {
    size = part.size;
    for (const test of [isImport, isTrigger, isScript]) growAll(test);
    growInferred(items, gone, part);
    growImplicit(input, items, part);
  }
  return part;
}

/** Whether there are other names than before, or methods of other types. */
function isNamedAnew({ surroundings, before, after }: PlanInput, edited: readonly Item[]): boolean {
  if (surroundings.suggestionsChanged) return true;
  if (edited.some(({ statement }) => structuralNames(statement).length > 0)) return true;
  if (edited.some(({ statement }) => statement.kind === "routine" && statement.receiver !== undefined)) return true;
  const [then, now] = [namesOf(before), namesOf(after.items)];
  return then.length !== now.length || then.some((name, at) => name !== now[at]);
}

/** Names of routines, in the order of the file. */
function namesOf(items: readonly Item[]): readonly string[] {
  return items.flatMap(({ statement }) => (statement.kind === "routine" ? [statement.name.text] : []));
}

/** The part with what is said of it; undefined when it is nearly all, or holds one of several declarations of a name. */
function laidOut(
  { before, after: { items }, surroundings }: PlanInput,
  { gone }: Edits,
  part: ReadonlySet<Item>,
  reached: ReadonlySet<string>,
): Part | undefined {
  if (items.length > ITEMS_FEW && part.size > items.length * SHARE_MAX) return undefined;
  const ordered = items.filter((item) => part.has(item));
  const kept = new Set(items.filter((item) => !part.has(item)).map((item) => item.statement));
  const dropped = before.filter((item) => !kept.has(item.statement));
  if (hasDoubles(items, ordered) || hasDoubles(before, dropped)) return undefined;
  const holds = (test: (item: Item) => boolean): boolean => [...part, ...gone].some(test);
  const imports = holds(isImport) || surroundings.importsChanged;
  return {
    items: ordered,
    dropped,
    script: holds(isScript),
    triggers: holds(isTrigger),
    imports,
    types: [...ordered, ...dropped].some(isType),
    structural: imports || reached.size > 0 || surroundings.catalogChanged,
    reached,
  };
}

function reachedBy(input: PlanInput, changed: readonly Item[]): ReadonlySet<string> {
  const { surroundings } = input;
  const isCode = ({ statement }: Item): boolean =>
    !isDdl(statement) && !TYPES.has(statement.kind) && statement.kind !== "trigger";
  if (surroundings.outside.size === 0 && changed.every(isCode)) return new Set();
  return reachOf({
    before: input.before,
    after: input.after.items,
    changed,
    outside: surroundings.outside,
    catalogs: surroundings.catalogs(),
    asked: surroundings.asked,
    outlines: surroundings.outlines,
    stored: surroundings.stored,
  });
}

const isImport = ({ statement }: Item): boolean => statement.kind === "import";
const isTrigger = ({ statement }: Item): boolean => statement.kind === "trigger";
const isType = ({ statement }: Item): boolean => TYPES.has(statement.kind);

/** True for a top-level statement that is run. */
function isScript(item: Item): boolean {
  const { kind } = item.statement;
  return !OWN_BODIES.has(kind) && !TYPES.has(kind) && !OTHERS.has(kind);
}

/** What is gone and what has come. Where items that stay have changed places, everything between the first and the last difference counts as both. */
function difference(before: readonly Item[], after: readonly Item[]): Edits {
  const then = new Set(before.map(({ statement }) => statement));
  const now = new Set(after.map(({ statement }) => statement));
  const stayed = before.filter(({ statement }) => now.has(statement));
  const staying = after.filter(({ statement }) => then.has(statement));
  if (stayed.length === staying.length && stayed.every((item, at) => item.statement === staying[at]?.statement))
    return {
      gone: before.filter(({ statement }) => !now.has(statement)),
      come: after.filter(({ statement }) => !then.has(statement)),
    };
  let from = 0;
  while (from < before.length && from < after.length && before[from]?.statement === after[from]?.statement) from += 1;
  let beforeEnd = before.length;
  let afterEnd = after.length;
  while (beforeEnd > from && afterEnd > from && before[beforeEnd - 1]?.statement === after[afterEnd - 1]?.statement) {
    beforeEnd -= 1;
    afterEnd -= 1;
  }
  return { gone: before.slice(from, beforeEnd), come: after.slice(from, afterEnd) };
}

interface Edits {
  readonly gone: readonly Item[];
  readonly come: readonly Item[];
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
    const header = headerOf(item);
    if (header === undefined || !("name" in statement)) continue;
    const name = foldName(statement.name.text);
    found.set(name, `${found.get(name) ?? ""}${header}`);
  }
  return found;
}

/** Types that are inferred from callers tie a procedure to all of them; results that are inferred tie routines that call each other. */
function growInferred(items: readonly Item[], gone: readonly Item[], part: Set<Item>): void {
  const routines = items.flatMap((item) => (item.statement.kind === "routine" ? [{ item, node: item.statement }] : []));
  const open = routines.filter(({ node }) => node.routine === "procedure" && (node.parameters ?? []).some(isOpen));
  for (let size = -1; size !== part.size; ) {
    size = part.size;
    for (const { item, node } of open) {
      const name = new Set([foldName(node.name.text)]);
      if (!part.has(item) && ![...part, ...gone].some((each) => mentions(each, name))) continue;
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

/** A struct that receivers declare by their use has the fields that all its methods read. An error that is declared by its use is so by the first one. */
function growImplicit(input: PlanInput, items: readonly Item[], part: Set<Item>): void {
  const there = new Set(items.map((item) => item.statement));
  const gone = input.before.filter((item) => !there.has(item.statement));
  for (const { name, place } of input.findings) {
    if (name !== "ImplicitType" && name !== "ImplicitError") continue;
    const one = wordsIn(place.item.text.slice(place.span.start, place.span.end));
    if (![...part, ...gone].some((item) => mentions(item, one))) continue;
    for (const item of items)
      if (name === "ImplicitType" ? mentions(item, one) : item.statement === place.item.statement) part.add(item);
  }
}

/** Routines of one name are versions of each other or an error; types and triggers of one name are an error. All depend on all of them. */
function hasDoubles(items: readonly Item[], part: readonly Item[]): boolean {
  const counts = new Map<string, number>();
  for (const item of items) {
    const key = keyOf(item);
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return part.some((item) => (counts.get(keyOf(item) ?? "") ?? 0) > 1);
}

function keyOf(item: Item): string | undefined {
  const { statement } = item;
  if (statement.kind === "routine" || statement.kind === "trigger")
    return `${statement.kind} ${foldName(statement.name.text)}`;
  return isType(item) && "name" in statement ? `type ${foldName(statement.name.text)}` : undefined;
}
