// Statements of code: brace and keyword spellings parse to the same nodes; `style` remembers which was written.
import type { Hole, Name, NodeBase, Skipped } from "./common.ts";
import type { CatchArm, Expression, MatchExpression } from "./expressions.ts";
import type { Declaration } from "./declarations.ts";
import type { ManagementStatement } from "./management.ts";
import type { Select, SqlStatement, TableExpression } from "./sql.ts";
import type { TypeNode } from "./type-nodes.ts";

/** A statement inside a body or at the top level. */
export type Statement =
  | LetStatement
  | AssignStatement
  | IfStatement
  | WhileStatement
  | LoopStatement
  | ForStatement
  | ForRangeStatement
  | MatchStatement
  | BreakStatement
  | ContinueStatement
  | ReturnStatement
  | SkipStatement
  | YieldStatement
  | EmitStatement
  | CallStatement
  | ExpressionStatement
  | RaiseStatement
  | AssertStatement
  | TryStatement
  | BlockStatement
  | TransactionBlock
  | ExecuteStatement
  | PrintStatement
  | OpenStatement
  | FetchStatement
  | CloseStatement
  | ThenStatement
  | SqlStatementNode
  | ManagementStatementNode
  | Declaration
  | Hole
  | Skipped;

/** `{ … }` or `BEGIN … END`, `THEN … END IF`, `LOOP … END LOOP`. */
export interface Block extends NodeBase {
  readonly kind: "block";
  readonly style: "braces" | "keywords";
  readonly statements: readonly Statement[];
}
/** What `let` binds: a name or fields of a row. */
export type LetTarget =
  | { readonly kind: "single"; readonly name: Name }
  | {
      readonly kind: "fields";
      readonly fields: readonly { readonly field: Name; readonly name: Name }[];
      readonly span: NodeBase["span"];
    };
