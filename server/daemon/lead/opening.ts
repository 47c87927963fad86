// What a lane is told at its start, from the configuration as it is then.
import type { Configuration } from "../../config/types.ts";
import type { LaneOpening, LaneTag } from "../../lanes/types.ts";
import type { MountPlace } from "../types.ts";
import type { Lane } from "./lane.ts";
import type { LaneHostOptions } from "./lane-host.ts";

/** Keys that a lane gets at its start: when one of them changes, lanes are replaced. */
export const LANE_START_KEYS =
  /^(?:limits\.(?:fuel|rows|memory|deadline)$|database\.|sessions\.|lanes\.memory$|lanes\.\w+\.host$)/u;

/** The opening of a lane. */
export function laneOpening(
  configuration: Configuration,
  place: MountPlace,
  lane: Lane,
  controlFile: string,
): LaneOpening {
  const fuelMax = configuration.get("limits.fuel");
  const rowsMax = configuration.get("limits.rows");
  return {
    label: lane.label,
    tags: lane.tags,
    database: place.database,
    directory: place.folder,
    controlFile,
    limits: {
      memoryBytesMax: configuration.get("limits.memory"),
      timeoutMs: configuration.get("limits.deadline"),
      ...(fuelMax === undefined ? {} : { fuelMax }),
      ...(rowsMax === undefined ? {} : { rowsMax }),
    },
    busyTimeoutMs: configuration.get("database.busy_timeout"),
    mmapBytes: configuration.get("database.mmap_size"),
    idleTimeoutMs: configuration.get("sessions.idle_timeout"),
  };
}

/** Long statements let short ones pass where processors are few. */
const NICENESS = { slow: 10, medium: 0, fast: 0, cache: 0 } as const satisfies Readonly<Record<LaneTag, number>>;

/** How the process of a lane of this tag is started. */
export function hostOptions(configuration: Configuration, tag: LaneTag, pipePath: string): LaneHostOptions {
  const bytes = configuration.get("lanes.memory");
  // V8 takes its bound in MiB.
  const memoryMbMax = bytes === undefined ? undefined : Math.max(1, Math.round(bytes / 1_048_576));
  const kind = configuration.get(`lanes.${tag}.host`) === "thread" ? "thread" : "process";
  return { memoryMbMax, niceness: NICENESS[tag], kind, pipePath };
}
