// Triggers that fire each other through the tables that they write: a warning with the path, since the depth limit ends it at run time (LANGUAGE.md 8).
import { foldName } from "../types/make.ts";
import type { ModuleState } from "./context.ts";
import { problemAt } from "./findings.ts";
import type { TriggerShape } from "./declare-triggers.ts";

/** Reports each cycle once, at the trigger that comes first in the file. */
export function reportTriggerCycles(state: ModuleState, triggers: readonly TriggerShape[]): void {
  const reported = new Set<TriggerShape>();
  for (const start of triggers) {
    const path = reported.has(start) ? undefined : pathBack(state, triggers, start);
    if (path === undefined) continue;
    for (const trigger of path) reported.add(trigger);
    const names = [...path, start].map((trigger) => trigger.declaration.name.text).join(" → ");
    const related = path.slice(1).map((trigger) => ({ span: trigger.declaration.name.span, label: `writes ${writtenBy(state, trigger).join(", ")}`, item: trigger.item }));
    problemAt(state, { span: start.declaration.name.span, item: start.item }, "TriggerCycle", { path: names }, { related });
  }
}

/** The shortest way from a trigger back to itself, or undefined. */
function pathBack(state: ModuleState, triggers: readonly TriggerShape[], start: TriggerShape): readonly TriggerShape[] | undefined {
  const queue: (readonly TriggerShape[])[] = [[start]];
  const seen = new Set<TriggerShape>();
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const last = path.at(-1) ?? start;
    for (const next of firedBy(state, triggers, last)) {
      if (next === start) return path;
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push([...path, next]);
    }
  }
  return undefined;
}

function firedBy(state: ModuleState, triggers: readonly TriggerShape[], trigger: TriggerShape): readonly TriggerShape[] {
  const written = new Set(writtenBy(state, trigger).map(foldName));
  return triggers.filter((other) => other.table !== undefined && written.has(foldName(other.table)));
}

function writtenBy(state: ModuleState, trigger: TriggerShape): readonly string[] {
  const effects = state.routines.get(trigger.declaration)?.effects;
  return (effects?.writes ?? []).map((access) => access.table.replace(/^main\./, ""));
}
