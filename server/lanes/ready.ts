// The greeting of a new session, which answers the client's CONNECT.
import { FLAGS } from "../../protocol/frame.ts";
import { encodeMessage } from "../../protocol/message-codec.ts";
import { canonicalId } from "./ids.ts";
import type { SessionHandover } from "./types.ts";

/** READY of a session in a lane. */
export function readyFrame(
  info: SessionHandover,
  lane: { readonly label: string; readonly version: string },
): Uint8Array {
  const sessionId = canonicalId(info.sessionId);
  return encodeMessage(
    "READY",
    { messageId: canonicalId(info.messageId), sessionId, flags: FLAGS.END },
    {
      protocol_version: info.protocolVersion,
      session_id: sessionId,
      secret: info.secret,
      server_version: lane.version,
      lane: lane.label,
      user: info.principal.name,
      compression: info.compression,
    },
  );
}
