// What the checker knows at one point of the control flow: reachable or not, narrowed types, variables that have a value by now.
// Flows are immutable: a branch keeps the flow it started with, and a join keeps what holds on every way in.
import { prune } from "../types/make.ts";
import { joinTypes } from "../types/join.ts";
import type { Type } from "../types/type.ts";
import type { Variable } from "./checked.ts";
import type { Flow, RowVariables } from "./context.ts";
import { held, joinLayers, noLayers, withHeld } from "./layers.ts";

/** The flow at the start of a body. */
export const START_FLOW: Flow = { reachable: true, narrowed: noLayers(), assigned: noLayers(), rows: [] };

/** The flow after return, raise, break: nothing comes here. */
export function unreachable(flow: Flow): Flow {
  return flow.reachable ? { ...flow, reachable: false } : flow;
}

/** Key of a variable in `narrowed`; field paths append `.field` in folded form. */
export function variableKey(variable: Variable): string {
  return `#${variable.id}`;
}

function rootOf(key: string): string {
  const dot = key.indexOf(".");
  return dot < 0 ? key : key.slice(0, dot);
}

/** The narrowed type under a key, if any. */
export function narrowedType(flow: Flow, key: string): Type | undefined {
  return held(flow.narrowed, rootOf(key))?.get(key);
}

/** The flow in which the place `key` has that type. */
export function narrow(flow: Flow, key: string, type: Type): Flow {
  const root = rootOf(key);
  const places = new Map(held(flow.narrowed, root)).set(key, type);
  return { ...flow, narrowed: withHeld(flow.narrowed, root, places) };
}

/** The flow after the variable was written: what was known of it and its fields is gone; `type` is what it holds now, if more precise than declared. */
export function forget(flow: Flow, variable: Variable, type?: Type): Flow {
  const key = variableKey(variable);
  const places = type === undefined ? undefined : new Map([[key, type]]);
  const isKnown = places !== undefined || held(flow.narrowed, key) !== undefined;
  const narrowed = isKnown ? withHeld(flow.narrowed, key, places) : flow.narrowed;
  return { ...flow, narrowed, rows: withoutVariable(flow.rows, variable) };
}

function withoutVariable(rows: readonly RowVariables[], variable: Variable): readonly RowVariables[] {
  if (!rows.some(({ variables }) => variables.has(variable))) return rows;
  return rows.map(({ origin, variables }) => ({
    origin,
    variables: new Map([...variables].filter(([other]) => other !== variable)),
  }));
}

/** The flow after these variables got the columns of one row; for each whether its column is never null. */
export function fromOneRow(flow: Flow, variables: RowVariables["variables"]): Flow {
  return variables.size < 2 ? flow : { ...flow, rows: [...flow.rows, { origin: variables, variables }] };
}

/** The flow in which a variable is known not to be null: then a row came, and what came with it is not null either. */
export function withItsRow(flow: Flow, key: string): Flow {
  let result = flow;
  for (const { variables } of flow.rows) {
    if (![...variables.keys()].some((variable) => variableKey(variable) === key)) continue;
    for (const [variable, column] of variables) {
      const type = prune(narrowedType(result, variableKey(variable)) ?? variable.type);
      if (column === "never null" && type.kind === "nullable")
        result = narrow(result, variableKey(variable), prune(type.inner));
    }
  }
  return result;
}

/** The flow in which the variable has a value. */
export function assign(flow: Flow, variable: Variable): Flow {
  if (isAssigned(flow, variable)) return flow;
  return { ...flow, assigned: withHeld(flow.assigned, variable, true) };
}

/** Whether the variable has a value by now. */
export function isAssigned(flow: Flow, variable: Variable): boolean {
  return held(flow.assigned, variable) === true;
}

/** The flow in which the variables have a value that have one in either. */
export function assignAlso(flow: Flow, other: Flow): Flow {
  const assigned = joinLayers(flow.assigned, [other.assigned], (variable) =>
    isAssigned(flow, variable) || isAssigned(other, variable) ? true : undefined,
  );
  return { ...flow, assigned };
}

/** What holds on every way into a point. Ways that nothing takes do not count. */
export function joinFlows(flows: readonly Flow[]): Flow {
  const live = flows.filter((flow) => flow.reachable);
  const first = live[0] ?? flows[0] ?? START_FLOW;
  if (live.length <= 1) return first;
  const others = live.slice(1);
  const narrowed = joinLayers(
    first.narrowed,
    others.map((flow) => flow.narrowed),
    (root) =>
      joinPlaces(
        held(first.narrowed, root),
        others.map((flow) => held(flow.narrowed, root)),
      ),
  );
  const assigned = joinLayers(
    first.assigned,
    others.map((flow) => flow.assigned),
    (variable) => (live.every((flow) => isAssigned(flow, variable)) ? true : undefined),
  );
  return { reachable: true, narrowed, assigned, rows: rowsOnAll(first, live) };
}

/** Places of one variable, with types that hold on every way. */
function joinPlaces(
  first: ReadonlyMap<string, Type> | undefined,
  others: readonly (ReadonlyMap<string, Type> | undefined)[],
): ReadonlyMap<string, Type> | undefined {
  const places = new Map<string, Type>();
  for (const [key, type] of first ?? []) {
    let joined: Type | undefined = type;
    for (const other of others) {
      const otherType = other?.get(key);
      joined =
        otherType === undefined || joined === undefined
          ? undefined
          : prune(otherType) === prune(joined)
            ? joined
            : joinTypes(joined, otherType);
    }
    if (joined !== undefined) places.set(key, joined);
  }
  return places.size === 0 ? undefined : places;
}

function rowsOnAll(first: Flow, flows: readonly Flow[]): readonly RowVariables[] {
  return first.rows.flatMap(({ origin, variables }) => {
    const all = flows.map(({ rows }) => rows.find((other) => other.origin === origin)?.variables);
    const kept = new Map([...variables].filter(([variable]) => all.every((other) => other?.has(variable) === true)));
    return kept.size < 2 ? [] : [{ origin, variables: kept }];
  });
}
