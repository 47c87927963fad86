// A short process that prepares the database of a mount: the Lead itself then never loads the engine, which would make it a sixth larger for all its life.
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { prepareDatabase } from "./database.ts";
import type { FromDatabase, ToDatabase } from "./prepare-apart.ts";

function answer({ path, exists, busyTimeoutMs }: ToDatabase): FromDatabase {
  try {
    return { kind: "prepared", prepared: prepareDatabase(path, exists, busyTimeoutMs) };
  } catch (error) {
    if (!(error instanceof GrizzlyError)) throw error;
    return { kind: "failed", code: error.code, message: error.message, help: error.help };
  }
}

process.once("message", (message: ToDatabase) => {
  process.send?.(answer(message), () => process.disconnect());
});
