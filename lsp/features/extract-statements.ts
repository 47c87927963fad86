// Extracts selected statements into a routine: what they use from outside becomes parameters, what they declare and is used behind them becomes the result,
// what they assign becomes inout parameters. What cannot be moved is refused with the reason.
import type { Span } from "../../base/source.ts";
import type { Variable } from "../../compiler/check/checked.ts";
import type { Expression, Item, Name } from "../../compiler/syntax/tree.ts";
import { showType } from "../../compiler/types/show.ts";
import { withoutNull } from "../../compiler/types/make.ts";
import { mentionsIn } from "../index/mentions.ts";
import type { Document } from "../types.ts";
import { holds, reasonToStay, type SelectedStatements } from "./selected-statements.ts";
import { nameAsWritten } from "./rename.ts";

/** The routine and the statement that takes the selection's place; or why there is none. */
export type Extracted =
  | { readonly kind: "routine"; readonly declaration: string; readonly call: string }
  | { readonly kind: "refused"; readonly reason: string };

const refused = (reason: string): Extracted => ({ kind: "refused", reason });

/** Makes a routine of that name from statements of an item. */
export function extractStatements(
  document: Document,
  item: Item,
  selected: SelectedStatements,
  name: string,
): Extracted {
  const reason = reasonToStay(selected);
  if (reason !== undefined) return refused(reason);
  const uses = usesOf(document, item, selected);
  const foreign = [...uses.free.keys()].find((variable) => variable.declaredAt === undefined);
  if (foreign !== undefined) return refused(`${foreign.name} belongs to the routine or trigger around it.`);
  const cursor = [...uses.free.keys(), ...uses.declared].find(({ type }) => withoutNull(type).kind === "cursor");
  if (cursor !== undefined) return refused("A cursor is open in one routine only.");
  const assigned = [...uses.free].flatMap(([variable, use]) => (use.written && use.later ? [variable] : []));
  if (assigned.length > 0 && uses.declared.length > 0)
    return refused(
      `${named(assigned)} would have to be given back as well as ${named(uses.declared)}: select less, or declare both before.`,
    );
  return routineOf(document, item, selected, { ...uses, assigned, name });
}

function named(variables: readonly Variable[]): string {
  return variables.map((variable) => variable.name).join(", ");
}

interface Use {
  readonly written: boolean;
  /** Its value is looked at behind the selection, or before it in the next round of a loop. */
  readonly later: boolean;
  /** The type at its uses where all agree. */
  readonly type: string;
}

interface Uses {
  /** Variables from outside, in order of their first use. */
  readonly free: ReadonlyMap<Variable, Use>;
  /** Variables that the selection declares and that are used behind it. */
  readonly declared: readonly Variable[];
}

function usesOf(document: Document, item: Item, { span, loops }: SelectedStatements): Uses {
  const { names, variables, types } = document.checked();
  const own = new Set<Variable>();
  const inside = new Map<Variable, { written: boolean; readonly types: Set<string> }>();
  const outside = new Map<Variable, number[]>();
  const written = new Set(
    mentionsIn(document, item).flatMap((each) => (each.role === "write" ? [each.span.start] : [])),
  );
  const isInside = ({ start }: Span): boolean => start >= span.start && start < span.end;
  walk(item.statement, (node) => {
    const declared = variables.get(node as Name);
    const place = (node as { readonly span?: Span }).span;
    if (declared !== undefined && place !== undefined && isInside(place)) own.add(declared);
    const resolution = names.get(node);
    if (resolution?.kind !== "variable" || place === undefined) return;
    const { variable } = resolution;
    if (!isInside(place)) {
      outside.set(variable, [...(outside.get(variable) ?? []), place.start]);
      return;
    }
    const use = inside.get(variable) ?? { written: false, types: new Set() };
    use.written ||= written.has(place.start);
    use.types.add(showType(types.get(node as Expression) ?? variable.type));
    inside.set(variable, use);
  });
  const loop = loops[0];
  const isLater = (variable: Variable): boolean =>
    (variable.kind === "parameter" && isGivenBack(item, variable)) ||
    (outside.get(variable) ?? []).some(
      (start) => start >= span.end || (loop !== undefined && start >= loop.start && start < loop.end),
    );
  const free = new Map<Variable, Use>();
  for (const [variable, use] of inside) {
    if (own.has(variable)) continue;
    const type = use.types.size === 1 && !use.written ? [...use.types].join() : showType(variable.type);
    // In a loop the selection reads in the next round what it wrote in this one.
    free.set(variable, { written: use.written, later: isLater(variable) || loop !== undefined, type });
  }
  const after = [...own].filter((variable) => (outside.get(variable) ?? []).some((start) => start >= span.end));
  return { free, declared: after };
}

