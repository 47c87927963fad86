// Call hierarchy: who calls a routine (other routines, triggers, schedules, pipelines, tests, the script), and what it calls.
import type { Steps } from "../../base/steps.ts";
import type { Item } from "../../compiler/syntax/tree.ts";
import { mentionAt, mentionsIn } from "../index/mentions.ts";
import { readyMentions } from "../index/ready-mentions.ts";
import { declarationsOf, usesOf } from "../index/search.ts";
import type { Document, Place, Token, Workspace } from "../types.ts";

/** Something that calls or is called. */
export interface Caller {
  readonly name: string;
  readonly kind: "routine" | "trigger" | "schedule" | "pipeline" | "test" | "script";
  readonly path: string;
  /** The whole declaration, and the name in it. */
  readonly span: Place["span"];
  readonly nameSpan: Place["span"];
}

/** A caller or callee with the places of the calls; these stand in the caller's document. */
export interface CallEdge {
  readonly caller: Caller;
  readonly places: readonly Place["span"][];
}

const CALLER_KINDS: Readonly<Record<string, Caller["kind"]>> = {
  routine: "routine",
  trigger: "trigger",
  schedule: "schedule",
  pipeline: "pipeline",
  test: "test",
};

function callerOf(document: Document, item: Item): Caller {
  const { statement } = item;
  const kind = CALLER_KINDS[statement.kind] ?? "script";
  const span = { start: item.offset + statement.span.start, end: item.offset + statement.span.end };
  if (kind === "script" || !("name" in statement) || typeof statement.name !== "object")
    return {
      name: "script",
      kind: "script",
      path: document.path,
      span,
      nameSpan: { start: span.start, end: span.start },
    };
  const name = statement.name as { readonly text: string; readonly span: Place["span"] };
  return {
    name: name.text,
    kind,
    path: document.path,
    span,
    nameSpan: { start: item.offset + name.span.start, end: item.offset + name.span.end },
  };
}

/** The routines that the name under the offset means; a trigger, schedule or pipeline is itself. */
export function* callable(workspace: Workspace, document: Document, offset: number): Steps<readonly Caller[]> {
  const here = mentionAt(document, offset);
  if (here === undefined || CALLER_KINDS[here.symbol.kind] === undefined) return [];
  return (yield* declarationsOf(workspace, document, here.symbol)).flatMap((use) => {
    const home = use.path === document.path ? document : workspace.document(use.path);
    return home === undefined ? [] : [callerOf(home, use.item)];
  });
}

/** Who calls it. */
export function* callersOf(workspace: Workspace, callee: Caller, token?: Token): Steps<readonly CallEdge[]> {
  const document = yield* readyMentions(workspace, callee.path);
  const symbol = document === undefined ? undefined : mentionAt(document, callee.nameSpan.start)?.symbol;
  if (document === undefined || symbol === undefined) return [];
  const edges = new Map<Item, { caller: Caller; places: Place["span"][] }>();
  for (const use of yield* usesOf(workspace, document, symbol, token)) {
    const calls = use.role === "call" || (use.role === "read" && symbol.kind !== "routine");
    const home = calls ? workspace.document(use.path) : undefined;
    if (home === undefined) continue;
    const known = edges.get(use.item);
    if (known === undefined) edges.set(use.item, { caller: callerOf(home, use.item), places: [use.span] });
    else known.places.push(use.span);
  }
  return [...edges.values()];
}

/** What it calls: routines of the workspace and, for what runs them, the objects that it names. */
export function* calleesOf(workspace: Workspace, caller: Caller): Steps<readonly CallEdge[]> {
  const document = yield* readyMentions(workspace, caller.path);
  const item = document?.module.items.find((each) => each.offset + each.statement.span.start === caller.span.start);
  if (document === undefined || item === undefined) return [];
  const edges = new Map<string, { caller: Caller; places: Place["span"][] }>();
  for (const mention of mentionsIn(document, item)) {
    if (mention.role !== "call" || mention.symbol.kind !== "routine") continue;
    const span = { start: mention.span.start + item.offset, end: mention.span.end + item.offset };
    for (const use of yield* declarationsOf(workspace, document, mention.symbol)) {
      const home = use.path === document.path ? document : workspace.document(use.path);
      if (home === undefined) continue;
      const key = `${use.path}:${use.span.start}`;
      const known = edges.get(key);
      if (known === undefined) edges.set(key, { caller: callerOf(home, use.item), places: [span] });
      else known.places.push(span);
    }
  }
  return [...edges.values()];
}
