// What there is at a path for requests with another method: the methods that it takes, as HTTP wants it of 405 and of OPTIONS.
import type { Context, Hono } from "hono";
import { HttpFailure } from "./failures.ts";

/** The methods that a path takes; none: there is nothing. Routes of all methods are middleware, or answer for themselves. */
function methodsAt(app: Hono, path: string): readonly string[] {
  const parts = path.split("/");
  const found = app.routes.filter((route) => {
    const wanted = route.path.split("/");
    return (
      route.method !== "ALL" &&
      wanted.length === parts.length &&
      wanted.every((word, index) => (word.startsWith(":") ? parts[index] !== "" : word === parts[index]))
    );
  });
  return [...new Set(found.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method])))].sort();
}

/**
 * The answer where no route has one: OPTIONS is told what there is.
 * @throws HttpFailure 405 for another method of a path that is there, else 404.
 */
export function answerElsewhere(app: Hono, c: Context): Response {
  const { method, path } = c.req;
  const methods = methodsAt(app, path);
  if (methods.length === 0)
    throw new HttpFailure(404, { error: "Not found", message: `There is nothing at ${method} ${path}.` });
  const allow = methods.join(", ");
  if (method === "OPTIONS") return new Response(null, { status: 204, headers: { Allow: allow } });
  const message = `${method} is not taken at ${path}; it takes ${allow}.`;
  throw new HttpFailure(405, { error: "Method not allowed", message }, { Allow: allow });
}
