// Texts that are values of an enum: where the checker expects one in code, and beside enum columns in SQL.
import type {
  Assignment,
  BinaryExpression,
  Expression,
  InExpression,
  Insert,
  Name,
  StringLiteral,
} from "../../compiler/syntax/tree.ts";
import { withoutNull } from "../../compiler/types/make.ts";
import type { Type } from "../../compiler/types/type.ts";
import { enumValue } from "./collect-code.ts";
import { addSpan, type Collector } from "./collector.ts";

/** A text in code that becomes an enum's value. */
export function collectText(collector: Collector, node: StringLiteral): void {
  const last = collector.facts.checked.coercions.get(node)?.at(-1);
  if (last !== undefined && "to" in last) addText(collector, node, last.to);
}

/** `mood = 'happy'` in SQL, either way round. */
export function collectComparison(collector: Collector, { left, right }: BinaryExpression): void {
  addText(collector, left, collector.facts.checked.types.get(right));
  addText(collector, right, collector.facts.checked.types.get(left));
}

/** `mood IN ('happy', 'sad')`. */
export function collectSet(collector: Collector, node: InExpression): void {
  const type = collector.facts.checked.types.get(node.value);
  const items = node.set.kind === "row" ? node.set.items : node.set.kind === "list" ? node.set.elements : [];
  for (const item of items) addText(collector, item, type);
}

/** Texts that are inserted into enum columns. */
export function collectInsertedTexts(collector: Collector, node: Insert): void {
  const { source } = node;
  if (source?.body.kind !== "values") return;
  const types = node.columns.map((name) => columnType(collector, name));
  for (const row of source.body.rows) row.forEach((value, index) => addText(collector, value, types[index]));
}

/** `SET mood = 'happy'`. */
export function collectAssignedTexts(collector: Collector, assignments: readonly Assignment[]): void {
  for (const { columns, value } of assignments) {
    const [only, ...others] = columns;
    if (only !== undefined && others.length === 0) addText(collector, value, columnType(collector, only));
  }
}

function columnType(collector: Collector, name: Name): Type | undefined {
  const resolution = collector.facts.checked.names.get(name);
  return resolution?.kind === "column" ? resolution.column.type : undefined;
}

function addText(collector: Collector, node: Expression, type: Type | undefined): void {
  const whole = type === undefined ? undefined : withoutNull(type);
  if (node.kind === "string" && whole?.kind === "enum")
    addSpan(collector, node.span, enumValue(collector, whole.name, node.value), "read", true);
}
