// Whether a lane's connections to its database work: asked by a statement, and by a look at the file, which the engine goes on writing to when somebody has moved it away.
import { statSync } from "node:fs";
import { EngineError, type Connection } from "../../storage/engine.ts";
import { readRows } from "../sql/rows.ts";

/** Looks at the connections of one lane. */
export class ConnectionCheck {
  readonly #connection: () => Connection | undefined;
  readonly #path: string;
  readonly #file: string | undefined;

  /** `connection`: one that nobody does anything with now; undefined: they are all at work, which tells enough. */
  constructor(connection: () => Connection | undefined, path: string) {
    this.#connection = connection;
    this.#path = path;
    this.#file = identity(path);
  }

  /** One sentence about what is wrong; undefined when nothing is. */
  fault(): string | undefined {
    const file = identity(this.#path);
    if (file === undefined) return "The database's file is gone.";
    if (file !== this.#file) return "Another file has taken the place of the database's.";
    const connection = this.#connection();
    if (connection === undefined) return undefined;
    try {
      readRows(connection, "SELECT count(*) FROM sqlite_schema WHERE false");
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
