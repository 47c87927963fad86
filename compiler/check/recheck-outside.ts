// What the rest of a file sees of a part that was checked again: what looks different now although its header does not, because it is inferred.
import type { Item } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";
import type { ModuleSetting } from "./bodies.ts";
import type { CheckedBodies } from "./check.ts";
import type { RoutineInfo } from "./checked.ts";
import type { Finding } from "./context.ts";
import { outlineOf } from "./recheck-around.ts";
import { bodyKey } from "./recheck-merge.ts";
import type { Part } from "./recheck-plan.ts";
import { declaredByUse } from "./recheck-types.ts";
import { mentions } from "./recheck-words.ts";

/** A part that was checked into tables of its own. */
export interface CheckedPart {
  readonly setting: ModuleSetting;
  readonly bodies: CheckedBodies;
}

/** What turned out to look different from outside, although its text does not. */
export interface Outlines {
  /** Folded names. */
  readonly names: ReadonlySet<string>;
  readonly triggers: readonly Item[];
}

/** The check before. */
interface Before {
  readonly bodies: CheckedBodies;
  readonly own: readonly Finding[];
}

/** What of the part looks different from outside now, to items that are not in it. Who fires a trigger does not name it. */
export function changedOutside(kept: Before, part: Part, found: CheckedPart, known: readonly Item[]): Outlines {
  const before = bodiesByKey(kept.bodies, part.dropped);
  const changed = new Set<string>();
  const triggers: Item[] = [];
  for (const [key, info] of bodiesByKey(found.bodies, part.items)) {
    const old = before.get(key);
    if (old === undefined || outlineOf(old) === outlineOf(info)) continue;
    if (info.item?.statement.kind !== "trigger") changed.add(foldName(info.name));
    else if (!known.includes(info.item)) triggers.push(info.item);
  }
  const declared = new Set(declaredByUse("ImplicitError", found.setting.state.findings, part.items));
  for (const name of declaredByUse("ImplicitError", kept.own, part.dropped))
    if (!declared.has(name)) changed.add(foldName(name));
  const inPart = new Set(part.items);
  const others = found.setting.state.module.items.filter((item) => !inPart.has(item));
  const names = new Set([...changed].filter((name) => others.some((item) => mentions(item, new Set([name])))));
  return { names, triggers };
}

/** What has a body among these items. */
export function bodiesByKey(bodies: CheckedBodies, items: readonly Item[]): ReadonlyMap<string, RoutineInfo> {
  const among = new Set(items);
  return new Map(
    bodies.bodies.flatMap(({ info }) =>
      info.item !== undefined && among.has(info.item) ? [[bodyKey(info), info] as const] : [],
    ),
  );
}
