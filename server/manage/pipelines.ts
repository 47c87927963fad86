// LIST PIPELINES and SHOW PIPELINE p [VERSION n]: steps in the order in which they run, with what each waits for and why, and how it ended last.
import type { Value } from "../../base/value/value.ts";
import type { CatalogTemplate } from "../../compiler/catalog-view.ts";
import { templateNamed, templateTitle } from "../../compiler/check/step-query.ts";
import { pipelineSource } from "../catalog/pipeline-texts.ts";
import { type PipelineDefinition, type PipelineStep, readPipeline, stepsOfSource } from "../catalog/pipelines.ts";
import { readQueryTemplates } from "../catalog/query-templates.ts";
import { storedTable } from "../catalog/schema.ts";
import { readRows, textOf } from "../sql/rows.ts";
import { noSuchObject, tableFromRows, type ManageWorld } from "./world.ts";

/** Rows of LIST PIPELINES. */
export function pipelineRows(world: ManageWorld): {
  readonly names: readonly string[];
  readonly rows: readonly (readonly Value[])[];
} {
  const names = ["name", "version", "steps", "enabled", "last_run", "last_status"];
  if (!world.hasCatalog()) return { names, rows: [] };
  const found = readRows(
    world.connection,
    `SELECT p.name, iif(p.enabled, 'yes', 'no'), r.scheduled_at, r.status FROM ${storedTable("pipelines")} p
      LEFT JOIN ${storedTable("runs")} r ON r.run_id = (SELECT l.run_id FROM ${storedTable("runs")} l WHERE l.pipeline_id = p.pipeline_id ORDER BY l.scheduled_at DESC, l.run_id DESC LIMIT 1)
      ORDER BY p.name COLLATE NOCASE`,
  );
  const rows = found.flatMap(([name, enabled, at, status]): readonly (readonly Value[])[] => {
    const pipeline = readPipeline(world.connection, textOf(name));
    if (pipeline === undefined) return [];
    const steps = inOrder(pipeline).map((number) => pipeline.steps[number]?.name ?? "");
    return [[pipeline.name, pipeline.version, steps.join(", "), enabled ?? null, at ?? null, status ?? null]];
  });
  return { names, rows };
}

/** Steps in the order in which they run; those of a circle last. */
function inOrder(pipeline: PipelineDefinition): readonly number[] {
  const { order } = pipeline.order;
  return [...order, ...[...pipeline.steps.keys()].filter((number) => !order.includes(number))];
}

/** SHOW PIPELINE: the steps of the current version, or of an older one as they were written. */
export function showPipeline(world: ManageWorld, name: string, version: number | undefined): Value {
  const pipeline = world.hasCatalog() ? readPipeline(world.connection, name) : undefined;
  if (pipeline === undefined) return noSuchObject("pipeline", name);
  if (version !== undefined && version !== pipeline.version) return olderVersion(world, pipeline, version);
  const last = lastSteps(world, pipeline.id);
  const hasQueries = pipeline.steps.some(({ query }) => query !== undefined);
  const templates = hasQueries ? readQueryTemplates(world.connection) : [];
  return tableFromRows(
    ["step", "calls", "after", "because", "when", "args", "retries", "on_error", "last_status", "last_error"],
    inOrder(pipeline).flatMap((number): readonly (readonly Value[])[] => {
      const step = pipeline.steps[number];
      if (step === undefined) return [];
      const edges = pipeline.order.edges.filter((edge) => edge.step === number);
      const nameOf = (other: number): string => pipeline.steps[other]?.name ?? "";
      const ended = last.get(step.name.toLowerCase());
      return [
        [
          step.name,
          callsOf(step, templates),
          edges.map((edge) => nameOf(edge.before)).join(", "),
          edges.map((edge) => reason(edge.reason, nameOf(edge.before))).join("; "),
          step.when ?? null,
          step.args ?? null,
          step.retries,
          step.onError,
          ended?.[0] ?? null,
          ended?.[1] ?? null,
        ],
      ];
    }),
  );
}

function reason(why: PipelineDefinition["order"]["edges"][number]["reason"], before: string): string {
  switch (why.kind) {
    case "after":
      return "after is written";
    case "uses":
      return "uses its result";
    case "data":
      return `${before} writes ${why.table.replace(/^main\./, "")}`;
    case "dynamic":
      return "tables are not known, so as written";
  }
}

/** Status and error of each step in the last run, by folded name. */
function lastSteps(world: ManageWorld, pipelineId: string): ReadonlyMap<string, readonly [Value, Value]> {
  const rows = readRows(
    world.connection,
    `SELECT s.name, s.status, s.error FROM ${storedTable("run_steps")} s WHERE s.run_id =
      (SELECT r.run_id FROM ${storedTable("runs")} r WHERE r.pipeline_id = ? ORDER BY r.scheduled_at DESC, r.run_id DESC LIMIT 1) ORDER BY s.attempt, s.step_no`,
    [pipelineId],
  );
  return new Map(rows.map((row) => [textOf(row[0]).toLowerCase(), [row[1] ?? null, row[2] ?? null] as const]));
}

/** As it was written; where its text was not kept, as far as its steps tell. */
function olderVersion(world: ManageWorld, pipeline: PipelineDefinition, version: number): Value {
  const names = ["step", "calls", "after", "when", "args", "on_error"];
  const source = pipelineSource(world.connection, pipeline.id, version);
  if (source !== undefined)
    return tableFromRows(
      names,
      stepsOfSource(pipeline.name, source).map((step) => [
        step.name,
        callsOf(step),
        step.after.join(", "),
        step.when ?? null,
        step.args ?? null,
        step.onError,
      ]),
    );
  const rows = readRows(
    world.connection,
    `SELECT name, iif(exe_kind = 'sql', '(its SQL was not kept)', call_ref), coalesce((SELECT group_concat(value, ', ') FROM json_each(depends_on)), ''), when_source, args ->> '$', on_error FROM ${storedTable("pipeline_steps")} WHERE pipeline_id = ? AND version = ? ORDER BY step_no`,
    [pipeline.id, version],
  );
  if (rows.length === 0) return noSuchObject("pipeline", `${pipeline.name}@${version}`);
  return tableFromRows(names, rows);
}

/** What a step runs, as it was written; a template that is among `templates` with its number and its name. */
function callsOf({ sql, query, call, missing }: PipelineStep, templates: readonly CatalogTemplate[] = []): string {
  if (query === undefined) return sql ?? call;
  const template = templateNamed(templates, query);
  if (missing !== undefined) return `query ${query} (not there)`;
  return template === undefined || template === "ambiguous" ? `query ${query}` : templateTitle(template);
}
