// Stands in for better-sqlite3 in the extension's own language server: opening a database fails with what to do about it.

/** What the engine's layer takes for an error of SQLite. */
class NoEngine extends Error {
  override readonly name = "SqliteError";
  readonly code = "SQLITE_CANTOPEN";
}

/** Never made. */
// oxlint-disable-next-line import/no-default-export -- better-sqlite3 has one
export default class Database {
  constructor() {
    throw new NoEngine(
      "the extension's own server reads no databases; install pl-grizzly (npm install -g pl-grizzly) and restart the language server",
    );
  }
}
