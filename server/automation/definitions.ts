// The schedules of the database in memory, read anew when the catalog has moved: the executor and the constraints look things up without waiting.
import { catalogEpoch } from "../catalog/schema.ts";
import { readSchedules } from "../catalog/schedule-reading.ts";
import type { RunStore } from "../runs/store.ts";
import type { ScheduleSource } from "../runs/world.ts";
import type { ScheduleDefinition } from "../scheduler/types.ts";

/** Schedules as they are now. */
export interface Definitions extends ScheduleSource {
  byName(name: string): ScheduleDefinition | undefined;
  all(): readonly ScheduleDefinition[];
  /** Reads what has changed; gives the ids of schedules that are new, changed or gone. @throws EngineError. */
  refresh(): Promise<readonly string[]>;
}

/** None until the first `refresh`. */
export function makeDefinitions(store: RunStore): Definitions {
  let epoch: number | undefined;
  let byId: ReadonlyMap<string, ScheduleDefinition> = new Map();
  let byName: ReadonlyMap<string, ScheduleDefinition> = new Map();
  return {
    byId: (id) => byId.get(id),
    byName: (name) => byName.get(name.toLowerCase()),
    all: () => [...byId.values()],
    refresh: async () => {
      const known = epoch;
      const found = await store.read((connection) => {
        const now = catalogEpoch(connection);
        return now === known ? undefined : { epoch: now, schedules: readSchedules(connection) };
      });
      if (found === undefined) return [];
      const before = byId;
      epoch = found.epoch;
      // What was not changed stays the same object: its compiled times hang on it (occurrence-index.ts).
      const schedules = found.schedules.map((schedule) => {
        const old = before.get(schedule.id);
        return old !== undefined && isSame(old, schedule) ? old : schedule;
      });
      byId = new Map(schedules.map((schedule) => [schedule.id, schedule]));
      byName = new Map(schedules.map((schedule) => [schedule.name.toLowerCase(), schedule]));
      const ids = new Set([...before.keys(), ...byId.keys()]);
      return [...ids].filter((id) => before.get(id) !== byId.get(id));
    },
  };
}

function isSame(a: ScheduleDefinition, b: ScheduleDefinition): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
