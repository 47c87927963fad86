// Prepares the database of a mount in a process of its own (database-process.ts).
import { askChild } from "./ask-child.ts";
import type { PreparedDatabase } from "./database.ts";

/** What the process is asked. */
export interface ToDatabase {
  readonly path: string;
  readonly exists: boolean;
  readonly busyTimeoutMs: number;
}

/** What it answers. */
export interface FromDatabase {
  readonly kind: "done";
  readonly prepared: PreparedDatabase;
}

/** Opens, makes or migrates a database. @throws GrizzlyError that says what stands in the way. */
export async function prepareApart(request: ToDatabase): Promise<PreparedDatabase> {
  const { prepared } = await askChild<FromDatabase>("prepare", request, () => undefined);
  return prepared;
}
