// `async p(a)`, `await j`, `await all [j, k]`, `await any […]`.
import { InternalError } from "../../base/failure.ts";
import type { AsyncExpression, AwaitExpression } from "../syntax/tree.ts";
import { block, converted, hiddenLocal, label, nullValue, readLocal, setLocal } from "./build.ts";
import { calleeOf, lowerCall, routineArguments } from "./calls.ts";
import { lower, typeOf, type Lowering } from "./context.ts";
import type { CoreExpression, CoreStatement } from "./core.ts";
import { nullTest, when } from "./operators.ts";
import { registerTypeOf } from "./types.ts";

/** `async p(a)`: a handle. */
export function lowerAsync(ctx: Lowering, e: AsyncExpression): CoreExpression {
  const resolution = ctx.checked.calls.get(e) ?? ctx.checked.calls.get(e.call);
  if (resolution?.kind === "late") {
    const called = lowerCall(ctx, e.call);
    if (called.kind !== "call") throw new InternalError("lower: a late call is a call");
    return {
      kind: "startAsync",
      span: e.span,
      rep: "handle",
      callee: called.callee,
      args: called.args,
      detached: e.detached,
    };
  }
  if (resolution?.kind !== "routine") throw new InternalError("lower: async without a routine");
  const callee = calleeOf(ctx, resolution.routine, resolution.version);
  const args = routineArguments(ctx, e, resolution.routine, resolution.args, callee);
  return { kind: "startAsync", span: e.span, rep: "handle", callee, args, detached: e.detached };
}

/** `await`: one handle gives its value, `all` a list in the order given, `any` the first that ends well (the last error when none does). */
export function lowerAwait(ctx: Lowering, e: AwaitExpression): CoreExpression {
  const rep = registerTypeOf(typeOf(ctx, e));
  const value = lower(ctx, e.value);
  const { span } = e;
  if (e.mode === "one")
    return value.rep === "handle" || value.rep === "any"
      ? { kind: "await", span, rep, handle: converted(value, "handle") }
      : converted(value, rep);
  const job = hiddenLocal("job", "handle");
  const exit = label("jobs");
  const next = label("job");
  const awaited: CoreExpression = { kind: "await", span, rep: "any", handle: readLocal(span, job) };
  const each = (body: readonly CoreStatement[]): CoreStatement => ({
    kind: "eachItem",
    span,
    local: job,
    list: converted(value, "list"),
    exit,
    next,
    body,
  });
  if (e.mode === "all") {
    const results = hiddenLocal("results", "list");
    return block(
      span,
      [
        setLocal(span, results, { kind: "list", span, rep: "list", items: [] }),
        each([{ kind: "push", span, place: { kind: "local", local: results }, value: awaited }]),
      ],
      converted(readLocal(span, results), rep),
    );
  }
  const result = hiddenLocal("result", "any");
  const failed = hiddenLocal("failed", "any");
  const error = hiddenLocal("error", "error");
  const attempt: CoreStatement = {
    kind: "try",
    span,
    savepoint: false,
    error,
    finally: undefined,
    body: [
      setLocal(span, result, awaited),
      setLocal(span, failed, nullValue(span)),
      { kind: "break", span, label: exit },
    ],
    handler: [setLocal(span, failed, readLocal(span, error))],
  };
  return block(
    span,
    [
      setLocal(span, result, nullValue(span)),
      setLocal(span, failed, nullValue(span)),
      each([attempt]),
      when(span, nullTest(span, readLocal(span, failed), true), [
        { kind: "raise", span, error: converted(readLocal(span, failed), "error"), again: true },
      ]),
    ],
    converted(readLocal(span, result), rep),
  );
}
