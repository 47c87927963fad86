// Carries a template or a call out and writes its answer (HY-33, HY-53): rows, columns, counts, time, and which lanes it used.
import type { RequestOptions } from "../../protocol/client/types.ts";
import type { RawResult } from "../../protocol/client/answers.ts";
import { type BoundParameters, bindParameters, type JsonData } from "./parameters.ts";
import { failureOf, HttpFailure } from "./failures.ts";
import { columnsJson, httpJson, jsonObject, type RawTable, rowCount, rowsJson } from "./json.ts";
import type { Caller, GatewaySettings, QueryTemplate, Queue } from "./types.ts";

/** One query of a request. */
export interface QueryRequest {
  readonly template: QueryTemplate;
  readonly params: JsonData | undefined;
  /** Undefined: the template's own. */
  readonly queue?: Queue | undefined;
  readonly timeoutMs?: number | undefined;
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

/** Runs a template. Gives JSON text. @throws HttpFailure. */
export async function answerQuery(caller: Caller, settings: GatewaySettings, request: QueryRequest): Promise<string> {
  const { template } = request;
  const { values, messages } = boundOrRefused(template, request.params);
  const queue = request.queue ?? template.queue;
  const timeoutMs = Math.min(request.timeoutMs ?? template.timeoutMs, settings.deadlineMaxMs);
  const options: RequestOptions = { lane: queue, deadlineMs: timeoutMs, rowsMax: settings.rowsMax };
  const started = performance.now();
  try {
    const results = await caller.run(template.text, values, options);
    return resultJson(results, {
      success: true,
      query_ref: template.id,
      description: template.description === "" ? undefined : template.description,
      execution_time_ms: elapsed(started),
      queue_used: queue,
      message: messages.length === 0 ? undefined : messages.join("; "),
    });
  } catch (error) {
    throw failureOf(error, { timeoutMs, started });
  }
}

/** Milliseconds since a moment, to a thousandth. */
export function elapsed(started: number): number {
  return Math.round((performance.now() - started) * 1000) / 1000;
}

/** The last result with rows, and what all changed. */
export function resultJson(results: readonly RawResult[], head: Readonly<Record<string, unknown>>): string {
  const table = results.findLast((result): result is RawTable => result.kind === "table");
  const changes = results.reduce((sum, result) => sum + (result.kind === "changes" ? result.changes : 0), 0);
  const value = results.findLast((result) => result.kind === "value");
  const columns = table === undefined ? [] : columnsJson(table);
  return jsonObject(
    {
      ...head,
      row_count: table === undefined ? 0 : rowCount(table),
      column_count: columns.length,
      affected_rows: changes,
      columns,
    },
    { ...(value === undefined ? {} : { value: valueJson(value) }), rows: table === undefined ? "[]" : rowsJson(table) },
  );
}

/** A value of a call; with `out` parameters an object of them. */
export function valueJson({ value, type, outs }: RawResult & { readonly kind: "value" }): string {
  if (outs.length === 0) return httpJson(value);
  const given = Object.fromEntries(outs.map((out) => [out.name, httpJson(out.value)]));
  return jsonObject({}, type === "void" ? given : { value: httpJson(value), ...given });
}
