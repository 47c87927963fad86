// try as statement and as expression: handlers chosen by error name, re-raise of what nobody catches, savepoints only where the body may write.
import { mayWrite } from "../effects/join.ts";
import type { CatchArm, Expression, Name, Statement, TryExpression, TryStatement } from "../syntax/tree.ts";
import { block, hiddenLocal, nullValue, readLocal, setLocal } from "./build.ts";
import { bindLocal, declaredVariable, finalTypeOf, lower, typeOf, type Lowering } from "./context.ts";
import { stored } from "./conversions.ts";
import type { CoreStatement } from "./core.ts";
import type { Local } from "./core-parts.ts";
import { registerTypeOf } from "./types.ts";

interface Handler {
  readonly span: Expression["span"];
  readonly error: Name | undefined;
  readonly binding: Name | undefined;
  readonly body: (ctx: Lowering) => CoreStatement[];
}

/** `try { } catch (E as e) { } finally { }`. */
export function lowerTryStatement(ctx: Lowering, e: TryStatement): CoreStatement[] {
  const error = hiddenLocal("error", "error");
  const body = ctx.program.rules.statements(ctx, e.body.statements);
  const handlers = e.catches.map(
    (clause): Handler => ({
      span: clause.span,
      error: clause.error,
      binding: clause.binding,
      body: (inner) => ctx.program.rules.statements(inner, clause.body.statements),
    }),
  );
  const last = e.finally === undefined ? undefined : ctx.program.rules.statements(ctx, e.finally.statements);
  return [
    {
      kind: "try",
      span: e.span,
      body,
      savepoint: needsSavepoint(ctx, e),
      error,
      handler: handlers.length === 0 ? undefined : dispatch(ctx, e.span, error, handlers),
      finally: last,
    },
  ];
}

/** `try e catch v`, `try e catch { NotFound => 0 }`. */
export function lowerTry(ctx: Lowering, e: TryExpression): ReturnType<typeof readLocal> {
  const type = typeOf(ctx, e);
  const result = hiddenLocal("try", registerTypeOf(type));
  const error = hiddenLocal("error", "error");
  const setTo = (value: Expression, inner: Lowering): CoreStatement =>
    setLocal(value.span, result, stored(lower(inner, value), finalTypeOf(inner, value), type));
  const armBody =
    (arm: CatchArm) =>
    (inner: Lowering): CoreStatement[] =>
      arm.body.kind === "block"
        ? [...ctx.program.rules.statements(inner, arm.body.statements), setLocal(arm.span, result, nullValue(arm.span))]
        : [setTo(arm.body, inner)];
  const { fallback } = e;
  const handlers: Handler[] =
    fallback === undefined
      ? e.arms.map((arm) => ({ span: arm.span, error: arm.error, binding: arm.binding, body: armBody(arm) }))
      : [{ span: fallback.span, error: undefined, binding: undefined, body: (inner) => [setTo(fallback, inner)] }];
  const attempt: CoreStatement = {
    kind: "try",
    span: e.span,
    body: [setTo(e.value, ctx)],
    savepoint: needsSavepoint(ctx, e),
    error,
    handler: dispatch(ctx, e.span, error, handlers),
    finally: undefined,
  };
  return block(e.span, [attempt], readLocal(e.span, result));
}

function needsSavepoint(ctx: Lowering, e: Statement | Expression): boolean {
  const effects = ctx.checked.blockEffects.get(e);
  return effects === undefined || mayWrite(effects);
}

// The handlers as one chain; what no handler names is raised again with its own stack.
function dispatch(
  ctx: Lowering,
  span: Expression["span"],
  error: Local,
  handlers: readonly Handler[],
): CoreStatement[] {
  const inner: Lowering = { ...ctx, handled: [...ctx.handled, error] };
  const again: CoreStatement[] = [{ kind: "raise", span, error: readLocal(span, error), again: true }];
  return handlers.reduceRight<CoreStatement[]>((otherwise, handler) => {
    const bound: CoreStatement[] = [];
    if (handler.binding !== undefined)
      bound.push(
        setLocal(handler.span, bindLocal(ctx, declaredVariable(ctx, handler.binding)), readLocal(handler.span, error)),
      );
    const then = [...bound, ...handler.body(inner)];
    const name = handler.error?.text;
    if (name === undefined || name.toLowerCase() === "exception" || name === "_") return then;
    return [
      {
        kind: "if",
        span: handler.span,
        condition: {
          kind: "errorIs",
          span: handler.span,
          rep: "bool",
          error: readLocal(span, error),
          name: errorName(ctx, name),
        },
        then,
        otherwise,
      },
    ];
  }, again);
}

/** The name under which an error is raised: as declared, whatever the case of the use. */
export function errorName(ctx: Lowering, name: string): string {
  for (const key of ctx.checked.errors.keys()) if (key.toLowerCase() === name.toLowerCase()) return key;
  return name;
}
