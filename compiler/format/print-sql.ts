// Prints queries and changes of rows. A query that its author broke over lines has one clause on each line; a short one stays on its line.
// Words of SQL are printed in capitals.
import { assertNever } from "../../base/failure.ts";
import type { Expression } from "../syntax/tree/expressions.ts";
import type { Name } from "../syntax/tree/common.ts";
import type {
  Assignment,
  ConflictClause,
  Delete,
  Insert,
  Merge,
  MergeBranch,
  QueryBody,
  ResultColumn,
  Select,
  SelectCore,
  SqlStatement,
  Update,
  WithClause,
} from "../syntax/tree/sql.ts";
import { brokenIn, type FormatContext, nameText, qualifiedText, rawText } from "./context.ts";
import { type Doc, group, HARD_LINE, indent, join, LINE, SOFT_LINE } from "./doc.ts";
import { printDefinition } from "./print-definitions.ts";
import { printOrderTerms, printWindow } from "./print-windows.ts";
import { alias, fromParts, printTable, printTarget } from "./print-tables.ts";

/** A SQL statement. */
export function printSql(outer: FormatContext, node: SqlStatement): Doc {
  const ctx: FormatContext = outer.sql ? outer : { ...outer, sql: true };
  switch (node.kind) {
    case "select":
      return printSelect(ctx, node);
    case "insert":
      return printInsert(ctx, node);
    case "update":
      return printUpdate(ctx, node);
    case "delete":
      return printDelete(ctx, node);
    case "merge":
      return printMerge(ctx, node);
    default:
      return printDefinition(ctx, node);
  }
}

const print = (ctx: FormatContext, node: Expression): Doc => ctx.print.expression(ctx, node);

const names = (ctx: FormatContext, list: readonly Name[]): Doc => [
  "(",
  join(
    ", ",
    list.map((name) => nameText(ctx, name)),
  ),
  ")",
];

function clauses(ctx: FormatContext, span: Select["span"], parts: readonly Doc[]): Doc {
  return group(
    join(
      LINE,
      parts.filter((part) => part !== ""),
    ),
    brokenIn(ctx, span.start, span.end),
  );
}

function printSelect(ctx: FormatContext, node: Select): Doc {
  const parts: Doc[] = [...withParts(ctx, node.with), ...bodyParts(ctx, node.body, intoText(ctx, node))];
  if (node.orderBy.length > 0) parts.push(["ORDER BY ", printOrderTerms(ctx, node.orderBy)]);
  parts.push(...limitParts(ctx, node));
  return clauses(ctx, node.span, parts);
}

function intoText(ctx: FormatContext, node: Select): Doc {
  return node.into.length === 0
    ? ""
    : [
        "INTO ",
        join(
          ", ",
          node.into.map((target) => print(ctx, target)),
        ),
      ];
}

function limitParts(
  ctx: FormatContext,
  node: { limit: Expression | undefined; offset: Expression | undefined },
): readonly Doc[] {
  if (node.limit === undefined) return [];
  return [["LIMIT ", print(ctx, node.limit), node.offset === undefined ? "" : [" OFFSET ", print(ctx, node.offset)]]];
}

function withParts(ctx: FormatContext, node: WithClause | undefined): readonly Doc[] {
  if (node === undefined) return [];
  return node.tables.map((table, i): Doc => {
    const materialized =
      table.materialized === undefined ? "" : table.materialized ? "MATERIALIZED " : "NOT MATERIALIZED ";
    const head = i > 0 ? "" : node.recursive ? "WITH RECURSIVE " : "WITH ";
    const columns: Doc = table.columns.length === 0 ? "" : [" ", names(ctx, table.columns)];
    const body = group(["(", indent([SOFT_LINE, printSql(ctx, table.query)]), SOFT_LINE, ")"]);
    return [
      head,
      nameText(ctx, table.name),
      columns,
      " AS ",
      materialized,
      body,
      i < node.tables.length - 1 ? "," : "",
    ];
  });
}

