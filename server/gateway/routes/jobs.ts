// Schedules over HTTP, as jobs (IT-90): lists with patterns, definitions, runs by hand. The rights are those of the token.
import { type Context, Hono } from "hono";
import { sqlTokens } from "../../sql/dynamic-sql.ts";
import { failureOf, HttpFailure } from "../failures.ts";
import { rowsJson } from "../json.ts";
import type { JsonData } from "../parameters.ts";
import type { Caller } from "../types.ts";
import { bodyOf, callerOf, type GatewayWorld, type JsonObject, textMember } from "../world.ts";
import { limitOf, listRuns, rowsFor } from "./runs.ts";

const COLUMNS = `schedule_id AS id, name, cron AS schedule, interval_ms, run_at, timezone, exe_kind AS exe, call_ref AS "call", args, priority, tags, enabled,
  manual_allowed, start_at, end_at, next_run_at, last_run_id, created_at, modified_at, source`;

const FILTERS: Readonly<Record<string, string>> = {
  name_pattern: "name LIKE :name_pattern",
  schedule: "cron = :schedule",
  tags: "instr(CAST(tags AS TEXT), :tags) > 0",
  tag_pattern: "CAST(tags AS TEXT) LIKE :tag_pattern",
};

/** `*` and `?` of a pattern as LIKE has them. */
function likeOf(pattern: string): string {
  return pattern.replaceAll("*", "%").replaceAll("?", "_");
}

function conditions(c: Context): {
  readonly sql: readonly string[];
  readonly params: Readonly<Record<string, string>>;
} {
  const given = Object.entries(c.req.query()).filter(([name]) => name !== "limit" && name !== "cursor");
  const unknown = given.find(([name]) => !Object.hasOwn(FILTERS, name));
  if (unknown !== undefined)
    throw new HttpFailure(400, {
      error: "Invalid filter",
      message: `There is no filter ${unknown[0]}; filters are ${Object.keys(FILTERS).join(", ")}, limit and cursor.`,
    });
  const value = (name: string, text: string): string => {
    if (name === "tags") return JSON.stringify(text);
    if (name === "tag_pattern") return `%"${likeOf(text)}"%`;
    return name === "name_pattern" ? likeOf(text) : text;
  };
  return {
    sql: given.map(([name]) => FILTERS[name] ?? ""),
    params: Object.fromEntries(given.map(([name, text]) => [name, value(name, text)])),
  };
}

/** Routes below /api/jobs. */
export function jobRoutes(world: GatewayWorld): Hono {
  const app = new Hono();
  app.get("/", async (c) => await listJobs(await callerOf(world, c), c));
  app.post("/", async (c) => {
    const caller = await callerOf(world, c);
    const body = await bodyOf(c);
    const name = nameOf(textMember(body, "name"));
    if ((await idOf(caller, name)) !== undefined)
      throw new HttpFailure(409, {
        error: "AlreadyExists",
        message: `There is a job named ${name}; change it with PUT /api/jobs/${name}.`,
      });
    return await define(caller, name, body, 201);
  });
  app.get("/:id", async (c) => {
    const id = c.req.param("id");
    const [job] = await readJobs(await callerOf(world, c), "schedule_id = :id OR name = :id", { id }, 0);
    if (job === undefined) throw noJob(id);
    return c.json({ success: true, job });
  });
  app.put("/:id", async (c) => {
    const caller = await callerOf(world, c);
    const found = await idOf(caller, c.req.param("id"));
    if (found === undefined) throw noJob(c.req.param("id"));
    return await define(caller, found.name, await bodyOf(c), 200);
  });
  app.get("/:id/runs", async (c) => {
    const caller = await callerOf(world, c);
    const found = await idOf(caller, c.req.param("id"));
    if (found === undefined) throw noJob(c.req.param("id"));
    return await listRuns(caller, c, ["r.schedule_id = :own_job"], { own_job: found.id });
  });
  app.post("/:id/runs", async (c) => {
    const caller = await callerOf(world, c);
    const found = await idOf(caller, c.req.param("id"));
    if (found === undefined) throw noJob(c.req.param("id"));
    return await startRun(caller, found.name, await bodyOf(c));
  });
  return app;
}

function noJob(id: string): HttpFailure {
  return new HttpFailure(404, { error: "Not found", message: `There is no job ${id}.` });
}

/** Jobs by name; the cursor is the last name of the page before. */
async function listJobs(caller: Caller, c: Context): Promise<Response> {
  const limit = limitOf(c);
  const { sql, params } = conditions(c);
  const after = c.req.query("cursor");
  const where = ["true", ...sql, ...(after === undefined ? [] : ["name > :after"])].join(" AND ");
  const found = await readJobs(caller, where, { ...params, ...(after === undefined ? {} : { after }) }, limit);
  const jobs = found.slice(0, limit);
  return c.json({ success: true, jobs, next_cursor: found.length > limit ? (jobs.at(-1)?.name ?? null) : null });
}

