// Whether a lane's connection to its database works: asked by a statement, and by a look at the file, which the engine goes on writing to when somebody has moved it away.
import { statSync } from "node:fs";
import { EngineError, type Connection } from "../../storage/engine.ts";
import { readRows } from "../sql/rows.ts";

/** Looks at one connection. */
export class ConnectionCheck {
  readonly #connection: Connection;
  readonly #path: string;
  readonly #file: string | undefined;

  constructor(connection: Connection, path: string) {
    this.#connection = connection;
    this.#path = path;
    this.#file = identity(path);
  }

  /** One sentence about what is wrong; undefined when nothing is. */
  fault(): string | undefined {
    const file = identity(this.#path);
    if (file === undefined) return "The database's file is gone.";
    if (file !== this.#file) return "Another file has taken the place of the database's.";
    try {
      readRows(this.#connection, "SELECT count(*) FROM sqlite_schema WHERE false");
      return undefined;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      // Somebody is at work: so it works.
      return error.kind === "busy" ? undefined : error.message;
    }
  }
}

function identity(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? undefined : `${found.dev} ${found.ino}`;
}
