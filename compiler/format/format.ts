// The formatter: tree and comments → text in the canonical spelling, at most 100 columns wide where breaks allow it.
// Comments stand between statements and entries; a statement with a comment at another place, or with a syntax problem, stays as its author wrote it.
// Formatting twice gives the same text, and the tree is the same before and after (test/format).
import { finished, type Steps } from "../../base/steps.ts";
import { skipSpace, startsStatement } from "../../grammar/characters.ts";
import { type Comment, comments } from "../syntax/comments.ts";
import type { Item, Module } from "../syntax/tree.ts";
import type { ConfigBlock } from "../syntax/tree/declarations.ts";
import type { Block, Statement } from "../syntax/tree/statements.ts";
import { brokenAfterOpen, type FormatContext, nameText, type Printers, rawText } from "./context.ts";
import { type Doc, group, HARD_LINE, indent, join, layOut, LINE } from "./doc.ts";
import { printMatchArm } from "./print-control.ts";
import { printExpression } from "./print-expressions.ts";
import { printSql } from "./print-sql.ts";
import { printStatement } from "./print-statements.ts";
import { printType } from "./print-types.ts";

const WIDTH_MAX = 100;

const PRINTERS: Printers = {
  expression: printExpression,
  sql: printSql,
  block: printBlock,
  statement: printStatement,
  type: printType,
  config: printConfig,
  arm: printMatchArm,
};

/** The formatted text of a file. It ends with a line end unless it is empty. Items for which `isKept` holds stay as they are written. */
export function format(module: Module, isKept: (item: Item) => boolean = () => false): string {
  return finished(formatSteps(module, isKept));
}

/** The same in steps, an item in each. */
export function* formatSteps(module: Module, isKept: (item: Item) => boolean = () => false): Steps<string> {
  const { text } = module.file;
  const ctx: FormatContext = {
    text,
    base: 0,
    comments: comments(text),
    printed: new Set(),
    print: PRINTERS,
    sql: false,
  };
  const entries = module.items.map(
    (item): Entry => ({
      start: item.offset + item.statement.span.start,
      end: item.offset + item.statement.span.end,
      doc: () => printItem(ctx, item, isKept(item)),
      closed: /;\s*$/.test(item.text),
      statement: item.statement,
    }),
  );
  const docs = yield* listSteps(ctx, entries, 0, text.length, "written");
  const lines: string[] = [];
  // Nothing of a line depends on those before it.
  for (let from = 0; from <= docs.length; ) {
    const end = docs.indexOf(HARD_LINE, from);
    const to = end < 0 ? docs.length : end;
    lines.push(layOut(docs.slice(from, to), WIDTH_MAX));
    from = to + 1;
    yield;
  }
  const formatted = lines.join("\n").replace(/^\n+/, "").trimEnd();
  return formatted === "" ? "" : `${formatted}\n`;
}

/** One thing in a list of statements or entries, by its place in the file. */
interface Entry {
  readonly start: number;
  readonly end: number;
  readonly doc: () => Doc;
  /** True when a semicolon stands behind it. */
  readonly closed: boolean;
  readonly statement: Statement | undefined;
}

function printItem(ctx: FormatContext, item: Item, kept: boolean): Doc {
  const inner: FormatContext = { ...ctx, base: item.offset };
  if (kept || item.problems.some((problem) => problem.severity === "error")) {
    markPrinted(ctx, item.offset, item.offset + item.text.length);
    return rawText(inner, item.statement.span);
  }
  return printWhole(inner, item.statement);
}

function markPrinted(ctx: FormatContext, start: number, end: number): void {
  for (const comment of ctx.comments)
    if (comment.span.start >= start && comment.span.end <= end) ctx.printed.add(comment);
}

/** A statement, or its text as written when a comment in it would be lost. */
function printWhole(ctx: FormatContext, statement: Statement): Doc {
  const before = new Set(ctx.printed);
  const doc = printStatement(ctx, statement);
  const start = ctx.base + statement.span.start;
  const end = ctx.base + statement.span.end;
  const lost = ctx.comments.some(
    (comment) => comment.span.start >= start && comment.span.end <= end && !ctx.printed.has(comment),
  );
  if (!lost) return doc;
  ctx.printed.clear();
  for (const comment of before) ctx.printed.add(comment);
  markPrinted(ctx, start, end);
  return rawText(ctx, statement.span);
}

/** The statements of a block without its marks; "" for an empty one. */
function printBlock(ctx: FormatContext, block: Block): Doc {
  const entries = block.statements.map((statement): Entry => {
    const end = ctx.base + statement.span.end;
    return {
      start: ctx.base + statement.span.start,
      end,
      doc: () => printWhole(ctx, statement),
      closed: ctx.text.charAt(skipSpace(ctx.text, end)) === ";",
      statement,
    };
  });
  const start = ctx.base + block.span.start;
  const semicolons = block.style === "keywords" ? "always" : "needed";
  const docs = finished(listSteps(ctx, entries, start, ctx.base + block.span.end, semicolons));
  return docs.length === 0 ? "" : docs;
}

/**
 * Statements with the comments between them and at most one blank line. `semicolons`: "always" in keyword style,
 * "written" at the top level (kept where they stand), "needed" in braces (only where the next line would continue the statement).
 */
