// How often one caller may ask: a bucket of requests for each token or address that fills again within a minute.
import type { Context, MiddlewareHandler } from "hono";
import { HttpFailure } from "./failures.ts";

interface Bucket {
  left: number;
  atMs: number;
}

/** Callers that are remembered; the longest unseen is forgotten first, with a full bucket. */
const BUCKETS_MAX = 10_000;

/**
 * Refuses requests beyond `perMinute` of one caller; 0: none. Health and metrics are not counted.
 * @param callerOf A text by which a caller is known.
 */
export function rateLimit(
  perMinute: number,
  callerOf: (c: Context) => string,
  monotonicMs: () => number,
): MiddlewareHandler {
  const buckets = new Map<string, Bucket>();
  return async (c, next) => {
    if (perMinute === 0 || c.req.path === "/metrics" || c.req.path.startsWith("/health")) return await next();
    const key = callerOf(c);
    const nowMs = monotonicMs();
    const bucket = buckets.get(key) ?? { left: perMinute, atMs: nowMs };
    bucket.left = Math.min(perMinute, bucket.left + ((nowMs - bucket.atMs) / 60_000) * perMinute);
    bucket.atMs = nowMs;
    buckets.delete(key);
    buckets.set(key, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > BUCKETS_MAX && oldest !== undefined) buckets.delete(oldest);
    if (bucket.left < 1) {
      const seconds = Math.ceil(((1 - bucket.left) / perMinute) * 60);
      throw new HttpFailure(
        429,
        { error: "Too many requests", message: `One caller may send ${perMinute} requests a minute.` },
        { "Retry-After": String(Math.max(1, seconds)) },
      );
    }
    bucket.left -= 1;
    await next();
  };
}
