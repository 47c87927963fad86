// The next times of a cron text, by the clock of its schedule's zone.
import { readCron } from "../../base/cron/cron-text.ts";
import type { CronPort } from "../../base/cron/fields.ts";
import { timeAfter } from "../../base/cron/times.ts";
import { zoneOf } from "../../base/cron/zone.ts";
import type { ConfigBlock, Expression, ScheduleDeclaration } from "../../compiler/syntax/tree.ts";

/** Times shown. */
const FIRES = 5;

/** How a schedule reads its cron texts. */
export interface CronSetting {
  readonly zone: string;
  readonly gap: "shift" | "skip";
  readonly fold: "first" | "both";
}

/** The setting that a schedule declares. */
export function cronSetting(schedule: ScheduleDeclaration | undefined): CronSetting {
  const text = (key: string): string | undefined => textOf(entryOf(schedule?.config, key));
  return {
    zone: text("tz") ?? "UTC",
    gap: text("dst_gap") === "skip" ? "skip" : "shift",
    fold: text("dst_fold") === "both" ? "both" : "first",
  };
}

/** The value of a key of a configuration block, in any case of the key. */
export function entryOf(
  block: ConfigBlock | undefined,
  key: string,
): ConfigBlock["entries"][number]["value"] | undefined {
  return block?.entries.find((entry) => entry.key.text.toLowerCase() === key)?.value;
}

/** The text of a literal or of a bare word. */
export function textOf(value: ConfigBlock["entries"][number]["value"] | Expression | undefined): string | undefined {
  if (value === undefined || !("kind" in value)) return undefined;
  return value.kind === "string" ? value.value : value.kind === "name" ? value.name.text : undefined;
}

/** The next fires as local times of the zone; a text that is no cron text, or never fires, gives undefined. */
export function nextFires(text: string, setting: CronSetting, cron: CronPort): readonly string[] | undefined {
  const reading = readCron(text, cron);
  const zone = zoneOf(setting.zone);
  if (!reading.ok || zone === undefined) return undefined;
  const { meaning } = reading;
  if (meaning.kind === "every") return [`every ${Math.round(meaning.intervalMs / 1000)} s, counted from the first run`];
  const fires: string[] = [];
  let after = cron.nowMs();
  while (fires.length < FIRES) {
    const next = timeAfter({ table: meaning.table, zone, gap: setting.gap, fold: setting.fold }, after);
    if (next === undefined) break;
    fires.push(localTime(next, zone.offsetAt(next)));
    after = next;
  }
  return fires.length === 0 ? undefined : fires;
}

/** `Sat 2026-11-21 02:00:00 +01:00`. */
function localTime(instantMs: number, offsetMs: number): string {
  const local = new Date(instantMs + offsetMs);
  const day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][local.getUTCDay()] ?? "";
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const two = (number: number): string => String(number).padStart(2, "0");
  const offset =
    offsetMs === 0 ? "UTC" : `${offsetMs < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return `${day} ${local.toISOString().slice(0, 19).replace("T", " ")} ${offset}`;
}