/** `out` and `inout` parameters are read by the caller. */
function isGivenBack(item: Item, variable: Variable): boolean {
  const { statement } = item;
  return (
    statement.kind === "routine" &&
    (statement.parameters ?? []).some(({ name, mode }) => name === variable.declaredAt && mode !== "in")
  );
}

function walk(node: unknown, visit: (node: object) => void): void {
  if (typeof node !== "object" || node === null) return;
  visit(node);
  for (const part of Object.values(node) as unknown[]) walk(part, visit);
}

interface Parts extends Uses {
  readonly name: string;
  readonly assigned: readonly Variable[];
}

function routineOf(document: Document, item: Item, selected: SelectedStatements, parts: Parts): Extracted {
  const { free, declared, assigned, name } = parts;
  const parameters = [...free].map(([variable, use]) => {
    const mode = assigned.includes(variable) ? "inout " : "";
    return `${mode}${nameAsWritten(variable.name)} ${use.type}`;
  });
  const call = `${name}(${[...free.keys()].map((variable) => nameAsWritten(variable.name)).join(", ")})`;
  const body = bodyText(document, item, selected);
  const routine = (kind: string, result: string | undefined, lines: readonly string[]): string =>
    `${kind} ${name} (${parameters.join(", ")}) ${result === undefined ? "" : `returns ${result} `}{\n${lines.join("\n")}\n}\n\n`;
  if (selected.statements.some((statement) => holds(statement, "return"))) {
    const result =
      item.statement.kind === "routine" ? document.checked().routines.get(item.statement)?.result : undefined;
    if (assigned.length > 0 || result === undefined)
      return refused("A return leaves the selection, and what it assigned would be lost.");
    return { kind: "routine", declaration: routine("function", showType(result), [body]), call: `return ${call}` };
  }
  const [first, ...others] = declared;
  if (first === undefined) {
    const declaration = routine("procedure", undefined, [body]);
    return { kind: "routine", declaration, call: assigned.length > 0 ? `CALL ${call}` : call };
  }
  const names = declared.map((variable) => nameAsWritten(variable.name));
  if (others.length === 0) {
    const declaration = routine("function", showType(first.type), [body, `    return ${names.join()}`]);
    return { kind: "routine", declaration, call: `let ${names.join()} = ${call}` };
  }
  const fields = declared.map((variable, at) => `${names[at] ?? ""}: ${showType(variable.type)}`);
  const values = names.map((each) => `${each}: ${each}`);
  const declaration = routine("function", `{${fields.join(", ")}}`, [body, `    return {${values.join(", ")}}`]);
  return { kind: "routine", declaration, call: `let {${names.join(", ")}} = ${call}` };
}

/** The statements as lines of a body; texts over several lines keep their lines as they are. */
function bodyText(document: Document, item: Item, { span, statements }: SelectedStatements): string {
  const start = item.offset + span.start;
  const lineStart = document.text.lastIndexOf("\n", start - 1) + 1;
  const indent = /^[ \t]*/u.exec(document.text.slice(lineStart, start))?.[0] ?? "";
  const text = document.text.slice(start, item.offset + span.end);
  if (statements.some(hasLongText)) return `    ${text}`;
  return text
    .split("\n")
    .map((line, at) =>
      line.trim() === "" ? "" : `    ${at > 0 && line.startsWith(indent) ? line.slice(indent.length) : line}`,
    )
    .join("\n");
}

function hasLongText(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  const { kind, value } = node as { readonly kind?: string; readonly value?: unknown };
  if (kind === "string" && typeof value === "string" && value.includes("\n")) return true;
  return (Object.values(node) as unknown[]).some(hasLongText);
}
