// Code actions: every fix of a diagnostic, its explanation, all fixes of one kind at once, and rewritings of the code under the cursor.
// Each action is complete: its edits are made with it, and those that rewrite a declaration were checked to keep its tree.
import type { Fix, Problem, TextEdit } from "../../base/problem.ts";
import type { Document, Place } from "../types.ts";
import { addRaises } from "./add-raises.ts";
import { convertForm } from "./convert-form.ts";
import { expandStar } from "./expand-star.ts";
import { extractFunction } from "./extract-function.ts";

/** Kinds of actions as the protocol names them. */
export type ActionKind = "quickfix" | "refactor.extract" | "refactor.rewrite" | "source.fixAll";

/** Something that can be done. */
export interface CodeAction {
  readonly title: string;
  readonly kind: ActionKind;
  /** In this document. */
  readonly edits: readonly TextEdit[];
  /** The problem that it mends. */
  readonly problem?: Problem;
  /** The first fix of a problem, where one is surely meant. */
  readonly preferred?: boolean;
  /** Why it cannot be done here, as a sentence; there are no edits then. For editors that show what is not possible. */
  readonly refused?: string;
  /** The code of a diagnostic to be explained; there are no edits then. */
  readonly explains?: string;
}

/** A rewriting of the code at a range; undefined when it cannot be done there. */
export type Rewriting = (document: Document, range: Place["span"]) => CodeAction | undefined;

const REWRITINGS: readonly Rewriting[] = [addRaises, expandStar, extractFunction, convertForm];

/**
 * The actions for a range. `kinds`: only those that begin with one of these; empty: all.
 * `refused`: whether the editor shows what cannot be done, and why.
 */
export function codeActions(
  document: Document,
  range: Place["span"],
  kinds: readonly string[] = [],
  refused: "shown" | "left out" = "shown",
): readonly CodeAction[] {
  const wanted = (kind: ActionKind): boolean =>
    kinds.length === 0 || kinds.some((each) => kind === each || kind.startsWith(`${each}.`));
  const actions: CodeAction[] = [];
  if (wanted("quickfix")) actions.push(...quickFixes(document, range));
  // Editors ask for source actions on their own, when a file is saved.
  if (kinds.length > 0 && wanted("source.fixAll")) actions.push(...fixAll(document));
  for (const rewriting of REWRITINGS) {
    const action = rewriting(document, range);
    if (action !== undefined && wanted(action.kind)) actions.push(action);
  }
  if (refused === "left out") return actions.filter((action) => action.refused === undefined);
  // Editors show why something cannot be done only where nothing else can be: what is meant by a selection is not the form of all that is around it.
  const isRefused = kinds.length > 0 && actions.some((action) => action.refused !== undefined);
  return isRefused ? actions.filter(({ kind }) => kind !== "refactor.rewrite") : actions;
}

function touches(problem: Problem, range: Place["span"]): boolean {
  return problem.span.start <= range.end && range.start <= problem.span.end;
}

function quickFixes(document: Document, range: Place["span"]): readonly CodeAction[] {
  const problems = document.problems();
  const here = problems.filter((problem) => touches(problem, range));
  const explained = new Set<string>();
  const actions: CodeAction[] = [];
  for (const problem of here) {
    const fixes = problem.fixes ?? [];
    fixes.forEach((fix, index) =>
      actions.push({
        title: fix.title,
        kind: "quickfix",
        edits: fix.edits,
        problem,
        ...(index === 0 && fixes.length === 1 ? { preferred: true } : {}),
      }),
    );
    const all = fixes.length === 1 ? sameFixes(problems, problem) : [];
    if (all.length > 1)
      actions.push({
        title: `${fixes[0]?.title ?? ""}, and ${all.length - 1} more of ${problem.code}`,
        kind: "quickfix",
        edits: withoutOverlaps(all.flatMap((fix) => fix.edits)),
        problem,
      });
  }
  for (const problem of here) {
    if (explained.has(problem.code)) continue;
    explained.add(problem.code);
    actions.push({ title: `Explain ${problem.code}`, kind: "quickfix", edits: [], problem, explains: problem.code });
  }
  return actions;
}

/** The only fixes of all problems of one code. */
function sameFixes(problems: readonly Problem[], like: Problem): readonly Fix[] {
  return problems.flatMap((problem) => {
    const [first, ...others] = problem.code === like.code ? (problem.fixes ?? []) : [];
    return first === undefined || others.length > 0 ? [] : [first];
  });
}

/** Everything that has exactly one fix, at once. */
function fixAll(document: Document): readonly CodeAction[] {
  const problems = document.problems();
  const edits = withoutOverlaps(
    problems.flatMap(({ fixes = [] }) => (fixes.length === 1 && fixes[0] !== undefined ? fixes[0].edits : [])),
  );
  return edits.length === 0 ? [] : [{ title: "Fix everything that has one fix", kind: "source.fixAll", edits }];
}

/** Edits in order; of those that would meet, the first. */
function withoutOverlaps(edits: readonly TextEdit[]): readonly TextEdit[] {
  const kept: TextEdit[] = [];
  for (const edit of [...edits].sort((left, right) => left.span.start - right.span.start)) {
    const last = kept.at(-1);
    const same = last !== undefined && last.span.start === edit.span.start && last.span.end === edit.span.end;
    if (last !== undefined && (edit.span.start < last.span.end || same)) continue;
    kept.push(edit);
  }
  return kept;
}
