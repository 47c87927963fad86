// How a request is answered: what it needs of its document is made ready in steps, then the row answers, in steps too where that may take long.
// Edits arrive in between. A place in a text that is another one by now means nothing, so such a request is refused and the client asks again;
// an answer about a place or a document that was gathered while a text changed is gathered again.
import { LSPErrorCodes, ResponseError } from "vscode-languageserver/node";
import type { Steps } from "../../base/steps.ts";
import { readyMentions } from "../index/ready-mentions.ts";
import type { Token } from "../types.ts";
import type { EditedWorkspace } from "../workspace/workspace.ts";
import type { FeatureContext, FeatureRow } from "./feature.ts";
import type { Turns } from "./turns.ts";

/** What all requests are answered with. */
export interface Asked {
  readonly context: FeatureContext;
  readonly workspace: EditedWorkspace;
  readonly turns: Turns;
}

/** So often an answer is gathered while the workspace changes under it. */
const ATTEMPTS_MAX = 3;

/** The answer of a row. @throws ResponseError ContentModified when the text has changed, or keeps changing. */
export function answerInTurns(row: FeatureRow, params: unknown, token: Token, asked: Asked): unknown {
  if (row.needs === "nothing") return row.handle(asked.context, params, token);
  return asked.turns.run(answer(row, params, token, asked), "asked", token);
}

function* answer(row: FeatureRow, params: unknown, token: Token, { context, workspace }: Asked): Steps<unknown> {
  const uri = uriIn(params);
  const path = uri === undefined ? undefined : context.pathOf(uri);
  const isPlace = isAboutPlace(params);
  const text = path === undefined ? undefined : workspace.textNumber(path);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (path !== undefined) yield* makeReady(workspace, path, row.needs);
    if (isPlace && path !== undefined && workspace.textNumber(path) !== text) break;
    const revision = workspace.revision();
    const given = row.handle(context, params, token);
    const found: unknown = isSteps(given) ? yield* given : given;
    const isOfOneState = isPlace || (path !== undefined && isSteps(given));
    if (!isOfOneState || workspace.revision() === revision) return found;
  }
  throw new ResponseError(LSPErrorCodes.ContentModified, "The text has changed since this was asked.");
}

function* makeReady(workspace: EditedWorkspace, path: string, needs: FeatureRow["needs"]): Steps<void> {
  if (needs === "mentions") yield* readyMentions(workspace, path);
  else if (needs !== "nothing") yield* workspace.ready(path, needs);
}

function isSteps(value: unknown): value is Steps<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value && "next" in value;
}

/** Parameters as far as they are looked at here. */
interface Fields {
  readonly textDocument?: { readonly uri?: unknown };
  readonly item?: { readonly uri?: unknown };
  readonly data?: { readonly uri?: unknown };
  readonly uri?: unknown;
}

/** The document that a request is about. */
function uriIn(params: unknown): string | undefined {
  if (typeof params !== "object" || params === null) return undefined;
  const { textDocument, item, data, uri } = params as Fields;
  const found = textDocument?.uri ?? item?.uri ?? data?.uri ?? uri;
  return typeof found === "string" ? found : undefined;
}

/** What says that an answer holds for one state of the texts only. */
const PLACES = ["position", "positions", "range", "item", "files", "data"] as const;

function isAboutPlace(params: unknown): boolean {
  return typeof params === "object" && params !== null && PLACES.some((name) => name in params);
}
