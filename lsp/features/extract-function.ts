// Extracts a selected expression into a function: its variables become parameters with the types that the checker found. Whole statements: extract-statements.ts.
// Not from inside a SQL clause that names columns, and not where something happens besides computing a value.
import type { Variable } from "../../compiler/check/checked.ts";
import type { CallExpression, Expression, Item } from "../../compiler/syntax/tree.ts";
import { foldName, withoutNull } from "../../compiler/types/make.ts";
import { showType } from "../../compiler/types/show.ts";
import type { Type } from "../../compiler/types/type.ts";
import { itemAt } from "../index/mentions.ts";
import type { Document, Place } from "../types.ts";
import type { CodeAction, Rewriting } from "./code-actions.ts";
import { extractStatements } from "./extract-statements.ts";
import { type SelectedStatements, selectedStatements } from "./selected-statements.ts";
import { nameAsWritten } from "./rename.ts";

/** A function of the selected expression, before the declaration that holds it; or why there can be none. */
export const extractFunction: Rewriting = (document, range): CodeAction | undefined => {
  const item = range.end > range.start ? itemAt(document, range.start) : undefined;
  const selected = trimmed(document.text, range);
  if (item === undefined || selected.end <= selected.start) return undefined;
  if (item.problems.some((problem) => problem.severity === "error"))
    return refusal("There is an error in this declaration, which has to be mended first.");
  const span = { start: selected.start - item.offset, end: selected.end - item.offset };
  const statements = selectedStatements(item, span);
  if (statements !== undefined) return ofStatements(document, item, statements);
  const found = expressionAt(item, span);
  const result = found === undefined ? undefined : document.checked().types.get(found.expression);
  if (found === undefined || result === undefined)
    return refusal("Select a whole expression, or whole statements of one block.");
  if (found.expression.kind === "name") return refusal("A name alone would not become simpler.");
  if (["void", "never", "cursor"].includes(result.kind)) return refusal("The selected expression gives no value.");
  const variables = freeVariables(document, item, found.expression);
  if (typeof variables === "string") return refusal(variables);
  if (found.inSql && variables.some(({ type }) => !isSingle(type)))
    return refusal("Within SQL a function can be given single values only.");
  const name = freeName(document);
  const parameters = variables.map((variable) => `${nameAsWritten(variable.name)} ${showType(variable.type)}`);
  const text = document.text.slice(selected.start, selected.end);
  const declaration = `function ${name} (${parameters.join(", ")}) returns ${showType(result)} {\n    return ${text}\n}\n\n`;
  return {
    ...EXTRACT,
    edits: [
      { span: { start: item.offset + leading(item), end: item.offset + leading(item) }, text: declaration },
      { span: selected, text: `${name}(${variables.map((variable) => nameAsWritten(variable.name)).join(", ")})` },
    ],
  };
};

const EXTRACT = { title: "Extract function", kind: "refactor.extract" } as const;

function refusal(refused: string): CodeAction {
  return { ...EXTRACT, edits: [], refused };
}

function ofStatements(document: Document, item: Item, statements: SelectedStatements): CodeAction {
  const extracted = extractStatements(document, item, statements, freeName(document));
  if (extracted.kind === "refused") return refusal(extracted.reason);
  const at = item.offset + leading(item);
  const { start, end } = statements.span;
  return {
    ...EXTRACT,
    edits: [
      { span: { start: at, end: at }, text: extracted.declaration },
      { span: { start: start + item.offset, end: end + item.offset }, text: extracted.call },
    ],
  };
}

function isSingle(type: Type): boolean {
  const whole = withoutNull(type);
  return whole.kind === "scalar" || whole.kind === "enum";
}

function trimmed(text: string, range: Place["span"]): Place["span"] {
  const selected = text.slice(range.start, range.end);
  return {
    start: range.start + selected.length - selected.trimStart().length,
    end: range.end - (selected.length - selected.trimEnd().length),
  };
}

/** Where the first comment or word of an item begins. */
function leading(item: Item): number {
  return item.text.length - item.text.trimStart().length;
}

interface Selected {
  readonly expression: Expression;
  /** It stands in a clause of SQL, where only single values can be given to a function. */
  readonly inSql: boolean;
}

const SQL_KINDS: ReadonlySet<string> = new Set(["select", "insert", "update", "delete", "merge"]);

/** The expression whose text is exactly the selected one. The right side of a pipe is none by itself. */
function expressionAt(item: Item, span: Place["span"]): Selected | undefined {
  const open: { readonly node: object; readonly inSql: boolean; readonly piped: boolean }[] = [
    { node: item.statement, inSql: false, piped: false },
  ];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { kind, span: own } = at.node as { readonly kind?: string; readonly span?: Place["span"] };
    if (own !== undefined && kind !== undefined && own.start === span.start && own.end === span.end && !at.piped)
      return { expression: at.node as Expression, inSql: at.inSql };
    const inSql = at.inSql || (kind !== undefined && SQL_KINDS.has(kind));
    for (const [key, part] of Object.entries(at.node) as [string, unknown][])
      if (typeof part === "object" && part !== null)
        open.push({ node: part, inSql, piped: kind === "pipe" && key === "right" });
  }
  return undefined;
}

/** Things that do more than compute, or depend on where they stand. */
const NOT_MOVABLE: ReadonlySet<string> = new Set([
  "await",
  "async",
  "fetchNext",
  "executeText",
  "cursor",
  "insert",
  "update",
  "delete",
  "merge",
]);

const STAYS = "It does more than compute, or depends on where it stands.";

/** The variables from outside that an expression uses, or why it cannot be moved. */
function freeVariables(document: Document, item: Item, root: Expression): readonly Variable[] | string {
  const { names, variables } = document.checked();
  const found = new Map<Variable, number>();
  const own = new Set<Variable>();
  const open: unknown[] = [root];
  let inQuery = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    const { kind } = node as { readonly kind?: string };
    if (kind !== undefined && NOT_MOVABLE.has(kind)) return STAYS;
    if (kind === "call" && isQuoting(node as CallExpression)) return STAYS;
    if (kind === "select") inQuery += 1;
    const declared = variables.get(node as never);
    if (declared !== undefined) own.add(declared);
    const resolution = names.get(node);
    // A column outside of a query of the selection belongs to the query around it.
    if (resolution?.kind === "column" && inQuery === 0) return "It names columns of the query around it.";
    if (resolution?.kind === "variable")
      found.set(resolution.variable, Math.min(found.get(resolution.variable) ?? Infinity, startOf(node)));
    for (const part of Object.values(node) as unknown[]) if (typeof part === "object" && part !== null) open.push(part);
  }
  const free = [...found.keys()]
    .filter((variable) => !own.has(variable))
    .sort((left, right) => (found.get(left) ?? 0) - (found.get(right) ?? 0));
  const usable = free.every((variable) => variable.declaredAt !== undefined && variable.item !== undefined);
  return usable && item.statement.kind !== "trigger"
    ? free
    : "It uses what only the trigger or the block around it knows.";
}

/** Texts of `execute` must show where they come from. */
function isQuoting({ callee }: CallExpression): boolean {
  return callee.kind === "name" && /^(?:ident|literal)$/i.test(callee.name.text);
}

function startOf(node: object): number {
  return (node as { readonly span?: Place["span"] }).span?.start ?? 0;
}

function freeName(document: Document): string {
  const taken = new Set([...document.text.matchAll(/[A-Za-z_]\w*/g)].map(([word]) => foldName(word)));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? "extracted" : `extracted_${number}`;
    if (!taken.has(name)) return name;
  }
}
