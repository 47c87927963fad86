// How an editor asks the checker what is visible at a place: it puts a word that nothing is named by there, checks the text, and the rules that
// look up names write down what they had to choose from when they meet the word. Costs nothing where no probe is set.
import type { CheckContext } from "./context.ts";
import { variableType, visibleVariables } from "./scope.ts";
import type { Seen, SeenVariable } from "./seen.ts";

/** Writes down what could stand where `name` stands, if that is the probe. */
export function noteProbe(ctx: CheckContext, name: string, seen: () => Seen): void {
  const { probe } = ctx.state.environment;
  if (probe !== undefined && probe.name === name) probe.seen = seen();
}

/** The variables that are visible now, with their types as narrowed now. */
export function seenVariables(ctx: CheckContext): readonly SeenVariable[] {
  return visibleVariables(ctx).map((variable) => ({ variable, type: variableType(ctx, variable) }));
}
