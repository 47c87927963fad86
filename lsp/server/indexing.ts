// Reads and parses all sources of the workspace after the start, in turns with everything else, with progress that the client can show.
import type { ClientCapabilities, Connection } from "vscode-languageserver/node";
import type { Steps } from "../../base/steps.ts";
import type { EditedWorkspace } from "../workspace/workspace.ts";
import type { Turns } from "./turns.ts";

/** So many files are read between two reports. */
const REPORT_EVERY = 10;

/** What indexing needs. */
export interface IndexingOptions {
  readonly connection: Connection;
  readonly client: ClientCapabilities;
  readonly workspace: EditedWorkspace;
  readonly turns: Turns;
  readonly failed: (what: string, error: unknown) => void;
}

/** Indexes; ends when all is read. */
export async function indexInBackground(options: IndexingOptions): Promise<void> {
  const { connection, client, workspace, turns, failed } = options;
  const paths = workspace.paths();
  const progress =
    client.window?.workDoneProgress === true && paths.length > 0
      ? await connection.window.createWorkDoneProgress().catch(() => undefined)
      : undefined;
  progress?.begin("Reading the workspace", 0, `${paths.length} files`, false);
  const read = function* (): Steps<void> {
    for (const [index, path] of paths.entries()) {
      try {
        yield* workspace.index(path);
      } catch (error) {
        failed(`reading ${path}`, error);
      }
      if (index % REPORT_EVERY === REPORT_EVERY - 1)
        progress?.report(Math.round((100 * (index + 1)) / paths.length), path.slice(path.lastIndexOf("/") + 1));
      yield;
    }
  };
  await turns.run(read(), "background");
  progress?.done();
}
