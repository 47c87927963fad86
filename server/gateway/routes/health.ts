// Whether the gateway lives, whether the daemon behind it can serve, and the figures of both for Prometheus.
import { Hono } from "hono";
import { failureOf } from "../failures.ts";
import type { GatewayWorld } from "../world.ts";
import { ownerOf } from "./queries.ts";

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
}

function isCheck(data: unknown): data is Check {
  return typeof data === "object" && data !== null && "name" in data && "ok" in data;
}

/** What the daemon says of itself; a check that fails when it says nothing. */
async function checks(world: GatewayWorld): Promise<readonly Check[]> {
  try {
    const owner = await ownerOf(world);
    const said = await owner.session((session) => session.control("health"));
    const found = Array.isArray(said) ? said : (said as { readonly checks?: unknown } | undefined)?.checks;
    return Array.isArray(found) ? found.filter(isCheck) : [];
  } catch (error) {
    return [{ name: "daemon", ok: false, text: failureOf(error).message }];
  }
}

/** Routes at the root. */
export function healthRoutes(world: GatewayWorld): Hono {
  const app = new Hono();
  app.get("/health/live", (c) => c.json({ live: true, version: world.version }));
  const ready = async (): Promise<Response> => {
    const found = await checks(world);
    const isReady = found.every(({ ok }) => ok);
    return Response.json(
      { live: true, ready: isReady, version: world.version, checks: found },
      { status: isReady ? 200 : 503, headers: isReady ? {} : { "Retry-After": "1" } },
    );
  };
  app.get("/health", ready);
  app.get("/health/ready", ready);
  app.get("/metrics", async () => {
    try {
      const owner = await ownerOf(world);
      const text = await owner.session((session) => session.control("metrics"));
      return new Response(typeof text === "string" ? text : JSON.stringify(text), {
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      });
    } catch (error) {
      throw failureOf(error);
    }
  });
  return app;
}
