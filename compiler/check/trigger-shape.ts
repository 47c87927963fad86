// The headers of triggers, configuration or SQL form, as one shape (LANGUAGE.md 8).
import type { ConfigEntry, Item, QualifiedName, TriggerDeclaration } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";
import { bodyContext, type ModuleSetting } from "./bodies.ts";
import { checkConfig, nameOf, setOf } from "./config-values.ts";
import type { CheckContext, TriggerScope } from "./context.ts";
import { problem } from "./findings.ts";

type TriggerEvent = TriggerDeclaration["events"][number]["event"];

/** When a trigger fires and on what, however it was written. */
export interface TriggerHeader {
  readonly declaration: TriggerDeclaration;
  readonly timings: readonly TriggerScope["timing"][];
  readonly events: readonly TriggerEvent[];
  readonly table: string | undefined;
  readonly schema: string | undefined;
  readonly each: "row" | "statement";
  readonly call: ConfigEntry | undefined;
  readonly entries: ReadonlyMap<string, ConfigEntry>;
}

/** A trigger of the file. */
export interface TriggerShape extends TriggerHeader {
  readonly item: Item;
  readonly tableSpan: QualifiedName["span"];
}

/** Reads and checks the headers of all triggers of the module. */
export function readTriggers(setting: ModuleSetting): readonly TriggerShape[] {
  const shapes: TriggerShape[] = [];
  const seen = new Map<string, TriggerDeclaration>();
  for (const item of setting.state.module.items) {
    if (item.statement.kind !== "trigger") continue;
    const declaration = item.statement;
    const ctx = bodyContext(setting, item, { kind: "trigger", name: declaration.name.text, level: 0 });
    const key = foldName(declaration.name.text);
    if (seen.has(key) && declaration.verb === "create")
      problem(ctx, "DoubleDeclaration", declaration.name.span, {
        name: declaration.name.text,
        other: seen.get(key)?.name.text ?? "",
      });
    seen.set(key, declaration);
    shapes.push(readTrigger(ctx, item, declaration));
  }
  return shapes;
}

function readTrigger(ctx: CheckContext, item: Item, declaration: TriggerDeclaration): TriggerShape {
  const entries =
    declaration.config === undefined
      ? new Map<string, ConfigEntry>()
      : checkConfig(ctx, declaration.config, "trigger", "A trigger");
  const complete = declaration.config === undefined || declaration.config.hasHole;
  if (!complete)
    for (const key of ["event", "target"])
      if (!entries.has(key))
        problem(ctx, "MissingKey", declaration.name.span, { key, owner: `Trigger ${declaration.name.text}` });
  return {
    ...headerOf(declaration, entries),
    item,
    tableSpan: declaration.target?.span ?? entries.get("target")?.value.span ?? declaration.name.span,
  };
}

function headerOf(declaration: TriggerDeclaration, entries: TriggerHeader["entries"]): TriggerHeader {
  const target = nameOf(entries.get("target")?.value)?.split(".");
  const parts = declaration.target?.parts.map((part) => part.text) ?? target;
  const timings = (
    declaration.timing === undefined ? (setOf(entries.get("timing")?.value) ?? ["before"]) : [declaration.timing]
  ) as TriggerScope["timing"][];
  const events = (
    declaration.events.length > 0
      ? declaration.events.map((each) => each.event)
      : (setOf(entries.get("event")?.value) ?? [])
  ) as TriggerEvent[];
  return {
    declaration,
    timings,
    events,
    table: parts?.at(-1),
    schema: parts !== undefined && parts.length > 1 ? parts[0] : undefined,
    each: declaration.each ?? (nameOf(entries.get("each")?.value)?.toLowerCase() === "statement" ? "statement" : "row"),
    call: entries.get("call"),
    entries,
  };
}

/** Its place among those of the same point: `order: n`. */
export function orderOf({ declaration, entries }: TriggerHeader): number {
  const written = entries.get("order")?.value;
  const configured = written !== undefined && "kind" in written && written.kind === "number" ? Number(written.text) : 0;
  return declaration.order ?? configured;
}

/** The header of a stored trigger, which was checked when it was stored. */
export function storedHeader(declaration: TriggerDeclaration): TriggerHeader {
  const entries = declaration.config?.entries.map((entry) => [foldName(entry.key.text), entry] as const) ?? [];
  return headerOf(declaration, new Map(entries));
}
