// A checked module as the fixture runner wants it: problems, and types by place.
import type { CheckedModule } from "../../compiler/check/checked.ts";
import type { Expression, Item, Statement } from "../../compiler/syntax/tree.ts";
import { structOf } from "../../compiler/types/make.ts";
import { showType } from "../../compiler/types/show.ts";
import type { FixtureCheck } from "./fixture-runner.ts";

/** Problems and types of a checked module, by absolute offsets. */
export function fixtureCheck(checked: CheckedModule): FixtureCheck {
  return {
    problems: checked.problems,
    typeAt: (offset) => typeAt(checked, offset),
    typeOfStatement: (start, end) => typeOfStatement(checked, start, end),
  };
}

function itemAt(checked: CheckedModule, offset: number): Item | undefined {
  return checked.module.items.find((item) => offset >= item.offset && offset < item.offset + item.text.length);
}

/** The variable declared at the offset, else the largest expression that starts there. */
function typeAt(checked: CheckedModule, offset: number): string | undefined {
  const item = itemAt(checked, offset);
  if (item === undefined) return undefined;
  const wanted = offset - item.offset;
  for (const [name, variable] of checked.variables) if (variable.item === item && name.span.start === wanted) return showType(variable.type);
  const inside = nodesOf(item.statement);
  let best: Expression | undefined;
  for (const expression of checked.types.keys()) {
    if (expression.span.start !== wanted || !inside.has(expression)) continue;
    if (best === undefined || expression.span.end > best.span.end) best = expression;
  }
  const type = best === undefined ? undefined : checked.types.get(best);
  return type === undefined ? undefined : showType(type);
}

/** What `let` binds, or the rows of the outermost query, of a statement that starts on the line. */
function typeOfStatement(checked: CheckedModule, start: number, end: number): string | undefined {
  const item = itemAt(checked, start) ?? itemAt(checked, end - 1);
  if (item === undefined) return undefined;
  const within = (place: number): boolean => place + item.offset >= start && place + item.offset < end;
  for (const [name, variable] of checked.variables) if (variable.item === item && (variable.kind === "let" || variable.kind === "const") && within(name.span.start)) return showType(variable.type);
  for (const [statement, info] of checked.sql) {
    if (info.item !== item || !within(statement.span.start)) continue;
    if (info.columns === undefined) return "no rows";
    return `${showType(structOf(info.columns.map((column) => ({ name: column.name, type: column.type }))))} ${info.cardinality}`;
  }
  return undefined;
}

/** All nodes of a statement. */
function nodesOf(statement: Statement): ReadonlySet<object> {
  const nodes = new Set<object>();
  const open: unknown[] = [statement];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    if (typeof current !== "object" || current === null || nodes.has(current)) continue;
    nodes.add(current);
    open.push(...Object.values(current).filter((value) => value !== undefined));
  }
  return nodes;
}
