// What every route works with, who is asking, and the body of a request.
import type { Context } from "hono";
import type { AnswerCache } from "./answer-cache.ts";
import { failureOf, HttpFailure } from "./failures.ts";
import { readJson } from "./json.ts";
import type { JsonData } from "./parameters.ts";
import type { Templates } from "./templates.ts";
import type { Caller, Callers, GatewaySettings, Queue } from "./types.ts";
import { QUEUES } from "./types.ts";

/** The gateway as its routes see it. */
export interface GatewayWorld {
  readonly settings: GatewaySettings;
  readonly callers: Callers;
  readonly templates: Templates;
  /** Answers that are kept; undefined: none are. @throws EngineError when the database cannot be opened. */
  readonly answers: () => Promise<AnswerCache | undefined>;
  readonly version: string;
}

/** An object of JSON. */
export type JsonObject = { readonly [name: string]: JsonData };

/** The token of an Authorization header; undefined: there is none, or it is of another scheme. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer\s+(\S+)$/iu.exec(header ?? "")?.[1];
}

/** The token of a request, or undefined. @throws HttpFailure 401 for another scheme. */
export function tokenOf(c: Context): string | undefined {
  const header = c.req.header("authorization");
  if (header === undefined) return undefined;
  const token = bearerOf(header);
  if (token === undefined) throw unauthorized("The Authorization header is not of the form `Bearer <token>`.");
  return token;
}

function unauthorized(message: string): HttpFailure {
  return new HttpFailure(401, { error: "TokenNeeded", message }, { "WWW-Authenticate": "Bearer" });
}

/** Who is asking, by his token. @throws HttpFailure 401. */
export async function callerOf(world: GatewayWorld, c: Context): Promise<Caller> {
  const token = tokenOf(c);
  if (token === undefined) throw unauthorized("This needs a token: send `Authorization: Bearer <token>`.");
  try {
    return await world.callers.of(token);
  } catch (error) {
    const failure = failureOf(error);
    throw failure.status === 401
      ? new HttpFailure(
          401,
          { error: "AuthenticationFailed", message: failure.message },
          { "WWW-Authenticate": "Bearer" },
        )
      : failure;
  }
}

/** The body as an object. @throws HttpFailure 400. */
export async function bodyOf(c: Context): Promise<JsonObject> {
  const text = await c.req.text();
  if (text.trim() === "") return {};
  const read = readJson(text);
  if ("message" in read) throw new HttpFailure(400, { error: "Invalid JSON", message: read.message });
  const { data } = read;
  if (typeof data !== "object" || data === null || Array.isArray(data))
    throw new HttpFailure(400, { error: "Invalid JSON", message: "The body must be an object." });
  return data as JsonObject;
}

/** A text member. @throws HttpFailure 400 when it is missing or something else. */
export function textMember(body: JsonObject, name: string): string {
  const value = body[name];
  if (typeof value === "string") return value;
  throw new HttpFailure(400, { error: "Missing field", message: `\`${name}\` must be a text.` });
}

/** Milliseconds of `timeout_seconds`; undefined when it is not given. @throws HttpFailure 400. */
export function timeoutMember(body: JsonObject): number | undefined {
  const value = body["timeout_seconds"];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && value > 0) return value * 1000;
  throw new HttpFailure(400, { error: "Invalid field", message: "`timeout_seconds` must be a number above 0." });
}

/** The lane of a path or a member. @throws HttpFailure 400. */
export function queueOf(word: string): Queue {
  if ((QUEUES as readonly string[]).includes(word)) return word as Queue;
  throw new HttpFailure(400, {
    error: "Invalid queue",
    message: `There is no queue ${word}; queues are ${QUEUES.join(", ")}.`,
  });
}

/** @throws HttpFailure 400 for another database than the one that is mounted. */
export function checkDatabase({ settings }: GatewayWorld, name: unknown): void {
  if (name === settings.database) return;
  throw new HttpFailure(400, {
    error: "Invalid database selection",
    message: `There is no database ${String(name)} here; the one that is mounted is ${settings.database}.`,
  });
}

/** Media type of an Arrow IPC stream. */
export const ARROW = "application/vnd.apache.arrow.stream";

/** Whether the caller wants Arrow rather than JSON. */
export function wantsArrow(c: Context): boolean {
  return (c.req.header("accept") ?? "").split(",").some((part) => part.trim().startsWith(ARROW));
}

/** JSON text as an answer. */
export function jsonText(text: string, status = 200): Response {
  return new Response(text, { status, headers: { "content-type": "application/json; charset=utf-8" } });
}
