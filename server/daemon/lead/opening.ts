// Lanes before they work: as a place whose process is started later, and as a process with what it is told at its start, from the configuration as it is then.
import { join } from "node:path";
import type { Configuration } from "../../config/types.ts";
import type { ControlFile } from "../../lanes/control-file.ts";
import type { LaneOpening, LaneTag } from "../../lanes/types.ts";
import type { RunClock } from "../../runs/types.ts";
import type { Log, MountPlace } from "../types.ts";
import { laneLabel } from "./labels.ts";
import { Lane } from "./lane.ts";
import type { LaneEvents, LaneHost, LaneHostOptions, StartLaneHost } from "./lane-host.ts";

/** Keys that a lane gets at its start: when one of them changes, lanes are replaced. */
export const LANE_START_KEYS =
  /^(?:limits\.(?:fuel|rows|memory|deadline(?:_max)?)$|database\.|sessions\.|lanes\.memory$|lanes\.\w+\.host$)/u;

/** Where and how lanes are made. */
export interface LaneMaking {
  readonly configuration: Configuration;
  readonly place: MountPlace;
  readonly startHost: StartLaneHost;
  readonly makeControlFile: (path: string) => ControlFile;
}

/** A place for a lane, by its number. */
export interface LaneSeat {
  readonly number: number;
  readonly tag: LaneTag;
  readonly nowMs: number;
  /** See Lane. */
  readonly isExtra: boolean;
}

/** Starts the process of a lane and tells it what to open. */
export function startLane(making: LaneMaking, seat: LaneSeat, events: LaneEvents): Lane {
  const { number, tag } = seat;
  const { configuration, place, startHost, makeControlFile } = making;
  const label = laneLabel(place.name, number, [tag]);
  const files = join(place.runtimeFolder, `${place.instance}.lane-${String(number).padStart(2, "0")}`);
  const path = `${files}.control`;
  const control = makeControlFile(path);
  const host = startHost(label, hostOptions(configuration, seat, `${files}.sock`), events);
  const lane = new Lane({ ...seat, label, host, control, state: "connecting" });
  host.send({ kind: "open", opening: laneOpening(configuration, place, lane, path) });
  return lane;
}

/** A lane that has not opened its database by then is killed. */
export const OPEN_MAX_MS = 30_000;

/** Kills a lane that does not open; gives what takes that back. */
export function killUnlessOpen(lane: Lane, clock: RunClock, log: Log): () => void {
  return clock.timer(OPEN_MAX_MS, () => {
    if (lane.state !== "connecting" || lane.over) return;
    log("error", `${lane.label} has not opened the database within ${String(OPEN_MAX_MS / 1000)} s.`);
    lane.host.kill();
  });
}

/** A lane without a process. */
export function restingLane({ configuration, place }: LaneMaking, seat: LaneSeat): Lane {
  const { number, tag } = seat;
  const label = laneLabel(place.name, number, [tag]);
  const host = { ...NO_HOST, kind: hostKind(configuration, tag) };
  return new Lane({ ...seat, label, host, control: NO_CONTROL, state: "disconnected" });
}

const NO_HOST: Omit<LaneHost, "kind"> = {
  pid: 0,
  send: (_message, _socket, failed) => failed?.(),
  kill: () => undefined,
  disconnect: () => undefined,
};
const NO_CONTROL: ControlFile = { cancel: () => undefined, close: () => undefined };

/** The opening of a lane. */
function laneOpening(configuration: Configuration, place: MountPlace, lane: Lane, controlFile: string): LaneOpening {
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
    deadlineMaxMs: configuration.get("limits.deadline_max"),
    busyTimeoutMs: configuration.get("database.busy_timeout"),
    mmapBytes: configuration.get("database.mmap_size"),
    idleTimeoutMs: configuration.get("sessions.idle_timeout"),
  };
}

/** Long statements let short ones pass where processors are few. */
const NICENESS = { slow: 10, medium: 0, fast: 0, cache: 0 } as const satisfies Readonly<Record<LaneTag, number>>;

/** How the process of a lane is started. */
function hostOptions(configuration: Configuration, { tag, isExtra }: LaneSeat, pipePath: string): LaneHostOptions {
  const bytes = configuration.get("lanes.memory");
  // V8 takes its bound in MiB.
  const memoryMbMax = bytes === undefined ? undefined : Math.max(1, Math.round(bytes / 1_048_576));
  return { memoryMbMax, niceness: NICENESS[tag], kind: isExtra ? "process" : hostKind(configuration, tag), pipePath };
}

function hostKind(configuration: Configuration, tag: LaneTag): LaneHost["kind"] {
  return configuration.get(`lanes.${tag}.host`) === "thread" ? "thread" : "process";
}
