// Runs over HTTP (IT-90): lists with filters and a cursor, one run with its log and violations, cancelling. The rights are those of the token.
import { type Context, Hono } from "hono";
import { RUN_KINDS, RUN_STATUSES } from "../../runs/types.ts";
import { failureOf, HttpFailure } from "../failures.ts";
import { jsonObject, type RawTable, rowCount, rowsJson } from "../json.ts";
import type { Caller } from "../types.ts";
import { callerOf, type GatewayWorld, jsonText } from "../world.ts";

const COLUMNS = `r.run_id AS run_id, r.kind AS kind, r.schedule_id AS job_id, s.name AS name, r.status AS status, r.success AS success, r.attempt AS attempt,
  r.max_attempts AS max_attempts, r.scheduled_at AS scheduled_at, r.started_at AS started_at, r.completed_at AS completed_at, r.error_code AS error_code,
  r.error AS error, r.skip_reason AS skip_reason, r.parent_run_id AS parent_run_id, r.args AS args, r.result AS result`;
const FROM = "FROM system.runs r LEFT JOIN system.schedules s ON s.schedule_id = r.schedule_id";

/** Filters of GET /api/runs: a condition with `:value` for each. */
const FILTERS: Readonly<Record<string, string>> = {
  job_id: "(r.schedule_id = :job_id OR s.name = :job_id)",
  name: "s.name = :name",
  status: "r.status = :status",
  kind: "r.kind = :kind",
  tags: "instr(CAST(s.tags AS TEXT), :tags) > 0",
  started_after: "CAST(r.started_at AS TEXT) > :started_after",
  ended_before: "CAST(r.completed_at AS TEXT) < :ended_before",
  running_after: "(r.completed_at IS NULL OR CAST(r.completed_at AS TEXT) > :running_after)",
  running_before: "CAST(r.started_at AS TEXT) < :running_before",
};
/** Filters that take one of a few words. */
const WORDS: Readonly<Record<string, readonly string[]>> = { status: RUN_STATUSES, kind: RUN_KINDS };
const TIMES: ReadonlySet<string> = new Set(["started_after", "ended_before", "running_after", "running_before"]);

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 500;

/** The rows of a question. @throws HttpFailure. */
export async function rowsFor(
  caller: Caller,
  text: string,
  params: Readonly<Record<string, unknown>> = {},
): Promise<RawTable> {
  try {
    const last = (await caller.run(text, params)).at(-1);
    if (last?.kind === "table") return last;
  } catch (error) {
    throw failureOf(error);
  }
  throw new HttpFailure(422, { error: "NotAQuery", message: "The daemon gave no rows." });
}

/** A number of the query between 1 and its greatest value. @throws HttpFailure 400. */
export function limitOf(c: Context): number {
  const text = c.req.query("limit");
  if (text === undefined) return LIMIT_DEFAULT;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new HttpFailure(400, {
    error: "Invalid field",
    message: `\`limit\` must be a whole number from 1 to ${LIMIT_MAX}.`,
  });
}

function conditions(c: Context): { readonly sql: readonly string[]; readonly params: Record<string, unknown> } {
  const sql: string[] = [];
  const params: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(c.req.query())) {
    if (name === "limit" || name === "cursor") continue;
    const condition = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
    if (condition === undefined)
      throw new HttpFailure(400, {
        error: "Invalid filter",
        message: `There is no filter ${name}; filters are ${Object.keys(FILTERS).join(", ")}, limit and cursor.`,
      });
    const words = WORDS[name];
    if (words !== undefined && !words.includes(text))
      throw new HttpFailure(400, {
        error: "Invalid filter",
        message: `There is no ${name} ${text}; it is one of ${words.join(", ")}.`,
      });
    sql.push(condition);
    params[name] = TIMES.has(name) ? timeOf(name, text) : name === "tags" ? JSON.stringify(text) : text;
  }
  return { sql, params };
}

/** A moment as the tables hold it. @throws HttpFailure 400. */
function timeOf(name: string, text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new HttpFailure(400, {
      error: "Invalid field",
      message: `\`${name}\` must be a moment: 2026-01-31T12:00:00Z.`,
    });
  return `${new Date(at).toISOString().slice(0, -1)}000Z`;
}

interface Cursor {
  readonly at: string;
  readonly id: string;
}

