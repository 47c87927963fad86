// Opens a session for a command: engine, limits, output, and clear messages when the database cannot be opened.
import { resolve } from "node:path";
import { openSession } from "../server/session.ts";
import type { OutputSink, Session, SessionLimits, SessionOptions } from "../server/session-types.ts";
import { EngineError } from "../storage/engine.ts";
import { sqliteEngine } from "../storage/sqlite/engine.ts";
import type { CommandContext } from "./commands/context.ts";
import { DatabaseFailure } from "./output/failures.ts";
import { standardSink } from "./output/standard-sink.ts";

/** What commands may choose. */
export interface OpenRequest {
  /** Path given by the user; undefined is an empty in-memory database. */
  readonly database: string | undefined;
  readonly readOnly?: boolean;
  readonly create?: boolean;
  readonly limits?: SessionLimits;
  readonly strict?: boolean;
  readonly output?: OutputSink;
  readonly cancelFlag?: Int32Array;
  /** True: a daemon whose mounted folder holds the current one is attached as `gobi` (ATTACH Gobi needs not be said). */
  readonly attachGobi?: boolean;
  /** Folder for `import`; default the current folder. */
  readonly directory?: string;
}

/** Opens it. @throws DatabaseFailure when the database cannot be opened. */
export function openFor(context: CommandContext, request: OpenRequest): Session {
  const database =
    request.database === undefined || request.database === ":memory:"
      ? ":memory:"
      : resolve(context.cwd, request.database);
  const options: SessionOptions = {
    engine: sqliteEngine,
    database,
    readOnly: request.readOnly ?? false,
    create: request.create ?? true,
    limits: request.limits ?? {},
    strict: request.strict ?? false,
    output: request.output ?? standardSink(context),
    directory: request.directory ?? context.cwd,
    ...(request.attachGobi === true ? { attachGobi: true } : {}),
    ...(request.cancelFlag === undefined ? {} : { cancelFlag: request.cancelFlag }),
  };
  try {
    return openSession(options);
  } catch (error) {
    if (error instanceof EngineError)
      throw new DatabaseFailure(`cannot open ${request.database ?? "the database"}`, error);
    throw error;
  }
}
