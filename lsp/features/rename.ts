// Rename: every place of a symbol gets the new name, in code, SQL, triggers and schedules, and the result is proved before it is offered:
// the changed texts are checked, no problem may be new, and the new name must stand for the same symbol in the same places.
import type { Problem, TextEdit } from "../../base/problem.ts";
import type { Steps } from "../../base/steps.ts";
import { RESERVED_WORDS } from "../../grammar/keywords.ts";
import { mentionAt, mentionsAt, type Placed } from "../index/mentions.ts";
import { readyMentions } from "../index/ready-mentions.ts";
import { declarationsOf, isAmbiguous, type Use, usesOf } from "../index/search.ts";
import { isLocal, type LanguageSymbol, type SymbolKind } from "../index/symbols.ts";
import type { Document, Place, Token, Workspace } from "../types.ts";

/** A refusal is a sentence for the user. */
export type Renamed =
  | { readonly kind: "edits"; readonly edits: ReadonlyMap<string, readonly TextEdit[]> }
  | { readonly kind: "refused"; readonly reason: string };

/** Whether the name under the offset can be renamed, and where it stands. */
export type Renamable =
  | { readonly kind: "name"; readonly place: Place; readonly name: string }
  | { readonly kind: "refused"; readonly reason: string };

const refused = (reason: string): { readonly kind: "refused"; readonly reason: string } => ({
  kind: "refused",
  reason,
});

/** Asked before the user types the new name. */
export function* prepareRename(workspace: Workspace, document: Document, offset: number): Steps<Renamable> {
  const here = mentionAt(document, offset);
  if (here === undefined) return refused("No name that can be renamed stands here.");
  const reason = yield* reasonAgainst(workspace, document, here);
  if (reason !== undefined) return refused(reason);
  const span = bareSpan(document, here.span);
  return { kind: "name", place: { path: document.path, span }, name: document.text.slice(span.start, span.end) };
}

/** Names as people say them in a refusal. */
const KIND_NAMES: Readonly<Partial<Record<SymbolKind, string>>> = {
  builtin: "a built-in function",
  module: "a file: rename the file instead",
};

function* reasonAgainst(workspace: Workspace, document: Document, here: Placed): Steps<string | undefined> {
  const { symbol } = here;
  const never = KIND_NAMES[symbol.kind];
  if (never !== undefined) return `${symbol.name} is ${never}.`;
  if (yield* isAmbiguous(workspace, document, symbol))
    return `${symbol.name} is declared in several files, and nothing here says which one is meant.`;
  const declarations = yield* declarationsOf(workspace, document, symbol);
  if (declarations.length > 0) return undefined;
  if (isLocal(symbol)) return `${symbol.name} has its name from the language, not from this file.`;
  const { catalogSource } = document;
  const isStored = symbol.kind === "table" || symbol.kind === "view" || symbol.kind === "column";
  if (isStored && catalogSource !== undefined)
    return `${symbol.name} belongs to the database ${catalogSource}: change it there (ALTER TABLE … RENAME), then here.`;
  return `${symbol.name} is declared in no file of this workspace.`;
}

/** Renames the symbol under the offset, or says why not. */
export function* rename(
  workspace: Workspace,
  document: Document,
  offset: number,
  newName: string,
  token?: Token,
): Steps<Renamed> {
  const here = mentionAt(document, offset);
  if (here === undefined) return refused("No name that can be renamed stands here.");
  const reason = (yield* reasonAgainst(workspace, document, here)) ?? reasonAgainstName(here.symbol, newName);
  if (reason !== undefined) return refused(reason);
  const uses = withSharedFields(yield* usesOf(workspace, document, here.symbol, token));
  const edits = new Map<string, TextEdit[]>();
  for (const use of uses) {
    const own = edits.get(use.path) ?? [];
    const home = use.path === document.path ? document : workspace.document(use.path);
    if (home === undefined) continue;
    own.push(editOf(home, use, newName));
    edits.set(use.path, own);
  }
  if (token?.cancelled() === true) return refused("The rename was cancelled.");
  const fault = yield* proveRename(workspace, document, here, edits);
  return fault === undefined ? { kind: "edits", edits } : refused(fault);
}

