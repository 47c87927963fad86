// Writes of our own in one transaction, all or none.
import type { Connection } from "../../storage/engine.ts";

/** Does work in a transaction of its own. @throws EngineError, and what the work throws; nothing was written then. */
export function atOnce<T>(connection: Connection, work: () => T): T {
  connection.begin("immediate");
  try {
    const result = work();
    connection.commit();
    return result;
  } catch (error) {
    if (connection.inTransaction) connection.rollback();
    throw error;
  }
}
