// Triggers that fire each other through the statements that they run: a warning with the path, since the depth limit ends it at run time (LANGUAGE.md 8).
// Stored triggers are part of the paths; a circle is reported when one of its triggers stands in the file.
import { foldName } from "../types/make.ts";
import type { ModuleSetting } from "./bodies.ts";
import { problemAt } from "./findings.ts";
import { firesOn, targetName } from "./sql/triggers-fired.ts";
import type { TriggerShape } from "./trigger-shape.ts";
import { triggerWork, type TriggerWork } from "./trigger-writes.ts";

/** Reports each cycle once, at the trigger that comes first in the file. */
export function reportTriggerCycles(setting: ModuleSetting, shapes: readonly TriggerShape[]): void {
  if (shapes.length === 0) return;
  const triggers = triggerWork(setting, shapes);
  const reported = new Set<TriggerWork>();
  for (const start of triggers) {
    const { shape } = start;
    const path = shape === undefined || reported.has(start) ? undefined : pathBack(triggers, start);
    if (shape === undefined || path === undefined) continue;
    for (const trigger of path) reported.add(trigger);
    const names = [...path, start].map((trigger) => trigger.name).join(" → ");
    const related = path.slice(1).flatMap((trigger) =>
      trigger.shape === undefined
        ? []
        : [
            {
              span: trigger.shape.declaration.name.span,
              label: `writes ${[...new Set(trigger.writes().flatMap((statement) => targetName(statement) ?? []))].join(", ")}`,
              item: trigger.shape.item,
            },
          ],
    );
    const place = { span: shape.declaration.name.span, item: shape.item };
    problemAt(setting.state, place, "TriggerCycle", { path: names }, { related });
  }
}

/** The shortest way from a trigger back to itself, or undefined. */
function pathBack(triggers: readonly TriggerWork[], start: TriggerWork): readonly TriggerWork[] | undefined {
  const queue: (readonly TriggerWork[])[] = [[start]];
  const seen = new Set<TriggerWork>();
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const last = path.at(-1) ?? start;
    for (const next of triggers.filter((other) => fires(last, other))) {
      if (next === start) return path;
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push([...path, next]);
    }
  }
  return undefined;
}

function fires(trigger: TriggerWork, other: TriggerWork): boolean {
  const table = other.header.table === undefined ? undefined : foldName(other.header.table);
  return trigger.writes().some((statement) => targetName(statement) === table && firesOn(other.header, statement));
}
