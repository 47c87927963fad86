// What of other files of the workspace decides how a trigger fires: triggers on the same tables, and procedures that triggers call.
// Only files that are checked against the same database, and of those only the ones that name a table in question: the others are not looked at.
import type { Steps } from "../../base/steps.ts";
import type { RoutineInfo } from "../../compiler/check/checked.ts";
import { nameOf, namesOf } from "../../compiler/check/config-values.ts";
import type { TriggerHeader } from "../../compiler/check/trigger-shape.ts";
import type { RoutineDeclaration } from "../../compiler/syntax/tree.ts";
import type { Document, Workspace } from "../types.ts";
import { entryOf } from "./cron-preview.ts";

/** Other files whose triggers stand on one of these tables, or may write one, in the order of their paths. Names in lower case. */
export function* filesWithTriggersOn(
  workspace: Workspace,
  document: Document,
  tables: ReadonlySet<string>,
): Steps<readonly Document[]> {
  const found: Document[] = [];
  for (const other of yield* sameDatabase(workspace, document, "trigger")) {
    if (!other.module.items.some(({ statement }) => statement.kind === "trigger")) continue;
    const checked = namesOne(other.text, tables) ? yield* workspace.ready(other.path, "check") : undefined;
    if (checked !== undefined) found.push(checked);
  }
  return found;
}

function* sameDatabase(workspace: Workspace, document: Document, word: string): Steps<readonly Document[]> {
  const found: Document[] = [];
  for (const path of yield* workspace.mentioning(word)) {
    const other = path === document.path ? undefined : yield* workspace.ready(path, "tree");
    if (other?.baseCatalog === document.baseCatalog) found.push(other);
  }
  return found;
}

function namesOne(text: string, names: ReadonlySet<string>): boolean {
  return (text.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? []).some((word) => names.has(word));
}

/** The procedure of another file that a trigger calls: by its key `call`, else by its name or by metadata that names the trigger. */
export function* calleeElsewhere(
  workspace: Workspace,
  document: Document,
  { declaration, call }: TriggerHeader,
): Steps<RoutineInfo | undefined> {
  const trigger = declaration.name.text;
  const name = nameOf(call?.value) ?? trigger;
  for (const other of yield* sameDatabase(workspace, document, name)) {
    for (const { statement } of other.module.items) {
      if (statement.kind !== "routine" || statement.body === undefined) continue;
      if (same(statement.name.text, name) || (call === undefined && isBound(statement, trigger)))
        return (yield* workspace.ready(other.path, "check"))?.checked().routines.get(statement);
    }
  }
  return undefined;
}

function isBound({ metadata }: RoutineDeclaration, trigger: string): boolean {
  return namesOf(entryOf(metadata, "trig")).some((name) => same(name, trigger));
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
