// Rewrites a declaration or statement from keyword form (BEGIN … END, THEN … END IF) to braces and back.
// The formatter prints the tree with the other style; the result is parsed, and offered only when its tree is the same but for style.
import { format } from "../../compiler/format/format.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type { Block, Item, Module, Statement } from "../../compiler/syntax/tree.ts";
import { itemAt } from "../index/mentions.ts";
import type { CodeAction, Rewriting } from "./code-actions.ts";

type Style = Block["style"];

/** The whole declaration under the range in the other form. */
export const convertForm: Rewriting = (document, range): CodeAction | undefined => {
  const item = itemAt(document, range.start);
  if (item === undefined || item.problems.length > 0 || item.hasHole === true) return undefined;
  const style = outermostStyle(item.statement);
  if (style === undefined) return undefined;
  const wanted: Style = style === "braces" ? "keywords" : "braces";
  const printed = inStyle(item, wanted);
  if (printed === undefined) return undefined;
  const leading = item.statement.span.start;
  // A `}` ends a declaration by itself; END needs its semicolon where another statement may follow on the line.
  const follows = item.text.charAt(item.statement.span.end) === ";";
  const bare = printed.replace(/;$/, "");
  const text = wanted === "keywords" && !follows ? `${bare};` : bare;
  return {
    title: wanted === "braces" ? "Write with braces" : "Write with BEGIN and END",
    kind: "refactor.rewrite",
    edits: [{ span: { start: item.offset + leading, end: item.offset + item.statement.span.end }, text }],
  };
};

/** The style of the first block from outside. */
function outermostStyle(node: unknown): Style | undefined {
  const level: unknown[] = [node];
  for (let at = 0; at < level.length; at += 1) {
    const part = level[at];
    if (typeof part !== "object" || part === null) continue;
    if ((part as Partial<Block>).kind === "block") return (part as Block).style;
    level.push(...(Object.values(part) as unknown[]));
  }
  return undefined;
}

function inStyle(item: Item, style: Style): string | undefined {
  const text = item.text.slice(item.statement.span.start, item.statement.span.end);
  const [only, ...others] = parse({ name: "<item>", text }).value.items;
  if (only === undefined || others.length > 0) return undefined;
  const changed: Item = { ...only, statement: restyled(only.statement, style) as Statement };
  const module: Module = { file: { name: "<item>", text }, items: [changed] };
  const first = format(module);
  const parsed = parse({ name: "<item>", text: first });
  if (parsed.problems.length > 0 || parsed.value.items.length !== 1) return undefined;
  const [result] = parsed.value.items;
  if (result === undefined || !sameTree(changed.statement, result.statement)) return undefined;
  return format(parsed.value).trimEnd();
}

/** The tree with every block in the style. Bodies of lambdas and match arms have braces only. */
function restyled(node: unknown, style: Style): unknown {
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node)) return node.map((element) => restyled(element, style));
  const { kind } = node as { readonly kind?: string };
  const inner: Style = kind === "lambda" || kind === "match" || kind === "try" ? "braces" : style;
  const entries = Object.entries(node as Record<string, unknown>).map(([key, value]) => [
    key,
    key === "span" ? value : restyled(value, inner),
  ]);
  const copy = Object.fromEntries(entries) as Record<string, unknown>;
  return kind === "block" ? { ...copy, style } : copy;
}

/** Places, and the text of types with its blanks. */
const NOT_COMPARED: ReadonlySet<string> = new Set(["span", "operatorSpan", "typeText"]);

function sameTree(left: unknown, right: unknown): boolean {
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return left === right;
  if (Array.isArray(left) || Array.isArray(right))
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((element, index) => sameTree(element, right[index]))
    );
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  for (const key of keys) {
    if (NOT_COMPARED.has(key)) continue;
    if (!sameTree((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key])) return false;
  }
  return true;
}
