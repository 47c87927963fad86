// Statements of code: both styles, braces and keywords, become the same nodes.
// What recovery has skipped becomes a `skipped` statement between the others.
import { InternalError } from "../../base/failure.ts";
import { all, kids, listOf, maybe, nameOf, one, only, rule, spanOf, textOf, type View, words } from "./build-node.ts";
import { buildBranches, buildExpectRaises, buildFor, buildTry } from "./build-blocks.ts";
import { buildFetched, buildTarget, buildTargets, buildUsing } from "./build-targets.ts";
import type { Expression } from "./tree/expressions.ts";
import type { AssignStatement, Block, LetStatement, LetTarget, Statement } from "./tree/statements.ts";

/** Any statement rule below `Statement`. */
export function buildStatement(view: View): Statement {
  const { build } = view.ctx;
  const span = spanOf(view);
  switch (rule(view)) {
    case "Statement":
    case "BlockLike":
    case "SimpleStatement":
    case "ArmReturn":
      return buildStatement(only(view));
    case "HoleStatement":
      return { kind: "hole", span };
    case "Labelled":
      return buildLabelled(view);
    case "BareBlock":
      return { kind: "blockStatement", label: undefined, body: build.block(only(view)), span };
    case "If":
      return buildBranches(view);
    case "While":
      return {
        kind: "while",
        label: undefined,
        condition: build.expression(one(view, "LoopingCondition")),
        body: build.block(one(view, "LoopBody")),
        span,
      };
    case "Loop":
      return { kind: "loop", label: undefined, body: build.block(one(view, "LoopRest")), span };
    case "For":
      return buildFor(view);
    case "MatchStatement": {
      const match = build.expression(one(view, "Match"));
      if (match.kind !== "match") throw new InternalError("build: a match statement without match");
      return { kind: "matchStatement", match, span };
    }
    case "Try":
      return buildTry(view);
    case "ExpectRaises":
      return buildExpectRaises(view);
    case "TransactionBlock": {
      const mode = words(one(view, "TransactionWord")) as "transaction" | "autonomous";
      return { kind: "transactionBlock", mode, body: build.block(one(view, "Block")), span };
    }
    case "ThenStatement": {
      const body = build.block(one(view, "Block"));
      return { kind: "then", query: { ...build.query(one(view, "Query")), thenBlock: body, span }, body, span };
    }
    default:
      return buildSimple(view);
  }
}

function buildLabelled(view: View): Statement {
  const label = nameOf(one(one(view, "Label"), "name"));
  const body = view.ctx.build.statement(only(one(view, "LabelledBody")));
  const span = spanOf(view);
  switch (body.kind) {
    case "while":
    case "loop":
    case "for":
    case "forRange":
    case "blockStatement":
      return { ...body, label, span };
    default:
      // A label on `transaction { }` names a block around it.
      return {
        kind: "blockStatement",
        label,
        body: { kind: "block", style: "braces", statements: [body], span: body.span },
        span,
      };
  }
}

/** A block of any style. Recovery keeps every statement that parses. */
export function buildBlock(view: View): Block {
  switch (rule(view)) {
    case "Block":
    case "LoopBody":
    case "LoopRest":
    case "RoutineBody":
    case "AsBlock":
    case "TriggerBody":
      return buildBlock(kids(view).find((kid) => rule(kid) !== "kAS") ?? only(view));
    case "BraceBlock":
      return {
        kind: "block",
        style: "braces",
        statements: buildStatements(one(view, "BraceStatements")),
        span: spanOf(view),
      };
    case "KeywordBlock":
    case "KeywordLoop":
    case "KeywordDo":
    case "LoopKeywords":
    case "KeywordBody":
      return {
        kind: "block",
        style: "keywords",
        statements: buildStatements(one(view, "Statements")),
        span: spanOf(view),
      };
    case "Statements":
      return { kind: "block", style: "keywords", statements: buildStatements(view), span: spanOf(view) };
    default:
      throw new InternalError(`build: block ${rule(view)}`);
  }
}

/** The statements of a `Statements` or `BraceStatements` node; empty ones are left out. */
export function buildStatements(view: View): readonly Statement[] {
  const statements: Statement[] = [];
  for (const entry of kids(view)) {
    let inner = only(entry);
    if (rule(inner) === "StatementEntry") inner = only(inner);
    if (rule(inner) === "EndedStatement") statements.push(view.ctx.build.statement(only(only(inner))));
    else if (rule(inner) === "Skipped" || rule(inner) === "StrayWord")
      statements.push({ kind: "skipped", span: spanOf(inner) });
  }
  return statements;
}

