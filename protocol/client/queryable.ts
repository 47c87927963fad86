// What can be asked of a pool, a session and a transaction alike, over a route to connections.
import type { ValueOptions } from "../../base/library/js-values.ts";
import { callRequest, textRequest } from "./requests.ts";
import { type Route, run } from "./run.ts";
import { prepareStatement } from "./statement.ts";
import { openStream } from "./stream.ts";
import type { Queryable } from "./types.ts";
import { allResults, rowsOfLast, valueOfCall } from "./values.ts";

/** Makes it. What cannot be sent (a value without counterpart) rejects as everything else does. */
export function makeQueryable(route: Route, values: ValueOptions): Queryable {
  return {
    query: async (text, params, options) =>
      rowsOfLast(await run({ route, request: textRequest(text, params, options) }), values),
    stream: (text, params, options) => openStream(route, textRequest(text, params, options), values),
    execute: async (text, params, options) =>
      allResults(await run({ route, request: textRequest(text, params, options) }), values),
    call: async (name, args, options) =>
      valueOfCall(await run({ route, request: callRequest(name, args, options) }), values),
    prepare: (text) => prepareStatement(route, text, values),
  };
}
