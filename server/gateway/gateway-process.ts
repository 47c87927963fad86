// The process of the gateway: HTTP on one side, a client of the daemon's Unix socket on the other. It ends when it is told to, or when the daemon is gone.
import { type HttpBindings, serve, type ServerType } from "@hono/node-server";
import { VERSION } from "../../base/version.ts";
import { makeApp } from "./app.ts";
import { makeCallers } from "./callers.ts";
import type { FromGateway, ToGateway } from "./messages.ts";
import { makeTemplates } from "./templates.ts";
import type { Callers, GatewaySettings } from "./types.ts";

/** How long requests that are being answered may go on after the end was asked for. */
const GRACE_MS = 5000;

let running: { readonly server: ServerType; readonly callers: Callers } | undefined;

function tell(message: FromGateway): void {
  // Without a daemon nobody listens any more; "disconnect" ends the process then.
  process.send?.(message, undefined, {}, () => undefined);
}

function start(settings: GatewaySettings): void {
  const callers = makeCallers(settings.socket);
  const monotonicMs = (): number => performance.now();
  const app = makeApp(
    { settings, callers, templates: makeTemplates(callers, monotonicMs), version: VERSION },
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
  running = { server, callers };
  server.on("error", (error: NodeJS.ErrnoException) => {
    const address = `${settings.host}:${settings.port}`;
    const why = error.code === "EADDRINUSE" ? `${address} is in use` : `${address}: ${error.message}`;
    tell({ kind: "failed", message: `gateway.listen: ${why}.` });
    process.exitCode = 1;
    void stop();
  });
}

/** Answers what was asked, takes nothing more, ends. */
async function stop(): Promise<void> {
  const { server, callers } = running ?? {};
  running = undefined;
  if (server !== undefined) {
    const cut = setTimeout(() => "closeAllConnections" in server && server.closeAllConnections(), GRACE_MS);
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      if ("closeIdleConnections" in server) server.closeIdleConnections();
    });
    clearTimeout(cut);
  }
  await callers?.close();
  if (process.connected) process.disconnect();
}

process.on("message", (message: ToGateway) => {
  if (message.kind === "start") start(message.settings);
  else void stop();
});
process.on("disconnect", () => void stop());
// The daemon ends it: a Ctrl-C in a terminal reaches both.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => void stop());
