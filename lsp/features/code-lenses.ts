// Code lenses: run a test or a routine, how often something is called, when a schedule fires next, how a trigger fires.
import type { Steps } from "../../base/steps.ts";
import type { CronPort } from "../../base/cron/fields.ts";
import type { Item, ScheduleDeclaration } from "../../compiler/syntax/tree.ts";
import { itemAt, mentionsAt } from "../index/mentions.ts";
import { usesOf } from "../index/search.ts";
import type { Document, Place, Token, Workspace } from "../types.ts";
import { cronSetting, entryOf, nextFires, textOf } from "./cron-preview.ts";
import { triggerWay, type TriggerWay } from "./trigger-ways.ts";

/** A line above a declaration. `callers` and `trigger` are found out when the lens is seen. */
export type CodeLens =
  | { readonly kind: "runTest" | "runRoutine"; readonly span: Place["span"]; readonly name: string }
  | { readonly kind: "callers" | "trigger"; readonly span: Place["span"]; readonly name: string }
  | { readonly kind: "text"; readonly span: Place["span"]; readonly title: string };

/** The lenses of a document in order; an item in each step. */
export function* codeLenses(document: Document, cron: CronPort): Steps<readonly CodeLens[]> {
  const found: CodeLens[] = [];
  for (const item of document.module.items) {
    found.push(...lensesOf(item, cron));
    yield;
  }
  return found;
}

function lensesOf(item: Item, cron: CronPort): readonly CodeLens[] {
  const { statement } = item;
  const at = (span: Place["span"]): Place["span"] => ({ start: span.start + item.offset, end: span.end + item.offset });
  switch (statement.kind) {
    case "test":
      return [{ kind: "runTest", span: at(statement.name.span), name: statement.name.text }];
    case "routine": {
      const span = at(statement.name.span);
      const name = statement.name.text;
      const callable =
        statement.receiver === undefined &&
        statement.body !== undefined &&
        (statement.parameters ?? []).every((parameter) => parameter.default !== undefined || parameter.variadic);
      return [...(callable ? [{ kind: "runRoutine" as const, span, name }] : []), { kind: "callers", span, name }];
    }
    case "schedule": {
      const title = nextFire(statement, cron);
      return title === undefined ? [] : [{ kind: "text", span: at(statement.name.span), title }];
    }
    case "trigger":
      return [{ kind: "trigger", span: at(statement.name.span), name: statement.name.text }];
    case "pipeline":
    default:
      return [];
  }
}

/** `next: Sun 2026-11-22 02:00:00 +00:00`, the earliest of all its cron texts. */
function nextFire(schedule: ScheduleDeclaration, cron: CronPort): string | undefined {
  const enabled = entryOf(schedule.config, "enabled");
  if (enabled !== undefined && "kind" in enabled && enabled.kind === "boolean" && !enabled.value) return "disabled";
  const written = schedule.cron ?? entryOf(schedule.config, "sched");
  if (written === undefined || !("kind" in written)) return undefined;
  const texts = (written.kind === "list" ? written.elements : [written]).flatMap((each) => textOf(each) ?? []);
  const firsts = texts.flatMap((text) => nextFires(text, cronSetting(schedule), cron)?.slice(0, 1) ?? []);
  const [first] = firsts.toSorted((left, right) => (left.slice(4) < right.slice(4) ? -1 : 1));
  return first === undefined ? undefined : first.startsWith("every") ? first : `next: ${first}`;
}

const WAYS: Readonly<Record<TriggerWay["way"], string>> = {
  native: "rewritten to native trigger",
  captured: "captured",
  managed: "managed",
  async: "after the commit",
};

/** How the trigger at an offset fires, and why not natively: `captured: it calls a procedure with parameters`. */
export function* triggerLens(workspace: Workspace, document: Document, offset: number): Steps<string | undefined> {
  const declaration = itemAt(document, offset)?.statement;
  const found = declaration?.kind === "trigger" ? yield* triggerWay(workspace, document, declaration) : undefined;
  if (found === undefined) return undefined;
  return found.way === "async" || found.reason === undefined ? WAYS[found.way] : `${WAYS[found.way]}: ${found.reason}`;
}

/** The places that call or name a routine, for the lens above it. */
export function* callersLens(
  workspace: Workspace,
  document: Document,
  offset: number,
  token?: Token,
): Steps<readonly Place[]> {
  const here = mentionsAt(document, offset).find((each) => each.symbol.kind === "routine");
  if (here === undefined) return [];
  return (yield* usesOf(workspace, document, here.symbol, token))
    .filter((use) => use.role === "call")
    .map(({ path, span }) => ({ path, span }));
}
