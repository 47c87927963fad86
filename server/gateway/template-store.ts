// Query templates in the database: written by `gobi queries load`, checked against the schema first, each whole or not at all.
// A template that changes gets the next version; requests that are running end on the text that they began with.
import { atOnce } from "../sql/at-once.ts";
import type { Problem } from "../../base/problem.ts";
import type { Value } from "../../base/value/value.ts";
import { textHash } from "../catalog/identifiers.ts";
import { pipelinesWithTemplate } from "../catalog/pipeline-texts.ts";
import {
  bumpEpoch,
  catalogVersion,
  ensureCatalog,
  storedTable,
  timestampText,
  type CatalogPlace,
} from "../catalog/schema.ts";
import { OWN_NAMESPACE } from "../catalog/template-types.ts";
import type { Session } from "../session-types.ts";
import { dataOf } from "../runs/writes/rows.ts";
import { jsonCell, numberOf, readRows, textOf, writeRows } from "../sql/rows.ts";
import type { TemplateText } from "./template-file.ts";

const TEMPLATES = storedTable("query_templates");
const TEXTS = storedTable("query_template_sql");
/** Version of the catalog since which templates have their tables. */
const SINCE = 3;
/** Dialects that are for this engine; texts for others are stored as they are. */
const OWN_DIALECTS: readonly string[] = ["generic", "sqlite"];

/** What became of a template. */
export type StoredTemplate =
  | {
      readonly kind: "stored";
      readonly id: number;
      readonly name: string;
      readonly version: number;
      /** What owners of pipelines with this template should know. */
      readonly notices: readonly string[];
    }
  | { readonly kind: "unchanged"; readonly id: number; readonly name: string; readonly version: number }
  | { readonly kind: "rejected"; readonly id: number; readonly name: string; readonly problems: readonly Problem[] };

/**
 * Stores a template; one that the schema does not allow is rejected, and the version before keeps serving.
 * @param namespace `main`, or the name of the database that has this one as its host: its schema is not known here.
 * @throws EngineError.
 */
export function storeTemplate(
  session: Session,
  place: CatalogPlace,
  template: TemplateText,
  namespace: string,
): StoredTemplate {
  const { id, name } = template;
  const isOwn = namespace === OWN_NAMESPACE && OWN_DIALECTS.includes(template.dialect);
  const described = isOwn ? session.describeText(template.text, []) : undefined;
  const problems = described?.kind === "described" ? described.missing : (described?.problems ?? []);
  if (described?.kind === "rejected" || problems.length > 0) return { kind: "rejected", id, name, problems };
  const stored = atOnce(session.connection, () => {
    ensureCatalog(place);
    const hash = textHash(JSON.stringify(template));
    const before = storedVersion(session, { namespace, template, hash });
    if (before?.same === true) return { kind: "unchanged" as const, id, name, version: before.version };
    const version = (before?.version ?? 0) + 1;
    write(session, place, template, { namespace, version, hash, tables: described });
    bumpEpoch(place);
    return { kind: "stored" as const, id, name, version, names: [name, before?.name ?? name] };
  });
  if (stored.kind === "unchanged") return stored;
  return { ...stored, notices: isOwn ? session.followTemplate(stored) : [] };
}

function storedVersion(
  { connection }: Session,
  {
    namespace,
    template: { id, dialect },
    hash,
  }: { readonly namespace: string; readonly template: TemplateText; readonly hash: string },
): { readonly version: number; readonly same: boolean; readonly name: string } | undefined {
  const sql = `SELECT t.version, s.sql_hash, t.name FROM ${TEMPLATES} t LEFT JOIN ${TEXTS} s
    ON s.namespace = t.namespace AND s.query_id = t.query_id AND s.dialect = ? WHERE t.namespace = ? AND t.query_id = ?`;
  const [row] = readRows(connection, sql, [dialect, namespace, id]);
  return row === undefined ? undefined : { version: numberOf(row[0]), same: row[1] === hash, name: textOf(row[2]) };
}

