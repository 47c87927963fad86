// Source text → syntax tree and problems. Never throws on user input: what cannot be read becomes a `skipped` node and a problem.
// Each chunk of the scanner is parsed on its own and cached by its text, so that an edit costs one declaration.
import { LIMITS } from "../../base/limits.ts";
import type { Checked, Problem } from "../../base/problem.ts";
import { report } from "../../base/problem.ts";
import { shiftSpan, type SourceFile } from "../../base/source.ts";
import { finished, type Steps } from "../../base/steps.ts";
import { type Match, matchRule } from "../../grammar/engine.ts";
import { BUILDERS } from "./build.ts";
import { all, type BuildContext, kids, only, rule, spanOf, type View, viewOf } from "./build-node.ts";
import { docStart } from "./comments.ts";
import {
  addChunks,
  createParseCache,
  knownChunk,
  type ParseCache,
  type ParsedChunk,
  placedItems,
  scannedAgain,
} from "./parse-cache.ts";
import { insertPieces, joinPieces } from "./long-insert.ts";
import type { Chunk } from "./scan.ts";
import { type Broken, reportBroken, reportStray } from "./syntax-errors.ts";
import type { Item, Module } from "./tree.ts";
import type { Statement } from "./tree/statements.ts";
import { noText, type PassedLimit, passedLimit, sizeProblem, utf8Length } from "./text-limits.ts";
import { tooDeepAt } from "./tree-depth.ts";
import { embedded } from "./parse-parts.ts";

/**
 * Parses a file. Spans of the returned problems are absolute; those of `Item.problems` count from the item.
 * Every item is there, broken ones as `skipped`.
 */
export function parse(file: SourceFile, cache: ParseCache = createParseCache()): Checked<Module> {
  return finished(parseSteps(file, cache));
}

/** The same in steps, each of which parses one chunk. What was parsed until it is dropped stays in the cache. */
export function* parseSteps(file: SourceFile, cache: ParseCache): Steps<Checked<Module>> {
  const tooLarge = sizeProblem(file.text);
  if (tooLarge !== undefined) return unread(file, "", tooLarge);
  const binary = noText(file);
  if (binary !== undefined) return unread(file, file.text, binary);
  const used = new Map<string, ParsedChunk[]>();
  const items: Item[] = [];
  const problems: Problem[] = [];
  cache.scanned = scannedAgain(file.text, cache);
  let isWhole = false;
  try {
    for (const { chunk } of cache.scanned.cuts) {
      const limit = passedLimit(problems.length, items.length);
      if (limit !== undefined) {
        items.push(unreadRest(file.text, chunk.start, limit, problems));
        break;
      }
      // A text that stands twice in a file is parsed twice: facts are kept by node, and may differ (`SELECT * FROM t` before and after ALTER TABLE).
      const occurrences = used.get(chunk.text) ?? [];
      let parsed = knownChunk(cache, chunk.text, occurrences.length);
      if (parsed === undefined) {
        parsed = { items: parseChunk(chunk, true), at: 0 };
        yield;
      }
      occurrences.push(parsed);
      used.set(chunk.text, occurrences);
      for (const item of placedItems(parsed, chunk.start, cache.movesItems)) {
        items.push(item);
        for (const problem of item.problems) problems.push(shiftProblem(problem, item.offset));
      }
    }
    isWhole = true;
  } finally {
    if (isWhole) cache.entries = used;
    else addChunks(cache, used);
  }
  return { value: { file, items }, problems: withoutConsequences(problems) };
}

/** What stands behind a limit. */
function unreadRest(text: string, start: number, limit: PassedLimit, problems: Problem[]): Item {
  const rest = text.slice(start);
  report(problems, limit.name, { start, end: start + 1 }, { max: limit.max });
  return {
    offset: start,
    text: rest,
    statement: { kind: "skipped", span: { start: 0, end: rest.length } },
    problems: problems.slice(-1).map((problem) => shiftProblem(problem, -start)),
  };
}

/** A file of which nothing is read. An item carries the problem, because later phases take problems from items: a module without any would pass for a clean one. */
function unread(file: SourceFile, text: string, problem: Problem): Checked<Module> {
  const statement = { kind: "skipped", span: { start: 0, end: text.length } } as const;
  return { value: { file, items: [{ offset: 0, text, statement, problems: [problem] }] }, problems: [problem] };
}

/** A closer that closes nothing is mostly what is left of a statement that was reported above: it is worth a message only when nothing else is wrong. */
function withoutConsequences(problems: readonly Problem[]): readonly Problem[] {
  let broken = false;
  return problems.filter((problem) => {
    if (problem.name === "StrayCloser") return !broken;
    broken = true;
    return true;
  });
}

