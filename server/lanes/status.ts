// What a lane tells of itself when the Lead asks.
import type { Lane } from "./lane.ts";
import type { LaneSession } from "./lane-session.ts";
import type { LaneStatus, SessionStatus } from "./types.ts";

/** The report of a lane. */
export function laneStatus(
  lane: Lane,
  { draining, rssBytes, fault }: { readonly draining: boolean } & Pick<LaneStatus, "rssBytes" | "fault">,
): LaneStatus {
  const sessions = [...lane.sessions.values()];
  return {
    label: lane.label,
    pid: process.pid,
    tags: lane.opening.tags,
    state: draining ? "shutting_down" : "connected",
    fault,
    sessions: sessions.map(sessionStatus),
    depth: sessions.reduce((sum, session) => sum + session.waiting + (session.request === undefined ? 0 : 1), 0),
    ...lane.counts.report(),
    rssBytes,
    cacheAnswers: lane.cache?.size ?? 0,
  };
}

function stateOf({ request, engineIfOpen }: LaneSession): SessionStatus["state"] {
  if (request?.lockedSince !== undefined) return "waiting";
  if (request !== undefined) return "running";
  return engineIfOpen?.inTransaction === true ? "in transaction" : "idle";
}

function sessionStatus(session: LaneSession): SessionStatus {
  const { info, request } = session;
  const startedAtMs = request === undefined ? undefined : performance.timeOrigin + request.startedAt;
  return {
    sessionId: info.sessionId,
    user: info.principal.name,
    clientName: info.clientName,
    transport: info.transport,
    connectedAtMs: session.connectedAtMs,
    lastSeenMs: session.lastSeenMs,
    state: stateOf(session),
    messageId: request === undefined ? undefined : BigInt(request.messageId),
    startedAtMs,
    deadlineMs: request?.deadlineAt === undefined ? undefined : performance.timeOrigin + request.deadlineAt,
    text: request?.text,
    writing: session.writing,
    // The Lead keeps the locks of objects and knows who waits for them.
    holds: [],
    waitsFor:
      request?.lockedSince === undefined
        ? undefined
        : { object: "write", mode: "exclusive", sinceMs: performance.timeOrigin + request.lockedSince },
  };
}
