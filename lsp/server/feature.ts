// What a feature of the server is: a row with its method, the capability that it adds, and a handler.
// Handlers translate between the protocol and the pure functions of lsp/features/; nothing else in the server knows a feature by name.
import type {
  ClientCapabilities,
  Location,
  Position,
  Range,
  ServerCapabilities,
  WorkspaceEdit,
} from "vscode-languageserver/node";
import type { CronPort } from "../../base/cron/fields.ts";
import type { TextEdit } from "../../base/problem.ts";
import type { Span } from "../../base/source.ts";
import type { Steps } from "../../base/steps.ts";
import type { Document, Needs, Place, Token, Workspace } from "../types.ts";
import type { Settings } from "./settings.ts";

/** What a handler may use. */
export interface FeatureContext {
  readonly workspace: Workspace;
  readonly client: ClientCapabilities;
  readonly settings: Settings;
  /** Reads cron texts, and knows the time. */
  readonly cron: CronPort;
  /** Since when, in milliseconds of `performance.now`, what is handled now has waited at the longest: reading a changed schema may have held it up. */
  waitsSince(): number;
  /** The document of a URI, open or on disk; undefined when there is none. */
  documentAt(uri: string): Document | undefined;
  /** The document as it can be had at once, for an answer at a place that nobody may wait for. */
  atHand(uri: string, position: Position): Document | undefined;
  pathOf(uri: string): string;
  uriOf(path: string): string;
  /** Offset of a position in the client's encoding; positions beyond a line or the text are clamped. */
  offset(document: Document, position: Position): number;
  position(document: Document, offset: number): Position;
  range(document: Document, span: Span): Range;
  /** Undefined for a place in a document that is gone. */
  location(place: Place): Location | undefined;
  /** Edits by path, as the client understands them: with versions of open documents where it can use them. */
  edit(changes: ReadonlyMap<string, readonly TextEdit[]>): WorkspaceEdit;
}

/** One feature. */
export interface FeatureRow {
  readonly method: string;
  /** What it adds to the answer to `initialize`. */
  readonly capability: (client: ClientCapabilities) => Partial<ServerCapabilities>;
  /** An answer, or long work that gives one. */
  readonly handle: (context: FeatureContext, params: unknown, token: Token) => unknown;
  /** What is made ready of the document that the request is about, before it is handled. "nothing": the answer must not wait. */
  readonly needs: Needs | "mentions" | "nothing";
}

/** The part of a request type that carries its parameters and its result. */
interface Requests<P, R> {
  readonly method: string;
  readonly _?: readonly [P, R, ...unknown[]] | undefined;
}

/** Makes a row from a request type of the protocol, so that parameters and result are checked. */
export function feature<P, R>(
  type: Requests<P, R>,
  capability: FeatureRow["capability"],
  handle: (context: FeatureContext, params: P, token: Token) => R | Steps<R>,
  needs: FeatureRow["needs"] = "check",
): FeatureRow {
  return {
    method: type.method,
    capability,
    handle: (context, params, token) => handle(context, params as P, token),
    needs,
  };
}
