// Callers of the daemon: one pool of sessions for each token that requests bring, and one for the owner of the mount. Pools that nobody uses are closed.
import { createHash } from "node:crypto";
import { openRoute, type OpenRoute } from "../../protocol/client/client.ts";
import { holdSession } from "../../protocol/client/session.ts";
import { openStream } from "../../protocol/client/stream.ts";
import { callRequest, textRequest } from "../../protocol/client/requests.ts";
import { run } from "../../protocol/client/run.ts";
import type { Caller, Callers } from "./types.ts";

/** Tokens whose pools are kept. */
const POOLS_MAX = 200;
const POOL_SESSIONS_MAX = 4;
const OWNER_SESSIONS_MAX = 8;
const IDLE_MS = 30_000;
const VALUES = { int: "auto", timestamp: "date" } as const;

/** Makes them for a socket or a mounted folder. Nothing is connected before the first request. */
export function makeCallers(target: string, options: { readonly reconnectMax?: number } = {}): Callers {
  const pools = new Map<string, Promise<OpenRoute>>();
  const pool = (key: string, token: string | undefined, max: number): Promise<OpenRoute> => {
    let known = pools.get(key);
    if (known === undefined) {
      known = openRoute({
        target,
        clientName: "gateway",
        reconnectMax: options.reconnectMax ?? 3,
        pool: { min: 0, max, idleMs: IDLE_MS },
        // Who reads the rows may know no codec.
        compression: [],
        ...(token === undefined ? {} : { token }),
      });
      // One that was refused is tried anew by the next request.
      known.catch(() => pools.delete(key));
    }
    // The last one that was used is the last one that is closed.
    pools.delete(key);
    pools.set(key, known);
    for (const [oldest, open] of pools) {
      if (pools.size <= POOLS_MAX) break;
      pools.delete(oldest);
      void open.then(({ close }) => close()).catch(() => undefined);
    }
    return known;
  };
  return {
    owner: async () => callerOn(await pool("", undefined, OWNER_SESSIONS_MAX)),
    // Tokens themselves are not kept as keys.
    of: async (token) =>
      callerOn(await pool(createHash("sha256").update(token).digest("base64"), token, POOL_SESSIONS_MAX)),
    close: async () => {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((each) => each.then(({ close }) => close()).catch(() => undefined)));
    },
  };
}

function callerOn({ route }: OpenRoute): Caller {
  return {
    run: async (text, params, options) => await run({ route, request: textRequest(text, params, options) }),
    call: async (name, args, options) => await run({ route, request: callRequest(name, args, options) }),
    stream: (text, params, options) => openStream(route, textRequest(text, params, options), VALUES),
    session: async (work) => {
      const connection = route.take() ?? (await route.wait(undefined));
      const held = holdSession(connection, { values: VALUES, onNotice: undefined });
      try {
        return await work(held.session);
      } finally {
        held.end();
        route.give(connection);
      }
    },
  };
}
