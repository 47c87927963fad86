// Query templates by number: GET /api/query/:database/:query_id/:queue_path/:params for those that read, POST for all (HY-50).
import { type Context, Hono } from "hono";
import { answerQuery, boundOrRefused, type QueryRequest } from "../answers.ts";
import { arrowAnswer } from "../arrow.ts";
import { failureOf, HttpFailure } from "../failures.ts";
import { readJson } from "../json.ts";
import type { JsonData } from "../parameters.ts";
import type { Caller, QueryTemplate, Queue } from "../types.ts";
import {
  bodyOf,
  callerOf,
  checkDatabase,
  type GatewayWorld,
  jsonText,
  queueOf,
  tokenOf,
  wantsArrow,
} from "../world.ts";

/** A template and who runs it: the owner of the mount, whose right to let it be used is what was granted. */
export interface AllowedQuery {
  readonly template: QueryTemplate;
  readonly caller: Caller;
}

/** The template of a number, for who is asking: a private one that his token gives no right to does not exist. @throws HttpFailure 404, 401. */
export async function allowedQuery(world: GatewayWorld, c: Context, id: unknown, queue?: Queue): Promise<AllowedQuery> {
  const template = await templateOf(world, id, queue);
  const allowed = template?.isPublic === true || (template !== undefined && (await mayUse(world, c, template)));
  if (template === undefined || !allowed)
    throw new HttpFailure(404, { error: "Not found", message: "queryref not found or not public" });
  return { template, caller: await ownerOf(world) };
}

/** Whether the token of the request has USE on the template. @throws HttpFailure 401, 503. */
async function mayUse(world: GatewayWorld, c: Context, template: QueryTemplate): Promise<boolean> {
  if (tokenOf(c) === undefined) return false;
  const caller = await callerOf(world, c);
  try {
    await caller.session((session) => session.control("may_use_template", template.name));
    return true;
  } catch (error) {
    const failure = failureOf(error);
    if (failure.status === 403) return false;
    throw failure;
  }
}

async function templateOf(
  { templates }: GatewayWorld,
  id: unknown,
  queue: Queue | undefined,
): Promise<QueryTemplate | undefined> {
  const number = typeof id === "string" && /^\d+$/u.test(id) ? Number(id) : id;
  if (typeof number !== "number" || !Number.isSafeInteger(number))
    throw new HttpFailure(400, { error: "Missing field", message: "`query_ref` must be the number of a query." });
  try {
    return await templates.find(number, queue);
  } catch (error) {
    throw failureOf(error);
  }
}

/** @throws HttpFailure 503. */
export async function ownerOf({ callers }: GatewayWorld): Promise<Caller> {
  try {
    return await callers.owner();
  } catch (error) {
    throw failureOf(error);
  }
}

/** The parameters of a path: JSON, or `-` for none. @throws HttpFailure 400. */
function pathParameters(text: string): JsonData | undefined {
  if (text === "-") return undefined;
  const read = readJson(text);
  if ("message" in read) throw new HttpFailure(400, { error: "Invalid JSON", message: read.message });
  return read.data;
}

/** Routes below /api/query. */
export function queryRoutes(world: GatewayWorld): Hono {
  const app = new Hono();
  const answer = async (c: Context, params: JsonData | undefined, byGet: boolean): Promise<Response> => {
    checkDatabase(world, c.req.param("database"));
    const queue = queueOf(c.req.param("queue") ?? "");
    const { template, caller } = await allowedQuery(world, c, c.req.param("id"), queue);
    if (byGet && !template.readOnly)
      throw new HttpFailure(
        405,
        { error: "Method not allowed", message: `Query ${template.id} writes; send it with POST.` },
        { Allow: "POST" },
      );
    const request: QueryRequest = { template, params, queue, signal: () => c.req.raw.signal };
    return wantsArrow(c) ? await streamed(world, caller, request) : jsonText(await answerQuery(world, caller, request));
  };
  app.get("/:database/:id/:queue/:params", (c) => answer(c, pathParameters(c.req.param("params")), true));
  app.post("/:database/:id/:queue", async (c) => answer(c, await bodyOf(c), false));
  return app;
}

async function streamed(world: GatewayWorld, caller: Caller, request: QueryRequest): Promise<Response> {
  const { template, params, queue, signal } = request;
  const { values } = boundOrRefused(template, params);
  const { deadlineMaxMs, rowsMax } = world.settings;
  const deadlineMs = Math.min(template.timeoutMs, deadlineMaxMs);
  const lane = queue ?? template.queue;
  world.templates.used(template);
  return await arrowAnswer(await caller.stream(template.text, values, { lane, deadlineMs, rowsMax, signal: signal() }));
}
