// Query templates in the database: written by `gobi queries load`, checked against the schema first, each whole or not at all.
// A template that changes gets the next version; requests that are running end on the text that they began with.
import type { Problem } from "../../base/problem.ts";
import type { Value } from "../../base/value/value.ts";
import { textHash } from "../catalog/identifiers.ts";
import {
  bumpEpoch,
  catalogVersion,
  ensureCatalog,
  storedTable,
  timestampText,
  type CatalogPlace,
} from "../catalog/schema.ts";
import type { Session } from "../session-types.ts";
import { dataOf } from "../runs/writes/rows.ts";
import { numberOf, readRows, textOf, writeRows } from "../sql/rows.ts";
import type { TemplateText } from "./template-file.ts";

const TEMPLATES = storedTable("query_templates");
const TEXTS = storedTable("query_template_sql");
/** Templates are of one namespace until there are several databases behind one gateway. */
const NAMESPACE = "main";

/** What became of a template. */
export type StoredTemplate =
  | { readonly kind: "stored"; readonly id: number; readonly name: string; readonly version: number }
  | { readonly kind: "unchanged"; readonly id: number; readonly name: string; readonly version: number }
  | { readonly kind: "rejected"; readonly id: number; readonly name: string; readonly problems: readonly Problem[] };

/** Stores a template; one that the schema does not allow is rejected, and the version before keeps serving. @throws EngineError. */
export function storeTemplate(session: Session, place: CatalogPlace, template: TemplateText): StoredTemplate {
  const { id, name } = template;
  const described = session.describeText(template.text, []);
  if (described.kind === "rejected") return { kind: "rejected", id, name, problems: described.problems };
  return inTransaction(session, () => {
    ensureCatalog(place);
    const hash = textHash(JSON.stringify(template));
    const before = storedVersion(session, template, hash);
    if (before?.same === true) return { kind: "unchanged", id, name, version: before.version };
    const version = (before?.version ?? 0) + 1;
    write(session, place, template, { version, hash });
    bumpEpoch(place);
    return { kind: "stored", id, name, version };
  });
}

function inTransaction<T>({ connection }: Session, work: () => T): T {
  connection.begin("immediate");
  try {
    const result = work();
    connection.commit();
    return result;
  } catch (error) {
    if (connection.inTransaction) connection.rollback();
    throw error;
  }
}

function storedVersion(
  { connection }: Session,
  { id, dialect }: TemplateText,
  hash: string,
): { readonly version: number; readonly same: boolean } | undefined {
  const sql = `SELECT t.version, s.sql_hash FROM ${TEMPLATES} t LEFT JOIN ${TEXTS} s
    ON s.namespace = t.namespace AND s.query_id = t.query_id AND s.dialect = ? WHERE t.namespace = ? AND t.query_id = ?`;
  const [row] = readRows(connection, sql, [dialect, NAMESPACE, id]);
  return row === undefined ? undefined : { version: numberOf(row[0]), same: row[1] === hash };
}

function write(
  { connection }: Session,
  place: CatalogPlace,
  template: TemplateText,
  { version, hash }: { readonly version: number; readonly hash: string },
): void {
  const { id, name, description, queue, timeoutMs, isPublic, params, dialect, text } = template;
  const values: readonly Value[] = [
    NAMESPACE,
    id,
    version,
    name,
    description ?? null,
    queue,
    timeoutMs,
    isPublic ? "public" : "private",
    JSON.stringify(params),
    timestampText(place.nowMicros()),
  ];
  writeRows(
    connection,
    `INSERT OR REPLACE INTO ${TEMPLATES} (namespace, query_id, version, name, description, lane, timeout_ms, visibility, params, status, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'active', ?)`,
    values,
  );
  writeRows(
    connection,
    `INSERT OR REPLACE INTO ${TEXTS} (namespace, query_id, dialect, sql_text, sql_hash) VALUES (?, ?, ?, ?, ?)`,
    [NAMESPACE, id, dialect, text, hash],
  );
}

/** Takes a template away. False: there was none. @throws EngineError. */
export function removeTemplate(session: Session, place: CatalogPlace, id: number): boolean {
  if (catalogVersion(session.connection) === 0) return false;
  return inTransaction(session, () => {
    writeRows(session.connection, `DELETE FROM ${TEXTS} WHERE namespace = ? AND query_id = ?`, [NAMESPACE, id]);
    const gone = writeRows(session.connection, `DELETE FROM ${TEMPLATES} WHERE namespace = ? AND query_id = ?`, [
      NAMESPACE,
      id,
    ]);
    if (gone > 0) bumpEpoch(place);
    return gone > 0;
  });
}

/** A template for lists. */
export interface ListedTemplate {
  readonly id: number;
  readonly name: string;
  readonly version: number;
  readonly lane: string;
  readonly visibility: string;
  readonly params: string;
  readonly description: string | null;
}

/** All templates by number. @throws EngineError. */
export function listTemplates({ connection }: Session): readonly ListedTemplate[] {
  if (catalogVersion(connection) < 3) return [];
  const sql = `SELECT query_id, name, version, lane, visibility, params, description FROM ${TEMPLATES} WHERE namespace = ? ORDER BY query_id`;
  return readRows(connection, sql, [NAMESPACE]).map((row) => ({
    id: numberOf(row[0]),
    name: textOf(row[1]),
    version: numberOf(row[2]),
    lane: textOf(row[3]),
    visibility: textOf(row[4]),
    params: Object.entries(dataOf(row[5]) as Record<string, string>)
      .map(([name, type]) => `${name} ${type}`)
      .join(", "),
    description: row[6] === null || row[6] === undefined ? null : textOf(row[6]),
  }));
}
