// Query templates as the catalog keeps them, for what runs them in the database itself: their parameters with our types, their SQL with names that no column hides.
// Written by server/gateway/template-store.ts.
import { Json, type Value } from "../../base/value/value.ts";
import type { CatalogTemplate, TemplateParameter } from "../../compiler/catalog-view.ts";
import type { Connection } from "../../storage/engine.ts";
import { sqlTokens } from "../sql/dynamic-sql.ts";
import { numberOf, readRows, textOf } from "../sql/rows.ts";
import { catalogVersion, storedTable } from "./schema.ts";
import { OWN_NAMESPACE, TEMPLATE_TYPES } from "./template-types.ts";

/** Version of the catalog since which templates have their tables. */
const SINCE = 3;

/** A parameter's name within the SQL that is stored: one that means a column elsewhere means the parameter there. */
const INNER = "given_";

/** The name of a parameter as the template has it. */
export function outerName(inner: string): string {
  return inner.slice(INNER.length);
}

/** The templates of this database that its engine can run, by number. @throws EngineError. */
export function readQueryTemplates(connection: Connection): readonly CatalogTemplate[] {
  if (catalogVersion(connection) < SINCE) return [];
  const rows = readRows(
    connection,
    `SELECT t.query_id, t.name, t.version, t.description, t.visibility, t.params, s.sql_text
      FROM ${storedTable("query_templates")} t JOIN ${storedTable("query_template_sql")} s ON s.namespace = t.namespace AND s.query_id = t.query_id
      WHERE t.namespace = ? AND t.status = 'active' AND s.dialect IN ('generic', 'sqlite') ORDER BY t.query_id, s.dialect`,
    [OWN_NAMESPACE],
  );
  // A text for this engine comes after the generic one.
  const templates = new Map<number, CatalogTemplate>();
  for (const row of rows) {
    const template = templateOf(row);
    templates.set(template.id, template);
  }
  return [...templates.values()];
}

function templateOf(row: readonly Value[]): CatalogTemplate {
  const params = row[5];
  const declared = JSON.parse(params instanceof Json ? params.text : textOf(params)) as Readonly<
    Record<string, keyof typeof TEMPLATE_TYPES>
  >;
  const parameters = Object.entries(declared).map(([name, type]): TemplateParameter => {
    return { name, inner: `${INNER}${name}`, type: TEMPLATE_TYPES[type] };
  });
  return {
    id: numberOf(row[0]),
    name: textOf(row[1]),
    version: numberOf(row[2]),
    description: row[3] === null || row[3] === undefined ? undefined : textOf(row[3]),
    isPrivate: row[4] !== "public",
    parameters,
    text: innerText(textOf(row[6]), parameters),
  };
}

/** The text in which each `:NAME` of a parameter has its inner name. */
function innerText(text: string, parameters: readonly TemplateParameter[]): string {
  let written = "";
  let at = 0;
  for (const { kind, text: word, start, end } of sqlTokens(text)) {
    const known = kind === "parameter" ? parameters.find(({ name }) => word === `:${name}`) : undefined;
    if (known === undefined) continue;
    written += `${text.slice(at, start)}:${known.inner}`;
    at = end;
  }
  return written + text.slice(at);
}
