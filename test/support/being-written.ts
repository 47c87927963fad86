// Whether some transaction writes to a database right now, seen from outside.
import Database from "better-sqlite3";

/** True while a transaction has written something. */
export function isBeingWritten(database: string): boolean {
  const other = new Database(database, { timeout: 0 });
  try {
    other.exec("BEGIN IMMEDIATE; ROLLBACK");
    return false;
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || error.code !== "SQLITE_BUSY") throw error;
    return true;
  } finally {
    other.close();
  }
}
