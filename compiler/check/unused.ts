// Variables and parameters that nothing reads, and out parameters that nothing assigns. Names that start with _ are left alone.
import type { Item } from "../syntax/tree.ts";
import type { CheckContext } from "./context.ts";
import type { Variable } from "./checked.ts";
import { problem } from "./findings.ts";

/** Reports at the end of a body. Says nothing where the text is broken or incomplete, since the use may stand in what is missing. */
export function reportUnused(ctx: CheckContext): void {
  if (maySay(ctx)) reportAmong(ctx, ctx.owner.declared);
}

/** The same for the statements of a script, which share one body: each looks at its own variables only, of which there may be 100,000. */
export function reportUnusedInScript(contexts: readonly CheckContext[]): void {
  const declared = new Map<Item, Variable[]>();
  for (const variable of contexts[0]?.owner.declared ?? []) {
    const those = declared.get(variable.item);
    if (those === undefined) declared.set(variable.item, [variable]);
    else those.push(variable);
  }
  for (const ctx of contexts) if (maySay(ctx)) reportAmong(ctx, declared.get(ctx.item) ?? []);
}

function maySay(ctx: CheckContext): boolean {
  return !ctx.state.holes.has(ctx.item) && !ctx.item.problems.some((each) => each.severity === "error");
}

function reportAmong(ctx: CheckContext, variables: readonly Variable[]): void {
  for (const variable of variables) {
    if (variable.item !== ctx.item) continue;
    if (variable.kind === "parameter") reportParameter(ctx, variable);
    else if (variable.kind === "let" || variable.kind === "const") reportVariable(ctx, variable);
  }
}

function reportVariable(ctx: CheckContext, variable: Variable): void {
  if (variable.used || variable.declaredAt === undefined) return;
  const name = variable.declaredAt;
  if (variable.assigned) problem(ctx, "NotReadAfterWrite", name.span, { name: variable.name });
  else
    problem(
      ctx,
      "UnusedVariable",
      name.span,
      { name: variable.name },
      { help: "Remove it, or start its name with _." },
    );
}

function reportParameter(ctx: CheckContext, variable: Variable): void {
  const info = ctx.owner.info;
  const declaration = info?.declaration;
  const parameter = info?.parameters.find((each) => each.variable === variable);
  const { body } = declaration ?? {};
  const empty = body === undefined || (body.kind === "block" && body.statements.length === 0);
  if (empty || variable.declaredAt === undefined || parameter === undefined) return;
  if (parameter.mode === "out") {
    if (!variable.assigned) problem(ctx, "OutNeverAssigned", variable.declaredAt.span, { name: variable.name });
  } else if (parameter.mode === "inout") {
    if (!variable.assigned && !variable.used)
      problem(ctx, "UnusedParameter", variable.declaredAt.span, { name: variable.name });
  } else if (!variable.used) {
    problem(
      ctx,
      "UnusedParameter",
      variable.declaredAt.span,
      { name: variable.name },
      { help: "Remove it, or start its name with _." },
    );
  }
}