function* listSteps(
  ctx: FormatContext,
  entries: readonly Entry[],
  start: number,
  end: number,
  semicolons: "always" | "written" | "needed",
): Steps<readonly Doc[]> {
  const docs: Doc[] = [];
  let at = start;
  let isFirst = true;
  const comments = ctx.comments.filter(
    (comment) =>
      comment.span.start >= start &&
      comment.span.end <= end &&
      !entries.some((entry) => comment.span.start >= entry.start && comment.span.end <= entry.end),
  );
  const put = (doc: Doc, from: number): void => {
    const gap = ctx.text.slice(at, from);
    if (!isFirst) docs.push(HARD_LINE);
    if (!isFirst && (gap.match(/\n/g) ?? []).length > 1) docs.push(HARD_LINE);
    docs.push(doc);
    isFirst = false;
  };
  const putComment = (comment: Comment, trailing: boolean): void => {
    const written = comment.text.trimEnd();
    if (trailing && !isFirst) docs.push("  ", written);
    else put(written, comment.span.start);
    ctx.printed.add(comment);
    at = comment.span.end;
  };
  let next = 0;
  for (const [i, entry] of entries.entries()) {
    for (; next < comments.length && (comments[next]?.span.start ?? end) < entry.start; next += 1) {
      const comment = comments[next];
      if (comment !== undefined) putComment(comment, i > 0 && !ctx.text.slice(at, comment.span.start).includes("\n"));
    }
    put([entry.doc(), semicolon(ctx, entry, entries[i + 1], semicolons)], entry.start);
    at = entry.end;
    yield;
  }
  for (const comment of comments.slice(next))
    putComment(comment, entries.length > 0 && !ctx.text.slice(at, comment.span.start).includes("\n"));
  return docs;
}

const CLOSES_ITSELF: ReadonlySet<string> = new Set([
  "ifStatement",
  "while",
  "loop",
  "for",
  "forRange",
  "matchStatement",
  "tryStatement",
  "blockStatement",
  "transactionBlock",
  "then",
  "routine",
  "trigger",
  "schedule",
  "pipeline",
  "struct",
  "enum",
  "error",
  "test",
]);

function semicolon(
  ctx: FormatContext,
  entry: Entry,
  next: Entry | undefined,
  when: "always" | "written" | "needed",
): string {
  const braced = ctx.text.charAt(entry.end - 1) === "}" || ctx.text.charAt(entry.end - 1) === ")";
  const closesItself = entry.statement !== undefined && CLOSES_ITSELF.has(entry.statement.kind) && braced;
  if (when === "always") return closesItself ? "" : ";";
  if (when === "written") return entry.closed ? ";" : "";
  if (next === undefined || closesItself) return "";
  return startsStatement(ctx.text, next.start) ? "" : ";";
}

/** `key: value` entries; one below the other when the author had them so or they do not fit. */
function printConfig(ctx: FormatContext, node: ConfigBlock, open: string, close: string): Doc {
  const entries = node.entries.map((entry): { start: number; end: number; doc: Doc } => {
    const value: Doc =
      "entries" in entry.value ? printConfig(ctx, entry.value, "{", "}") : printExpression(ctx, entry.value);
    const plain = "kind" in entry.value && entry.value.kind === "string" ? rawText(ctx, entry.value.span) : value;
    return { start: entry.span.start, end: entry.span.end, doc: [nameText(ctx, entry.key), ": ", plain] };
  });
  if (node.hasHole) entries.push({ start: node.span.end, end: node.span.end, doc: "..." });
  if (entries.length === 0) return `${open}${close}`;
  const inside = ctx.comments.filter(
    (comment) =>
      comment.span.start >= ctx.base + node.span.start &&
      comment.span.end <= ctx.base + node.span.end &&
      !ctx.printed.has(comment),
  );
  const outer = inside.filter(
    (comment) =>
      !node.entries.some(
        (entry) => comment.span.start >= ctx.base + entry.span.start && comment.span.end <= ctx.base + entry.span.end,
      ),
  );
  if (outer.length > 0) return printCommentedConfig(ctx, entries, outer, open, close);
  const brace = node.span.start + rawText(ctx, node.span).search(/[({]/);
  const spaced = open === "(" ? [] : [" "];
  const broken = brokenAfterOpen(ctx, brace);
  const list = join(
    [",", LINE],
    entries.map((entry) => entry.doc),
  );
  if (broken || open === "(")
    return group(
      [open, indent([{ kind: "line", form: "nothing" }, list]), { kind: "line", form: "nothing" }, close],
      broken,
    );
  return group([open, spaced, list, spaced, close]);
}

function printCommentedConfig(
  ctx: FormatContext,
  entries: readonly { start: number; end: number; doc: Doc }[],
  outer: readonly Comment[],
  open: string,
  close: string,
): Doc {
  const lines: Doc[] = [];
  let next = 0;
  let lastEnd = -1;
  const flush = (before: number): void => {
    for (; next < outer.length && (outer[next]?.span.start ?? before) < before; next += 1) {
      const comment = outer[next];
      if (comment === undefined) continue;
      ctx.printed.add(comment);
      const trailing = lastEnd >= 0 && !ctx.text.slice(lastEnd, comment.span.start).includes("\n");
      if (trailing) lines.push("  ", comment.text.trimEnd());
      else lines.push(HARD_LINE, comment.text.trimEnd());
    }
  };
  entries.forEach((entry) => {
    flush(ctx.base + entry.start);
    lines.push(HARD_LINE, entry.doc, ",");
    lastEnd = ctx.base + entry.end;
  });
  flush(Number.POSITIVE_INFINITY);
  return [open, indent(lines), HARD_LINE, close];
}
