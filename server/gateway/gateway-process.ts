// The process of the gateway: HTTP on one side, a client of the daemon's Unix socket on the other. It ends when it is told to, or when the daemon is gone.
import { setTimeout as sleep } from "node:timers/promises";
import { type HttpBindings, serve, type ServerType } from "@hono/node-server";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { VERSION } from "../../base/version.ts";
import { makeApp } from "./app.ts";
import { type AnswerCache, makeAnswerCache } from "./answer-cache.ts";
import { makeCallers } from "./callers.ts";
import type { FromGateway, ToGateway } from "./messages.ts";
import { makeTemplates, type Templates, type TemplatesWorld } from "./templates.ts";
import type { Callers, GatewaySettings } from "./types.ts";

/** How long requests that are being answered may go on after the end was asked for. */
const GRACE_MS = 5000;

/** Between two writes of how often templates were used. */
const WRITE_USE_MS = 60_000;

/** Between tries of the last write; 0: no more. */
const LAST_PAUSES_MS = [10, 20, 50, 100, 200, 500, 1000, 0];

interface Running {
  readonly server: ServerType;
  readonly callers: Callers;
  readonly host: Callers | undefined;
  readonly templates: Templates;
  readonly writing: NodeJS.Timeout;
}

let running: Running | undefined;

function tell(message: FromGateway): void {
  // Without a daemon nobody listens any more; "disconnect" ends the process then.
  process.send?.(message, undefined, {}, () => undefined);
}

function start(settings: GatewaySettings): void {
  const callers = makeCallers(settings.socket);
  // A host that is away is tried again by the templates, which say so.
  const host = settings.hostFolder === undefined ? undefined : makeCallers(settings.hostFolder, { reconnectMax: 0 });
  const monotonicMs = (): number => performance.now();
  const kept = openAnswers(settings, monotonicMs);
  const templates = makeTemplates({
    settings,
    version: kept.version,
    owner: () => callers.owner(),
    host: host === undefined ? undefined : () => host.owner(),
    monotonicMs,
    nowMs: () => Date.now(),
    // What is wrong with the database is told by the first request.
    keepsAnswers: () => void kept.answers().catch(() => undefined),
    tell: (report) => tell({ kind: "templates", report }),
  });
  const writeUse = (): Promise<void> =>
    templates
      .writeUse()
      .catch((error: unknown) => tell({ kind: "log", level: "warn", text: `use of templates: ${String(error)}` }));
  const app = makeApp(
    { settings, callers, templates, answers: kept.answers, version: VERSION },
    {
      addressOf: (environment) => (environment as HttpBindings).incoming.socket.remoteAddress ?? "",
      monotonicMs,
      onBug: (error) =>
        tell({
          kind: "log",
          level: "error",
          text: error instanceof Error ? (error.stack ?? error.message) : String(error),
        }),
    },
  );
  const server = serve({ fetch: app.fetch, hostname: settings.host, port: settings.port }, ({ port }) => {
    const host = settings.host.includes(":") ? `[${settings.host}]` : settings.host;
    tell({ kind: "started", address: `http://${host}:${port}` });
  });
  running = { server, callers, host, templates, writing: setInterval(() => void writeUse(), WRITE_USE_MS) };
  server.on("error", (error: NodeJS.ErrnoException) => {
    const address = `${settings.host}:${settings.port}`;
    const why = error.code === "EADDRINUSE" ? `${address} is in use` : `${address}: ${error.message}`;
    tell({ kind: "failed", message: `gateway.listen: ${why}.` });
    process.exitCode = 1;
    void stop();
  });
}

/** The answers that are kept, opened when there are templates that have them, or by the first request that may use them. */
function openAnswers(
  { databaseFile, commitJournal, cacheBytesMax }: GatewaySettings,
  monotonicMs: () => number,
): { readonly answers: () => Promise<AnswerCache | undefined>; readonly version: TemplatesWorld["version"] } {
  let opened: Promise<AnswerCache> | undefined;
  let version: TemplatesWorld["version"] = () => undefined;
  const open = async (): Promise<AnswerCache> => {
    const { watchTables } = await import("./data-version.ts");
    const watched = watchTables(databaseFile, commitJournal);
    version = watched.version;
    return makeAnswerCache({ version: watched.version, bytesMax: cacheBytesMax, monotonicMs });
  };
  return {
    answers: async () => {
      if (cacheBytesMax === 0) return undefined;
      opened ??= open().catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      return await opened;
    },
    version: (tables) => version(tables),
  };
}

/** Answers what was asked, takes nothing more, ends. */
async function stop(): Promise<void> {
  const { server, callers, host, templates, writing } = running ?? {};
  running = undefined;
  clearInterval(writing);
  if (server !== undefined) {
    const cut = setTimeout(() => "closeAllConnections" in server && server.closeAllConnections(), GRACE_MS);
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      if ("closeIdleConnections" in server) server.closeIdleConnections();
    });
    clearTimeout(cut);
  }
  templates?.close();
  if (templates !== undefined) await writeUseAtLast(templates);
  await host?.close();
  await callers?.close();
  if (process.connected) process.disconnect();
}

/** Writes what was used, and again while another writer has the database. What is not written then is lost: a count, no answer. */
async function writeUseAtLast(templates: Templates): Promise<void> {
  for (const pauseMs of LAST_PAUSES_MS) {
    try {
      await templates.writeUse();
      return;
    } catch (error) {
      const mayWork = error instanceof GrizzlyError && error.code === "DatabaseLocked" && pauseMs > 0;
      if (!mayWork) {
        tell({ kind: "log", level: "warn", text: `use of templates: ${String(error)}` });
        return;
      }
      await sleep(pauseMs);
    }
  }
}

process.on("message", (message: ToGateway) => {
  if (message.kind === "start") start(message.settings);
  else void stop();
});
process.on("disconnect", () => void stop());
// The daemon ends it: a Ctrl-C in a terminal reaches both.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => void stop());
