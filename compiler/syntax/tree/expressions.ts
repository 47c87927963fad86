// Expressions of code and of SQL clauses: one union, since most kinds are shared. Kinds only one side has say so.
import type { Span } from "../../../base/source.ts";
import type { Hole, Name, NodeBase, QualifiedName, Skipped } from "./common.ts";
import type { Select, SqlStatement, TableExpression, WindowSpec, OrderTerm } from "./sql.ts";
import type { Block } from "./statements.ts";
import type { TypeNode } from "./type-nodes.ts";

/** An expression. */
export type Expression =
  | NumberLiteral
  | StringLiteral
  | TemplateLiteral
  | BytesLiteral
  | BooleanLiteral
  | NullLiteral
  | TemporalLiteral
  | ListLiteral
  | ObjectLiteral
  | RangeExpression
  | NameExpression
  | MemberExpression
  | IndexExpression
  | SliceExpression
  | CallExpression
  | ParameterExpression
  | UnaryExpression
  | BinaryExpression
  | BetweenExpression
  | InExpression
  | LikeExpression
  | IsExpression
  | CollateExpression
  | CastExpression
  | CaseExpression
  | IfExpression
  | MatchExpression
  | LambdaExpression
  | TryExpression
  | PipeExpression
  | QueryExpression
  | ExistsExpression
  | RowExpression
  | ComprehensionExpression
  | TypeOfExpression
  | AsyncExpression
  | AwaitExpression
  | CursorExpression
  | FetchExpression
  | ExecuteExpression
  | RaiseFunction
  | ParenthesizedExpression
  | Hole
  | Skipped;

/** `42`, `1_000`, `0xff` (int); `3.14`, `1e9` (float); `12.50d` (decimal). `text` is as written. */
export interface NumberLiteral extends NodeBase {
  readonly kind: "number";
  readonly form: "int" | "float" | "decimal";
  readonly text: string;
}
/** `'it''s'`, `"double"`. `value` is unescaped. In SQL clauses a double-quoted word stays a string here; the checker decides whether it names a column. */
export interface StringLiteral extends NodeBase {
  readonly kind: "string";
  readonly value: string;
  readonly quote: "single" | "double";
}
/** `"hello ${name}"`. Literal parts and expressions alternate, starting and ending with a literal part (maybe empty). */
export interface TemplateLiteral extends NodeBase {
  readonly kind: "template";
  readonly strings: readonly string[];
  readonly values: readonly Expression[];
}
/** `x'00ff'`. */
export interface BytesLiteral extends NodeBase {
  readonly kind: "bytes";
  readonly hex: string;
}
export interface BooleanLiteral extends NodeBase {
  readonly kind: "boolean";
  readonly value: boolean;
}
export interface NullLiteral extends NodeBase {
  readonly kind: "null";
}
/** `DATE '2026-01-31'`, `INTERVAL '7 days'`; also SQL's bare `CURRENT_DATE`, `CURRENT_TIME`, `CURRENT_TIMESTAMP` with `text` undefined. */
export interface TemporalLiteral extends NodeBase {
  readonly kind: "temporal";
  readonly type: "date" | "time" | "timestamp" | "timestamptz" | "interval";
  readonly text: string | undefined;
}
/** `[1, 2]`. */
export interface ListLiteral extends NodeBase {
  readonly kind: "list";
  readonly elements: readonly Expression[];
}
/** `{name: "Ann"}`, `Person {…}`, `type struct as Person {…}`, `type struct :: Person {…}`. */
export interface ObjectLiteral extends NodeBase {
  readonly kind: "object";
  readonly typeName: QualifiedName | undefined;
  readonly fields: readonly ObjectField[];
  /** True when `...` stands among the fields. */
  readonly hasHole: boolean;
}
/** `name: e`; `{x}` is short for `{x: x}` (value is then a name expression with the key's span). */
export interface ObjectField extends NodeBase {
  readonly name: Name;
  readonly value: Expression;
}
/** `1..10`, inclusive. */
export interface RangeExpression extends NodeBase {
  readonly kind: "range";
  readonly from: Expression;
  readonly to: Expression;
}
/** A bare name: variable, parameter, column, function, enum type. In table position see `TableReference`. */
export interface NameExpression extends NodeBase {
  readonly kind: "name";
  readonly name: Name;
}
/** `a.b`; in SQL also `table.column` and `schema.table.column` as nested members. */
export interface MemberExpression extends NodeBase {
  readonly kind: "member";
  readonly object: Expression;
  readonly name: Name;
}
/** `x[i]` (code). */
export interface IndexExpression extends NodeBase {
  readonly kind: "index";
  readonly object: Expression;
  readonly index: Expression;
}
/** `x[a:b]` (code); both ends optional. */
export interface SliceExpression extends NodeBase {
  readonly kind: "slice";
  readonly object: Expression;
  readonly from: Expression | undefined;
  readonly to: Expression | undefined;
}
/** One argument: positional or `name: value`. */
export interface Argument extends NodeBase {
  readonly name: Name | undefined;
  readonly value: Expression;
}
/** `f(a, b: 2)`, `x.f(a)` (callee is a member), `p@2(a)`, and SQL's `count(*)`, `sum(DISTINCT x) FILTER (…) OVER (…)`. */
export interface CallExpression extends NodeBase {
  readonly kind: "call";
  readonly callee: Expression;
  readonly version: number | undefined;
  readonly arguments: readonly Argument[];
  readonly star: boolean;
  readonly distinct: boolean;
  readonly orderBy: readonly OrderTerm[];
  readonly filter: Expression | undefined;
  readonly over: WindowSpec | Name | undefined;
  /** Written with words between the arguments, as EXTRACT(year FROM t); the callee is what it means (`date_part`). */
  readonly standard: boolean;
}
/** `:x` (always the variable), `?`, `?1`, `@start`, `$x` and the table form `{x}`. */
export interface ParameterExpression extends NodeBase {
  readonly kind: "parameter";
  readonly form: "colon" | "question" | "at" | "dollar" | "braces";
  readonly name: string;
}
/** Prefix operators. `!` is `not` in code. */
export interface UnaryExpression extends NodeBase {
  readonly kind: "unary";
  readonly operator: "+" | "-" | "~" | "not";
  readonly operand: Expression;
}
/** Operators of the same meaning have one spelling here: `=` for `= ==`, `!=` for `!= <>`, `and` for `and &&`. */
export type BinaryOperator =
  | "or"
  | "and"
  | "="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "??"
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "||"
  | "&"
  | "|"
  | "<<"
  | ">>"
  | "->"
  | "->>"
  | "contains";