/** Moves a problem and everything in it by `offset`. */
export function shiftProblem(problem: Problem, offset: number): Problem {
  if (offset === 0) return problem;
  return {
    ...problem,
    span: shiftSpan(problem.span, offset),
    ...(problem.related === undefined
      ? {}
      : { related: problem.related.map((related) => ({ ...related, span: shiftSpan(related.span, offset) })) }),
    ...(problem.fixes === undefined
      ? {}
      : {
          fixes: problem.fixes.map((fix) => ({
            ...fix,
            edits: fix.edits.map((edit) => ({ ...edit, span: shiftSpan(edit.span, offset) })),
          })),
        }),
  };
}

/** Stands for a chunk of which nothing is known. */
export function skippedItem(chunk: Chunk, problems: readonly Problem[]): Item {
  const span = { start: 0, end: chunk.text.length };
  return { offset: 0, text: chunk.text, statement: { kind: "skipped", span }, problems };
}

/** The items of one chunk, offsets relative to it. */
export function parseChunk(chunk: Chunk, explain: boolean): readonly Item[] {
  if (!chunk.parseable) return [skippedItem(chunk, chunk.problems)];
  const bytes = chunk.text.length * 3 <= LIMITS.declarationBytesMax.value ? 0 : utf8Length(chunk.text);
  if (bytes > LIMITS.declarationBytesMax.value) return parseLarge(chunk, bytes, explain);
  const match = matchRule(chunk.parseText, "Items");
  const first = { start: 0, end: Math.min(1, chunk.text.length) };
  const problems = [...chunk.problems];
  if (match === undefined) {
    report(problems, "SyntaxExpected", first, { expected: "a statement", found: "something else" });
    return [skippedItem(chunk, problems)];
  }
  try {
    return buildItems(chunk, match, explain);
  } catch (error) {
    // Builders recurse; what nests by other means than brackets (`- - - 1`, `x => x => x`) is limited by the stack only.
    if (!(error instanceof RangeError)) throw error;
    report(problems, "NestingTooDeep", first, { max: LIMITS.nestingMax.value });
    return [skippedItem(chunk, problems)];
  }
}

/** A long INSERT … VALUES is parsed in pieces of rows; anything else that is too large is refused. */
function parseLarge(chunk: Chunk, bytes: number, explain: boolean): readonly Item[] {
  const pieces = insertPieces(chunk.text, LIMITS.declarationBytesMax.value);
  if (pieces === undefined) {
    const problems = [...chunk.problems];
    report(
      problems,
      "DeclarationTooLarge",
      { start: 0, end: Math.min(chunk.text.length, 1) },
      { bytes, max: LIMITS.declarationBytesMax.value },
    );
    return [skippedItem(chunk, problems)];
  }
  const parsed = pieces.map((piece) =>
    parseChunk({ start: 0, text: piece.text, parseText: piece.text, problems: [], parseable: true }, explain),
  );
  return joinPieces(chunk, pieces, parsed);
}

function buildItems(chunk: Chunk, match: Match, explain: boolean): readonly Item[] {
  const items: Item[] = [];
  const base: BuildContext = {
    text: chunk.parseText,
    origin: 0,
    end: chunk.text.length,
    problems: [],
    build: BUILDERS,
    embedded,
  };
  const found: Problem[] = [...chunk.problems];
  const known = found.map((problem) => problem.span.start);
  let previousEnd = 0;
  let reportedTo = -1;
  const entries = all(viewOf(match, base), "Item").map(only);
  entries.forEach((inner, i) => {
    if (rule(inner) === "EmptyStatement") return;
    const offset = docStart(chunk.text, Math.min(inner.start, chunk.text.length), previousEnd);
    const following = entries[i + 1];
    // A semicolon behind what was skipped belongs to it.
    const last =
      rule(inner) === "Skipped" && following !== undefined && rule(following) === "EmptyStatement" ? following : inner;
    const end = Math.min(last.start + last.node.matchLength, chunk.text.length);
    const text = chunk.text.slice(offset, Math.max(offset, end));
    previousEnd = end;
    const problems: Problem[] = [];
    const view: View = { ...inner, ctx: { ...base, origin: offset, problems } };
    const statement = withinDepth(buildItem(view), text, problems);
    if (explain && match.mayHaveRecovered) reportedTo = explainRecovery(view, problems, known, reportedTo);
    else if (statement.kind === "skipped" && problems.length === 0)
      report(problems, "SyntaxExpected", firstCharacter(text), { expected: "a statement", found: "something else" });
    const read = text.trimEnd().length;
    for (const problem of problems) {
      // What is wrong with a line is no fault of the statement on the next one, at which it shows (`let a = b.`).
      const showsBelow =
        statement.kind === "skipped" &&
        problem.span.start > read &&
        chunk.text.slice(offset + read, offset + problem.span.start).includes("\n");
      found.push(shiftProblem(showsBelow ? clamped(problem, read) : problem, offset));
    }
    items.push({
      offset,
      text,
      statement,
      problems: [],
      ...(text.includes("...") && holdsHole(view) ? { hasHole: true as const } : {}),
    });
  });
  return items.length === 0 && found.length > 0 ? [skippedItem(chunk, found)] : withProblems(items, found);
}

