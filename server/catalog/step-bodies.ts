// The SQL of pipeline steps as stored routines: each is the body of a procedure that only its pipeline calls, so that versions, dependencies and rights are those of routines.
import { givesResult } from "../../compiler/check/step-sql.ts";
import type { PipelineDeclaration } from "../../compiler/syntax/tree.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type { Connection } from "../../storage/engine.ts";
import { readRows, textOf } from "../sql/rows.ts";
import { stepsWritten } from "./pipelines.ts";
import { deleteRoutine } from "./routines.ts";
import { storedTable, type CatalogPlace } from "./schema.ts";
import { bodyOfStep, prefixOfPipeline } from "./step-names.ts";

/** A step's SQL as the text of a procedure, with that procedure's name. */
export interface StepBody {
  readonly name: string;
  readonly text: string;
}

/** The bodies of the steps that a declaration lists. */
export function stepBodies(declaration: PipelineDeclaration, text: string): readonly StepBody[] {
  return stepsWritten(declaration, text).flatMap(({ name: step, sql }) =>
    sql === undefined ? [] : [bodyOf(bodyOfStep(declaration.name.text, step), sql)],
  );
}

function bodyOf(name: string, sql: string): StepBody {
  const textWith = (result: string): string => `procedure \`${name}\` () {\n${result}${sql}\n}`;
  const statement = parse({ name, text: textWith("") }).value.items[0]?.statement;
  const statements = statement?.kind === "routine" && statement.body?.kind === "block" ? statement.body.statements : [];
  return { name, text: textWith(givesResult(statements) ? "return " : "") };
}

/** Deletes the bodies of a pipeline that are not among `kept`. Inside the caller's transaction. @throws EngineError. */
export function deleteStepBodies(place: CatalogPlace, pipeline: string, kept: readonly StepBody[]): void {
  const names = new Set(kept.map(({ name }) => name.toLowerCase()));
  for (const { id, name } of bodiesOf(place.connection, pipeline))
    if (!names.has(name.toLowerCase())) deleteRoutine(place, id);
}

function bodiesOf(connection: Connection, pipeline: string): readonly { readonly id: string; readonly name: string }[] {
  const prefix = prefixOfPipeline(pipeline);
  return readRows(
    connection,
    `SELECT routine_id, name FROM ${storedTable("routines")} WHERE lower(substr(name, 1, ?)) = lower(?)`,
    [prefix.length, prefix],
  ).map(([id, name]) => ({ id: textOf(id), name: textOf(name) }));
}