function buildSimple(view: View): Statement {
  const { build } = view.ctx;
  const span = spanOf(view);
  switch (rule(view)) {
    case "Let":
      return buildLet(view);
    case "Declare":
      return buildDeclare(view);
    case "Set":
    case "Assign":
      return buildAssign(view);
    case "Break":
    case "Continue": {
      const label = maybe(view, "LoopLabel");
      const condition = maybe(view, "LoopCondition");
      return {
        kind: rule(view) === "Break" ? "break" : "continue",
        label: label === undefined ? undefined : nameOf(one(label, "name")),
        condition: condition === undefined ? undefined : build.expression(one(condition, "Expr")),
        span,
      };
    }
    case "Return":
      return buildReturn(view);
    case "Skip":
      return { kind: "skip", span };
    case "Yield": {
      const value = one(view, "Value");
      return { kind: "yield", value: build.value(value), query: rule(only(value)) === "PipedQuery", span };
    }
    case "Emit":
      return { kind: "emit", value: build.value(one(view, "Value")), span };
    case "CallStatement":
      return { kind: "callStatement", call: build.expression(one(view, "Operand")), span };
    case "Raise": {
      const value = maybe(view, "RaiseValue");
      return { kind: "raise", value: value === undefined ? undefined : build.expression(one(value, "Expr")), span };
    }
    case "Assert":
      return buildAssert(view);
    case "Execute":
      return buildExecute(view);
    case "Print":
      return { kind: "print", value: build.value(one(view, "Value")), span };
    case "Open":
      return { kind: "open", cursor: nameOf(one(view, "name")), span };
    case "Fetch":
      return { kind: "fetch", ...buildFetched(view), span };
    case "Close":
      return { kind: "close", cursor: nameOf(one(view, "name")), span };
    case "Comprehended":
    case "ExpressionStatement":
      return { kind: "expressionStatement", value: build.expression(only(view)), span };
    case "Sql":
      return { kind: "sql", statement: build.sqlStatement(one(view, "SqlStatement")), span };
    default:
      throw new InternalError(`build: statement ${rule(view)}`);
  }
}

function buildLet(view: View): LetStatement {
  const type = maybe(view, "LetType");
  const value = maybe(view, "LetValue");
  return {
    kind: "let",
    form: words(one(view, "LetWord")) as "let" | "const",
    target: buildLetTarget(only(one(view, "LetTarget"))),
    type: type === undefined ? undefined : view.ctx.build.type(one(type, "Type")),
    value: value === undefined ? undefined : view.ctx.build.value(one(value, "Value")),
    span: spanOf(view),
  };
}

function buildLetTarget(view: View): LetTarget {
  if (rule(view) !== "LetFields") return { kind: "single", name: nameOf(view) };
  const fields = listOf(view, "LetField", "CommaLetField").map((field) => {
    const name = nameOf(one(field, "name"));
    const renamed = maybe(field, "LetFieldName");
    return { field: name, name: renamed === undefined ? name : nameOf(one(renamed, "name")) };
  });
  return { kind: "fields", fields, span: spanOf(view) };
}

function buildDeclare(view: View): LetStatement {
  const span = spanOf(view);
  const target: LetTarget = { kind: "single", name: nameOf(one(view, "name")) };
  const rest = only(one(view, "DeclareRest"));
  if (rule(rest) === "DeclareCursor") {
    const value: Expression = { kind: "cursor", query: view.ctx.build.query(one(rest, "Query")), span: spanOf(rest) };
    return { kind: "let", form: "declare", target, type: undefined, value, span };
  }
  const type = maybe(rest, "DeclareType");
  const value = maybe(rest, "DeclareValue");
  return {
    kind: "let",
    form: "declare",
    target,
    type: type === undefined ? undefined : view.ctx.build.type(one(type, "Type")),
    value: value === undefined ? undefined : view.ctx.build.value(one(value, "Value")),
    span,
  };
}

function buildAssign(view: View): AssignStatement {
  const written = textOf(one(view, "assignOperator"));
  return {
    kind: "assign",
    target: buildTarget(one(view, "AssignTarget")),
    operator: written === "=" ? undefined : (written.slice(0, -1) as AssignStatement["operator"]),
    value: view.ctx.build.value(one(view, "Value")),
    span: spanOf(view),
  };
}

function buildReturn(view: View): Statement {
  const span = spanOf(view);
  const rest = maybe(view, "ReturnRest");
  if (rest === undefined) return { kind: "return", value: undefined, span };
  const inner = only(rest);
  switch (rule(inner)) {
    case "ReturnNext":
      return { kind: "yield", value: view.ctx.build.expression(one(inner, "Expr")), query: false, span };
    case "ReturnQuery": {
      const query = one(inner, "Query");
      return {
        kind: "yield",
        value: { kind: "query", query: view.ctx.build.query(query), span: spanOf(query) },
        query: true,
        span,
      };
    }
    default:
      return { kind: "return", value: view.ctx.build.value(inner), span };
  }
}

function buildAssert(view: View): Statement {
  const inner = only(one(view, "AssertRest"));
  const message = maybe(inner, "AssertMessage");
  const [condition, second] = all(inner, "Expr").map(view.ctx.build.expression);
  if (condition === undefined) throw new InternalError("build: assert without condition");
  return {
    kind: "assert",
    condition,
    message: second ?? (message === undefined ? undefined : view.ctx.build.expression(one(message, "Expr"))),
    span: spanOf(view),
  };
}

function buildExecute(view: View): Statement {
  const clauses = all(view, "ExecuteClause").map(only);
  const using = clauses.find((clause) => rule(clause) === "ExecuteUsing");
  const into = clauses.find((clause) => rule(clause) === "IntoTargets");
  return {
    kind: "execute",
    text: view.ctx.build.expression(one(view, "Expr")),
    using: buildUsing(using),
    into: buildTargets(into),
    span: spanOf(view),
  };
}
