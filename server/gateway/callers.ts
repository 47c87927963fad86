// Callers of the daemon: pools of sessions for each token that requests bring, and for the owner of the mount, one for each lane. Pools that nobody uses are closed.
import { createHash } from "node:crypto";
import { openRoute, type OpenRoute } from "../../protocol/client/client.ts";
import { holdSession } from "../../protocol/client/session.ts";
import { openStream } from "../../protocol/client/stream.ts";
import { callRequest, textRequest } from "../../protocol/client/requests.ts";
import { run } from "../../protocol/client/run.ts";
import type { RequestOptions } from "../../protocol/client/types.ts";
import type { Caller, Callers } from "./types.ts";

/** Tokens whose pools are kept. */
const POOLS_MAX = 200;
const POOL_SESSIONS_MAX = 4;
const OWNER_SESSIONS_MAX = 8;
const IDLE_MS = 30_000;
const VALUES = { int: "auto", timestamp: "date" } as const;

/** Pools of sessions by who asks and in which lane: a session that changes its lane with each request would be moved each time. */
type PoolOf = (lane: RequestOptions["lane"]) => Promise<OpenRoute>;

/** Makes them for a socket or a mounted folder. Nothing is connected before the first request. */
export function makeCallers(target: string, options: { readonly reconnectMax?: number } = {}): Callers {
  const pools = new Map<string, Promise<OpenRoute>>();
  // A session that names no lane lives in a medium one.
  const pool = (
    name: string,
    token: string | undefined,
    lane: RequestOptions["lane"] = "medium",
  ): Promise<OpenRoute> => {
    const key = `${lane} ${name}`;
    let known = pools.get(key);
    if (known === undefined) {
      known = openRoute({
        target,
        clientName: "gateway",
        reconnectMax: options.reconnectMax ?? 3,
        pool: { min: 0, max: token === undefined ? OWNER_SESSIONS_MAX : POOL_SESSIONS_MAX, idleMs: IDLE_MS },
        // Who reads the rows may know no codec.
        compression: [],
        ...(token === undefined ? {} : { token }),
        lane,
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
  /** Connects once, so that a token that is not good is told before anything else. */
  const caller = async (poolOf: PoolOf): Promise<Caller> => {
    await poolOf(undefined);
    return callerOn(poolOf);
  };
  return {
    owner: () => caller((lane) => pool("", undefined, lane)),
    of: (token) => {
      // Tokens themselves are not kept as keys.
      const name = createHash("sha256").update(token).digest("base64");
      return caller((lane) => pool(name, token, lane));
    },
    close: async () => {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((each) => each.then(({ close }) => close()).catch(() => undefined)));
    },
  };
}

function callerOn(poolOf: PoolOf): Caller {
  return {
    run: async (text, params, options) => {
      const { route } = await poolOf(options?.lane);
      return await run({ route, request: textRequest(text, params, options) });
    },
    call: async (name, args, options) => {
      const { route } = await poolOf(options?.lane);
      return await run({ route, request: callRequest(name, args, options) });
    },
    stream: async (text, params, options) => {
      const { route } = await poolOf(options?.lane);
      return openStream(route, textRequest(text, params, options), VALUES);
    },
    session: async (work) => {
      const { route } = await poolOf(undefined);
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