/** `left operator right`. `operatorSpan` is the operator as written. */
export interface BinaryExpression extends NodeBase {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly operatorSpan: Span;
  readonly left: Expression;
  readonly right: Expression;
}
export interface BetweenExpression extends NodeBase {
  readonly kind: "between";
  readonly value: Expression;
  readonly low: Expression;
  readonly high: Expression;
  readonly not: boolean;
}
/** `x in (1, 2)`, `x in xs`, `x IN (SELECT …)`, `x IN t`, `x IN f(1)`. A parenthesised list is a RowExpression; a bare name a NameExpression. */
export interface InExpression extends NodeBase {
  readonly kind: "in";
  readonly value: Expression;
  readonly set: Expression;
  readonly not: boolean;
}
export interface LikeExpression extends NodeBase {
  readonly kind: "like";
  readonly operator: "like" | "ilike" | "glob" | "regexp" | "match";
  readonly value: Expression;
  readonly pattern: Expression;
  readonly escape: Expression | undefined;
  readonly not: boolean;
}
/** `x is null`, `x is not null`, `x ISNULL`, `x NOTNULL`, `x NOT NULL`, `x is y`, `x IS [NOT] DISTINCT FROM y`. `not distinct from` is `is`. */
export interface IsExpression extends NodeBase {
  readonly kind: "is";
  readonly value: Expression;
  readonly right: Expression;
  readonly not: boolean;
}
/** `x COLLATE nocase` (SQL). */
export interface CollateExpression extends NodeBase {
  readonly kind: "collate";
  readonly value: Expression;
  readonly collation: Name;
}
/** `x :: T`, `CAST(x AS T)`, `x as T`. */
export interface CastExpression extends NodeBase {
  readonly kind: "cast";
  readonly value: Expression;
  readonly type: TypeNode;
  readonly form: "colons" | "function" | "as";
}
/** `case [x] when … then … else … end`. */
export interface CaseExpression extends NodeBase {
  readonly kind: "case";
  readonly subject: Expression | undefined;
  readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
  readonly otherwise: Expression | undefined;
}
/** `if c then a else b`, `if c { a } else { b }` (code). */
export interface IfExpression extends NodeBase {
  readonly kind: "if";
  readonly condition: Expression;
  readonly then: Expression;
  readonly otherwise: Expression;
}
/** `match v { pattern if guard => e, … }` and the postfix form `v match { … }`. */
export interface MatchExpression extends NodeBase {
  readonly kind: "match";
  readonly subject: Expression;
  readonly arms: readonly MatchArm[];
}
export interface MatchArm extends NodeBase {
  readonly pattern: Pattern;
  readonly guard: Expression | undefined;
  readonly body: Expression | Block;
}
/** A pattern of match. */
export type Pattern =
  | (NodeBase & { readonly kind: "wildcardPattern" })
  | (NodeBase & { readonly kind: "literalPattern"; readonly value: Expression })
  | (NodeBase & { readonly kind: "rangePattern"; readonly from: Expression; readonly to: Expression })
  /** A name that binds, unless it names an enum value of the subject's type. */
  | (NodeBase & { readonly kind: "bindingPattern"; readonly name: Name })
  /** `Mood.happy`. */
  | (NodeBase & { readonly kind: "enumPattern"; readonly type: Name; readonly value: Name })
  /** `Person {age: n}`, `{age: 3}`. */
  | (NodeBase & {
      readonly kind: "structPattern";
      readonly typeName: QualifiedName | undefined;
      readonly fields: readonly { readonly name: Name; readonly pattern: Pattern }[];
    })
  /** `[a, b, ...rest]`. */
  | (NodeBase & {
      readonly kind: "listPattern";
      readonly elements: readonly Pattern[];
      readonly rest: Name | undefined;
      readonly hasRest: boolean;
    })
  /** `1 | 2`. */
  | (NodeBase & { readonly kind: "orPattern"; readonly options: readonly Pattern[] });
