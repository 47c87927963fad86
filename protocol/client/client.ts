// connect(): a pool of sessions of one daemon, with reconnection. The door of the client; the library re-exports it.
import type { ValueOptions } from "../../base/library/js-values.ts";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { availableCodecs } from "../compression.ts";
import { type Connection, connectTo, type Introduction } from "./connection.ts";
import { findDaemon, type Place } from "./discovery.ts";
import { listenToFeed } from "./listen.ts";
import { makePool, type Pool, type PoolOptions } from "./pool.ts";
import { makeQueryable } from "./queryable.ts";
import type { Route } from "./run.ts";
import { holdSession } from "./session.ts";
import type { Client, ConnectOptions, RemoteSession } from "./types.ts";

const POOL_MAX = 4;
const POOL_IDLE_MS = 30_000;
const RECONNECT_MAX = 5;
/** First pause before a lost daemon is tried again; each one after it is twice as long: five take about six seconds. */
const RECONNECT_PAUSE_MS = 200;
const RETRIES_MAX = 3;

/** Opens one connection as the options say. @throws GrizzlyError. */
export async function openConnection(
  options: ConnectOptions,
  place: Place = { cwd: process.cwd(), environment: process.env },
): Promise<Connection> {
  const address = findDaemon(options.target, place, options.tls !== undefined);
  const introduction: Introduction = {
    clientName: options.clientName,
    // A user with a password needs no token, whatever the environment holds.
    token: options.token ?? (options.password === undefined ? place.environment["GOBI_TOKEN"] : undefined),
    password: options.password,
    user: options.user,
    lane: options.lane,
    // On one machine compressing takes longer than sending: 1M rows of five columns cost 0.15 s more.
    compression: (options.compression ?? (address.kind === "unix" ? [] : availableCodecs())).join(",") || undefined,
  };
  return await connectTo(address, introduction, options.tls);
}

/** Tries again with growing pauses while nobody answers. @throws GrizzlyError of the last try. */
async function openPatiently(options: ConnectOptions): Promise<Connection> {
  const triesMax = options.reconnectMax ?? RECONNECT_MAX;
  for (let tries = 0; ; tries += 1) {
    try {
      return await openConnection(options);
    } catch (error) {
      if (!(error instanceof GrizzlyError) || !isWorthATry(error) || tries >= triesMax) throw error;
    }
    const pauseMs = RECONNECT_PAUSE_MS * 2 ** tries;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** A daemon that is being started again has no socket for a moment, and is not in the registry. */
function isWorthATry(error: GrizzlyError): boolean {
  return error.retryable || error.code === "ServiceUnavailable";
}

/** Settings of a pool, with what is not given filled in. */
function poolSettings({
  pool,
}: ConnectOptions): Pick<PoolOptions<Connection>, "min" | "max" | "idleMs" | "lifetimeMs"> {
  const max = Math.max(1, pool?.max ?? POOL_MAX);
  return {
    min: Math.min(max, Math.max(0, pool?.min ?? 0)),
    max,
    idleMs: pool?.idleMs ?? POOL_IDLE_MS,
    lifetimeMs: pool?.lifetimeMs,
  };
}

/** A pool of sessions as a route, for programs that want results as columns: the gateway. */
export interface OpenRoute {
  readonly route: Route;
  /** Lets running requests end, closes all connections. Twice is fine. */
  close(): Promise<void>;
}

/** Opens a pool with its first connection, so that a wrong address or token is seen here; the others are made when they are needed. @throws GrizzlyError. */
export async function openRoute(options: ConnectOptions): Promise<OpenRoute> {
  let open: (options: ConnectOptions) => Promise<Connection> = openConnection;
  const pool: Pool<Connection> = makePool({
    ...poolSettings(options),
    open: async () => await open(options),
    isUsable: (connection) => connection.isOpen,
    discard: (connection) => connection.close(),
  });
  const route: Route = {
    take() {
      const connection = pool.take();
      connection?.setIdle(false);
      return connection;
    },
    async wait(signal) {
      const connection = await pool.wait(signal);
      connection.setIdle(false);
      return connection;
    },
    give: (connection) => giveBack(pool, connection),
    isShared: true,
    repeatsMax: options.reconnectMax ?? RECONNECT_MAX,
    onNotice: options.onNotice,
  };
  giveBack(pool, await route.wait(undefined));
  open = openPatiently;
  return { route, close: () => pool.close() };
}

/**
 * Connects to a daemon.
 * @throws GrizzlyError `ServiceUnavailable`, `AmbiguousInstance`, `AuthenticationFailed`, `PermissionDenied`, `WrongArguments`.
 */
export async function connect(options: ConnectOptions = {}): Promise<Client> {
  const values: ValueOptions = { int: options.int ?? "auto", timestamp: options.timestamp ?? "date" };
  const { route, close } = await openRoute(options);
  const client: Client = {
    ...makeQueryable(route, values),
    async session(work) {
      const connection = route.take() ?? (await route.wait(undefined));
      const held = holdSession(connection, { values, onNotice: options.onNotice });
      try {
        return await work(held.session);
      } finally {
        held.end();
        route.give(connection);
      }
    },
    transaction: (work, { retriesMax = RETRIES_MAX } = {}) => retried(client, work, retriesMax),
    listen: (feed, onEvent, listenOptions = {}) => listenToFeed(client, feed, onEvent, listenOptions),
    close,
  };
  return client;
}

/** Nobody else gets a connection whose session holds what its user has left there, or that is still at work for him. */
function giveBack(pool: Pool<Connection>, connection: Connection): void {
  const reusable = connection.isOpen && !connection.holdsState && connection.pending === 0;
  if (reusable) connection.setIdle(true);
  pool.give(connection, reusable);
}

/** Runs the work in a transaction, again when an error says that it may succeed then. */
async function retried<T>(
  client: Client,
  work: (session: RemoteSession) => Promise<T>,
  retriesMax: number,
): Promise<T> {
  for (let retries = 0; ; retries += 1) {
    const attempt = { committing: false };
    try {
      return await client.session(async (session) => await inTransaction(session, work, attempt));
    } catch (error) {
      if (!(error instanceof GrizzlyError) || retries >= retriesMax || !mayRetry(error, attempt)) throw error;
    }
  }
}

/** A transaction whose connection was lost before COMMIT was sent is rolled back for sure; one whose COMMIT was not answered may have been done. */
function mayRetry(error: GrizzlyError, attempt: { readonly committing: boolean }): boolean {
  if (error.code === "ConnectionLost") return !attempt.committing;
  return error.retryable;
}

async function inTransaction<T>(
  session: RemoteSession,
  work: (session: RemoteSession) => Promise<T>,
  attempt: { committing: boolean },
): Promise<T> {
  // Immediate: who reads first and writes later would fail when somebody else has written in between.
  await session.execute("BEGIN IMMEDIATE");
  let result: T;
  try {
    result = await work(session);
  } catch (error) {
    // Fails when the daemon has rolled back already, or the connection is gone: then there is nothing left to undo.
    await session.execute("ROLLBACK").catch(() => undefined);
    throw error;
  }
  attempt.committing = true;
  await session.execute("COMMIT");
  return result;
}
