// Rows of system.lanes, system.sessions, system.locks and system.transactions as the Lead knows them: what lanes reported last, and what was told since.
// Names of columns are the fields' names. A lane that is busy with one statement reports late; what the Lead itself was told is newer then.
import type { LaneStatus, SessionStatus } from "../../lanes/types.ts";
import type { LeadStatus } from "../types.ts";
import { consumerOf, CONSUMERS, type EventCounts } from "./event-counts.ts";
import { type InFlight, type Lane, noteOf, pidOf } from "./lane.ts";
import type { Locks } from "./locks.ts";
import type { LeadSession } from "./sessions.ts";

/** A flat row: what JSON holds. Times are milliseconds since 1970. */
export type ListRow = Readonly<Record<string, string | number | boolean | null>>;

/** What lists are made from. */
export interface ListGround {
  readonly lead: LeadStatus["lead"];
  readonly startedAtMs: number;
  readonly lanes: readonly Lane[];
  readonly sessions: readonly LeadSession[];
  readonly locks: Locks;
  readonly events: EventCounts;
}

/** The Lead and its lanes. */
export function laneRows(ground: ListGround): readonly ListRow[] {
  const lead: ListRow = {
    ...counts(undefined),
    label: ground.lead.label,
    number: 0,
    tags: "lead",
    host: "process",
    state: ground.lead.state,
    pid: process.pid,
    sessions: ground.sessions.length,
    depth: 0,
    started_at: ground.startedAtMs,
    rss_bytes: process.memoryUsage.rss(),
    cache_answers: 0,
    note: ground.lead.note,
  };
  return [lead, ...ground.lanes.toSorted((left, right) => left.number - right.number).map(laneRow)];
}

function laneRow(lane: Lane): ListRow {
  return {
    ...counts(lane.status),
    label: lane.label,
    number: lane.number,
    tags: lane.tags.join(","),
    host: lane.host.kind,
    state: lane.state,
    pid: pidOf(lane),
    sessions: lane.sessions,
    depth: Math.max(lane.depth, lane.status?.depth ?? 0),
    started_at: lane.startedAtMs,
    rss_bytes: lane.status?.rssBytes ?? null,
    cache_answers: lane.status?.cacheAnswers ?? 0,
    note: noteOf(lane) ?? null,
  };
}

function counts(status: LaneStatus | undefined): ListRow {
  const known = status?.counts;
  return {
    submitted: known?.submitted ?? 0,
    completed: known?.completed ?? 0,
    failed: known?.failed ?? 0,
    timeouts: known?.timeouts ?? 0,
    rejected: known?.rejected ?? 0,
    cache_hits: known?.cacheHits ?? 0,
    cache_misses: known?.cacheMisses ?? 0,
    wait_ms_mean: rounded(status?.waitMs.mean),
    wait_ms_max: rounded(status?.waitMs.max),
    execute_ms_mean: rounded(status?.executeMs.mean),
    execute_ms_p95: rounded(status?.executeMs.p95),
    execute_ms_max: rounded(status?.executeMs.max),
  };
}

/** Milliseconds to the microsecond: more digits only make lists wide. */
function rounded(ms: number | undefined): number {
  return Math.round((ms ?? 0) * 1000) / 1000;
}

/** The sessions, oldest first. */
export function sessionRows(ground: ListGround): readonly ListRow[] {
  return ground.sessions.map((session) => {
    const { reported, flight, waitsFor, holds } = known(ground, session);
    return {
      session_id: Number(session.id),
      user: session.principal.name,
      client: session.clientName ?? null,
      transport: session.transport,
      peer: session.peer === "" ? null : session.peer,
      lane: session.lane?.label ?? null,
      state: stateOf(reported, flight, waitsFor !== undefined),
      connected_at: session.connectedAtMs,
      last_seen: reported?.lastSeenMs ?? session.connectedAtMs,
      message_id: idText(flight?.messageId ?? reported?.messageId),
      started_at: flight?.startedAtMs ?? reported?.startedAtMs ?? null,
      text: flight?.text ?? reported?.text ?? null,
      holds: holds.length === 0 ? null : holds.map((lock) => lock.object).join(","),
      waits_for: waitsFor?.object ?? null,
    };
  });
}

/** Locks that are held or waited for. */
export function lockRows(ground: ListGround): readonly ListRow[] {
  const names = new Map(ground.sessions.map((session) => [session.id, session.principal.name]));
  return ground.locks.list().map((lock) => ({
    object: lock.object,
    mode: lock.mode,
    state: lock.state,
    session_id: Number(lock.sessionId),
    user: names.get(lock.sessionId) ?? null,
    since: lock.sinceMs,
  }));
}

/** Sessions inside a transaction. */
export function transactionRows(ground: ListGround): readonly ListRow[] {
  return ground.sessions.flatMap((session) => {
    const { reported, holds } = known(ground, session);
    const writing = holds.some((lock) => lock.object === "write") || reported?.writing === true;
    if (!writing && holds.length === 0 && reported?.state !== "in transaction") return [];
    return [
      {
        session_id: Number(session.id),
        user: session.principal.name,
        lane: session.lane?.label ?? null,
        writing,
        since: holds.map((lock) => lock.sinceMs).toSorted((left, right) => left - right)[0] ?? null,
        locks: holds.length,
      },
    ];
  });
}

/** Events by topic and kind of consumer: how many there were, how many came to that kind, and how many consumers there are now. */
export function eventRows({ events, sessions, lanes }: ListGround): readonly ListRow[] {
  return [...events.all()].flatMap(([topic, { published, delivered, lastAtMs }]) =>
    CONSUMERS.map((consumer) => ({
      topic,
      consumer,
      published,
      delivered: delivered[consumer],
      consumers:
        consumer === "cache"
          ? lanes.filter((lane) => lane.tag === "cache" && !lane.resting).length
          : sessions.filter((each) => each.topics.has(topic) && consumerOf(each.clientName) === consumer).length,
      last_at: lastAtMs ?? null,
    })),
  );
}

function known(ground: ListGround, session: LeadSession) {
  const lane = session.lane;
  return {
    reported: lane?.status?.sessions.find((each) => each.sessionId === session.id),
    flight: lane?.inFlight.get(session.id),
    ...ground.locks.of(session.id),
  };
}

function stateOf(reported: SessionStatus | undefined, flight: InFlight | undefined, waits: boolean): string {
  if (waits) return "waiting";
  return flight === undefined ? (reported?.state ?? "idle") : "running";
}

/** As text: ids above 2^53 do not fit a JSON number. */
function idText(id: bigint | undefined): string | null {
  return id === undefined ? null : String(id);
}
