// A client of the language server in the same process: the real protocol over two streams, requests by name, and conditions to wait for.
import { PassThrough } from "node:stream";
import {
  createProtocolConnection,
  type Diagnostic,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import { serveStreams } from "../../../lsp/server/stdio.ts";
import type { TurnPorts } from "../../../lsp/server/turns.ts";
import { memoryPorts } from "../memory-ports.ts";

/** Diagnostics of a version of a document. */
export interface Told {
  readonly uri: string;
  readonly version: number | undefined;
  readonly list: readonly Diagnostic[];
}

/** A server with its client. */
export interface TestClient {
  readonly connection: ProtocolConnection;
  /** What the server answered to `initialize`. */
  readonly capabilities: Record<string, unknown>;
  /** The diagnostics told last, by URI. */
  readonly diagnostics: ReadonlyMap<
    string,
    { readonly version: number | undefined; readonly list: readonly Diagnostic[] }
  >;
  /** All diagnostics that were told, in order. */
  readonly told: readonly Told[];
  /** Messages of the log. */
  readonly log: readonly string[];
  open(name: string, text: string): Promise<void>;
  change(name: string, version: number, changes: readonly unknown[]): Promise<void>;
  request<T = unknown>(method: string, params: unknown): Promise<T>;
  /** Resolves when the condition holds; looked at after each message of the server. */
  until(condition: () => boolean): Promise<void>;
  stop(): Promise<number>;
}

/** URI of a file of the project. */
export function uriOf(name: string): string {
  return `file:///project/${name}`;
}

/** Starts a server over files in memory. `files` may be changed by the test: the disk is looked at often. */
export async function startClient(
  files: Record<string, string> = {},
  capabilities: Record<string, unknown> = {},
  turns?: TurnPorts,
): Promise<TestClient> {
  const toServer = new PassThrough();
  const toClient = new PassThrough();
  const { warn: _, ...ports } = memoryPorts(files);
  const served = serveStreams(toServer, toClient, {
    ports,
    diagnosticPage: (code) => `file:///docs/${code}.md`,
    pollMs: 5,
    ...(turns === undefined ? {} : { turns }),
  });
  const connection = createProtocolConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer));
  const diagnostics = new Map<string, { version: number | undefined; list: readonly Diagnostic[] }>();
  const told: Told[] = [];
  const log: string[] = [];
  const waiting = new Set<() => void>();
  const look = (): void => waiting.forEach((each) => each());
  connection.onNotification(
    "textDocument/publishDiagnostics",
    (params: { uri: string; version?: number; diagnostics: Diagnostic[] }) => {
      diagnostics.set(params.uri, { version: params.version, list: params.diagnostics });
      told.push({ uri: params.uri, version: params.version, list: params.diagnostics });
      look();
    },
  );
  connection.onNotification("window/logMessage", ({ message }: { message: string }) => {
    log.push(message);
    look();
  });
  for (const method of ["client/registerCapability", "window/workDoneProgress/create"])
    connection.onRequest(method, () => null);
  connection.listen();
  const initialized = await connection.sendRequest<{ capabilities: Record<string, unknown> }>("initialize", {
    processId: null,
    rootUri: "file:///project",
    capabilities,
  });
  await connection.sendNotification("initialized", {});
  return {
    connection,
    capabilities: initialized.capabilities,
    diagnostics,
    told,
    log,
    open: (name, text) =>
      connection.sendNotification("textDocument/didOpen", {
        textDocument: { uri: uriOf(name), languageId: "grizzly", version: 1, text },
      }),
    change: (name, version, contentChanges) =>
      connection.sendNotification("textDocument/didChange", {
        textDocument: { uri: uriOf(name), version },
        contentChanges,
      }),
    request: (method, params) => connection.sendRequest(method, params),
    until: (condition) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!condition()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    stop: async () => {
      await connection.sendRequest("shutdown");
      await connection.sendNotification("exit");
      const exitCode = await served;
      connection.dispose();
      return exitCode;
    },
  };
}
