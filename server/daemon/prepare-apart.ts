// Prepares the database of a mount in a process of its own (database-process.ts).
import { fork } from "node:child_process";
import { InternalError } from "../../base/failure.ts";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { childEntry } from "../processes/child-entry.ts";
import type { PreparedDatabase } from "./database.ts";

/** What the process is asked. */
export interface ToDatabase {
  readonly path: string;
  readonly exists: boolean;
  readonly busyTimeoutMs: number;
}

/** What it answers. */
export type FromDatabase =
  | { readonly kind: "prepared"; readonly prepared: PreparedDatabase }
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly help: string | undefined };

/** Opens, makes or migrates a database. @throws GrizzlyError that says what stands in the way. */
export function prepareApart(request: ToDatabase): Promise<PreparedDatabase> {
  const { file, execArgv, cwd } = childEntry("prepare");
  const child = fork(file, [], {
    execArgv: [...execArgv],
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let said = "";
  child.stderr?.setEncoding("utf8");
  child.stderr?.on("data", (text: string) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.on("message", (message: FromDatabase) => {
      if (message.kind === "prepared") resolve(message.prepared);
      else reject(new GrizzlyError(message.code, message.message, { help: message.help }));
    });
    child.on("error", reject);
    // After an answer this says nothing new.
    child.on("exit", (code, signal) =>
      reject(
        new InternalError(
          `preparing the database: the process ended (${signal ?? `exit code ${code ?? "unknown"}`}). ${said}`,
        ),
      ),
    );
    child.send(request, () => undefined);
  });
}
