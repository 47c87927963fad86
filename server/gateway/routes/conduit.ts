// Queries by POST with everything in the body, one or several at once (HY-51 to HY-55). `auth_…` takes the rights of the token, `alt_…` names the database besides.
import { type Context, Hono } from "hono";
import { answerQuery, elapsed } from "../answers.ts";
import { failureOf, HttpFailure } from "../failures.ts";
import { jsonObject } from "../json.ts";
import type { JsonData } from "../parameters.ts";
import {
  bodyOf,
  callerOf,
  checkDatabase,
  type GatewayWorld,
  type JsonObject,
  jsonText,
  timeoutMember,
  tokenOf,
} from "../world.ts";
import { allowedQuery } from "./queries.ts";

/** One of the routes: whether a token is needed, whether the body names the database, whether it holds several queries. */
interface Door {
  readonly path: string;
  readonly needsToken: boolean;
  readonly namesDatabase: boolean;
  readonly many: boolean;
}

const DOORS: readonly Door[] = [
  { path: "/query", needsToken: false, namesDatabase: true, many: false },
  { path: "/queries", needsToken: false, namesDatabase: true, many: true },
  { path: "/auth_query", needsToken: true, namesDatabase: false, many: false },
  { path: "/auth_queries", needsToken: true, namesDatabase: false, many: true },
  { path: "/alt_query", needsToken: true, namesDatabase: true, many: false },
  { path: "/alt_queries", needsToken: true, namesDatabase: true, many: true },
];

/** Routes below /api/conduit. */
export function conduitRoutes(world: GatewayWorld): Hono {
  const app = new Hono();
  for (const door of DOORS) {
    app.post(door.path, async (c) => {
      const body = await bodyOf(c);
      if (door.needsToken) await callerOf(world, c);
      if (door.namesDatabase) checkDatabase(world, body["database"]);
      return door.many ? await answerMany(world, c, body) : jsonText(await answerOne(world, c, body));
    });
  }
  app.get("/status", (c) => status(world, c));
  return app;
}

async function answerOne(world: GatewayWorld, c: Context, body: JsonObject): Promise<string> {
  const { template, caller } = await allowedQuery(world, c, body["query_ref"]);
  const timeoutMs = timeoutMember(body);
  return await answerQuery(world, caller, {
    template,
    params: body["params"],
    timeoutMs,
    signal: () => c.req.raw.signal,
  });
}

/** Several at once, in the order of the request. Equal ones are carried out once; one that fails does not fail the others. */
async function answerMany(world: GatewayWorld, c: Context, body: JsonObject): Promise<Response> {
  const started = performance.now();
  const entries = body["queries"];
  if (!Array.isArray(entries))
    throw new HttpFailure(400, { error: "Missing field", message: "`queries` must be a list of queries." });
  const keys = (entries as readonly JsonData[]).map(keyOf);
  const { queriesMax } = world.settings;
  if (new Set(keys).size > queriesMax)
    throw new HttpFailure(429, {
      error: "Too many queries",
      message: `A request may hold ${queriesMax} different queries; this one holds ${new Set(keys).size}.`,
    });
  const answers = new Map<string, Promise<Settled>>();
  const results = await Promise.all(
    keys.map((key, at) => {
      const known = answers.get(key) ?? settled(answerEntry(world, c, (entries as readonly JsonData[])[at]));
      answers.set(key, known);
      return known;
    }),
  );
  const head = {
    success: results.every((result) => !result.failed),
    database: world.settings.database,
    total_execution_time_ms: elapsed(started),
  };
  return jsonText(jsonObject(head, { results: `[${results.map(({ text }) => text).join(",")}]` }));
}

function keyOf(entry: JsonData | undefined): string {
  return JSON.stringify(entry, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
}

async function answerEntry(world: GatewayWorld, c: Context, entry: JsonData | undefined): Promise<string> {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry))
    throw new HttpFailure(400, { error: "Missing field", message: "A query must be an object." });
  return await answerOne(world, c, entry as JsonObject);
}

interface Settled {
  readonly text: string;
  readonly failed: boolean;
}

async function settled(work: Promise<string>): Promise<Settled> {
  try {
    return { text: await work, failed: false };
  } catch (error) {
    return { text: JSON.stringify(failureOf(error).body), failed: true };
  }
}

/** Whether the database is ready; with a token also what the gateway knows of it. */
async function status(world: GatewayWorld, c: Context): Promise<Response> {
  const { database, migrationStatus } = world.settings;
  const isKnown = tokenOf(c) !== undefined;
  if (isKnown) await callerOf(world, c);
  const { entries, rejected, problem } = await world.templates.report();
  const ready = problem === undefined;
  const details = {
    migration_status: migrationStatus,
    query_cache_entries: entries,
    rejected,
    answers: (await world.answers())?.counts,
    last_checked: new Date().toISOString(),
  };
  const own = { ready, ...(ready ? {} : { reason: problem }), ...(isKnown ? details : {}) };
  return c.json({ success: true, databases: { [database]: own } }, ready ? 200 : 503);
}