function withinDepth(statement: Statement, text: string, problems: Problem[]): Statement {
  const deep = tooDeepAt(statement, text.length);
  if (deep === undefined) return statement;
  report(problems, "NestingTooDeep", { start: deep.start, end: deep.start + 1 }, { max: LIMITS.treeDepthMax.value });
  return { kind: "skipped", span: statement.span };
}

/** Gives each item the problems that stand in it. What stands between two items goes to the end of the first. */
function withProblems(items: readonly Item[], found: readonly Problem[]): readonly Item[] {
  if (found.length === 0) return items;
  return items.map((item, i) => {
    const from = i === 0 ? 0 : item.offset;
    const to = items[i + 1]?.offset ?? Number.POSITIVE_INFINITY;
    const own = found.filter((problem) => problem.span.start >= from && problem.span.start < to);
    return {
      ...item,
      problems: inOrder(own.map((problem) => clamped(shiftProblem(problem, -item.offset), item.text.length))),
    };
  });
}

function clamped(problem: Problem, length: number): Problem {
  const { start, end } = problem.span;
  if (start >= 0 && end <= length && start < length) return problem;
  const last = Math.max(length - 1, 0);
  return {
    ...problem,
    span: { start: Math.min(Math.max(start, 0), last), end: Math.max(Math.min(end, length), Math.min(1, length)) },
  };
}

const firstCharacter = (text: string) => ({ start: 0, end: Math.min(1, text.length) });

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.length < 2 ? problems : [...problems].sort((a, b) => a.span.start - b.span.start);
}

function buildItem(view: View): Statement {
  switch (rule(view)) {
    case "EndedItem":
      return BUILDERS.statement(only(only(view)));
    case "EndTransaction":
      return BUILDERS.statement(view);
    default:
      return { kind: "skipped", span: spanOf(view) };
  }
}

/**
 * Reports each region that recovery has skipped, unless the scanner (places in `known`) or a message up to `reportedTo` has already said what is wrong in it.
 * Returns how far messages reach now.
 */
function explainRecovery(view: View, problems: Problem[], known: readonly number[], reportedTo: number): number {
  const { ctx } = view;
  let reach = reportedTo;
  const explainOne = (broken: Broken): void => {
    const before = problems.length;
    reportBroken(problems, broken);
    for (const problem of problems.slice(before)) reach = Math.max(reach, problem.span.start + ctx.origin);
  };
  const visit = (at: View): void => {
    const start = at.start;
    const end = start + at.node.matchLength;
    const common = { text: ctx.text, start, end, origin: ctx.origin, limit: ctx.end };
    const covered = (): boolean => start <= reach || known.some((place) => place >= start - 1 && place <= end);
    switch (rule(at)) {
      case "Skipped":
        if (!covered()) explainOne({ ...common, rule: at === view ? "EndedItem" : "EndedStatement" });
        return;
      case "BadCondition":
        if (!covered()) explainOne({ ...common, rule: "HeaderExpr" });
        return;
      case "Stray":
      case "StrayWord":
        if (!covered()) reportStray(problems, spanOf(at), ctx.text.slice(start, end));
        return;
      default:
        if (mayHoldRecovery(at)) for (const kid of kids(at)) visit(kid);
    }
  };
  visit(view);
  return reach;
}

/** True when `...` stands for something unwritten below this node; the rest of a list pattern is none. */
function holdsHole(view: View): boolean {
  if (rule(view) === "hole") return true;
  return rule(view) !== "RestPattern" && kids(view).some(holdsHole);
}

/** Recovery stands below statements, blocks and lambdas; leaves need no look. */
function mayHoldRecovery(view: View): boolean {
  return (view.node.children?.length ?? 0) > 0;
}
