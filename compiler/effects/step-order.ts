// The order of a pipeline's steps (LANGUAGE.md section 10): what `after` says and whose results a step uses, then who reads what others write.
// Pure: the checker reports circles with it, the server plans runs with it, SHOW PIPELINE prints its reasons.

import type { Expression } from "../syntax/tree.ts";
import type { Effects } from "./effects.ts";

/** What a step needs to be placed. Names in any case. */
export interface OrderedStep {
  readonly name: string;
  /** Steps that it names in `after`. */
  readonly after: readonly string[];
  /** Names in its condition and its arguments; those of other steps stand for their results. */
  readonly uses: readonly string[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** It may touch any table: dynamic SQL, or what it calls is not known. */
  readonly dynamic: boolean;
}

/** What the effects of what a step calls say; undefined: not known before it runs. */
export function orderedStep(
  step: Pick<OrderedStep, "name" | "after" | "uses">,
  effects: Effects | undefined,
): OrderedStep {
  return {
    name: step.name,
    after: step.after,
    uses: step.uses,
    reads: (effects?.reads ?? []).map((access) => access.table),
    writes: [...(effects?.writes ?? []).map((access) => access.table), ...(effects?.defines ?? [])],
    dynamic: effects === undefined || effects.dynamic,
  };
}

/** Names of variables in a step's condition and arguments, each once. */
export function namesUsed(expressions: readonly (Expression | undefined)[]): readonly string[] {
  const names = new Set<string>();
  const open: unknown[] = [...expressions];
  for (let node = open.pop(); open.length > 0 || node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    if (isNameExpression(node)) names.add(node.name.text);
    else open.push(...Object.values(node));
  }
  return [...names];
}

function isNameExpression(node: object): node is Extract<Expression, { kind: "name" }> {
  return "kind" in node && node.kind === "name";
}

/** One step waits for another. */
export interface StepEdge {
  /** Number of the step that waits. */
  readonly step: number;
  /** Number of the step that it waits for. */
  readonly before: number;
  /** `after`, the use of its result, or the table that makes the order. */
  readonly reason:
    | { readonly kind: "after" }
    | { readonly kind: "uses" }
    | { readonly kind: "data"; readonly table: string }
    | { readonly kind: "dynamic" };
}

/** The plan of a pipeline. */
export interface StepOrder {
  /** Direct predecessors of each step, at most one edge per pair. */
  readonly edges: readonly StepEdge[];
  /** Numbers of all steps; each comes after what it waits for, otherwise as written. Steps of a circle are missing. */
  readonly order: readonly number[];
  /** Numbers of steps that wait for each other, in a circle; empty when there is none. */
  readonly circle: readonly number[];
}

const fold = (name: string): string => name.toLowerCase();

/** Places the steps. `after` and used results win over data; steps that write the same table, or each read what the other writes, go as written. */
export function orderSteps(steps: readonly OrderedStep[]): StepOrder {
  const edges: StepEdge[] = [];
  const numbers = new Map(steps.map((step, number) => [fold(step.name), number]));
  for (const [number, step] of steps.entries()) {
    for (const name of step.after) {
      const before = numbers.get(fold(name));
      if (before !== undefined && !hasEdge(edges, number, before))
        edges.push({ step: number, before, reason: { kind: "after" } });
    }
  }
  for (const [number, step] of steps.entries()) {
    for (const name of step.uses) {
      const before = numbers.get(fold(name));
      if (before !== undefined && before !== number && !hasEdge(edges, number, before))
        edges.push({ step: number, before, reason: { kind: "uses" } });
    }
  }
  const written = [...edges];
  for (const [number, step] of steps.entries()) {
    for (const [other, writer] of steps.entries()) {
      if (number === other) continue;
      const reason = dataReason(step, writer, number > other);
      if (reason !== undefined && !hasEdge(edges, number, other) && !reaches(written, other, number))
        edges.push({ step: number, before: other, reason });
    }
  }
  for (const [number, step] of steps.entries()) {
    for (const [other, earlier] of steps.slice(0, number).entries()) {
      const reason = writtenReason(step, earlier);
      if (reason !== undefined && !reaches(edges, other, number) && !reaches(edges, number, other))
        edges.push({ step: number, before: other, reason });
    }
  }
  return sorted(steps.length, edges);
}

/** Why a step goes after a writer: it reads what that writes. Where both do, the one written later goes later. */
function dataReason(step: OrderedStep, writer: OrderedStep, later: boolean): StepEdge["reason"] | undefined {
  const table = common(step.reads, writer.writes);
  if (table === undefined) return undefined;
  return later || common(writer.reads, step.writes) === undefined ? { kind: "data", table } : undefined;
}

/** Why two steps go as written when nothing else decides. */
function writtenReason(step: OrderedStep, earlier: OrderedStep): StepEdge["reason"] | undefined {
  if (step.dynamic || earlier.dynamic) return { kind: "dynamic" };
  const table = common(step.writes, earlier.writes);
  return table === undefined ? undefined : { kind: "data", table };
}

function common(left: readonly string[], right: readonly string[]): string | undefined {
  const names = new Set(right.map(fold));
  return left.find((name) => names.has(fold(name)));
}

function hasEdge(edges: readonly StepEdge[], step: number, before: number): boolean {
  return edges.some((edge) => edge.step === step && edge.before === before);
}

/** Whether a step waits for another, directly or not. */
function reaches(edges: readonly StepEdge[], step: number, before: number): boolean {
  const queue = [step];
  const seen = new Set(queue);
  for (let current = queue.pop(); current !== undefined; current = queue.pop()) {
    if (current === before) return true;
    for (const edge of edges) {
      if (edge.step !== current || seen.has(edge.before)) continue;
      seen.add(edge.before);
      queue.push(edge.before);
    }
  }
  return false;
}

function sorted(count: number, edges: readonly StepEdge[]): StepOrder {
  const waiting = new Set(Array.from({ length: count }, (_, number) => number));
  const order: number[] = [];
  for (;;) {
    const next = [...waiting].find((number) => !edges.some((edge) => edge.step === number && waiting.has(edge.before)));
    if (next === undefined) break;
    waiting.delete(next);
    order.push(next);
  }
  return { edges, order, circle: circleIn(waiting, edges) };
}

/** Walks from any step that is left over to what it waits for, until a step comes again. */
function circleIn(waiting: ReadonlySet<number>, edges: readonly StepEdge[]): readonly number[] {
  const path: number[] = [];
  let [current] = waiting;
  while (current !== undefined && !path.includes(current)) {
    path.push(current);
    const from = current;
    current = edges.find((edge) => edge.step === from && waiting.has(edge.before))?.before;
  }
  return current === undefined ? [] : path.slice(path.indexOf(current));
}

/** Numbers of the steps that wait for one of these, directly or not; without them. */
export function stepsAfter(order: StepOrder, starts: ReadonlySet<number>): ReadonlySet<number> {
  const after = new Set<number>();
  for (const number of order.order)
    if (
      !starts.has(number) &&
      order.edges.some((edge) => edge.step === number && (starts.has(edge.before) || after.has(edge.before)))
    )
      after.add(number);
  return after;
}