function bodyParts(ctx: FormatContext, node: QueryBody, into: Doc): readonly Doc[] {
  switch (node.kind) {
    case "compound":
      return [...bodyParts(ctx, node.left, into), node.operator.toUpperCase(), ...bodyParts(ctx, node.right, "")];
    case "values":
      return [printRows(ctx, node.rows)];
    case "core":
      return coreParts(ctx, node, into);
    default:
      return assertNever(node, "bodyParts");
  }
}

function printRows(ctx: FormatContext, rows: readonly (readonly Expression[])[]): Doc {
  const printed = rows.map(
    (row): Doc =>
      group([
        "(",
        indent([
          SOFT_LINE,
          join(
            [",", LINE],
            row.map((item) => print(ctx, item)),
          ),
        ]),
        SOFT_LINE,
        ")",
      ]),
  );
  const [only] = printed;
  if (printed.length === 1 && only !== undefined) return ["VALUES ", only];
  return group(["VALUES", indent([LINE, join([",", LINE], printed)])], rowsBroken(ctx, rows));
}

function rowsBroken(ctx: FormatContext, rows: readonly (readonly Expression[])[]): boolean {
  const end = rows[0]?.at(-1)?.span.end;
  const start = rows[1]?.[0]?.span.start;
  return end !== undefined && start !== undefined && brokenIn(ctx, end, start);
}

function coreParts(ctx: FormatContext, node: SelectCore, into: Doc): readonly Doc[] {
  const columns: Doc = [
    "SELECT",
    node.distinct ? " DISTINCT" : "",
    group(indent([LINE, printColumns(ctx, node.columns)])),
  ];
  // FROM alone has a star that nobody wrote.
  const [first] = node.columns;
  const bare = node.fromFirst && node.columns.length === 1 && first?.span.start === first?.span.end;
  const parts: Doc[] = [];
  if (!node.fromFirst) parts.push(columns, into);
  if (node.from !== undefined) parts.push(...fromParts(ctx, node.from, "FROM "));
  if (node.fromFirst && !bare) parts.push(columns);
  if (node.fromFirst) parts.push(into);
  if (node.where !== undefined) parts.push(["WHERE ", print(ctx, node.where)]);
  if (node.groupBy.length > 0)
    parts.push([
      "GROUP BY ",
      join(
        ", ",
        node.groupBy.map((part) => print(ctx, part)),
      ),
    ]);
  if (node.having !== undefined) parts.push(["HAVING ", print(ctx, node.having)]);
  if (node.windows.length > 0)
    parts.push([
      "WINDOW ",
      join(
        ", ",
        node.windows.map((window) => [nameText(ctx, window.name), " AS ", printWindow(ctx, window.spec)]),
      ),
    ]);
  return parts;
}

/** The list after SELECT or RETURNING. */
export function printColumns(ctx: FormatContext, columns: readonly ResultColumn[]): Doc {
  return join(
    [",", LINE],
    columns.map((column): Doc => {
      if (column.kind === "star") return column.table === undefined ? "*" : `${qualifiedText(ctx, column.table)}.*`;
      return [print(ctx, column.value), alias(ctx, column.alias, column.explicitAs)];
    }),
  );
}

function printInsert(ctx: FormatContext, node: Insert): Doc {
  const verb =
    node.verb === "insert" && node.or !== undefined ? `INSERT OR ${node.or.toUpperCase()}` : node.verb.toUpperCase();
  const columns: Doc = node.columns.length === 0 ? "" : [" ", names(ctx, node.columns)];
  const source: readonly Doc[] = node.source === undefined ? ["DEFAULT VALUES"] : [printSelect(ctx, node.source)];
  const keys: readonly Doc[] = node.upsertKeys.length === 0 ? [] : [["ON ", names(ctx, node.upsertKeys)]];
  const parts = [
    ...withParts(ctx, node.with),
    [verb, " INTO ", printTarget(ctx, node.target), columns],
    ...source,
    ...keys,
    ...node.conflicts.map((clause) => printConflict(ctx, clause)),
  ];
  return clauses(ctx, node.span, [...parts, ...returning(ctx, node.returning)]);
}

function returning(ctx: FormatContext, columns: readonly ResultColumn[]): readonly Doc[] {
  return columns.length === 0 ? [] : [["RETURNING ", group(indent(printColumns(ctx, columns)))]];
}