function reasonAgainstName(symbol: LanguageSymbol, newName: string): string | undefined {
  if (newName.trim() === "") return "The new name is empty.";
  if (/[`\n\r]/.test(newName)) return "A name cannot contain backticks or line ends.";
  const isText = symbol.kind === "enumValue" || symbol.kind === "test";
  if (!isText && /^[0-9]/.test(newName)) return "A name does not start with a digit.";
  return newName === symbol.name ? `It is called ${newName} already.` : undefined;
}

/** One word that is a field and a variable is one place. */
function withSharedFields(uses: readonly Use[]): readonly Use[] {
  const seen = new Set<string>();
  return uses.filter((use) => {
    const key = `${use.path}:${use.span.start}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The name without backticks or brackets around it. */
function bareSpan(document: Document, span: Place["span"]): Place["span"] {
  const first = document.text[span.start];
  return first === "`" || first === "[" ? { start: span.start + 1, end: span.end - 1 } : span;
}

function editOf(document: Document, use: Use, newName: string): TextEdit {
  if (use.quoted) return { span: use.span, text: quotedText(document, use, newName) };
  const written = document.text.slice(use.span.start, use.span.end);
  const name = nameAsWritten(newName);
  if (use.shorthand === "variable") return { span: use.span, text: `${written}: ${name}` };
  if (use.shorthand === "field") return { span: use.span, text: `${name}: ${written}` };
  return { span: use.span, text: name };
}

function quotedText(document: Document, use: Use, newName: string): string {
  const quote = document.text[use.span.start - 1];
  return quote === "'" ? newName.replaceAll("'", "''") : newName;
}

/** The name, in backticks when it is no plain word. */
export function nameAsWritten(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !RESERVED_WORDS.has(name.toLowerCase()) ? name : `\`${name}\``;
}

/** Checks the changed texts. Undefined: nothing new is wrong, and the same places mean the same thing. */
function* proveRename(
  workspace: Workspace,
  document: Document,
  here: Placed,
  edits: ReadonlyMap<string, readonly TextEdit[]>,
): Steps<string | undefined> {
  const texts = new Map<string, string>();
  for (const [path, own] of edits) {
    const before = workspace.document(path);
    if (before !== undefined) texts.set(path, applied(before.text, own));
  }
  const before = new Map<string, readonly Problem[]>();
  for (const path of yield* affected(workspace, texts))
    before.set(path, (yield* workspace.ready(path, "check"))?.problems() ?? []);
  const expected: Expected = {
    path: document.path,
    start: movedOffset(edits.get(document.path) ?? [], here.span.start, here),
    kind: here.symbol.kind,
    places: new Set(
      [...edits].flatMap(([path, own]) =>
        own.map((edit) => `${path}:${movedOffset(own, edit.span.start, shorthandAt(workspace, path, edit))}`),
      ),
    ),
  };
  const after = workspace.supposing(texts);
  for (const [path, problems] of before) {
    const fault = newProblem(problems, (yield* after.ready(path, "check"))?.problems() ?? []);
    if (fault !== undefined) return `It would break ${path === document.path ? "this file" : path}: ${fault.message}`;
  }
  return yield* sameMeaning(after, expected);
}

/** The changed documents, and those that import one of them. */
function* affected(workspace: Workspace, texts: ReadonlyMap<string, string>): Steps<ReadonlySet<string>> {
  const found = new Set(texts.keys());
  for (const path of texts.keys()) {
    const stem = path.slice(path.lastIndexOf("/") + 1).replace(/\.grz$/, "");
    for (const other of yield* workspace.mentioning(stem)) {
      const uses = (yield* workspace.ready(other, "check"))?.checked().uses ?? [];
      if (uses.some((used) => used.module.file.name === path)) found.add(other);
    }
  }
  return found;
}

/** A problem that was not there before: more of its code, errors and warnings only. */
function newProblem(before: readonly Problem[], after: readonly Problem[]): Problem | undefined {
  const counts = new Map<string, number>();
  for (const problem of before) counts.set(problem.code, (counts.get(problem.code) ?? 0) + 1);
  for (const problem of after) {
    if (problem.severity !== "error" && problem.severity !== "warning") continue;
    const left = (counts.get(problem.code) ?? 0) - 1;
    counts.set(problem.code, left);
    if (left < 0) return problem;
  }
  return undefined;
}

/** Where the symbol and all its places stand under the new name. */
interface Expected {
  readonly path: string;
  readonly start: number;
  readonly kind: SymbolKind;
  /** `path:offset` of each. */
  readonly places: ReadonlySet<string>;
}

/** Looks the symbol up again where it was: its places must be the renamed ones and no others. */
function* sameMeaning(after: Workspace, expected: Expected): Steps<string | undefined> {
  const changed = yield* readyMentions(after, expected.path);
  if (changed === undefined) return "The file is gone.";
  const now = mentionsAt(changed, expected.start).find(
    (each) => each.span.start === expected.start && each.symbol.kind === expected.kind,
  );
  const found = now === undefined ? [] : yield* usesOf(after, changed, now.symbol);
  const places = new Set(found.map((use) => `${use.path}:${use.span.start}`));
  const stray = [...places].find((place) => !expected.places.has(place));
  if (stray !== undefined)
    return `Something else is called so already, and would be taken for it (${stray.slice(stray.lastIndexOf("/") + 1)}).`;
  const lost = [...expected.places].find((place) => !places.has(place));
  return lost === undefined ? undefined : "Some of its places would mean something else under that name.";
}

function shorthandAt(workspace: Workspace, path: string, edit: TextEdit): Pick<Placed, "shorthand"> {
  const home = workspace.document(path);
  const isLonger = home !== undefined && edit.text.includes(": ");
  if (!isLonger || home === undefined) return {};
  const written = home.text.slice(edit.span.start, edit.span.end);
  return { shorthand: edit.text.startsWith(`${written}: `) ? "variable" : "field" };
}

/** Where a place stands after the edits; the variable of `{x}` moves behind the field's name. */
function movedOffset(edits: readonly TextEdit[], offset: number, use: Pick<Placed, "shorthand">): number {
  let moved = offset;
  for (const edit of edits) if (edit.span.start < offset) moved += edit.text.length - (edit.span.end - edit.span.start);
  const own = edits.find((edit) => edit.span.start === offset);
  if (own === undefined || use.shorthand !== "variable") return moved;
  return moved + own.text.indexOf(": ") + 2;
}

/** A text with edits that do not overlap. */
export function applied(text: string, edits: readonly TextEdit[]): string {
  let result = text;
  for (const edit of [...edits].sort((left, right) => right.span.start - left.span.start))
    result = result.slice(0, edit.span.start) + edit.text + result.slice(edit.span.end);
  return result;
}
