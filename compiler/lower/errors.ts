// Error values: `E("text", {…})` and its named fields, the names and ancestors of declared and standard errors.
import { STANDARD_ERRORS, type StandardErrorName } from "../../bytecode/trap.ts";
import type { CallResolution, CheckedModule } from "../check/checked.ts";
import type { Expression } from "../syntax/tree.ts";
import { nullValue, stringValue, converted } from "./build.ts";
import { finalTypeOf, lower, type Lowering } from "./context.ts";
import { stored } from "./conversions.ts";
import type { CoreExpression } from "./core.ts";

/** Ancestors of an error, nearest first, without Exception. */
export function parentsOf(checked: CheckedModule, name: string): readonly string[] {
  const parents: string[] = [];
  const seen = new Set<string>();
  let current: string | undefined = name;
  while (current !== undefined && !seen.has(current)) {
    seen.add(current);
    if (Object.hasOwn(STANDARD_ERRORS, current)) return [...parents, ...STANDARD_ERRORS[current as StandardErrorName]];
    const parent: string | undefined = errorNamed(checked, current)?.parent;
    if (parent !== undefined && parent !== "Exception") parents.push(parent);
    current = parent;
  }
  return parents;
}

function errorNamed(checked: CheckedModule, name: string): { readonly parent: string | undefined } | undefined {
  const direct = checked.errors.get(name);
  if (direct !== undefined) return direct;
  for (const [key, error] of checked.errors) if (key.toLowerCase() === name.toLowerCase()) return error;
  return undefined;
}

/** An error by name without text, as `raise NotFound` makes it. */
export function plainError(ctx: Lowering, span: Expression["span"], name: string): CoreExpression {
  return {
    kind: "error",
    span,
    rep: "error",
    code: name,
    parents: parentsOf(ctx.checked, name),
    message: stringValue(span, name),
    detail: nullValue(span),
  };
}

/** `E("text", {needed: 1})`, `E("text", needed: 1)`: declared fields become the detail. */
export function lowerErrorValue(
  ctx: Lowering,
  e: Expression,
  resolution: Extract<CallResolution, { readonly kind: "error" }>,
): CoreExpression {
  const { error } = resolution;
  const name = error.name ?? "Exception";
  const message =
    resolution.message === undefined
      ? stringValue(e.span, name)
      : converted(textOf(lower(ctx, resolution.message)), "string");
  const detail = ((): CoreExpression => {
    if (resolution.fields.length > 0) {
      const fields = resolution.fields.map(({ field, value }) => {
        const declared = error.fields.find((candidate) => candidate.name.toLowerCase() === field.toLowerCase());
        const lowered = lower(ctx, value);
        return {
          name: declared?.name ?? field,
          value: declared === undefined ? lowered : stored(lowered, finalTypeOf(ctx, value), declared.type),
        };
      });
      return {
        kind: "struct",
        span: e.span,
        rep: "struct",
        shape: { name: "", fields: fields.map((field) => field.name) },
        items: fields.map((field) => field.value),
      };
    }
    return resolution.detail === undefined ? nullValue(e.span) : lower(ctx, resolution.detail);
  })();
  return {
    kind: "error",
    span: e.span,
    rep: "error",
    code: name,
    parents: parentsOf(ctx.checked, name),
    message,
    detail: converted(detail, "any"),
  };
}

// The message of an error is text whatever was given.
function textOf(value: CoreExpression): CoreExpression {
  return value.rep === "string" ? value : { kind: "interpolate", span: value.span, rep: "string", parts: [value] };
}
