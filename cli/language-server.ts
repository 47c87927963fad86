// Puts the language server together: the disk, the standard library, cron texts, and databases with their stored routines.
// Started by `gobic lsp` and by grizzly-lsp.
import { pathToFileURL } from "node:url";
import { diskFiles } from "../lsp/server/disk.ts";
import { POLL_MS, type ServerOptions } from "../lsp/server/server.ts";
import { serveStreams } from "../lsp/server/stdio.ts";
import type { OpenDatabase } from "../lsp/workspace/ports.ts";
import { makeCatalogState } from "../server/programs/catalog-state.ts";
import { moduleFinders } from "../server/programs/standard-library.ts";
import { cronPort } from "../server/scheduler/cron-library.ts";
import { EngineError } from "../storage/engine.ts";
import { sqliteEngine } from "../storage/sqlite/engine.ts";
import { packageFile } from "./package-files.ts";

/** An editor that waits for a lock looks frozen; the next look at the database comes soon anyway. */
const BUSY_MS = 50;

/** Everything that the server needs from this machine. */
export function languageServerOptions(): ServerOptions {
  // Only library modules are asked for here: files are imported as the workspace has them.
  const library = moduleFinders("/")("<library>");
  return {
    ports: {
      files: diskFiles(),
      library: {
        standardModule: (routine) => library.standardModule(routine),
        standardNames: () => library.standardNames(),
        libraryModule: (name) => library.importModule(name),
      },
      cron: cronPort(() => Date.now()),
      openDatabase,
    },
    diagnosticPage: (code) => pathToFileURL(packageFile("docs", "diagnostics", `${code}.md`)).href,
    pollMs: POLL_MS,
  };
}

/** Serves the process's standard streams until the client is gone. Gives the exit code: 1 when it went without saying so. */
export async function runLanguageServer(of: NodeJS.Process): Promise<number> {
  return await serveStreams(of.stdin, of.stdout, languageServerOptions());
}

function openDatabase(path: string): OpenDatabase | string {
  try {
    const connection = sqliteEngine.connect({ target: path, readOnly: true, create: false, busyTimeoutMs: BUSY_MS });
    const state = makeCatalogState(connection, { polls: true });
    return {
      view: () => {
        state.poll();
        return state.view();
      },
      close: () => connection.close(),
    };
  } catch (error) {
    if (error instanceof EngineError) return `cannot be opened: ${error.message}`;
    throw error;
  }
}