function write(
  { connection }: Session,
  place: CatalogPlace,
  template: TemplateText,
  stored: {
    readonly namespace: string;
    readonly version: number;
    readonly hash: string;
    readonly tables: { readonly reads: readonly string[]; readonly writes: readonly string[] } | undefined;
  },
): void {
  const { id, name, description, queue, timeoutMs, isPublic, params, cacheTtlMs, dialect, text } = template;
  const { namespace, version, hash, tables } = stored;
  const values: readonly Value[] = [
    namespace,
    id,
    version,
    name,
    description ?? null,
    queue,
    timeoutMs,
    isPublic ? "public" : "private",
    JSON.stringify(params),
    timestampText(place.nowMicros()),
    cacheTtlMs ?? null,
    tables === undefined ? null : JSON.stringify(tables.reads),
    tables === undefined ? null : JSON.stringify(tables.writes),
  ];
  writeRows(
    connection,
    `INSERT OR REPLACE INTO ${TEMPLATES} (namespace, query_id, version, name, description, lane, timeout_ms, visibility, params, status, updated_at, cache_ttl_ms, reads, writes)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'active', ?, ?, ?, ?)`,
    values,
  );
  writeRows(
    connection,
    `INSERT OR REPLACE INTO ${TEXTS} (namespace, query_id, dialect, sql_text, sql_hash) VALUES (?, ?, ?, ?, ?)`,
    [namespace, id, dialect, text, hash],
  );
}

/** What became of the wish to take a template away. */
export type RemovedTemplate =
  | { readonly kind: "removed"; readonly notices: readonly string[] }
  | { readonly kind: "missing" }
  | { readonly kind: "used"; readonly pipelines: readonly string[] };

/** Takes a template away, with all its texts. One that pipelines use stays, unless `cascade`: their steps cannot run then. @throws EngineError. */
export function removeTemplate(
  session: Session,
  place: CatalogPlace,
  { id, namespace, cascade }: { readonly id: number; readonly namespace: string; readonly cascade: boolean },
): RemovedTemplate {
  const { connection } = session;
  if (catalogVersion(connection) < SINCE) return { kind: "missing" };
  const removed = atOnce(connection, (): RemovedTemplate & { readonly names?: readonly string[] } => {
    const [row] = readRows(connection, `SELECT name FROM ${TEMPLATES} WHERE namespace = ? AND query_id = ?`, [
      namespace,
      id,
    ]);
    if (row === undefined) return { kind: "missing" };
    const names = [textOf(row[0])];
    const users = namespace === OWN_NAMESPACE && !cascade ? pipelinesWithTemplate(connection, { id, names }) : [];
    if (users.length > 0) return { kind: "used", pipelines: users.map(({ name }) => name) };
    for (const table of [TEXTS, TEMPLATES])
      writeRows(connection, `DELETE FROM ${table} WHERE namespace = ? AND query_id = ?`, [namespace, id]);
    bumpEpoch(place);
    return { kind: "removed", notices: [], names };
  });
  if (removed.names === undefined) return removed;
  return { kind: "removed", notices: session.followTemplate({ id, names: removed.names }) };
}

/** A template for lists. */
export interface ListedTemplate {
  readonly namespace: string;
  readonly id: number;
  readonly name: string;
  readonly version: number;
  readonly lane: string;
  readonly visibility: string;
  readonly params: string;
  readonly reads: string;
  readonly writes: string;
  /** As it was last written: the gateway does that about once a minute. */
  readonly uses: number;
  readonly lastUsed: string | null;
  readonly description: string | null;
}

/** All templates by namespace and number. @throws EngineError. */
export function listTemplates({ connection }: Session): readonly ListedTemplate[] {
  if (catalogVersion(connection) < 4) return [];
  const sql = `SELECT t.namespace, t.query_id, t.name, t.version, t.lane, t.visibility, t.params, t.reads, t.writes,
      coalesce(u.usage_count, 0), CAST(u.last_used AS TEXT), t.description
    FROM ${TEMPLATES} t LEFT JOIN ${storedTable("query_template_usage")} u ON u.namespace = t.namespace AND u.query_id = t.query_id
    ORDER BY t.namespace, t.query_id`;
  const optional = (value: Value | undefined): string | null =>
    value === null || value === undefined ? null : textOf(value);
  const list = (value: Value | undefined): string =>
    jsonCell(value) === "" ? "" : (dataOf(value) as readonly string[]).join(", ");
  return readRows(connection, sql).map((row) => ({
    namespace: textOf(row[0]),
    id: numberOf(row[1]),
    name: textOf(row[2]),
    version: numberOf(row[3]),
    lane: textOf(row[4]),
    visibility: textOf(row[5]),
    params: Object.entries(dataOf(row[6]) as Record<string, string>)
      .map(([name, type]) => `${name} ${type}`)
      .join(", "),
    reads: list(row[7]),
    writes: list(row[8]),
    uses: numberOf(row[9]),
    lastUsed: optional(row[10]),
    description: optional(row[11]),
  }));
}
