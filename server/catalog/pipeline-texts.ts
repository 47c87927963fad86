// Texts of pipelines: of each version, and of those that name something.
import type { Connection } from "../../storage/engine.ts";
import { numberOf, readRows, textOf } from "../sql/rows.ts";
import { stepsOfSource } from "./pipelines.ts";
import { catalogVersion, storedTable } from "./schema.ts";

/** Version of the catalog since which the texts of versions are kept. */
const VERSIONS_SINCE = 6;

/** Number of the current version. @throws EngineError. */
export function pipelineVersion(connection: Connection, pipelineId: string): number {
  const sql = `SELECT current_version FROM ${storedTable("pipelines")} WHERE pipeline_id = ?`;
  return numberOf(readRows(connection, sql, [pipelineId])[0]?.[0]);
}

/** The text of a version; undefined when there is none, or when it was stored before texts were kept. @throws EngineError. */
export function pipelineSource(connection: Connection, pipelineId: string, version: number): string | undefined {
  if (catalogVersion(connection) < VERSIONS_SINCE) return undefined;
  const sql = `SELECT source FROM ${storedTable("pipeline_versions")} WHERE pipeline_id = ? AND version = ?`;
  const [row] = readRows(connection, sql, [pipelineId, version]);
  return row === undefined ? undefined : textOf(row[0]);
}

/** Pipelines with a step that names a template, by its number or one of its names. @throws EngineError. */
export function pipelinesWithTemplate(
  connection: Connection,
  template: { readonly id: number; readonly names: readonly string[] },
): readonly { readonly name: string; readonly source: string }[] {
  if (catalogVersion(connection) === 0) return [];
  const references = new Set([String(template.id), ...template.names.map((name) => name.toLowerCase())]);
  const sql = `SELECT name, source FROM ${storedTable("pipelines")} WHERE source LIKE '%query%' ORDER BY name COLLATE NOCASE`;
  return readRows(connection, sql)
    .map((row) => ({ name: textOf(row[0]), source: textOf(row[1]) }))
    .filter(({ name, source }) =>
      stepsOfSource(name, source).some(({ query }) => query !== undefined && references.has(query.toLowerCase())),
    );
}
