// The language server on one connection: initialisation, documents, settings, watching, diagnostics, and the rows of the feature table.
// The only folder that knows the protocol's types. Nothing of a user's program makes it throw; what fails anyway is logged and the server goes on.
import {
  type ClientCapabilities,
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  type InitializeResult,
  LSPErrorCodes,
  MessageType,
  ResponseError,
  type ServerCapabilities,
  ShowMessageNotification,
  TextDocumentSyncKind,
} from "vscode-languageserver/node";
import { lineStarts } from "../../base/source.ts";
import { VERSION } from "../../base/version.ts";
import type { WorkspacePorts } from "../workspace/ports.ts";
import { joinPath } from "../workspace/paths.ts";
import { type EditedWorkspace, makeWorkspace } from "../workspace/workspace.ts";
import { diagnosticOf } from "./diagnostics.ts";
import { type CatalogLooks, catalogLooks } from "./catalog-looks.ts";
import { makeContext } from "./context.ts";
import type { FeatureContext, FeatureRow } from "./feature.ts";
import { indexInBackground } from "./indexing.ts";
import { chooseEncoding, offsetOf, type PositionEncoding } from "./positions.ts";
import { makePublisher, type Publisher } from "./publisher.ts";
import { commandRows } from "./rows/commands.ts";
import { diagnosticRows } from "./rows/diagnostics.ts";
import { defaultSettings, readSettings, type Settings } from "./settings.ts";
import { FEATURES } from "./table.ts";
import { answerInTurns, type Asked } from "./answering.ts";
import { makeTurns, type TurnPorts, type Turns } from "./turns.ts";
import { makeUris, type Uris } from "./uris.ts";
import { warmUp } from "./warm-up.ts";

/** What the server needs from outside. */
export interface ServerOptions {
  readonly ports: Omit<WorkspacePorts, "warn">;
  /** URI of the page that explains a diagnostic's code. */
  readonly diagnosticPage: (code: string) => string | undefined;
  /** How often databases and schema files are looked at, for clients that do not watch files and for writes that no watcher sees. */
  readonly pollMs: number;
  /** How long work is divided; the event loop's own turns when it is left out. */
  readonly turns?: TurnPorts;
}

/** How often the disk is looked at when nobody says otherwise. */
export const POLL_MS = 1000;

interface Running {
  readonly workspace: EditedWorkspace;
  readonly publisher: Publisher;
  readonly context: FeatureContext;
  readonly encoding: PositionEncoding;
  folders: readonly string[];
}

/** A server on a connection. */
export interface Serving {
  /** Stops what runs beside the connection. */
  readonly dispose: () => void;
  readonly wasShutDown: () => boolean;
}

