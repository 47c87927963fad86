// Tells the client what is wrong in its documents. Clients that pull are asked to pull again when something outside of their documents changed;
// to the others diagnostics are pushed, shortly after an edit: the document itself first, then those that the edit touches.
// When nothing has been typed for a while, what only compiling can see (what an engine cannot do, code that is too large) is added.
import type { Connection, Diagnostic } from "vscode-languageserver/node";
import type { Problem } from "../../base/problem.ts";
import { withCompileProblems } from "../../compiler/compile.ts";
import type { Document } from "../types.ts";
import type { EditedWorkspace } from "../workspace/workspace.ts";

/** Edits and the requests that come with them are read first; long enough for these, too short to be seen. */
const PUSH_DELAY_MS = 5;
/** Pause in typing after which documents are compiled. */
const IDLE_MS = 400;

/** What the publisher needs. */
export interface PublisherOptions {
  readonly connection: Connection;
  readonly workspace: EditedWorkspace;
  readonly uriOf: (path: string) => string;
  readonly diagnostic: (document: Document, problem: Problem) => Diagnostic;
  /** The client pulls (`textDocument/diagnostic`), and may be asked to pull again. */
  readonly pulls: boolean;
  readonly canRefresh: boolean;
  readonly failed: (what: string, error: unknown) => void;
}

/** Keeps the client's diagnostics up to date. */
export interface Publisher {
  /** A document was opened or edited. */
  edited(path: string): void;
  /** A document was closed: its diagnostics vanish. */
  closed(path: string): void;
  /** Something outside of documents changed: schema, settings, files. */
  changedOutside(): void;
  /** All diagnostics of a document, as known now. */
  diagnosticsOf(document: Document): readonly Diagnostic[];
  /** Names the diagnostics of a file: equal names, equal diagnostics. Undefined when there is no such file. */
  resultId(path: string): string | undefined;
  dispose(): void;
}

/** Makes the publisher. */
export function makePublisher(options: PublisherOptions): Publisher {
  const { connection, workspace } = options;
  const pushed = new Map<string, string>();
  const compiled = new WeakMap<Document, readonly Problem[]>();
  const ids = new Map<string, { readonly state: string; readonly id: number }>();
  let nextId = 1;
  let pushTimer: ReturnType<typeof setTimeout> | undefined;
  let idleTimer: ReturnType<typeof setTimeout> | undefined;
  let last: string | undefined;

  const resultId = (path: string): string | undefined => {
    const state = workspace.stateOf(path);
    if (state === undefined) return undefined;
    let known = ids.get(path);
    if (known?.state !== state) {
      known = { state, id: nextId };
      nextId += 1;
      ids.set(path, known);
    }
    const document = workspace.isOpen(path) ? workspace.document(path) : undefined;
    return document !== undefined && compiled.has(document) ? `${known.id}c` : `${known.id}`;
  };
  const diagnosticsOf = (document: Document): readonly Diagnostic[] =>
    (compiled.get(document) ?? document.problems()).map((problem) => options.diagnostic(document, problem));
  const push = (path: string): void => {
    const document = workspace.document(path);
    if (document === undefined) return;
    const id = resultId(path);
    if (id === undefined || pushed.get(path) === id) return;
    pushed.set(path, id);
    void connection.sendDiagnostics({
      uri: options.uriOf(path),
      version: document.version,
      diagnostics: [...diagnosticsOf(document)],
    });
  };
  const guarded = (what: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      options.failed(what, error);
    }
  };
  const pushAll = (): void => {
    pushTimer = undefined;
    const open = workspace.openPaths();
    const first = last;
    const rest = open.filter((path) => path !== first);
    if (first !== undefined && open.includes(first)) guarded(`checking ${first}`, () => push(first));
    for (const path of rest) guarded(`checking ${path}`, () => push(path));
  };
  const soon = (): void => {
    if (!options.pulls) pushTimer ??= setTimeout(pushAll, PUSH_DELAY_MS);
    if (idleTimer !== undefined) clearTimeout(idleTimer);
    idleTimer = setTimeout(compileAll, IDLE_MS);
    // What may still be told does not keep a process alive whose client is gone.
    idleTimer.unref();
  };
  const compileAll = (): void => {
    idleTimer = undefined;
    let found = false;
    for (const path of workspace.openPaths()) {
      guarded(`compiling ${path}`, () => {
        const document = workspace.document(path);
        if (document === undefined || compiled.has(document)) return;
        const { problems } = withCompileProblems(document.checked(), document.baseCatalog);
        if (problems.length === document.problems().length) return;
        compiled.set(document, problems);
        found = true;
      });
    }
    if (found) tellAnew();
  };
  const refresh = (): void => {
    if (options.canRefresh)
      connection.languages.diagnostics.refresh().catch((error: unknown) => options.failed("asking for a pull", error));
  };
  const tellAnew = (): void => {
    if (!options.pulls) pushAll();
    else refresh();
  };
  return {
    edited: (path) => {
      last = path;
      soon();
    },
    closed: (path) => {
      pushed.delete(path);
      ids.delete(path);
      if (!options.pulls) void connection.sendDiagnostics({ uri: options.uriOf(path), diagnostics: [] });
    },
    changedOutside: () => {
      if (options.pulls) refresh();
      soon();
    },
    diagnosticsOf,
    resultId,
    dispose: () => {
      if (pushTimer !== undefined) clearTimeout(pushTimer);
      if (idleTimer !== undefined) clearTimeout(idleTimer);
    },
  };
}