/** `let x: T = e`, `const x = e`, `DECLARE x T [= e]`, `let {a, b} = q`. */
export interface LetStatement extends NodeBase {
  readonly kind: "let";
  readonly form: "let" | "const" | "declare";
  readonly target: LetTarget;
  readonly type: TypeNode | undefined;
  readonly value: Expression | undefined;
}
/** `x = e`, `SET x = e`, `x += e`. `operator` is undefined for plain assignment. */
export interface AssignStatement extends NodeBase {
  readonly kind: "assign";
  readonly target: Expression;
  readonly operator: "+" | "-" | "*" | "/" | "%" | "||" | "??" | undefined;
  readonly value: Expression;
}
export interface IfStatement extends NodeBase {
  readonly kind: "ifStatement";
  readonly branches: readonly { readonly condition: Expression; readonly body: Block }[];
  readonly otherwise: Block | undefined;
}
export interface WhileStatement extends NodeBase {
  readonly kind: "while";
  readonly label: Name | undefined;
  readonly condition: Expression;
  readonly body: Block;
}
export interface LoopStatement extends NodeBase {
  readonly kind: "loop";
  readonly label: Name | undefined;
  readonly body: Block;
}
/** `for x in xs { }`, `for row in SELECT … { }`, `for (k, v) in m { }`. A range without step is also this kind when it is not literal `a..b`. */
export interface ForStatement extends NodeBase {
  readonly kind: "for";
  readonly label: Name | undefined;
  readonly names: readonly Name[];
  readonly source: Expression;
  readonly body: Block;
}
/** `for i in [reverse] a..b [by s] { }`. */
export interface ForRangeStatement extends NodeBase {
  readonly kind: "forRange";
  readonly label: Name | undefined;
  readonly name: Name;
  readonly reverse: boolean;
  readonly from: Expression;
  readonly to: Expression;
  readonly step: Expression | undefined;
  readonly body: Block;
}
export interface MatchStatement extends NodeBase {
  readonly kind: "matchStatement";
  readonly match: MatchExpression;
}
/** `break [label] [when c]`, `exit [label] [when c]`. */
export interface BreakStatement extends NodeBase {
  readonly kind: "break";
  readonly label: Name | undefined;
  readonly condition: Expression | undefined;
}
export interface ContinueStatement extends NodeBase {
  readonly kind: "continue";
  readonly label: Name | undefined;
  readonly condition: Expression | undefined;
}
export interface ReturnStatement extends NodeBase {
  readonly kind: "return";
  readonly value: Expression | undefined;
}
/** `skip` (row triggers). */
export interface SkipStatement extends NodeBase {
  readonly kind: "skip";
}
/** `yield row`, `RETURN NEXT row` (query false); `yield SELECT …`, `RETURN QUERY …` (query true). */
export interface YieldStatement extends NodeBase {
  readonly kind: "yield";
  readonly value: Expression;
  readonly query: boolean;
}
export interface EmitStatement extends NodeBase {
  readonly kind: "emit";
  readonly value: Expression;
}
/** `CALL p(a)`. */
export interface CallStatement extends NodeBase {
  readonly kind: "callStatement";
  readonly call: Expression;
}
/** An expression for its effect, mostly a call: `p(a)`, `x.push(1)`, `await j`. */
export interface ExpressionStatement extends NodeBase {
  readonly kind: "expressionStatement";
  readonly value: Expression;
}
/** `raise`, `raise E`, `raise E("text", {…})`, `throw e`. No value re-raises. */
export interface RaiseStatement extends NodeBase {
  readonly kind: "raise";
  readonly value: Expression | undefined;
}
export interface AssertStatement extends NodeBase {
  readonly kind: "assert";
  readonly condition: Expression;
  readonly message: Expression | undefined;
}
export interface CatchClause extends NodeBase {
  readonly error: Name | undefined;
  readonly binding: Name | undefined;
  readonly body: Block;
}
export interface TryStatement extends NodeBase {
  readonly kind: "tryStatement";
  readonly body: Block;
  readonly catches: readonly CatchClause[];
  readonly finally: Block | undefined;
  /** Written as `expect raises A, B { … }` (tests): the body ends with a raise of AssertionFailed that the parser has added, the catches are empty. */
  readonly expectRaises?: true;
}
/** A bare block, possibly labelled. */
export interface BlockStatement extends NodeBase {
  readonly kind: "blockStatement";
  readonly label: Name | undefined;
  readonly body: Block;
}
export interface TransactionBlock extends NodeBase {
  readonly kind: "transactionBlock";
  readonly mode: "transaction" | "autonomous";
  readonly body: Block;
}
/** `execute text using a, b`; `using name = e` has the name; `execute text into x`. */
export interface ExecuteStatement extends NodeBase {
  readonly kind: "execute";
  readonly text: Expression;
  readonly using: readonly { readonly name: Name | undefined; readonly value: Expression }[];
  readonly into: readonly Expression[];
}
/** `print e`. `log.info(e)` is an ordinary call. */
export interface PrintStatement extends NodeBase {
  readonly kind: "print";
  readonly value: Expression;
}
/** `OPEN c` (accepted form; a cursor from `DECLARE c CURSOR FOR …`). */
export interface OpenStatement extends NodeBase {
  readonly kind: "open";
  readonly cursor: Name;
}
export interface FetchStatement extends NodeBase {
  readonly kind: "fetch";
  readonly cursor: Name;
  readonly into: readonly Expression[];
}
export interface CloseStatement extends NodeBase {
  readonly kind: "close";
  readonly cursor: Name;
}
/** `SELECT … THEN { }` keeps its query; `FROM t THEN { }` has a select of one star. */
export interface ThenStatement extends NodeBase {
  readonly kind: "then";
  readonly query: Select;
  readonly body: Block;
}
/** A SQL statement in code. */
export interface SqlStatementNode extends NodeBase {
  readonly kind: "sql";
  readonly statement: SqlStatement;
}
export interface ManagementStatementNode extends NodeBase {
  readonly kind: "management";
  readonly statement: ManagementStatement;
}
export type { CatchArm, TableExpression };
