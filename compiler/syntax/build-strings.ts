// String literals: quotes taken off, escapes resolved, `${…}` split into parts.
// In SQL an interpolation is refused, since it would paste text into a statement.
import { report } from "../../base/problem.ts";
import { interpolationEnd } from "../../grammar/characters.ts";
import { spanBetween, spanOf, textOf, type View } from "./build-node.ts";
import type { Expression } from "./tree/expressions.ts";

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0", b: "\b", f: "\f" };
const ESCAPE = /\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))|""/g;

/** Resolves `\n`, `\u{1F600}`, `\x41`, `\"` and doubled quotes. An unknown escape is its own character. */
export function unescapeDouble(inner: string): string {
  return inner.replace(
    ESCAPE,
    (whole, braces: string | undefined, four: string | undefined, two: string | undefined, one: string | undefined) => {
      if (whole === '""') return '"';
      const hex = braces ?? four ?? two;
      if (hex !== undefined) {
        const code = Number.parseInt(hex, 16);
        return code <= 0x10ffff ? String.fromCodePoint(code) : "\uFFFD";
      }
      return ESCAPES[one ?? ""] ?? one ?? "";
    },
  );
}

/** A `singleString` or `doubleString` node. In SQL an interpolation is a problem, since it would paste text into a statement. */
export function buildStringLiteral(view: View, dialect: "code" | "sql"): Expression {
  const written = textOf(view);
  const span = spanOf(view);
  const inner = written.slice(1, -1);
  if (written.startsWith("'")) return { kind: "string", value: inner.replaceAll("''", "'"), quote: "single", span };
  const holes = interpolations(inner);
  if (holes.length === 0) return { kind: "string", value: unescapeDouble(inner), quote: "double", span };
  if (dialect === "sql") {
    reportInterpolation(view, inner);
    return { kind: "string", value: inner, quote: "double", span };
  }
  return buildTemplate(view, inner, holes);
}

interface Hole {
  readonly start: number;
  /** Behind the brace; -1 when it is missing. */
  readonly end: number;
}

/** Where `${…}` stand in the text of a string, dollar to closing brace. */
function interpolations(inner: string): readonly Hole[] {
  const holes: Hole[] = [];
  for (let at = 0; at < inner.length; at += 1) {
    const code = inner.charCodeAt(at);
    if (code === 92) at += 1;
    else if (code === 36 && inner.charCodeAt(at + 1) === 123) {
      const end = interpolationEnd(inner, at + 2);
      if (end < 0) return [...holes, { start: at, end: -1 }];
      holes.push({ start: at, end });
      at = end - 1;
    }
  }
  return holes;
}

function reportInterpolation(view: View, inner: string): void {
  const name = /^\$\{\s*([A-Za-z_][\w.]*)\s*\}$/.exec(inner)?.[1];
  const span = spanOf(view);
  const fixes = name === undefined ? [] : [{ title: `Use ${name} directly`, edits: [{ span, text: name }] }];
  report(view.ctx.problems, "InterpolatedSqlString", span, undefined, {
    help: "Use the variable directly; it becomes a bound parameter.",
    fixes,
  });
}

function buildTemplate(view: View, inner: string, holes: readonly Hole[]): Expression {
  const strings: string[] = [];
  const values: Expression[] = [];
  const base = view.start + 1;
  let from = 0;
  for (const hole of holes) {
    if (hole.end < 0) {
      const span = spanBetween(view, base + hole.start, base + hole.start + 2);
      report(
        view.ctx.problems,
        "UnclosedBracket",
        span,
        { open: "`${`", close: "`}`" },
        { help: "Write `\\${` for the characters themselves." },
      );
      break;
    }
    strings.push(unescapeDouble(inner.slice(from, hole.start)));
    const start = base + hole.start + 2;
    const end = base + hole.end - 1;
    if (inner.slice(hole.start + 2, hole.end - 1).trim() === "") {
      const span = spanBetween(view, base + hole.start, base + hole.end);
      report(view.ctx.problems, "SyntaxExpected", span, { expected: "an expression", found: "`}`" });
      values.push({ kind: "skipped", span });
    } else values.push(view.ctx.embedded(view.ctx, start, end));
    from = hole.end;
  }
  strings.push(unescapeDouble(inner.slice(from)));
  return { kind: "template", strings, values, span: spanOf(view) };
}
