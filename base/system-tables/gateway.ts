// Tables of the gateway: query templates, their SQL for each dialect, and how often they were used.
import type { SystemTableRow } from "./row.ts";

/** Tables of the gateway. */
export const GATEWAY_TABLES = {
  query_templates: {
    source: "stored",
    since: 3,
    added: { cache_ttl_ms: 4, reads: 4, writes: 4 },
    key: ["namespace", "query_id"],
    uniques: [],
    columns: {
      namespace: "string",
      query_id: "int",
      version: "int",
      name: "string",
      description: "string?",
      lane: "string",
      timeout_ms: "int",
      visibility: "string",
      params: "json",
      status: "string",
      updated_at: "timestamp",
      cache_ttl_ms: "int?",
      reads: "json?",
      writes: "json?",
    },
    doc: "Queries that the gateway answers by their number: `public` ones for everybody, `private` ones for who has USE on them; both run with the rights of the owner of the mount.",
  },
  query_template_sql: {
    source: "stored",
    since: 3,
    key: ["namespace", "query_id", "dialect"],
    uniques: [],
    columns: { namespace: "string", query_id: "int", dialect: "string", sql_text: "string", sql_hash: "string" },
    doc: "Text of each query template: for `generic`, or for one engine.",
  },
  query_template_usage: {
    source: "stored",
    since: 4,
    key: ["namespace", "query_id"],
    uniques: [],
    columns: { namespace: "string", query_id: "int", usage_count: "int", last_used: "timestamp" },
    doc: "How often each query template was answered and when last; the gateway writes it about once a minute.",
  },
} as const satisfies Record<string, SystemTableRow>;
