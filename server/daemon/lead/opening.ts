// What a lane is told at its start, from the configuration as it is then.
import type { Configuration } from "../../config/types.ts";
import type { LaneOpening } from "../../lanes/types.ts";
import type { MountPlace } from "../types.ts";
import type { Lane } from "./lane.ts";

/** Keys that a lane gets at its start: when one of them changes, lanes are replaced. */
export const LANE_START_KEYS = /^(?:limits\.(?:fuel|rows|memory|deadline)$|database\.|sessions\.|lanes\.memory)/u;

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
    idleTimeoutMs: configuration.get("sessions.idle_timeout"),
  };
}

/** Bound of a lane's JavaScript values in MiB, as V8 takes it. */
export function memoryMbMax(configuration: Configuration): number | undefined {
  const bytes = configuration.get("lanes.memory");
  return bytes === undefined ? undefined : Math.max(1, Math.round(bytes / 1_048_576));
}
