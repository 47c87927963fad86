// Stored procedures and functions as endpoints: GET /api/procedures/:name when they only read (arguments in the query), POST for all (arguments as JSON).
// And SQL by POST /api/sql, for who has a token: results as JSON, or the rows of one query as an Arrow stream.
import { type Context, Hono } from "hono";
import { readUtf8 } from "../../../base/text-bytes.ts";
import { idempotencyKeyFault } from "../../../protocol/idempotency-key.ts";
import type { DescribedRoutine } from "../../../protocol/client/described.ts";
import type { RequestOptions } from "../../../protocol/client/types.ts";
import { elapsed, resultJson, valueJson } from "../answers.ts";
import { arrowAnswer } from "../arrow.ts";
import { failureOf, HttpFailure } from "../failures.ts";
import { columnsJson, jsonObject, readJson, rowCount, rowsJson } from "../json.ts";
import type { JsonData } from "../parameters.ts";
import type { Caller } from "../types.ts";
import {
  bodyOf,
  callerOf,
  type GatewayWorld,
  type JsonObject,
  jsonText,
  queueOf,
  textMember,
  timeoutMember,
  wantsArrow,
} from "../world.ts";

/** The routines that a caller may see. @throws HttpFailure. */
export async function routinesOf(caller: Caller, name?: string): Promise<readonly DescribedRoutine[]> {
  try {
    const described = await caller.session((session) => session.describe("routines", name));
    return Array.isArray(described) ? (described as readonly DescribedRoutine[]) : [];
  } catch (error) {
    throw failureOf(error);
  }
}

async function routineOf(caller: Caller, name: string): Promise<DescribedRoutine> {
  const found = (await routinesOf(caller, name)).find(({ receiver }) => receiver === "");
  if (found !== undefined) return found;
  throw new HttpFailure(404, { error: "NoSuchRoutine", message: `There is no procedure or function named ${name}.` });
}

/** Arguments of the query: texts for parameters that take text, JSON for the others. @throws HttpFailure 400. */
function queryArguments(c: Context, routine: DescribedRoutine): JsonObject {
  const given: Record<string, JsonData> = {};
  for (const [name, text] of Object.entries(c.req.query())) {
    const parameter = routine.parameters.find((row) => row.name.toLowerCase() === name.toLowerCase());
    if (parameter === undefined)
      throw new HttpFailure(400, {
        error: "WrongArguments",
        message: `${routine.name} has no parameter ${name}; it takes ${routine.parameters.map((row) => row.name).join(", ") || "none"}.`,
      });
    given[parameter.name] = argumentOf(text, parameter.type);
  }
  return given;
}

const TAKES_JSON = /^(?:int|float|bool|decimal|json|list|map|\{)/u;

function argumentOf(text: string, type: string): JsonData {
  if (!TAKES_JSON.test(type)) return text;
  const read = readJson(text);
  return "data" in read ? read.data : text;
}

type CallOptions = RequestOptions & { readonly deadlineMs: number };

/** What a request says of how it is carried out. @throws HttpFailure 400. */
function optionsOf({ settings }: GatewayWorld, c: Context, timeoutMs: number | undefined): CallOptions {
  const queue = c.req.header("x-queue");
  const idempotencyKey = headerText(c.req.header("idempotency-key"));
  const fault = idempotencyKey === undefined ? undefined : idempotencyKeyFault("Idempotency-Key", idempotencyKey);
  if (fault !== undefined) throw new HttpFailure(400, { error: "WrongArguments", message: fault });
  return {
    deadlineMs: Math.min(timeoutMs ?? settings.deadlineMs, settings.deadlineMaxMs),
    rowsMax: settings.rowsMax,
    signal: c.req.raw.signal,
    ...(queue === undefined ? {} : { lane: queueOf(queue) }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

/** What the client has sent: HTTP gives each byte of a header as a character. What is no UTF-8 stays as it is. */
function headerText(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const { text, lost } = readUtf8(Buffer.from(header, "latin1"));
  return lost === undefined ? text : header;
}

/** Routes below /api/procedures. */
export function procedureRoutes(world: GatewayWorld): Hono {
  const app = new Hono();
  app.get("/", async (c) => c.json({ success: true, procedures: await routinesOf(await callerOf(world, c)) }));
  app.get("/:name", async (c) => {
    const caller = await callerOf(world, c);
    const routine = await routineOf(caller, c.req.param("name"));
    if (!routine.readOnly)
      throw new HttpFailure(
        405,
        { error: "Method not allowed", message: `${routine.name} may write; send it with POST.` },
        { Allow: "POST" },
      );
    return await call(caller, routine.name, queryArguments(c, routine), optionsOf(world, c, undefined));
  });
  app.post("/:name", async (c) => {
    const caller = await callerOf(world, c);
    const body = await bodyOf(c);
    const routine = await routineOf(caller, c.req.param("name"));
    return await call(caller, routine.name, body, optionsOf(world, c, undefined));
  });
  return app;
}

async function call(caller: Caller, name: string, args: JsonObject, options: CallOptions): Promise<Response> {
  const started = performance.now();
  try {
    const results = await caller.call(name, args, options);
    const last = results.at(-1);
    const head = { success: true, execution_time_ms: elapsed(started) };
    if (last?.kind === "table")
      return jsonText(
        jsonObject({ ...head, row_count: rowCount(last), columns: columnsJson(last) }, { rows: rowsJson(last) }),
      );
    return jsonText(jsonObject(head, { value: last?.kind === "value" ? valueJson(last) : "null" }));
  } catch (error) {
    throw failureOf(error, { timeoutMs: options.deadlineMs, started });
  }
}

/** POST /api/sql: `{"text": …, "params": [...] or {...}}`. */
export function sqlRoutes(world: GatewayWorld): Hono {
  const app = new Hono();
  app.post("/", async (c) => {
    const caller = await callerOf(world, c);
    const body = await bodyOf(c);
    const text = textMember(body, "text");
    const options = optionsOf(world, c, timeoutMember(body));
    const params = paramsOf(body["params"]);
    if (wantsArrow(c)) return await arrowAnswer(await caller.stream(text, params, options));
    const started = performance.now();
    try {
      const results = await caller.run(text, params, options);
      return jsonText(resultJson(results, { success: true, execution_time_ms: elapsed(started) }));
    } catch (error) {
      throw failureOf(error, { timeoutMs: options.deadlineMs, started });
    }
  });
  return app;
}

function paramsOf(data: JsonData | undefined): readonly JsonData[] | JsonObject | undefined {
  if (data === undefined || data === null) return undefined;
  if (typeof data === "object") return data as readonly JsonData[] | JsonObject;
  throw new HttpFailure(400, { error: "Invalid field", message: "`params` must be a list or an object." });
}
