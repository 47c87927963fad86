// Literals, CASE and CAST, which code and SQL share.
// Numbers keep their text; strings stand in build-strings.ts.
import { InternalError } from "../../base/failure.ts";
import { all, maybe, one, rule, spanOf, textOf, type View, words } from "./build-node.ts";
import type { CaseExpression, CastExpression, Expression, NumberLiteral, TemporalLiteral } from "./tree/expressions.ts";

/** `CASE … END`; `flavour` is the prefix of the rules, "Code" or "". */
export function buildCase(view: View, flavour: "Code" | ""): CaseExpression {
  const inner = flavour === "Code" ? "Expr" : "SqlExpr";
  const subject = maybe(view, `${flavour}CaseSubject`);
  const otherwise = maybe(view, `${flavour}CaseElse`);
  const branches = all(view, `${flavour}CaseBranch`).map((branch) => {
    const [when, then] = all(branch, inner).map(view.ctx.build.expression);
    if (when === undefined || then === undefined) throw new InternalError("build: a CASE branch without value");
    return { when, then };
  });
  return {
    kind: "case",
    subject: subject === undefined ? undefined : view.ctx.build.expression(one(subject, inner)),
    branches,
    otherwise: otherwise === undefined ? undefined : view.ctx.build.expression(one(otherwise, inner)),
    span: spanOf(view),
  };
}

/** `CAST(value AS T)`. */
export function buildCastCall(view: View, value: View): CastExpression {
  const type = view.ctx.build.type(one(view, "CastTarget"));
  return { kind: "cast", value: view.ctx.build.expression(value), type, form: "function", span: spanOf(view) };
}

/** A literal of any kind, from the node of its lexical rule. */
export function buildLiteral(view: View): Expression {
  const span = spanOf(view);
  switch (rule(view)) {
    case "number":
    case "sqlNumber":
      return buildNumber(view);
    case "blob":
      return { kind: "bytes", hex: textOf(view).slice(2, -1), span };
    case "kNULL":
      return { kind: "null", span };
    case "kTRUE":
      return { kind: "boolean", value: true, span };
    case "kFALSE":
      return { kind: "boolean", value: false, span };
    case "Temporal": {
      const text = textOf(one(view, "singleString")).slice(1, -1).replaceAll("''", "'");
      return { kind: "temporal", type: words(one(view, "temporalWord")) as TemporalLiteral["type"], text, span };
    }
    case "CurrentTime":
      return {
        kind: "temporal",
        type: words(view).replace("current_", "") as TemporalLiteral["type"],
        text: undefined,
        span,
      };
    case "singleString":
    case "doubleString":
    case "CodeString":
      return view.ctx.build.expression(view);
    default:
      throw new InternalError(`build: expression ${rule(view)}`);
  }
}

function buildNumber(view: View): NumberLiteral {
  const text = textOf(view);
  const form = /^0x/i.test(text) ? "int" : /d$/i.test(text) ? "decimal" : /[.e]/i.test(text) ? "float" : "int";
  return { kind: "number", form, text, span: spanOf(view) };
}
