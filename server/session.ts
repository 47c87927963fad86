// Opens sessions: the door of the server folder for the command line, the REPL and the library.
import { InternalError } from "../base/failure.ts";
import type { Session, SessionOptions } from "./session-types.ts";

/**
 * Opens a database and gives a session on it.
 * @throws EngineError `cannotOpen`, `notADatabase`, `corrupt`, `permission`, `busy`: nothing was changed.
 */
export function openSession(options: SessionOptions): Session {
  throw new InternalError(`sessions are being built (${options.database})`);
}
