// Triggers of the same point whose result depends on which goes first, and that do not say (`order: n`): a hint.
// BEFORE triggers that assign a column of NEW that the other assigns or reads; triggers that write a table that the other reads, or writes otherwise than by adding rows.
import { foldName } from "../types/make.ts";
import type { Effects } from "../effects/effects.ts";
import type { ModuleSetting } from "./bodies.ts";
import { problemAt } from "./findings.ts";
import { targetName } from "./sql/triggers-fired.ts";
import { orderOf, type TriggerShape } from "./trigger-shape.ts";
import { rowColumns, triggerWork, type TriggerWork } from "./trigger-writes.ts";

/** Reports each pair once, at the one that comes later. */
export function reportTriggerOrder(setting: ModuleSetting, shapes: readonly TriggerShape[]): void {
  if (shapes.length === 0) return;
  const triggers = triggerWork(setting, shapes);
  for (const [index, later] of triggers.entries()) {
    for (const earlier of triggers.slice(0, index)) {
      // Two stored triggers are nothing new.
      if (later.shape === undefined && earlier.shape === undefined) break;
      if (!samePoint(earlier, later)) continue;
      const what = shared(setting, earlier, later);
      const at = later.shape ?? earlier.shape;
      if (what === undefined || at === undefined) continue;
      const other = at === later.shape ? earlier : later;
      const related =
        other.shape === undefined
          ? []
          : [{ span: other.shape.declaration.name.span, label: `${other.name} is here`, item: other.shape.item }];
      problemAt(
        setting.state,
        { span: at.declaration.name.span, item: at.item },
        "TriggerOrder",
        { name: at.declaration.name.text, other: other.name, what },
        { related, help: "Give them different places: order: 1, order: 2." },
      );
    }
  }
}

/** Whether both may fire at one point of one statement without a place of their own. */
function samePoint(left: TriggerWork, right: TriggerWork): boolean {
  const one = left.header;
  const two = right.header;
  return (
    one.table !== undefined &&
    foldName(one.table) === foldName(two.table ?? "") &&
    one.each === two.each &&
    one.timings.some((timing) => two.timings.includes(timing)) &&
    one.events.some((event) => two.events.includes(event)) &&
    orderOf(one) === orderOf(two)
  );
}

/** What makes their order matter, in words. */
function shared(setting: ModuleSetting, left: TriggerWork, right: TriggerWork): string | undefined {
  const one = rowColumns(left.code());
  const two = rowColumns(right.code());
  for (const column of one.assigned) if (two.assigned.has(column) || two.read.has(column)) return `NEW.${column}`;
  for (const column of two.assigned) if (one.read.has(column)) return `NEW.${column}`;
  return tableShared(setting, left, right) ?? tableShared(setting, right, left);
}

/** A table that `left` writes and `right` reads, or that both write and one of them not only by adding rows. */
function tableShared(setting: ModuleSetting, left: TriggerWork, right: TriggerWork): string | undefined {
  const reads = new Set(effectsOf(setting, right)?.reads.map(({ table }) => lastPart(table)));
  for (const statement of left.writes()) {
    const table = targetName(statement);
    if (table === undefined) continue;
    if (reads.has(table)) return table;
    const others = right.writes().filter((other) => targetName(other) === table);
    if (others.length > 0 && [statement, ...others].some((each) => each.kind !== "insert")) return table;
  }
  return undefined;
}

function effectsOf(setting: ModuleSetting, { shape }: TriggerWork): Effects | undefined {
  return shape === undefined ? undefined : setting.state.routines.get(shape.declaration)?.effects;
}

function lastPart(name: string): string {
  return foldName(name.slice(name.lastIndexOf(".") + 1));
}
