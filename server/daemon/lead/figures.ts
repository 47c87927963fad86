// The Lead in figures: state of lanes, health and metrics, from what is known at this moment. Nothing here waits for a lane.
import { LANE_TAGS, type LaneStatus } from "../../lanes/types.ts";
import type { Sample } from "../metrics.ts";
import type { HealthCheck, LeadStatus } from "../types.ts";
import { CONSUMERS, type EventCounts } from "./event-counts.ts";
import { type Lane, noteOf, pidOf } from "./lane.ts";
import type { Lanes } from "./lanes.ts";

const NO_COUNTS: LaneStatus["counts"] = {
  submitted: 0,
  completed: 0,
  failed: 0,
  timeouts: 0,
  rejected: 0,
  cacheHits: 0,
  cacheMisses: 0,
};

/** The Lead's own state. */
export function leadOf(lanes: Lanes): LeadStatus["lead"] {
  const { state, note = null } = lanes.lead;
  return { label: lanes.leadLabel, state, note };
}

/** The Lead, its lanes and how they are. */
export function lanesStatus(lanes: Lanes): Pick<LeadStatus, "lead" | "lanes" | "health"> {
  return { lead: leadOf(lanes), lanes: lanes.all.map(statusOf), health: healthOf(lanes) };
}

/** A lane's last report, with what the Lead knows better. */
function statusOf(lane: Lane): LeadStatus["lanes"][number] {
  const reported = lane.status;
  return {
    counts: NO_COUNTS,
    waitMs: { mean: 0, max: 0 },
    executeMs: { mean: 0, p95: 0, max: 0 },
    rssBytes: 0,
    fault: undefined,
    cacheAnswers: 0,
    ...reported,
    // Some of the last report may have left since.
    sessions: (reported?.sessions ?? []).filter(({ sessionId }) => lane.sessionIds.has(sessionId)),
    sessionIds: [...lane.sessionIds],
    label: lane.label,
    pid: pidOf(lane),
    note: noteOf(lane),
    tags: lane.tags,
    state: lane.state,
    depth: Math.max(lane.depth, reported?.depth ?? 0),
  };
}

/** Whether lanes are as they should be. */
function healthOf(lanes: Lanes): readonly HealthCheck[] {
  return LANE_TAGS.filter((tag) => lanes.bounds(tag).max > 0).map((tag) => {
    const { min } = lanes.bounds(tag);
    const ofTag = lanes.all.filter((lane) => lane.tag === tag);
    const open = ofTag.filter((lane) => lane.open).length;
    const resting = ofTag.filter((lane) => lane.resting).length;
    const crashes = lanes.crashes(tag);
    const ok = open + resting >= min && crashes < 2;
    const died = crashes < 2 ? "" : `; ${String(crashes)} died in a row soon after their start`;
    const waits = resting === 0 ? "" : `, and ${String(resting)} starts with the first session that wants it`;
    return {
      name: `lanes.${tag}`,
      ok,
      text: `${String(open)} of at least ${String(min)} lanes are connected${waits}${died}.`,
    };
  });
}

/** What connections have come to. */
export interface DoorCounts {
  readonly connections: number;
  readonly refused: ReadonlyMap<string, number>;
}

/** Values of the Lead's metrics. */
export function metricsOf(lanes: Lanes, sessions: number, doors: DoorCounts, events: EventCounts): readonly Sample[] {
  return [
    { name: "gobi_sessions", value: sessions },
    { name: "gobi_connections_total", value: doors.connections },
    ...[...doors.refused].map(
      ([reason, value]): Sample => ({ name: "gobi_connections_refused_total", labels: { reason }, value }),
    ),
    ...LANE_TAGS.map(
      (tag): Sample => ({
        name: "gobi_lanes",
        labels: { tag },
        value: lanes.all.filter((lane) => lane.tag === tag && !lane.resting).length,
      }),
    ),
    { name: "gobi_lane_restarts_total", value: lanes.replaced },
    ...eventSamples(events),
    ...lanes.all.filter((lane) => !lane.resting).flatMap(laneSamples),
  ];
}

function eventSamples(events: EventCounts): readonly Sample[] {
  return [...events.all()].flatMap(([topic, { published, delivered }]) => [
    { name: "gobi_events_total", labels: { topic }, value: published } as const,
    ...CONSUMERS.map(
      (consumer): Sample => ({
        name: "gobi_event_deliveries_total",
        labels: { topic, consumer },
        value: delivered[consumer],
      }),
    ),
  ]);
}

function laneSamples(lane: Lane): readonly Sample[] {
  const { counts, rssBytes, depth, cacheAnswers } = statusOf(lane);
  const labels = { lane: lane.label };
  const outcome = (name: string, value: number): Sample => ({
    name: "gobi_requests_total",
    labels: { ...labels, outcome: name },
    value,
  });
  return [
    { name: "gobi_lane_memory_bytes", labels, value: rssBytes },
    { name: "gobi_requests_waiting", labels, value: depth },
    outcome("completed", counts.completed),
    outcome("failed", counts.failed),
    outcome("timeout", counts.timeouts),
    outcome("rejected", counts.rejected),
    { name: "gobi_cache_hits_total", labels, value: counts.cacheHits },
    { name: "gobi_cache_misses_total", labels, value: counts.cacheMisses },
    { name: "gobi_cache_answers", labels, value: cacheAnswers },
  ];
}
