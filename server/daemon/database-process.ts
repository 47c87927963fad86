// A short process that prepares the database of a mount: the Lead itself then never loads the engine, which would make it a sixth larger for all its life.
import { answerOnce } from "./ask-child.ts";
import { prepareDatabase } from "./database.ts";
import type { FromDatabase, ToDatabase } from "./prepare-apart.ts";

answerOnce(
  ({ path, exists, busyTimeoutMs }: ToDatabase): FromDatabase => ({
    kind: "done",
    prepared: prepareDatabase(path, exists, busyTimeoutMs),
  }),
);
