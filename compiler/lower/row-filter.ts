// Conditions of a comprehension over a table that the engine can take: it then delivers the rows that count, by an index where there is one.
// Taken are comparisons of a column with a value that cannot fail, tests for null and BETWEEN, of types that the engine compares as the language does,
// from the left up to the first condition that is anything else: that one, and what follows it, sees the rows that it would have seen.
import type { SqlPart } from "../../base/sql-form.ts";
import type { CatalogTable } from "../catalog-view.ts";
import type { Expression, MemberExpression } from "../syntax/tree.ts";
import type { Lowering, RowConditions } from "./context.ts";
import { identifier, joined } from "./sql-builder.ts";
import { mayBeNull, withoutNull } from "./types.ts";

/** Conditions that the engine takes: `taken` are expressions of the program, `parts` prints them. */
export interface RowFilter {
  readonly taken: ReadonlySet<Expression>;
  readonly parts: RowConditions;
}

/** The conditions between `and`, from left to right. */
export function conjuncts(condition: Expression): readonly Expression[] {
  if (condition.kind === "parenthesized") return conjuncts(condition.inner);
  return condition.kind === "binary" && condition.operator === "and"
    ? [...conjuncts(condition.left), ...conjuncts(condition.right)]
    : [condition];
}

/** What of these conditions on the loop variable `row` over a table the engine takes. */
export function rowFilter(
  ctx: Lowering,
  row: string,
  table: CatalogTable,
  conditions: readonly Expression[],
): RowFilter {
  const taken = new Map<Expression, Printer>();
  const world: World = { ctx, row: row.toLowerCase(), table };
  for (const condition of conditions.flatMap(conjuncts)) {
    const printer = printerOf(world, condition);
    if (printer === undefined) break;
    taken.set(condition, printer);
  }
  return {
    taken: new Set(taken.keys()),
    parts: (bind) => [...taken.values()].map((print) => print(bind)),
  };
}

type Bind = Parameters<RowConditions>[0];
type Printer = (bind: Bind) => SqlPart[];

interface World {
  readonly ctx: Lowering;
  readonly row: string;
  readonly table: CatalogTable;
}

const COMPARISONS: Readonly<Record<string, string>> = {
  "=": " = ",
  "!=": " <> ",
  "<": " < ",
  "<=": " <= ",
  ">": " > ",
  ">=": " >= ",
};

function printerOf(world: World, condition: Expression): Printer | undefined {
  switch (condition.kind) {
    case "parenthesized":
      return printerOf(world, condition.inner);
    case "binary": {
      const operator = COMPARISONS[condition.operator];
      return operator === undefined ? undefined : compared(world, condition.left, operator, condition.right);
    }
    case "is": {
      const column = columnOf(world, condition.value);
      if (column === undefined || condition.right.kind !== "null") return undefined;
      return () => [identifier(column.name), condition.not ? " IS NOT NULL" : " IS NULL"];
    }
    case "between": {
      const low = compared(world, condition.value, " >= ", condition.low);
      const high = compared(world, condition.value, " <= ", condition.high);
      if (low === undefined || high === undefined || condition.not) return undefined;
      return (bind) => joined([low(bind), high(bind)], " AND ");
    }
    case "unary": {
      const column = condition.operator === "not" ? flagOf(world, condition.operand) : undefined;
      return column === undefined ? undefined : () => ["NOT ", identifier(column.name)];
    }
    default: {
      const column = flagOf(world, condition);
      return column === undefined ? undefined : () => [identifier(column.name)];
    }
  }
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly integer: boolean;
}

/** Types that the engine compares as the language does; text by characters, whatever collation the column has. */
const COMPARED: ReadonlySet<string> = new Set(["int", "float", "string", "bool"]);

function columnOf(world: World, e: Expression): Column | undefined {
  const member = unparenthesized(e);
  if (member.kind !== "member" || !isRow(world, member)) return undefined;
  const name = member.name.text.toLowerCase();
  const column = world.table.columns.find((candidate) => candidate.name.toLowerCase() === name);
  const type = typeName(world.ctx, member);
  return column === undefined || type === undefined || column.type !== type
    ? undefined
    : { name: column.name, type, integer: column.affinity === "integer" };
}

function flagOf(world: World, e: Expression): Column | undefined {
  const column = columnOf(world, e);
  return column?.type === "bool" ? column : undefined;
}

function isRow(world: World, member: MemberExpression): boolean {
  return member.object.kind === "name" && member.object.name.text.toLowerCase() === world.row;
}

/** The type of an expression as written, before it is widened to meet another. */
function typeName(ctx: Lowering, e: Expression): string | undefined {
  const type = ctx.checked.types.get(e);
  const seen = type === undefined ? undefined : withoutNull(type);
  return seen?.kind === "scalar" && COMPARED.has(seen.name) ? seen.name : undefined;
}

function compared(world: World, left: Expression, operator: string, right: Expression): Printer | undefined {
  const [leftColumn, rightColumn] = [columnOf(world, left), columnOf(world, right)];
  const column = leftColumn ?? rightColumn;
  const value = leftColumn === undefined ? left : right;
  if (column === undefined || (leftColumn !== undefined && rightColumn !== undefined)) return undefined;
  if (!isPlain(world, value) || typeName(world.ctx, value) !== column.type) return undefined;
  return (bind) => {
    const name = [identifier(column.name), ...(column.type === "string" ? [" COLLATE BINARY"] : [])];
    const given = bind(value, column.integer ? "integerColumn" : "value");
    return leftColumn === undefined ? [given, operator, ...name] : [...name, operator, given];
  };
}

/** A value that is the same for each row, and that nothing can go wrong with: a literal, a variable, a field of a struct. */
function isPlain(world: World, e: Expression): boolean {
  switch (e.kind) {
    case "number":
    case "string":
    case "boolean":
      return true;
    case "parenthesized":
      return isPlain(world, e.inner);
    case "unary":
      return e.operator === "-" && e.operand.kind === "number";
    case "name":
      return world.ctx.checked.names.get(e)?.kind === "variable" && e.name.text.toLowerCase() !== world.row;
    case "member": {
      const type = world.ctx.checked.types.get(e.object);
      return isPlain(world, e.object) && type !== undefined && !mayBeNull(type) && withoutNull(type).kind === "struct";
    }
    default:
      return false;
  }
}

function unparenthesized(e: Expression): Expression {
  return e.kind === "parenthesized" ? unparenthesized(e.inner) : e;
}