export interface LambdaParameter extends NodeBase {
  readonly name: Name;
  readonly type: TypeNode | undefined;
}
/** `x => e`, `(a, b) => e`, `x => { … }`. */
export interface LambdaExpression extends NodeBase {
  readonly kind: "lambda";
  readonly parameters: readonly LambdaParameter[];
  readonly body: Expression | Block;
}
/** `try e catch v` (no patterns, `fallback` set) or `try e catch { NotFound => 0, Overflow as o => o.code }`. */
export interface TryExpression extends NodeBase {
  readonly kind: "try";
  readonly value: Expression;
  readonly fallback: Expression | undefined;
  readonly arms: readonly CatchArm[];
}
export interface CatchArm extends NodeBase {
  /** Undefined for `_`. */
  readonly error: Name | undefined;
  readonly binding: Name | undefined;
  readonly body: Expression | Block;
}
/** `xs |> filter(x => x > 3)`: `right` is a call that gets `left` as its first argument, or a name. */
export interface PipeExpression extends NodeBase {
  readonly kind: "pipe";
  readonly left: Expression;
  readonly right: Expression;
}
/** A query (or DML, for `let n = UPDATE …`) as a value; scalar subquery in SQL. */
export interface QueryExpression extends NodeBase {
  readonly kind: "query";
  readonly query: SqlStatement;
}
export interface ExistsExpression extends NodeBase {
  readonly kind: "exists";
  readonly query: Select;
}
/** `(a, b)` in SQL, and the parenthesised list after IN (also with 0 or 1 items there). */
export interface RowExpression extends NodeBase {
  readonly kind: "row";
  readonly items: readonly Expression[];
}
/** `FROM x IN xs WHERE x > 1 LET y = x * 2 SELECT y`. Clauses in source order; the first is a `from`. */
export interface ComprehensionExpression extends NodeBase {
  readonly kind: "comprehension";
  readonly clauses: readonly ComprehensionClause[];
  readonly result: Expression;
}
export type ComprehensionClause =
  | (NodeBase & { readonly kind: "fromClause"; readonly name: Name; readonly source: Expression | TableExpression })
  | (NodeBase & { readonly kind: "whereClause"; readonly condition: Expression })
  | (NodeBase & { readonly kind: "letClause"; readonly name: Name; readonly value: Expression })
  | (NodeBase & { readonly kind: "orderClause"; readonly terms: readonly OrderTerm[] });
/** `@TypeOf(e)`. */
export interface TypeOfExpression extends NodeBase {
  readonly kind: "typeOf";
  readonly value: Expression;
}
/** `async p(a)`. */
export interface AsyncExpression extends NodeBase {
  readonly kind: "async";
  readonly call: Expression;
  readonly detached: boolean;
}
/** `await j`, `await all [j, k]`, `await any […]`. */
export interface AwaitExpression extends NodeBase {
  readonly kind: "await";
  readonly mode: "one" | "all" | "any";
  readonly value: Expression;
}
/** `cursor SELECT …`. */
export interface CursorExpression extends NodeBase {
  readonly kind: "cursor";
  readonly query: Select;
}
/** `execute text using a, b` where a value stands: its rows, or how many rows it changed. */
export interface ExecuteExpression extends NodeBase {
  readonly kind: "executeText";
  readonly text: Expression;
  readonly using: readonly { readonly name: Name | undefined; readonly value: Expression }[];
}
/** `fetch c into a, b` where a value stands: true when a row came, false at the end. */
export interface FetchExpression extends NodeBase {
  readonly kind: "fetchNext";
  readonly cursor: Name;
  readonly into: readonly Expression[];
}
/** SQLite's `RAISE(ABORT, 'text')`, in native triggers only. */
export interface RaiseFunction extends NodeBase {
  readonly kind: "raiseFunction";
  readonly action: "ignore" | "rollback" | "abort" | "fail";
  readonly message: Expression | undefined;
}
/** `( e )`, kept so that the formatter and the precedence hints see what was written. */
export interface ParenthesizedExpression extends NodeBase {
  readonly kind: "parenthesized";
  readonly inner: Expression;
}