/** Serves a connection until it ends. */
export function serve(
  connection: Connection,
  options: ServerOptions & Required<Pick<ServerOptions, "turns">>,
): Serving {
  const uris = makeUris();
  const log = (text: string): void => connection.console.warn(text);
  const failed = (what: string, error: unknown): void =>
    connection.console.error(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const workspace = makeWorkspace({ ...options.ports, warn: log });
  const turns = makeTurns(options.turns);
  const settings = { now: defaultSettings() };
  const catalogs = catalogLooks(workspace);
  let running: Running | undefined;
  let poll: ReturnType<typeof setInterval> | undefined;

  connection.onInitialize((params) => {
    const started = start({ connection, options, workspace, catalogs, turns, uris, settings, failed }, params);
    running = started.running;
    try {
      warmUp(options.ports);
      // Databases are opened and read by now when the first file comes.
      for (const folder of running.folders) workspace.readCatalog(folder);
    } catch (error) {
      failed("starting", error);
    }
    return started.result;
  });
  connection.onInitialized(() => {
    if (running === undefined) return;
    const { publisher } = running;
    register(connection, running.context.client);
    void applySettings(connection, running, uris, settings, undefined);
    poll = setInterval(() => {
      try {
        if (catalogs.refresh()) publisher.changedOutside();
      } catch (error) {
        failed("looking at databases", error);
      }
    }, options.pollMs);
    poll.unref();
    void indexInBackground({ connection, client: running.context.client, workspace, turns, failed });
  });
  connection.onDidChangeConfiguration(({ settings: sent }) => {
    if (running !== undefined) void applySettings(connection, running, uris, settings, sent);
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    workspace.changedOnDisk(changes.map((change) => uris.pathOf(change.uri)));
    catalogs.refresh();
    running?.publisher.changedOutside();
  });
  synchronize(connection, workspace, uris, () => running);
  const dispose = (): void => {
    if (poll !== undefined) clearInterval(poll);
    running?.publisher.dispose();
    turns.stop();
    workspace.dispose();
  };
  let shutDown = false;
  connection.onShutdown(() => {
    shutDown = true;
    dispose();
  });
  return { dispose, wasShutDown: () => shutDown };
}

interface Parts {
  readonly connection: Connection;
  readonly options: ServerOptions;
  readonly catalogs: CatalogLooks;
  readonly workspace: EditedWorkspace;
  readonly turns: Turns;
  readonly uris: Uris;
  readonly settings: { now: Settings };
  readonly failed: (what: string, error: unknown) => void;
}

function start(
  parts: Parts,
  params: InitializeParams,
): { readonly running: Running; readonly result: InitializeResult } {
  const { connection, options, workspace, turns, uris, failed } = parts;
  const client = params.capabilities;
  const encoding = chooseEncoding(client.general?.positionEncodings);
  const folders = foldersOf(params, uris);
  workspace.setFolders(folders);
  parts.settings.now = readSettings(params.initializationOptions).settings;
  const context = makeContext({
    workspace,
    uris,
    client,
    encoding,
    cron: options.ports.cron,
    settings: () => parts.settings.now,
    waitsSince: parts.catalogs.waitsSince,
  });
  const publisher = makePublisher({
    connection,
    workspace,
    turns,
    uriOf: (path) => uris.uriOf(path),
    diagnostic: (document, problem) => diagnosticOf(context, document, problem, options.diagnosticPage),
    pulls: client.textDocument?.diagnostic !== undefined,
    canRefresh: client.workspace?.diagnostics?.refreshSupport === true,
    failed,
  });
  const rows = [
    ...FEATURES,
    ...diagnosticRows(publisher, workspace),
    ...commandRows(connection, options.diagnosticPage),
  ];
  for (const row of rows) offer(connection, row, { context, workspace, turns });
  const running: Running = { workspace, publisher, context, encoding, folders };
  if (client.workspace?.workspaceFolders === true)
    connection.onNotification("workspace/didChangeWorkspaceFolders", (change: FoldersChange) => {
      const removed = new Set(change.event.removed.map((folder) => uris.pathOf(folder.uri)));
      running.folders = [
        ...running.folders.filter((folder) => !removed.has(folder)),
        ...change.event.added.map((folder) => uris.pathOf(folder.uri)),
      ];
      workspace.setFolders(running.folders);
      publisher.changedOutside();
    });
  return {
    running,
    result: {
      capabilities: capabilitiesOf(rows, client, encoding),
      serverInfo: { name: "grizzly-lsp", version: VERSION },
    },
  };
}

interface FoldersChange {
  readonly event: {
    readonly added: readonly { readonly uri: string }[];
    readonly removed: readonly { readonly uri: string }[];
  };
}

function foldersOf(params: InitializeParams, uris: Uris): readonly string[] {
  const folders = params.workspaceFolders?.map((folder) => folder.uri) ?? [];
  const root = params.rootUri ?? undefined;
  const all = folders.length > 0 || root === undefined ? folders : [root];
  return all.map((uri) => uris.pathOf(uri).replace(/(?<=.)\/$/u, ""));
}

/** Answers requests of the row's method. */
function offer(connection: Connection, row: FeatureRow, asked: Asked): void {
  const refuse = (): never => {
    throw new ResponseError(LSPErrorCodes.RequestCancelled, "The request was cancelled.");
  };
  connection.onRequest(row.method, async (params: unknown, token) => {
    if (token.isCancellationRequested) refuse();
    const answer = await answerInTurns(row, params, { cancelled: () => token.isCancellationRequested }, asked);
    // What was cut short is no answer.
    return token.isCancellationRequested ? refuse() : answer;
  });
}

function capabilitiesOf(
  rows: readonly FeatureRow[],
  client: ClientCapabilities,
  encoding: PositionEncoding,
): ServerCapabilities {
  const capabilities: ServerCapabilities = {
    positionEncoding: encoding,
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: false },
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  };
  for (const row of rows) {
    const { workspace, ...others } = row.capability(client);
    Object.assign(capabilities, others);
    if (workspace !== undefined) capabilities.workspace = { ...capabilities.workspace, ...workspace };
  }
  return capabilities;
}

