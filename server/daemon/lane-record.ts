// Which processes are lanes of a daemon, beside its socket: when it dies, a lane that is busy inside of the engine does not see it, works on and keeps its locks
// for minutes. Whoever comes next, or is left, ends it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StartLaneHost } from "./lead/lane-host.ts";
import { writeWhole } from "./pid-file.ts";
import { isSameProcess, processStart } from "./process-start.ts";

/** A process, by its number and its start. */
interface ProcessName {
  readonly pid: number;
  /** See process-start.ts. */
  readonly startedAt: string;
}

interface LaneRecord {
  readonly lead: number;
  readonly lanes: readonly ProcessName[];
}

/** Where the lanes of an instance are noted; goes with its other files. */
export function laneRecordPath(runtimeFolder: string, instance: string): string {
  return join(runtimeFolder, `${instance}.lanes`);
}

/** Starts processes of lanes like `start`, and notes which there are. What cannot be noted is told to `warn`. */
export function notedLanes(path: string, start: StartLaneHost, warn: (text: string) => void): StartLaneHost {
  const lanes = new Map<number, string>();
  const write = (): void => {
    const record: LaneRecord = {
      lead: process.pid,
      lanes: [...lanes].map(([pid, startedAt]) => ({ pid, startedAt })),
    };
    try {
      writeWhole(path, record);
    } catch (error) {
      warn(`The processes of lanes could not be noted: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return (label, options, events) => {
    let pid = 0;
    const host = start(label, options, {
      ...events,
      ended: (how) => {
        if (lanes.delete(pid)) write();
        events.ended(how);
      },
    });
    const startedAt = host.pid === 0 ? undefined : processStart(host.pid);
    if (startedAt === undefined) return host;
    ({ pid } = host);
    lanes.set(pid, startedAt);
    write();
    return host;
  };
}

/**
 * Ends the lanes that are noted, and gives their number. To be called when their Lead is dead.
 * @param ofLead Only those of the Lead with this pid: another daemon may have come meanwhile.
 */
export function endOrphanedLanes(path: string, ofLead?: number): number {
  const record = readRecord(path);
  if (record === undefined || (ofLead !== undefined && record.lead !== ofLead)) return 0;
  let count = 0;
  for (const { pid, startedAt } of record.lanes) {
    if (!isSameProcess(pid, startedAt)) continue;
    try {
      process.kill(pid, "SIGKILL");
      count += 1;
    } catch (error) {
      // It has ended by itself meanwhile.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
  return count;
}

/** Undefined when nothing is noted, or nothing that can be understood: then nobody is ended. */
function readRecord(path: string): LaneRecord | undefined {
  try {
    const { lead, lanes } = JSON.parse(readFileSync(path, "utf8")) as Partial<LaneRecord>;
    const isWhole =
      Number.isSafeInteger(lead) &&
      Array.isArray(lanes) &&
      lanes.every(({ pid, startedAt }) => Number.isSafeInteger(pid) && pid > 0 && typeof startedAt === "string");
    return isWhole ? ({ lead, lanes } as LaneRecord) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
