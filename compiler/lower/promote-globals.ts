// Loops of top-level statements work on registers: script-level variables that only entry routines use are loaded at the start of a statement with a loop and stored at its end.
// A statement that fails keeps the values from before it; nothing runs after it that could tell.
import { hiddenLocal } from "./build.ts";
import type { CoreRoutine, CoreStatement } from "./core.ts";
import type { Global, Local, Rep } from "./core-parts.ts";

const LOOPS: ReadonlySet<unknown> = new Set(["loop", "while", "count", "eachItem", "eachRow"]);

/** Kinds of variables that hold a value of their kind before they are declared (vm/load.ts), so that they can be loaded before the statement that declares them. */
const STARTS_WITH_A_VALUE: ReadonlySet<Rep> = new Set<Rep>([
  "int",
  "float",
  "decimal",
  "bool",
  "bool?",
  "string",
  "list",
  "map",
  "any",
]);

/** Rewrites the entry routines of a program in place. */
export function promoteGlobals(routines: readonly CoreRoutine[]): void {
  const shared = new Set<Global>();
  const seen = new Set<unknown>();
  const entries = routines.filter((routine) => routine.kind === "entry");
  for (const routine of routines) if (routine.kind !== "entry") collect(routine.body, shared, seen);
  // Lambdas of entries run at other times than the entry.
  for (const entry of entries) for (const lambda of lambdasOf(entry.body)) collect(lambda.body, shared, seen);
  for (const entry of entries) {
    if (entry.body === undefined || !hasLoop(entry.body)) continue;
    const used = new Set<Global>();
    collect(entry.body, used, new Set());
    const promoted = new Map(
      [...used]
        .filter((global) => !shared.has(global) && STARTS_WITH_A_VALUE.has(global.rep))
        .map((global) => [global, { name: global.name, rep: global.rep, hidden: false } satisfies Local]),
    );
    if (promoted.size > 0) entry.body = withPromoted(entry, entry.body, promoted);
  }
}

function withPromoted(
  entry: CoreRoutine,
  body: readonly CoreStatement[],
  promoted: ReadonlyMap<Global, Local>,
): readonly CoreStatement[] {
  const { span } = entry;
  const rewritten = rewrite(body, promoted) as readonly CoreStatement[];
  const last = rewritten.at(-1);
  const value = last?.kind === "return" ? last.value : undefined;
  const result = hiddenLocal("result", "any");
  const loads = [...promoted].map(
    ([global, local]): CoreStatement => ({
      kind: "set",
      span,
      place: { kind: "local", local },
      value: { kind: "global", span, rep: global.rep, global },
    }),
  );
  const stores = [...promoted].map(
    ([global, local]): CoreStatement => ({
      kind: "set",
      span,
      place: { kind: "global", global },
      value: { kind: "local", span, rep: local.rep, local },
    }),
  );
  if (value === undefined) return [...loads, ...rewritten, ...stores];
  return [
    ...loads,
    ...rewritten.slice(0, -1),
    { kind: "set", span, place: { kind: "local", local: result }, value },
    ...stores,
    { kind: "return", span, value: { kind: "local", span, rep: "any", local: result } },
  ];
}

/** Keys of nodes that lead out of the routine or hold no Core. */
const OUTSIDE: ReadonlySet<string> = new Set([
  "routine",
  "callee",
  "form",
  "item",
  "span",
  "constant",
  "type",
  "shape",
]);

function children(node: object): readonly (readonly [string, unknown])[] {
  return node instanceof Uint8Array ? [] : Object.entries(node).filter(([key]) => !OUTSIDE.has(key));
}

/** Every node below `root`, once. Iterative: a chain of ELSE IF nests as deep as it is long. Bodies of lambdas belong to it when `withLambdas` is given. */
function* nodesOf(root: unknown, seen: Set<unknown>, withLambdas: boolean): Generator<object> {
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (typeof node !== "object" || node === null || seen.has(node)) continue;
    seen.add(node);
    yield node;
    for (const [, part] of children(node)) waiting.push(part);
    if (withLambdas) for (const lambda of ownLambda(node)) waiting.push(lambda.body);
  }
}

function collect(root: unknown, found: Set<Global>, seen: Set<unknown>): void {
  for (const node of nodesOf(root, seen, true))
    if ("global" in node && "kind" in node && node.kind === "global") found.add(node.global as Global);
}

function ownLambda(node: object): readonly CoreRoutine[] {
  return "kind" in node && node.kind === "lambda" && "routine" in node ? [node.routine as CoreRoutine] : [];
}

function lambdasOf(root: unknown): readonly CoreRoutine[] {
  return [...nodesOf(root, new Set(), false)].flatMap(ownLambda);
}

function hasLoop(root: unknown): boolean {
  for (const node of nodesOf(root, new Set(), false)) if ("kind" in node && LOOPS.has(node.kind)) return true;
  return false;
}

// Labels and locals are compared by identity, so only nodes on the way to a promoted global are copied.
function rewrite(node: unknown, promoted: ReadonlyMap<Global, Local>): unknown {
  if (typeof node !== "object" || node === null || node instanceof Uint8Array) return node;
  if (Array.isArray(node)) {
    const parts = node.map((part) => rewrite(part, promoted));
    return parts.every((part, at) => part === node[at]) ? node : parts;
  }
  if ("kind" in node && node.kind === "global" && "global" in node) {
    const local = promoted.get(node.global as Global);
    if (local !== undefined)
      return "span" in node ? { kind: "local", span: node.span, rep: local.rep, local } : { kind: "local", local };
  }
  let copy: Record<string, unknown> | undefined;
  for (const [key, part] of children(node)) {
    const changed = rewrite(part, promoted);
    if (changed !== part) {
      copy ??= { ...node };
      copy[key] = changed;
    }
  }
  return copy ?? node;
}
