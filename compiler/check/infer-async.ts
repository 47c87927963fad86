// Jobs: `async p(a)` gives a handle, `await` the result (LANGUAGE.md 4 and 15.15).
import type { AsyncExpression, AwaitExpression } from "../syntax/tree.ts";
import { mayWrite } from "../effects/join.ts";
import { ANY, listOf, prune, withoutNull } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { Type } from "../types/type.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./findings.ts";
import { recordEffects } from "./frames.ts";
import { innermost } from "./scalar-value.ts";

/** A call as a job of its own. */
export function inferAsync(ctx: CheckContext, node: AsyncExpression): Type {
  const type = prune(ctx.rules.infer(ctx, node.call));
  const call = innermost(node.call);
  const resolution = ctx.state.calls.get(call);
  recordEffects(ctx, { jobs: true });
  if (resolution?.kind === "routine") {
    const asynchronous = { ...resolution, asynchronous: true };
    ctx.state.calls.set(node, asynchronous);
    ctx.state.calls.set(call, asynchronous);
  } else if (resolution?.kind !== "late") {
    problem(
      ctx,
      "NotCallable",
      node.call.span,
      { type: showType(type) },
      { help: "Only functions and procedures can run as jobs." },
    );
  }
  return type.kind === "handle" ? type : { kind: "handle", result: type };
}

/** `await j`: the result; `all`: a list of results in the order given; `any`: the first result. */
export function inferAwait(ctx: CheckContext, node: AwaitExpression): Type {
  const type = withoutNull(ctx.rules.infer(ctx, node.value));
  if (node.mode === "one") return awaited(ctx, node, type);
  if (type.kind === "any" || type.kind === "variable") return node.mode === "all" ? listOf(ANY) : ANY;
  if (type.kind !== "list") {
    problem(ctx, "NotAwaitable", node.value.span, { found: showType(type) });
    return ANY;
  }
  const result = awaited(ctx, node, withoutNull(type.element));
  return node.mode === "all" ? listOf(result) : result;
}

function awaited(ctx: CheckContext, node: AwaitExpression, type: Type): Type {
  reportInTransaction(ctx, node);
  if (type.kind === "handle") return type.result;
  if (type.kind !== "any" && type.kind !== "never" && type.kind !== "variable")
    problem(ctx, "NotAwaitable", node.value.span, { found: showType(type) });
  return ANY;
}

/** On an engine with one writer, a job that writes and is awaited by one who has written runs in the caller's transaction. */
function reportInTransaction(ctx: CheckContext, node: AwaitExpression): void {
  if (ctx.catalog.engine !== "sqlite") return;
  const value = innermost(node.value);
  const call = value.kind === "async" ? innermost(value.call) : value;
  const resolution = ctx.state.calls.get(call);
  if (resolution?.kind !== "routine" || !mayWrite(resolution.routine.effects)) return;
  const wrote = ctx.frame.own.some((effects) => effects.writes.length > 0);
  if (wrote) problem(ctx, "RunsInTransaction", node.span, { name: resolution.routine.name, engine: "sqlite" });
}
