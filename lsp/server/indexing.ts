// Reads and parses all sources of the workspace after the start, a few at a time, with progress that the client can show.
// Requests are answered in between.
import type { ClientCapabilities, Connection } from "vscode-languageserver/node";
import type { EditedWorkspace } from "../workspace/workspace.ts";

/** Work between two looks at the messages that have arrived. */
const SLICE_MS = 12;

/** Indexes; ends when all is read. */
export async function indexInBackground(
  connection: Connection,
  client: ClientCapabilities,
  workspace: EditedWorkspace,
  failed: (what: string, error: unknown) => void,
): Promise<void> {
  const paths = workspace.paths();
  const progress =
    client.window?.workDoneProgress === true && paths.length > 0
      ? await connection.window.createWorkDoneProgress().catch(() => undefined)
      : undefined;
  progress?.begin("Reading the workspace", 0, `${paths.length} files`, false);
  let sliceStart = performance.now();
  for (const [index, path] of paths.entries()) {
    try {
      workspace.index(path);
    } catch (error) {
      failed(`reading ${path}`, error);
    }
    if (performance.now() - sliceStart < SLICE_MS) continue;
    progress?.report(Math.round((100 * (index + 1)) / paths.length), path.slice(path.lastIndexOf("/") + 1));
    await new Promise((resolve) => setImmediate(resolve));
    sliceStart = performance.now();
  }
  progress?.done();
}
