// How long an idempotency key may be. The client, the gateway and the lane all ask here, so that they say the same.
import { LIMITS } from "../base/limits.ts";
import { utf8Length } from "../base/value/bytes-text.ts";

/** What is wrong with a key, as a sentence about `name`, which is what the user calls it; undefined when it may be used. */
export function idempotencyKeyFault(name: string, key: string): string | undefined {
  const most = LIMITS.idempotencyKeyBytesMax.value;
  const bytes = utf8Length(key);
  return bytes >= 1 && bytes <= most ? undefined : `${name} must have 1 to ${most} bytes, not ${bytes}.`;
}
