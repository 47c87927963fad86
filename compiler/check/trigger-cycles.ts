// Triggers that fire each other through the tables that they write: a warning with the path, since the depth limit ends it at run time (LANGUAGE.md 8).
import { foldName } from "../types/make.ts";
import type { ModuleState } from "./context.ts";
import { problemAt } from "./findings.ts";
import type { TriggerShape } from "./trigger-shape.ts";

type Writes = ReadonlyMap<object, readonly string[]>;

/** Reports each cycle once, at the trigger that comes first in the file. */
export function reportTriggerCycles(state: ModuleState, triggers: readonly TriggerShape[], writes: Writes): void {
  const reported = new Set<TriggerShape>();
  for (const start of triggers) {
    const path = reported.has(start) ? undefined : pathBack(triggers, start, writes);
    if (path === undefined) continue;
    for (const trigger of path) reported.add(trigger);
    const names = [...path, start].map((trigger) => trigger.declaration.name.text).join(" → ");
    const related = path.slice(1).map((trigger) => ({
      span: trigger.declaration.name.span,
      label: `writes ${writtenBy(trigger, writes).join(", ")}`,
      item: trigger.item,
    }));
    problemAt(
      state,
      { span: start.declaration.name.span, item: start.item },
      "TriggerCycle",
      { path: names },
      { related },
    );
  }
}

/** The shortest way from a trigger back to itself, or undefined. */
function pathBack(
  triggers: readonly TriggerShape[],
  start: TriggerShape,
  writes: Writes,
): readonly TriggerShape[] | undefined {
  const queue: (readonly TriggerShape[])[] = [[start]];
  const seen = new Set<TriggerShape>();
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const last = path.at(-1) ?? start;
    for (const next of firedBy(triggers, last, writes)) {
      if (next === start) return path;
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push([...path, next]);
    }
  }
  return undefined;
}

function firedBy(triggers: readonly TriggerShape[], trigger: TriggerShape, writes: Writes): readonly TriggerShape[] {
  const written = new Set(writtenBy(trigger, writes).map(foldName));
  return triggers.filter((other) => other.table !== undefined && written.has(foldName(other.table)));
}

function writtenBy(trigger: TriggerShape, writes: Writes): readonly string[] {
  return writes.get(trigger.declaration) ?? [];
}

/** The tables that each trigger's body and callees write, without the triggers that these writes fire. */
export function directWrites(state: ModuleState, triggers: readonly TriggerShape[]): Writes {
  return new Map(
    triggers.map(({ declaration }) => [
      declaration,
      (state.routines.get(declaration)?.effects.writes ?? []).map((access) => access.table.replace(/^.*\./, "")),
    ]),
  );
}
