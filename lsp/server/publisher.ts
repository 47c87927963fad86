// Tells the client what is wrong in its documents. Clients that pull are asked to pull again when something outside of their documents changed;
// to the others diagnostics are pushed, shortly after an edit: the document itself first, then those that the edit touches.
// When nothing has been typed for a while, what only compiling can see (what an engine cannot do, code that is too large) is added.
import type { Connection, Diagnostic } from "vscode-languageserver/node";
import type { Problem } from "../../base/problem.ts";
import { compileProblemSteps } from "../../compiler/compile.ts";
import { asLongAs, type Steps } from "../../base/steps.ts";
import type { Document } from "../types.ts";
import type { EditedWorkspace } from "../workspace/workspace.ts";
import type { Turns } from "./turns.ts";

/** Edits and the requests that come with them are read first; long enough for these, too short to be seen. */
const PUSH_DELAY_MS = 5;
/** Pause in typing after which documents are compiled. */
const IDLE_MS = 400;

/** What the publisher needs. */
export interface PublisherOptions {
  readonly connection: Connection;
  readonly workspace: EditedWorkspace;
  readonly turns: Turns;
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
  const { connection, workspace, turns } = options;
  const pushed = new Map<string, string>();
  const compiled = new WeakMap<Document, readonly Problem[]>();
  const ids = new Map<string, { readonly state: string; readonly id: number }>();
  let nextId = 1;
  let pushTimer: ReturnType<typeof setTimeout> | undefined;
  let idleTimer: ReturnType<typeof setTimeout> | undefined;
  let last: string | undefined;
  /** Documents whose diagnostics may be others than the client knows. */
  const due = new Set<string>();
  let isPushing = false;

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
  const push = (document: Document): void => {
    const { path } = document;
    const id = resultId(path);
    if (id === undefined || pushed.get(path) === id || !workspace.isOpen(path)) return;
    pushed.set(path, id);
    void connection.sendDiagnostics({
      uri: options.uriOf(path),
      version: document.version,
      diagnostics: [...diagnosticsOf(document)],
    });
  };
  /** The document that was edited last goes first. */
  const nextDue = (): string | undefined => (last !== undefined && due.has(last) ? last : [...due][0]);
  const pushDue = function* (): Steps<void> {
    for (let path = nextDue(); path !== undefined; path = nextDue()) {
      try {
        const document = yield* asLongAs(() => nextDue() === path, workspace.ready(path, "check"));
        if (document === "dropped") continue;
        due.delete(path);
        if (document !== undefined) push(document);
      } catch (error) {
        due.delete(path);
        options.failed(`checking ${path}`, error);
      }
      yield;
    }
    isPushing = false;
  };
  const pushAll = (): void => {
    pushTimer = undefined;
    for (const path of workspace.openPaths()) due.add(path);
    if (isPushing) return;
    isPushing = true;
    void turns.run(pushDue(), "background");
  };
  const soon = (): void => {
    if (!options.pulls) pushTimer ??= setTimeout(pushAll, PUSH_DELAY_MS);
    if (idleTimer !== undefined) clearTimeout(idleTimer);
    idleTimer = setTimeout(() => {
      idleTimer = undefined;
      void turns.run(compileAll(), "background");
    }, IDLE_MS);
    // What may still be told does not keep a process alive whose client is gone.
    idleTimer.unref();
  };
  const compileAll = function* (): Steps<void> {
    let isTold = true;
    for (const path of workspace.openPaths()) {
      try {
        const document = yield* workspace.ready(path, "check");
        if (document === undefined || compiled.has(document)) continue;
        const revision = workspace.revision();
        const compiling = compileProblemSteps(document.checked(), document.baseCatalog);
        const found = yield* asLongAs(() => workspace.revision() === revision, compiling);
        // What was edited meanwhile is compiled in the next pause.
        if (found === "dropped") return;
        const { problems } = found;
        if (problems.length === document.problems().length) continue;
        compiled.set(document, problems);
        isTold = false;
      } catch (error) {
        options.failed(`compiling ${path}`, error);
      }
    }
    if (!isTold) tellAnew();
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
      due.delete(path);
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
