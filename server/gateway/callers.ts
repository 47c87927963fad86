// Callers of the daemon: pools of sessions for each token that requests bring, and for the owner of the mount, one for each lane. Pools that nobody uses are closed.
import { createHash } from "node:crypto";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { RawResult } from "../../protocol/client/answers.ts";
import { openRoute, type OpenRoute } from "../../protocol/client/client.ts";
import { holdSession } from "../../protocol/client/session.ts";
import { openStream } from "../../protocol/client/stream.ts";
import { callRequest, type Request, textRequest } from "../../protocol/client/requests.ts";
import { run } from "../../protocol/client/run.ts";
import type { RequestOptions } from "../../protocol/client/types.ts";
import type { Caller, Callers } from "./types.ts";

/** Pools that are kept open. */
const POOLS_MAX = 200;
/** Tokens that are remembered as good. */
const TAKEN_MAX = 10_000;
const POOL_SESSIONS_MAX = 4;
const OWNER_SESSIONS_MAX = 8;
const IDLE_MS = 30_000;
/** A lane without sessions ends, and the next request waits half a second for another: for somebody who asks now and then it stays. */
const OWNER_IDLE_MS = 300_000;
const VALUES = { int: "auto", timestamp: "date" } as const;

/** Pools of sessions by who asks and in which lane: a session that changes its lane with each request would be moved each time. */
type PoolOf = (lane: RequestOptions["lane"]) => Promise<OpenRoute>;

/** What is done around each request. */
type Around = <T>(work: () => Promise<T>) => Promise<T>;

/** Makes them for a socket or a mounted folder. Nothing is connected before the first request. */
export function makeCallers(target: string, options: { readonly reconnectMax?: number } = {}): Callers {
  const pools = new Map<string, Promise<OpenRoute>>();
  /** Pools that are not connected yet: wrong tokens, which are answered late, close nobody's. */
  const opening = new Map<string, Promise<OpenRoute>>();
  const taken = new Set<string>();
  const common = { target, clientName: "gateway", reconnectMax: options.reconnectMax ?? 3 };
  const open = (
    key: string,
    name: string,
    token: string | undefined,
    lane: NonNullable<RequestOptions["lane"]>,
  ): Promise<OpenRoute> => {
    const route = openRoute({
      ...common,
      pool:
        token === undefined
          ? { min: 0, max: OWNER_SESSIONS_MAX, idleMs: OWNER_IDLE_MS }
          : { min: 0, max: POOL_SESSIONS_MAX, idleMs: IDLE_MS },
      // Who reads the rows may know no codec.
      compression: [],
      ...(token === undefined ? {} : { token }),
      lane,
    });
    opening.set(key, route);
    // One that was refused is tried anew by the next request.
    route.then(
      () => {
        opening.delete(key);
        keep(key, route);
        if (token !== undefined) remember(name);
      },
      () => opening.delete(key),
    );
    return route;
  };
  /** The last one that was used is the last one that is closed. */
  const keep = (key: string, route: Promise<OpenRoute>): void => {
    pools.set(key, route);
    for (const [oldest, known] of pools) {
      if (pools.size <= POOLS_MAX) break;
      pools.delete(oldest);
      void known.then(({ close }) => close()).catch(() => undefined);
    }
  };
  const remember = (name: string): void => {
    taken.delete(name);
    taken.add(name);
    const [oldest] = taken;
    if (taken.size > TAKEN_MAX && oldest !== undefined) taken.delete(oldest);
  };
  // A session that names no lane lives in a medium one.
  const pool = (
    name: string,
    token: string | undefined,
    lane: RequestOptions["lane"] = "medium",
  ): Promise<OpenRoute> => {
    const key = `${lane} ${name}`;
    const known = pools.get(key) ?? opening.get(key) ?? open(key, name, token, lane);
    if (pools.delete(key)) pools.set(key, known);
    return known;
  };
  /**
   * Work for a token. What a session was refused may be because its token has ended since it was connected, which a new connection is told.
   * @throws GrizzlyError.
   */
  const forToken = async <T>(name: string, token: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof GrizzlyError) || error.code !== "PermissionDenied") throw error;
      try {
        const probe = await openRoute({ ...common, token, pool: { max: 1 } });
        await probe.close();
      } catch (refusal) {
        taken.delete(name);
        for (const [key, route] of pools)
          if (key.endsWith(` ${name}`)) {
            pools.delete(key);
            void route.then(({ close }) => close()).catch(() => undefined);
          }
        throw refusal;
      }
      throw error;
    }
  };
  /** Connects once, so that a token that is not good is told before anything else. */
  const caller = async (poolOf: PoolOf, around: Around = (work) => work()): Promise<Caller> => {
    await poolOf(undefined);
    return callerOn(poolOf, around);
  };
  return {
    owner: () => caller((lane) => pool("", undefined, lane)),
    of: (token) => {
      const name = nameOf(token);
      return caller(
        (lane) => pool(name, token, lane),
        (work) => forToken(name, token, work),
      );
    },
    knownAs: (token) => {
      const name = nameOf(token);
      return taken.has(name) ? name : undefined;
    },
    close: async () => {
      const all = [...pools.values(), ...opening.values()];
      pools.clear();
      await Promise.all(all.map((each) => each.then(({ close }) => close()).catch(() => undefined)));
    },
  };
}

/** Tokens themselves are not kept as keys. */
function nameOf(token: string): string {
  return createHash("sha256").update(token).digest("base64");
}

function callerOn(poolOf: PoolOf, around: Around): Caller {
  const carryOut = (request: Request, lane: RequestOptions["lane"]): Promise<readonly RawResult[]> =>
    around(async () => {
      const { route } = await poolOf(lane);
      return await run({ route, request });
    });
  return {
    run: (text, params, options) => carryOut(textRequest(text, params, options), options?.lane),
    call: (name, args, options) => carryOut(callRequest(name, args, options), options?.lane),
    stream: async (text, params, options) => {
      const { route } = await poolOf(options?.lane);
      return openStream(route, textRequest(text, params, options), VALUES);
    },
    session: async (work, lane) => {
      const { route } = await poolOf(lane);
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
