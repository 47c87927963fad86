// Checks of spans: inside the item's text, and children inside their parents.
import type { Span } from "../../base/source.ts";
import type { Module } from "../../compiler/syntax/tree.ts";

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === "object";

function spanOf(value: Record<string, unknown>): Span | undefined {
  const span = value["span"];
  return isObject(span) ? (span as unknown as Span) : undefined;
}

/** What is wrong with the spans of a module, as text; empty when nothing is. */
export function spanProblems(module: Module): readonly string[] {
  const found: string[] = [];
  for (const item of module.items) {
    if (module.file.text.slice(item.offset, item.offset + item.text.length) !== item.text)
      found.push(`item at ${item.offset} is not its text`);
    const whole: Span = { start: 0, end: item.text.length };
    visit(item.statement, whole, "item", found);
    for (const problem of item.problems)
      if (!inside(problem.span, whole))
        found.push(`${problem.code} at ${problem.span.start}..${problem.span.end} of ${item.text.length}`);
  }
  return found;
}

function inside(span: Span, outer: Span): boolean {
  return span.start >= outer.start && span.end <= outer.end && span.start <= span.end;
}

function visit(value: unknown, outer: Span, path: string, found: string[]): void {
  if (Array.isArray(value)) {
    for (const element of value) visit(element, outer, path, found);
    return;
  }
  if (!isObject(value)) return;
  const span = spanOf(value);
  if (span !== undefined && !inside(span, outer))
    found.push(
      `${path}/${String(value["kind"] ?? value["text"] ?? "")} ${span.start}..${span.end} outside ${outer.start}..${outer.end}`,
    );
  for (const [key, field] of Object.entries(value))
    if (key !== "span") visit(field, span ?? outer, `${path}/${key}`, found);
}
