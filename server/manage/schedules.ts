// LIST SCHEDULES, SHOW SCHEDULE, PAUSE ALL: what they run, when next, and in how long that is.
import { DAY_MICROS } from "../../base/value/calendar.ts";
import { type TableValue, Timestamp, type Value } from "../../base/value/value.ts";
import type { Connection } from "../../storage/engine.ts";
import { findObject } from "../catalog/objects.ts";
import { readSchedules } from "../catalog/schedule-reading.ts";
import { pauseSchedules } from "../catalog/schedules.ts";
import { nextOccurrences, scheduleTimes } from "../scheduler/times.ts";
import type { ScheduleDefinition } from "../scheduler/types.ts";
import { printDuration } from "../../base/quantity.ts";
import { atomically } from "./changes.ts";
import { noSuchObject, tableFromRows, type ManageVerb, type ManageWorld } from "./world.ts";

/** Next times that SHOW SCHEDULE lists. */
const SHOWN_TIMES = 5;
const MINUTE_MS = 60_000;

/** Columns and rows of LIST SCHEDULES. */
export function listSchedules(world: ManageWorld): {
  readonly names: readonly string[];
  readonly rows: readonly (readonly Value[])[];
} {
  const now = world.nowMicros() / 1000;
  return {
    names: ["name", "when", "zone", "runs", "enabled", "next_run_at", "in"],
    rows: (world.hasCatalog() ? readSchedules(world.connection) : []).map((definition) => {
      const [next] = definition.enabled ? nextOccurrences(definition, now, 1) : [];
      return [
        definition.name,
        whenText(definition),
        definition.timezone,
        runsText(definition),
        enabledText(definition),
        instant(next),
        next === undefined ? null : relative(next - now),
      ];
    }),
  };
}

/** PAUSE ALL and RESUME ALL. */
export const pause: ManageVerb = (world, form) => {
  atomically(world, () => pauseSchedules(world.place, form["paused"] === true));
  return null;
};

/** SHOW SCHEDULE s: what is stored, and its next times. @throws Trap NoSuchObject. */
export function showSchedule(world: ManageWorld, name: string): Value {
  const [definition] = world.hasCatalog() ? readSchedules(world.connection, name) : [];
  if (definition === undefined) return noSuchObject("schedule", name);
  const now = world.nowMicros() / 1000;
  const times = nextOccurrences(definition, now, SHOWN_TIMES);
  const { problems } = scheduleTimes(definition, now);
  const rows: (readonly Value[])[] = [
    ["name", definition.name],
    ["when", whenText(definition)],
    ["zone", definition.timezone],
    ["runs", runsText(definition)],
    ["args", JSON.stringify(definition.args)],
    ["enabled", enabledText(definition)],
    ["priority", String(definition.priority)],
    ...(definition.skipNext > 0 ? [["skipped next", String(definition.skipNext)]] : []),
    ...problems.map((problem) => ["problem", problem]),
    ...times.map((time, index) => [
      `next ${index + 1}`,
      `${clockText(time, definition.timezone)} (${relative(time - now)})`,
    ]),
    ["source", findObject(world.connection, "schedule", name)?.source ?? null],
  ];
  return tableFromRows(["property", "value"], rows);
}

/** The coming times of a schedule as a table: what the clock of `zone` (default: its own) shows, the instant, and in how long. Undefined: no schedule of that name. @throws EngineError. */
export function comingTimes(
  connection: Connection,
  name: string,
  options: { readonly nowMs: number; readonly count: number; readonly zone: string | undefined },
): TableValue | undefined {
  const { nowMs, count, zone } = options;
  const [definition] = readSchedules(connection, name);
  if (definition === undefined) return undefined;
  return tableFromRows(
    ["local_time", "instant", "in"],
    nextOccurrences(definition, nowMs, count).map((time) => [
      clockText(time, zone ?? definition.timezone),
      instant(time),
      relative(time - nowMs),
    ]),
  );
}

function enabledText({ enabled, paused }: ScheduleDefinition): string {
  return paused === true ? "paused" : enabled ? "yes" : "no";
}

function whenText(definition: ScheduleDefinition): string {
  const interval = definition.intervalMs === undefined ? [] : [`@every ${printDuration(definition.intervalMs)}`];
  return [...definition.crons, ...interval].join(", ");
}

function runsText(definition: ScheduleDefinition): string {
  const named = definition.targets.map((target) => (target.kind === "inline" ? "its body" : target.name));
  return named.length === 0 ? "nothing yet" : named.join(", ");
}

function instant(ms: number | undefined): Value {
  return ms === undefined ? null : new Timestamp(ms * 1000);
}

/** `in 2h5m`, `in 3d`: to the minute below a day, to the hour above. */
function relative(ms: number): string {
  if (ms < MINUTE_MS) return `in ${printDuration(Math.max(1000, ms - (ms % 1000)))}`;
  const unit = ms < DAY_MICROS / 1000 ? MINUTE_MS : 60 * MINUTE_MS;
  return `in ${printDuration(ms - (ms % unit))}`;
}

/** What the clock of a zone shows at an instant, with the zone's short name. */
function clockText(ms: number, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "gregory",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  }).formatToParts(ms);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")} ${part("hour")}:${part("minute")}:${part("second")} ${part("timeZoneName")}`;
}
