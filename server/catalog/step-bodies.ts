// The SQL and the query templates of pipeline steps as stored routines: each is the body of a procedure that only its pipeline calls, so that versions, dependencies and rights are those of routines.
import type { CatalogTemplate } from "../../compiler/catalog-view.ts";
import { procedureText, templateNamed, templateParameters } from "../../compiler/check/step-query.ts";
import type { PipelineDeclaration } from "../../compiler/syntax/tree.ts";
import type { Connection } from "../../storage/engine.ts";
import { readRows, textOf } from "../sql/rows.ts";
import { stepsWritten } from "./pipelines.ts";
import { readQueryTemplates } from "./query-templates.ts";
import { deleteRoutine } from "./routines.ts";
import { storedTable, type CatalogPlace } from "./schema.ts";
import { prefixOfPipeline } from "./step-names.ts";

/** A step's SQL, or its template's, as the text of a procedure, with that procedure's name. */
export interface StepBody {
  readonly name: string;
  readonly text: string;
  /** The query template that it is made of. */
  readonly template: CatalogTemplate | undefined;
}

/** The bodies of the steps that a declaration lists. A step whose template is not there has none. @throws EngineError. */
export function stepBodies(
  connection: Connection,
  declaration: PipelineDeclaration,
  text: string,
): readonly StepBody[] {
  const steps = stepsWritten(declaration, text);
  const templates = steps.some(({ query }) => query !== undefined) ? readQueryTemplates(connection) : [];
  return steps.flatMap(({ call: name, sql, query }): readonly StepBody[] => {
    if (sql !== undefined) return [{ name, text: procedureText(name, "", sql).text, template: undefined }];
    const template = query === undefined ? undefined : templateNamed(templates, query);
    if (template === undefined || template === "ambiguous") return [];
    return [{ name, text: procedureText(name, templateParameters(template), template.text).text, template }];
  });
}

/** Deletes the bodies of a pipeline that are not among `kept`. Inside the caller's transaction. @throws EngineError. */
export function deleteStepBodies(place: CatalogPlace, pipeline: string, kept: readonly StepBody[]): void {
  const names = new Set(kept.map(({ name }) => name.toLowerCase()));
  for (const { id, name } of bodiesOf(place.connection, pipeline))
    if (!names.has(name.toLowerCase())) deleteRoutine(place, id);
}

/** Bodies by the names that they have now, and by those that older programs gave them. */
function bodiesOf(connection: Connection, pipeline: string): readonly { readonly id: string; readonly name: string }[] {
  const prefix = prefixOfPipeline(pipeline);
  return readRows(
    connection,
    `SELECT routine_id, name FROM ${storedTable("routines")} WHERE lower(substr(name, 1, ?)) = lower(?) OR name IN
      (SELECT s.call_ref FROM ${storedTable("pipeline_steps")} s JOIN ${storedTable("pipelines")} p ON p.pipeline_id = s.pipeline_id
        WHERE s.exe_kind IN ('sql', 'query') AND p.name = ? COLLATE NOCASE)`,
    [prefix.length, prefix, pipeline],
  ).map(([id, name]) => ({ id: textOf(id), name: textOf(name) }));
}
