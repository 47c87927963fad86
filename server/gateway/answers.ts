// Carries a template or a call out and writes its answer (HY-33, HY-53): rows, columns, counts, time, and which lanes it used.
import type { RequestOptions } from "../../protocol/client/types.ts";
import type { RawResult } from "../../protocol/client/answers.ts";
import { type BoundParameters, bindParameters, type JsonData } from "./parameters.ts";
import { failureOf, HttpFailure } from "./failures.ts";
import { columnsJson, httpJson, jsonObject, type RawTable, rowCount, rowsJson } from "./json.ts";
import { answerKey } from "./answer-cache.ts";
import type { Caller, QueryTemplate, Queue } from "./types.ts";
import type { GatewayWorld } from "./world.ts";

/** One query of a request. */
export interface QueryRequest {
  readonly template: QueryTemplate;
  readonly params: JsonData | undefined;
  /** Undefined: the template's own. */
  readonly queue?: Queue | undefined;
  readonly timeoutMs?: number | undefined;
  /** Aborts when who asked has gone. Made when it is wanted: who gets a kept answer waits for nothing. */
  readonly signal: () => AbortSignal;
}

/** @throws HttpFailure 400. */
export function boundOrRefused(
  template: QueryTemplate,
  params: JsonData | undefined,
): BoundParameters & { kind: "bound" } {
  const bound = bindParameters(template, params);
  if (bound.kind === "bound") return bound;
  throw new HttpFailure(400, { error: "Invalid parameters", message: bound.message });
}

/** Runs a template, or gives the answer that is kept. Gives JSON text. @throws HttpFailure. */
export async function answerQuery(world: GatewayWorld, caller: Caller, request: QueryRequest): Promise<string> {
  const { template } = request;
  const { settings, answers, templates } = world;
  const { values, messages } = boundOrRefused(template, request.params);
  const queue = request.queue ?? template.queue;
  const timeoutMs = Math.min(request.timeoutMs ?? template.timeoutMs, settings.deadlineMaxMs);
  const options: RequestOptions = { lane: queue, deadlineMs: timeoutMs, rowsMax: settings.rowsMax };
  const started = performance.now();
  const work = async (more: RequestOptions): Promise<string> =>
    resultMembers(await caller.run(template.text, values, { ...options, ...more }));
  try {
    const cache = queue === "cache" && template.repeatable ? await answers() : undefined;
    const key = answerKey(settings.database, template, values, settings.rowsMax);
    const { text, hit } =
      cache === undefined
        ? { text: await work({ signal: request.signal() }), hit: false }
        : // Others may wait for the same answer: it is worked out whoever goes.
          await cache.answer({ key, ttlMs: template.cacheTtlMs, tables: template.reads }, () => work({}));
    templates.used(template);
    return withMembers(
      {
        success: true,
        query_ref: template.id,
        description: template.description === "" ? undefined : template.description,
        execution_time_ms: elapsed(started),
        queue_used: queue,
        cached: hit ? true : undefined,
        message: messages.length === 0 ? undefined : messages.join("; "),
      },
      text,
    );
  } catch (error) {
    throw ofTheTemplate(failureOf(error, { timeoutMs, started }));
  }
}

/** Who asked has not written the SQL: when it does not go with the schema any more, that is no mistake of his. */
function ofTheTemplate(failure: HttpFailure): HttpFailure {
  if (failure.status !== 400) return failure;
  const { error, message, ...rest } = failure.body;
  return new HttpFailure(422, { ...rest, error: String(error), message: String(message), database_error: message });
}

/** Milliseconds since a moment, to a thousandth. */
export function elapsed(started: number): number {
  return Math.round((performance.now() - started) * 1000) / 1000;
}

/** The last result with rows, and what all changed, behind the members of `head`. */
export function resultJson(results: readonly RawResult[], head: Readonly<Record<string, unknown>>): string {
  return withMembers(head, resultMembers(results));
}

function withMembers(head: Readonly<Record<string, unknown>>, members: string): string {
  return `${jsonObject(head).slice(0, -1)},${members}}`;
}

/** Members of a JSON object, without its braces. */
function resultMembers(results: readonly RawResult[]): string {
  const table = results.findLast((result): result is RawTable => result.kind === "table");
  const changes = results.reduce((sum, result) => sum + (result.kind === "changes" ? result.changes : 0), 0);
  const value = results.findLast((result) => result.kind === "value");
  const columns = table === undefined ? [] : columnsJson(table);
  return jsonObject(
    {
      row_count: table === undefined ? 0 : rowCount(table),
      column_count: columns.length,
      affected_rows: changes,
      columns,
    },
    { ...(value === undefined ? {} : { value: valueJson(value) }), rows: table === undefined ? "[]" : rowsJson(table) },
  ).slice(1, -1);
}

/** A value of a call; with `out` parameters an object of them. */
export function valueJson({ value, type, outs }: RawResult & { readonly kind: "value" }): string {
  if (outs.length === 0) return httpJson(value);
  const given = Object.fromEntries(outs.map((out) => [out.name, httpJson(out.value)]));
  return jsonObject({}, type === "void" ? given : { value: httpJson(value), ...given });
}
