// Triggers, schedules and pipelines, in both forms.
// The `upsert … as name ( … )` form keeps its entries; what keys mean is decided by the checker.
import { buildConfig } from "./build-config.ts";
import {
  all,
  has,
  integerOf,
  listOf,
  maybe,
  nameOf,
  one,
  only,
  qualifiedNameOf,
  rule,
  type View,
  words,
} from "./build-node.ts";
import { verbOf } from "./build-routines.ts";
import { buildColumnNames } from "./build-sql-select.ts";
import type {
  ConfigBlock,
  DeclarationBase,
  PipelineDeclaration,
  ScheduleDeclaration,
  TriggerDeclaration,
} from "./tree/declarations.ts";

type Base = Omit<DeclarationBase, "name">;

function configOf(view: View): ConfigBlock {
  return buildConfig(only(one(view, "ConfigBody")));
}

const common = (view: View, base: Base) => ({
  ...base,
  verb: verbOf(view),
  ifNotExists: has(view, "IfNotExists"),
  name: nameOf(one(view, "name")),
});

/** `ConfigTrigger` or `SqlTrigger`. */
export function buildTrigger(view: View, base: Base): TriggerDeclaration {
  const empty = {
    config: undefined,
    timing: undefined,
    events: [],
    target: undefined,
    each: undefined,
    when: undefined,
    order: undefined,
    body: undefined,
  };
  if (rule(view) === "ConfigTrigger")
    return { ...common(view, base), kind: "trigger", ...empty, config: configOf(view) };
  const clauses = all(view, "TriggerClause").map(only);
  const clause = (name: string): View | undefined => clauses.find((inner) => rule(inner) === name);
  const timing = clause("TriggerTiming");
  const events = clause("TriggerEvents");
  const on = clause("TriggerOn");
  const each = clause("TriggerEach");
  const when = clause("SqlTriggerWhen");
  const order = clause("TriggerOrder");
  return {
    ...common(view, base),
    kind: "trigger",
    ...empty,
    timing: timing === undefined ? undefined : (words(timing) as "before" | "after" | "instead of"),
    events: listOf(events, "TriggerEvent", "OrTriggerEvent").map(buildEvent),
    target: on === undefined ? undefined : qualifiedNameOf(one(on, "QualifiedName")),
    each: each === undefined ? undefined : (words(one(each, "TriggerEachWord")) as "row" | "statement"),
    when: when === undefined ? undefined : view.ctx.build.expression(one(when, "HeaderExpr")),
    order: order === undefined ? undefined : integerOf(one(order, "integer")),
    body: view.ctx.build.block(one(view, "TriggerBody")),
  };
}

function buildEvent(view: View): TriggerDeclaration["events"][number] {
  const inner = only(view);
  if (rule(inner) !== "UpdateEvent") return { event: words(inner) as "insert" | "delete" | "upsert", columns: [] };
  return { event: "update", columns: buildColumnNames(maybe(inner, "UpdateColumns")) };
}

/** `ConfigSchedule` or `SqlSchedule`. */
export function buildSchedule(view: View, base: Base): ScheduleDeclaration {
  if (rule(view) === "ConfigSchedule")
    return { ...common(view, base), kind: "schedule", config: configOf(view), cron: undefined, body: undefined };
  const cron = view.ctx.build.expression(one(view, "Expr"));
  return {
    ...common(view, base),
    kind: "schedule",
    config: undefined,
    cron,
    body: view.ctx.build.block(one(view, "Block")),
  };
}

/** `Pipeline`. */
export function buildPipeline(view: View, base: Base): PipelineDeclaration {
  return { ...common(view, base), kind: "pipeline", config: configOf(view) };
}