/** Asks the client to tell about settings and files, where it can be asked. */
function register(connection: Connection, client: ClientCapabilities): void {
  if (client.workspace?.didChangeConfiguration?.dynamicRegistration === true)
    void connection.client.register(DidChangeConfigurationNotification.type, { section: "grizzly" });
  if (client.workspace?.didChangeWatchedFiles?.dynamicRegistration === true)
    void connection.client.register(DidChangeWatchedFilesNotification.type, {
      watchers: ["**/*.grz", "**/*.gobi", "**/gobi.schema.json"].map((globPattern) => ({ globPattern })),
    });
}

/** Takes over settings: those that came along, or the client's answer when it can be asked. */
async function applySettings(
  connection: Connection,
  running: Running,
  uris: Uris,
  settings: { now: Settings },
  sent: unknown,
): Promise<void> {
  let found: unknown = isSection(sent) ? sent.grizzly : undefined;
  if (running.context.client.workspace?.configuration === true) {
    try {
      found = await connection.workspace.getConfiguration("grizzly");
    } catch {
      // The client went away or knows no such section: what is in force stays.
      return;
    }
  } else if (found === undefined) found = settings.now;
  const { settings: read, refused } = readSettings(found);
  for (const each of refused)
    void connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Warning, message: `${each}.` });
  settings.now = read;
  const folder = running.folders[0] ?? "";
  running.workspace.configure({
    strict: read.strict,
    database: read.database === "" ? undefined : joinPath(folder, uris.pathOf(read.database)),
  });
  running.publisher.changedOutside();
}

function isSection(sent: unknown): sent is { readonly grizzly: unknown } {
  return typeof sent === "object" && sent !== null && "grizzly" in sent;
}

/** Keeps the texts of open documents. Changes come as ranges of the text before, one after another. */
function synchronize(
  connection: Connection,
  workspace: EditedWorkspace,
  uris: Uris,
  running: () => Running | undefined,
): void {
  const texts = new Map<string, string>();
  connection.onDidOpenTextDocument(({ textDocument }) => {
    const path = uris.pathOf(textDocument.uri);
    texts.set(path, textDocument.text);
    workspace.open(path, textDocument.text, textDocument.version);
    running()?.publisher.edited(path);
  });
  connection.onDidChangeTextDocument(({ textDocument, contentChanges }) => {
    const path = uris.pathOf(textDocument.uri);
    let text = texts.get(path);
    if (text === undefined) return;
    const encoding = running()?.encoding ?? "utf-16";
    for (const change of contentChanges) {
      if (!("range" in change)) text = change.text;
      else {
        const lines = { text, lineStarts: lineStarts(text) };
        const from = offsetOf(lines, change.range.start, encoding);
        const to = Math.max(from, offsetOf(lines, change.range.end, encoding));
        text = text.slice(0, from) + change.text + text.slice(to);
      }
    }
    texts.set(path, text);
    workspace.change(path, text, textDocument.version);
    running()?.publisher.edited(path);
  });
  connection.onDidCloseTextDocument(({ textDocument }) => {
    const path = uris.pathOf(textDocument.uri);
    texts.delete(path);
    workspace.close(path);
    running()?.publisher.closed(path);
  });
}
