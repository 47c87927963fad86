// Ids of sessions and messages: numbers while they are safe, as the protocol has them; bigints towards the Lead.
import type { Id } from "../../protocol/frame.ts";

/** The id as the protocol's code has it. */
export function canonicalId(id: bigint): Id {
  return id <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(id) : id;
}
