// One call as the rules for calls see it.
import type { CallExpression, Expression } from "../syntax/tree.ts";
import type { Type } from "../types/type.ts";
import type { CallUse, CheckContext } from "./context.ts";

/** One call as the rules see it: the node whose side tables are filled, its written arguments, and the value before a dot or pipe. */
export interface CallSite {
  readonly node: Expression;
  readonly call: CallExpression | undefined;
  readonly use: CallUse;
  readonly expected: Type | undefined;
}

/** How calls in code infer their arguments. */
export function codeUse(ctx: CheckContext): CallUse {
  return { place: "code", inferArgument: (argument, expected) => ctx.rules.infer(ctx, argument, expected) };
}
