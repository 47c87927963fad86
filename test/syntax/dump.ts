// Prints a syntax tree as an S-expression: kinds and what differs from the usual, without spans.
// Short enough to read in a golden file; every field of a node that is set shows.
import type { Module } from "../../compiler/syntax/tree.ts";

interface AnyNode {
  readonly [key: string]: unknown;
}

const isObject = (value: unknown): value is AnyNode =>
  value !== null && typeof value === "object" && !Array.isArray(value);
const isName = (value: AnyNode): boolean =>
  "text" in value && "quote" in value && "span" in value && !("kind" in value);
const HIDDEN: ReadonlySet<string> = new Set(["span", "kind", "operatorSpan"]);

// False means something here.
const SHOWN_WHEN_FALSE: ReadonlySet<string> = new Set(["materialized", "indexedBy"]);

function isEmpty(value: unknown): boolean {
  return value === undefined || value === false || (Array.isArray(value) && value.length === 0);
}

function dumpName(name: AnyNode): string {
  const text = String(name["text"]);
  const quote = String(name["quote"]);
  return quote === "none" ? text : `${quote}:${JSON.stringify(text)}`;
}

/** One value of a tree on one line. */
export function dumpValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(dumpValue).join(" ")}]`;
  if (!isObject(value)) return typeof value === "string" ? JSON.stringify(value) : String(value);
  if (isName(value)) return dumpName(value);
  if (Array.isArray(value["parts"])) return value["parts"].map((part) => dumpName(part as AnyNode)).join(".");
  const fields = Object.entries(value)
    .filter(([key, field]) => !HIDDEN.has(key) && (!isEmpty(field) || (field === false && SHOWN_WHEN_FALSE.has(key))))
    .map(([key, field]) => `${key}=${dumpValue(field)}`);
  const kind = value["kind"];
  return `(${[...(typeof kind === "string" ? [kind] : []), ...fields].join(" ")})`;
}

/** Breaks a long line at brackets, by depth. */
function broken(text: string, widthMax = 150, indent = ""): string {
  if (text.length + indent.length <= widthMax) return indent + text;
  const inner = `${indent}  `;
  const parts = splitTop(text.slice(1, -1));
  if (parts.length < 2) return indent + text;
  const [head, ...rest] = parts;
  return [
    `${indent}${text.charAt(0)}${head}`,
    ...rest.map((part) => brokenField(part, widthMax, inner)),
    `${indent}${text.at(-1)}`,
  ].join("\n");
}

function brokenField(field: string, widthMax: number, indent: string): string {
  const equals = /^[A-Za-z]+=(?=[([])/.exec(field)?.[0] ?? "";
  if (field.length + indent.length <= widthMax || equals === field) return indent + field;
  if (equals !== "")
    return `${indent}${equals}${broken(field.slice(equals.length), widthMax - equals.length, indent).trimStart()}`;
  return /^[([]/.test(field) ? broken(field, widthMax, indent) : indent + field;
}

function splitTop(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charAt(i);
    if (c === '"' && text.charAt(i - 1) !== "\\") quoted = !quoted;
    if (quoted) continue;
    if (c === "(" || c === "[") depth += 1;
    else if (c === ")" || c === "]") depth -= 1;
    else if (c === " " && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

/** The tree of a file, one item per paragraph. */
export function dumpModule(module: Module): string {
  return module.items.map((item) => `${broken(dumpValue(item.statement))}\n`).join("");
}