function cursorOf(c: Context): Cursor | undefined {
  const text = c.req.query("cursor");
  if (text === undefined) return undefined;
  const [at, id] = Buffer.from(text, "base64url").toString("utf8").split("|");
  if (at !== undefined && id !== undefined) return { at, id };
  throw new HttpFailure(400, { error: "Invalid field", message: "`cursor` must be the `next_cursor` of an answer." });
}

/** A page of runs, newest first. @throws HttpFailure. */
export async function listRuns(
  caller: Caller,
  c: Context,
  own: readonly string[] = [],
  ownParams = {},
): Promise<Response> {
  const limit = limitOf(c);
  const { sql, params } = conditions(c);
  const cursor = cursorOf(c);
  const before =
    "(CAST(r.scheduled_at AS TEXT) < :before_at OR (CAST(r.scheduled_at AS TEXT) = :before_at AND r.run_id < :before_id))";
  const where = [...own, ...sql, ...(cursor === undefined ? [] : [before])];
  const rows = await rowsFor(
    caller,
    `SELECT ${COLUMNS}, CAST(r.scheduled_at AS TEXT) AS cursor_at ${FROM} ${where.length === 0 ? "" : `WHERE ${where.join(" AND ")}`}
      ORDER BY r.scheduled_at DESC, r.run_id DESC LIMIT ${limit + 1}`,
    { ...params, ...ownParams, ...(cursor === undefined ? {} : { before_at: cursor.at, before_id: cursor.id }) },
  );
  const found = JSON.parse(rowsJson(rows)) as { readonly run_id: string; readonly cursor_at: string }[];
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const next =
    found.length > limit && last !== undefined
      ? Buffer.from(`${last.cursor_at}|${last.run_id}`, "utf8").toString("base64url")
      : null;
  const runs = page.map(({ cursor_at: _at, ...run }) => run);
  return c.json({ success: true, runs, next_cursor: next });
}

/** The rows that belong to a run, by the table's question. */
const PARTS: Readonly<Record<string, string>> = {
  violations: `SELECT v.id, v.attempt, t.name AS constraint_type, v.violation_time, v.action_taken, v.details
    FROM system.constraint_violations v LEFT JOIN system.constraint_types t ON t.id = v.constraint_type_id WHERE v.run_id = :id ORDER BY v.violation_time, v.id`,
  actions:
    "SELECT id, action_type_id, fire_on, executed_at, duration_ms, success, error, details FROM system.action_runs WHERE run_id = :id ORDER BY executed_at, id",
  attempts:
    "SELECT attempt, status, started_at, completed_at, error_code, error, worker FROM system.run_attempts WHERE run_id = :id ORDER BY attempt",
  logs: "SELECT seq, attempt, at, level, message FROM system.run_logs WHERE run_id = :id ORDER BY seq",
};

/** Routes below /api/runs. */
export function runRoutes(world: GatewayWorld): Hono {
  const app = new Hono();
  app.get("/", async (c) => await listRuns(await callerOf(world, c), c));
  app.get("/:id", async (c) => {
    const rows = await oneRun(await callerOf(world, c), c.req.param("id"));
    return jsonText(jsonObject({ success: true }, { run: rowsJson(rows).slice(1, -1) }));
  });
  app.get("/:id/:part", async (c) => {
    const { id, part } = c.req.param();
    const question = Object.hasOwn(PARTS, part) ? PARTS[part] : undefined;
    if (question === undefined)
      throw new HttpFailure(404, { error: "Not found", message: `A run has ${Object.keys(PARTS).join(", ")}.` });
    const caller = await callerOf(world, c);
    await oneRun(caller, id);
    return jsonText(
      jsonObject({ success: true, run_id: id }, { [part]: rowsJson(await rowsFor(caller, question, { id })) }),
    );
  });
  app.delete("/:id", async (c) => {
    const caller = await callerOf(world, c);
    const id = c.req.param("id");
    try {
      await caller.run("CANCEL RUN :id", { id });
    } catch (error) {
      const failure = failureOf(error);
      if (failure.body["error"] === "RunEnded")
        throw new HttpFailure(409, { error: "RunEnded", message: failure.message });
      throw failure;
    }
    return c.json({ success: true, run_id: id, status: "cancelling" }, 202);
  });
  return app;
}

async function oneRun(caller: Caller, id: string): Promise<RawTable> {
  const rows = await rowsFor(caller, `SELECT ${COLUMNS} ${FROM} WHERE r.run_id = :id`, { id });
  if (rowCount(rows) === 0) throw new HttpFailure(404, { error: "Not found", message: `There is no run ${id}.` });
  return rows;
}
