// The gateway's routes put together: limits of body and rate first, errors as JSON last.
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { failureOf, HttpFailure } from "./failures.ts";
import { rateLimit } from "./limits.ts";
import { answerElsewhere } from "./methods.ts";
import { openApi } from "./openapi.ts";
import { conduitRoutes } from "./routes/conduit.ts";
import { healthRoutes } from "./routes/health.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { procedureRoutes, routinesOf, sqlRoutes } from "./routes/procedures.ts";
import { queryRoutes } from "./routes/queries.ts";
import { runRoutes } from "./routes/runs.ts";
import { bearerOf, callerOf, type GatewayWorld } from "./world.ts";

/** How the application is served. */
export interface AppOptions {
  /** Address of the peer of a request. */
  readonly addressOf: (environment: unknown) => string;
  readonly monotonicMs: () => number;
  /** Told of failures that are bugs of ours. */
  readonly onBug: (error: unknown) => void;
}

/** The application. */
export function makeApp(world: GatewayWorld, options: AppOptions): Hono {
  const app = new Hono();
  app.use(rateLimit(world.settings.rate, (c) => counted(world, c) ?? options.addressOf(c.env), options.monotonicMs));
  const limitBody = bodyLimit({
    maxSize: world.settings.bodyBytesMax,
    onError: () => {
      throw new HttpFailure(413, {
        error: "Body too large",
        message: `A body may have ${world.settings.bodyBytesMax} bytes (gateway.body).`,
      });
    },
  });
  // No route reads a body of these; looking for one costs a third of an answer that is kept.
  app.use(async (c, next) =>
    c.req.method === "GET" || c.req.method === "HEAD" ? await next() : await limitBody(c, next),
  );
  app.route("/", healthRoutes(world));
  app.route("/api/query", queryRoutes(world));
  app.route("/api/conduit", conduitRoutes(world));
  app.route("/api/procedures", procedureRoutes(world));
  app.route("/api/sql", sqlRoutes(world));
  app.route("/api/runs", runRoutes(world));
  app.route("/api/jobs", jobRoutes(world));
  app.get("/api/openapi.json", async (c) =>
    c.json(openApi(world.settings.database, world.version, await routinesOf(await callerOf(world, c)))),
  );
  app.notFound((c) => answerElsewhere(app, c));
  app.onError((error, c) => {
    const failure = known(error, options.onBug);
    for (const [name, value] of Object.entries(failure.headers)) c.header(name, value);
    return c.json(failure.body, failure.status);
  });
  return app;
}

/** Requests are counted by token; guesses at tokens by address, so that each guess brings no limit of its own. */
function counted({ callers }: GatewayWorld, c: Context): string | undefined {
  const token = bearerOf(c.req.header("authorization"));
  return token === undefined ? undefined : callers.knownAs(token);
}

function known(error: unknown, onBug: (error: unknown) => void): HttpFailure {
  try {
    return failureOf(error);
  } catch (bug) {
    onBug(bug);
    return new HttpFailure(500, { error: "InternalError", message: "The gateway failed; its log says why." });
  }
}