interface Job {
  readonly name: string;
}

/** Jobs by name: at most so many, and one more that tells whether there are others. */
async function readJobs(
  caller: Caller,
  where: string,
  params: Readonly<Record<string, string>>,
  limit: number,
): Promise<readonly Job[]> {
  const rows = await rowsFor(
    caller,
    `SELECT ${COLUMNS} FROM system.schedules WHERE dropped_at IS NULL AND (${where}) ORDER BY name LIMIT ${limit + 1}`,
    params,
  );
  return JSON.parse(rowsJson(rows)) as Job[];
}

async function idOf(caller: Caller, id: string): Promise<{ readonly id: string; readonly name: string } | undefined> {
  const rows = await rowsFor(
    caller,
    "SELECT schedule_id AS id, name FROM system.schedules WHERE dropped_at IS NULL AND (schedule_id = :id OR name = :id)",
    { id },
  );
  const [first] = JSON.parse(rowsJson(rows)) as { readonly id: string; readonly name: string }[];
  return first;
}

/** A name that may stand in a statement. @throws HttpFailure 400. */
function nameOf(name: string): string {
  if (/^[A-Za-z_]\w{0,127}$/u.test(name)) return name;
  throw new HttpFailure(400, { error: "Invalid field", message: "`name` must be a word of letters, digits and _." });
}

/** A value of JSON as the language writes it. Texts are quoted: nothing of them becomes part of the statement. */
export function literalOf(value: JsonData): string {
  if (value === null) return "null";
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${(value as readonly JsonData[]).map(literalOf).join(", ")}]`;
  return `{${Object.entries(value as JsonObject)
    .map(([name, inner]) => `${nameOf(name)}: ${literalOf(inner)}`)
    .join(", ")}}`;
}

/** True for `(…)` and nothing behind it: no second statement comes along. */
function isOneList(source: string): boolean {
  const tokens = sqlTokens(source);
  let depth = 0;
  return tokens.every(({ kind, text }, at) => {
    if (kind === "symbol" && text === "(") depth += 1;
    if (kind === "symbol" && text === ")") depth -= 1;
    return depth > 0 || (depth === 0 && at === tokens.length - 1 && text === ")");
  });
}

/** Stores a schedule: `fields` by the names of the language (sched, tz, exe, call, args, …), or `source`, the statement's own list in parentheses. */
async function define(caller: Caller, name: string, body: JsonObject, status: 200 | 201): Promise<Response> {
  const { name: _, source, ...fields } = body;
  if (source !== undefined && (typeof source !== "string" || !isOneList(source)))
    throw new HttpFailure(400, {
      error: "Invalid field",
      message: "`source` must be a text that is one list in parentheses, as it stands behind the schedule's name.",
    });
  const list =
    source ??
    `(${Object.entries(fields)
      .map(([field, value]) => `${nameOf(field)}: ${literalOf(value)}`)
      .join(", ")})`;
  try {
    await caller.run(`upsert SCHEDULE as ${name} ${list}`);
  } catch (error) {
    throw failureOf(error);
  }
  const stored = await idOf(caller, name);
  return Response.json({ success: true, id: stored?.id ?? null, name }, { status });
}

async function startRun(caller: Caller, name: string, body: JsonObject): Promise<Response> {
  const { args } = body;
  const at = startTime(body["start_time"] ?? body["start-time"]);
  const text = [
    `RUN SCHEDULE ${nameOf(name)}`,
    ...(args === undefined ? [] : [`WITH ${literalOf(args)}`]),
    ...(at === undefined ? [] : ["AT :at"]),
  ].join(" ");
  try {
    const results = await caller.run(text, at === undefined ? undefined : { at });
    const last = results.at(-1);
    const runs = last?.kind === "table" ? (JSON.parse(rowsJson(last)) as unknown) : [];
    return Response.json({ success: true, runs }, { status: 202 });
  } catch (error) {
    throw failureOf(error);
  }
}

/** A moment of a body; undefined: at once. @throws HttpFailure 400. */
function startTime(given: JsonData | undefined): string | undefined {
  if (given === undefined || given === null) return undefined;
  const at = typeof given === "string" ? Date.parse(given) : Number.NaN;
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  throw new HttpFailure(400, {
    error: "Invalid field",
    message: "`start_time` must be a moment: 2026-01-31T12:00:00Z.",
  });
}
