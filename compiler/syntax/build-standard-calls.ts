// Calls that the SQL standard writes with words between their arguments: EXTRACT(year FROM t), POSITION(a IN b), TRIM(BOTH ' ' FROM s),
// SUBSTRING(s FROM 1 FOR 2), OVERLAY(s PLACING a FROM 1). They become plain calls of date_part, position, trim, ltrim, rtrim, substring and overlay,
// so that nothing behind the parser knows of them; only the formatter asks how they were written.
import { report } from "../../base/problem.ts";
import type { Span } from "../../base/source.ts";
import { all, maybe, one, plainCall, spanOf, textOf, type View, words } from "./build-node.ts";
import type { Expression } from "./tree/expressions.ts";

/** The parts of a call: the words that divide it, and the values before and behind them. */
interface Parts {
  readonly name: string;
  readonly side: string | undefined;
  readonly first: Expression | undefined;
  readonly links: ReadonlyMap<string, Expression>;
  /** `first placing from for`: what was given, in order. */
  readonly shape: string;
}

interface Form {
  /** How it is written, for messages. */
  readonly example: string;
  readonly shapes: readonly string[];
  readonly build: (parts: Parts, span: Span) => { readonly callee: string; readonly values: readonly Expression[] };
}

const FORMS: Readonly<Record<string, Form>> = {
  extract: {
    example: "EXTRACT(year FROM t)",
    shapes: ["first from"],
    build: ({ first, links }) => ({
      callee: "date_part",
      values: present(first && unitText(first), links.get("from")),
    }),
  },
  position: {
    example: "POSITION(part IN text)",
    shapes: ["first in"],
    build: ({ first, links }) => ({ callee: "position", values: present(first, links.get("in")) }),
  },
  trim: {
    example: "TRIM(BOTH ' ' FROM text)",
    shapes: ["first from", "from", "side from", "side first from"],
    build: ({ side, first, links }) => ({
      callee: side === "leading" ? "ltrim" : side === "trailing" ? "rtrim" : "trim",
      values: present(links.get("from"), first),
    }),
  },
  substring: {
    example: "SUBSTRING(text FROM 1 FOR 2)",
    shapes: ["first from", "first from for", "first for"],
    build: ({ first, links }, span) => ({
      callee: "substring",
      values: present(first, links.get("from") ?? firstPlace(span), links.get("for")),
    }),
  },
  overlay: {
    example: "OVERLAY(text PLACING other FROM 1 FOR 2)",
    shapes: ["first placing from", "first placing from for"],
    build: ({ first, links }) => ({
      callee: "overlay",
      values: present(first, links.get("placing"), links.get("from"), links.get("for")),
    }),
  },
};

const present = (...values: readonly (Expression | undefined)[]): readonly Expression[] =>
  values.filter((value) => value !== undefined);

/** `year` in EXTRACT is a word, not a name. */
function unitText(unit: Expression): Expression {
  if (unit.kind !== "name") return unit;
  return { kind: "string", value: unit.name.text.toLowerCase(), quote: "single", span: unit.span };
}

/** SUBSTRING without FROM begins at the first character. */
function firstPlace(span: Span): Expression {
  return { kind: "number", form: "int", text: "1", span: { start: span.end, end: span.end } };
}

/** A StandardCall or CodeStandardCall; `flavour` is the prefix of the rules inside. */
export function buildStandardCall(view: View, flavour: "Code" | ""): Expression {
  const span = spanOf(view);
  const nameView = one(view, "standardName");
  const parts = partsOf(view, flavour);
  const form = FORMS[parts.name];
  if (form === undefined || !form.shapes.includes(parts.shape)) {
    const expected = form?.example ?? "`,` or `)`";
    report(view.ctx.problems, "SyntaxExpected", span, { expected, found: "other words between the values" });
    return { kind: "skipped", span };
  }
  const { callee, values } = form.build(parts, span);
  const nameSpan = spanOf(nameView);
  const name: Expression = { kind: "name", name: { text: callee, span: nameSpan, quote: "none" }, span: nameSpan };
  const args = values.map((value) => ({ name: undefined, value, span: value.span }));
  return { ...plainCall(name, args, span), standard: true };
}

function partsOf(view: View, flavour: "Code" | ""): Parts {
  const side = maybe(view, "standardSide");
  const firstView = maybe(view, `${flavour}StandardPart`);
  const links = all(view, `${flavour}StandardLink`).map((link) => ({
    word: words(one(link, "standardLink")),
    value: view.ctx.build.expression(one(link, `${flavour}StandardPart`)),
  }));
  const given = [
    ...(side === undefined ? [] : ["side"]),
    ...(firstView === undefined ? [] : ["first"]),
    ...links.map((link) => link.word),
  ];
  return {
    name: textOf(one(view, "standardName")).toLowerCase(),
    side: side === undefined ? undefined : words(side),
    first: firstView === undefined ? undefined : view.ctx.build.expression(firstView),
    links: new Map(links.map((link) => [link.word, link.value])),
    shape: given.join(" "),
  };
}