function printConflict(ctx: FormatContext, node: ConflictClause): Doc {
  const target: Doc =
    node.target.length === 0
      ? ""
      : [
          " (",
          join(
            ", ",
            node.target.map((column) => [
              print(ctx, column.value),
              column.direction === undefined ? "" : ` ${column.direction.toUpperCase()}`,
            ]),
          ),
          ")",
        ];
  const targetWhere: Doc = node.targetWhere === undefined ? "" : [" WHERE ", print(ctx, node.targetWhere)];
  if (node.action === "nothing") return ["ON CONFLICT", target, targetWhere, " DO NOTHING"];
  const where: Doc = node.where === undefined ? "" : [" WHERE ", print(ctx, node.where)];
  return ["ON CONFLICT", target, targetWhere, " DO UPDATE SET ", printAssignments(ctx, node.assignments), where];
}

function printAssignments(ctx: FormatContext, assignments: readonly Assignment[]): Doc {
  return group(
    indent(
      join(
        [",", LINE],
        assignments.map((assignment): Doc => {
          const [first] = assignment.columns;
          // `(a, b) = …`; a qualified single column is kept as written.
          const target: Doc =
            assignment.columns.length === 1 &&
            first !== undefined &&
            !ctx.text.startsWith("(", ctx.base + assignment.span.start)
              ? rawText(ctx, { start: assignment.span.start, end: first.span.end })
              : names(ctx, assignment.columns);
          return [target, " = ", print(ctx, assignment.value)];
        }),
      ),
    ),
  );
}

function printUpdate(ctx: FormatContext, node: Update): Doc {
  const verb = node.or === undefined ? "UPDATE " : `UPDATE OR ${node.or.toUpperCase()} `;
  const parts: Doc[] = [
    ...withParts(ctx, node.with),
    [verb, printTarget(ctx, node.target)],
    ["SET ", printAssignments(ctx, node.assignments)],
  ];
  if (node.from !== undefined) parts.push(...fromParts(ctx, node.from, "FROM "));
  return clauses(ctx, node.span, [...parts, ...tailParts(ctx, node)]);
}

function printDelete(ctx: FormatContext, node: Delete): Doc {
  return clauses(ctx, node.span, [
    ...withParts(ctx, node.with),
    ["DELETE FROM ", printTarget(ctx, node.target)],
    ...tailParts(ctx, node),
  ]);
}

function tailParts(ctx: FormatContext, node: Update | Delete): readonly Doc[] {
  const parts: Doc[] = [];
  if (node.where !== undefined) parts.push(["WHERE ", print(ctx, node.where)]);
  parts.push(...returning(ctx, node.returning));
  if (node.orderBy.length > 0) parts.push(["ORDER BY ", printOrderTerms(ctx, node.orderBy)]);
  parts.push(...limitParts(ctx, node));
  return parts;
}

function printMerge(ctx: FormatContext, node: Merge): Doc {
  const parts: Doc[] = [
    ...withParts(ctx, node.with),
    ["MERGE INTO ", printTarget(ctx, node.target)],
    ["USING ", printTable(ctx, node.source), " ON ", print(ctx, node.on)],
    ...node.branches.map((branch) => printBranch(ctx, branch)),
  ];
  return group(join(HARD_LINE, parts));
}

function printBranch(ctx: FormatContext, node: MergeBranch): Doc {
  const head: Doc = [
    "WHEN ",
    node.matched ? "" : "NOT ",
    "MATCHED",
    node.condition === undefined ? "" : [" AND ", print(ctx, node.condition)],
    " THEN ",
  ];
  switch (node.action) {
    case "insert":
      return [
        head,
        "INSERT ",
        node.columns.length === 0 ? "" : [names(ctx, node.columns), " "],
        "VALUES (",
        join(
          ", ",
          node.values.map((value) => print(ctx, value)),
        ),
        ")",
      ];
    case "update":
      return [head, "UPDATE SET ", printAssignments(ctx, node.assignments)];
    case "delete":
      return [head, "DELETE"];
    case "nothing":
      return [head, "DO NOTHING"];
    default:
      return assertNever(node.action, "printBranch");
  }
}
