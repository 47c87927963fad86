// A database file with a session, and its schedules as the scheduler reads them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { required } from "../../../base/failure.ts";
import { readSchedules } from "../../../server/catalog/schedule-reading.ts";
import type { ScheduleDefinition } from "../../../server/scheduler/types.ts";
import type { Connection } from "../../../storage/engine.ts";
import { sqliteEngine } from "../../../storage/sqlite/engine.ts";
import { open, type TestSession } from "../support.ts";

/** A session on a file, and a connection of its own that reads what was stored. */
export interface ScheduleDatabase extends TestSession {
  readonly connection: Connection;
  schedules(): readonly ScheduleDefinition[];
  schedule(name: string): ScheduleDefinition;
}

/** Opens an empty database file; it goes when the test ends. */
export function openSchedules(): ScheduleDatabase {
  const folder = mkdtempSync(join(tmpdir(), "schedules-"));
  const database = join(folder, "test.db");
  const session = open({ database });
  const connection = sqliteEngine.connect({ target: database, readOnly: false });
  onTestFinished(() => {
    connection.close();
    session.session.close();
    rmSync(folder, { recursive: true });
  });
  const schedules = (): readonly ScheduleDefinition[] => readSchedules(connection);
  return {
    ...session,
    connection,
    schedules,
    schedule: (name) => required(readSchedules(connection, name)[0], `schedule ${name}`),
  };
}
