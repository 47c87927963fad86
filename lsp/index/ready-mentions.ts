// The mentions of a document gathered in steps: a long file has thousands, and somebody may be typing meanwhile.
import { asLongAs, type Steps } from "../../base/steps.ts";
import type { Document, Workspace } from "../types.ts";
import { mentionsIn } from "./mentions.ts";

/** A document with its check and every mention in it, made in steps. */
export function* readyMentions(workspace: Workspace, path: string): Steps<Document | undefined> {
  for (;;) {
    const document = yield* workspace.ready(path, "check");
    if (document === undefined) return undefined;
    const revision = workspace.revision();
    const gathered = yield* asLongAs(() => workspace.revision() === revision, gather(document));
    if (gathered !== "dropped") return document;
  }
}

function* gather(document: Document): Steps<void> {
  for (const item of document.module.items) {
    mentionsIn(document, item);
    yield;
  }
}
