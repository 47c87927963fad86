// How an editor asks the checker what is visible at a place: it puts a word that nothing is named by there, checks the text, and the rules that
// look up names write down what they had to choose from when they meet the word. Costs nothing where no probe is set.
import type { CheckContext } from "./context.ts";
import { partsOf } from "../types/bind.ts";
import { prune } from "../types/make.ts";
import type { Type } from "../types/type.ts";
import { variableType, visibleVariables } from "./scope.ts";
import type { Probe, Seen, SeenVariable } from "./seen.ts";

/** Writes down what could stand where `name` stands, if that is the probe. */
export function noteProbe(ctx: CheckContext, name: string, seen: () => Seen): void {
  const { probe } = ctx.state.environment;
  if (probe !== undefined && probe.name === name) probe.seen = seen();
}

/** Notes that a statement of a body has been checked: if the word stood in it, it will not be met again. */
export function passProbe(ctx: CheckContext): void {
  const { probe } = ctx.state.environment;
  if (probe?.seen !== undefined) probe.isPassed = true;
}

/** Whether the answer is final before the check has ended: the word is behind, and nothing that follows can tell more of the types. */
export function isAnswered({ seen, isPassed }: Probe): boolean {
  if (seen === undefined || !isPassed) return false;
  switch (seen.kind) {
    case "value":
      return areKnown(seen.variables) && seen.sources.every(({ columns }) => areKnown(columns));
    case "table":
      return areKnown(seen.variables);
    case "columns":
      return areKnown(seen.source.columns);
    case "member":
      return isKnown(seen.type);
    default:
      return true;
  }
}

function areKnown(typed: readonly { readonly type: Type }[]): boolean {
  return typed.every(({ type }) => isKnown(type));
}

/** Whether there is nothing in a type that unification could still bind. */
function isKnown(type: Type): boolean {
  const pruned = prune(type);
  if (pruned.kind === "variable" || (pruned.kind === "struct" && pruned.rest !== undefined)) return false;
  return partsOf(pruned).every(isKnown);
}

/** The variables that are visible now, with their types as narrowed now. */
export function seenVariables(ctx: CheckContext): readonly SeenVariable[] {
  return visibleVariables(ctx).map((variable) => ({ variable, type: variableType(ctx, variable) }));
}
