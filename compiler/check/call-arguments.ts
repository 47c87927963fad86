// Matching the arguments of a call with parameters: by position, by name, defaults, the rest of a variadic one.
// Knows nothing of types; the callers check these.
import type { Argument, Expression } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";
import type { CheckContext } from "./context.ts";
import { nearest, problem, replaceFix } from "./findings.ts";
import type { Receiver } from "./call-target.ts";

/** What matching needs to know of a parameter. */
export interface ParameterShape {
  readonly name: string;
  readonly hasDefault: boolean;
  readonly variadic: boolean;
}

/** An argument; the receiver of a method call is inferred already. */
export interface GivenArgument {
  readonly value: Expression;
  readonly known: Receiver | undefined;
}

/** Arguments in parameter order. */
export type Matched =
  | { readonly kind: "value"; readonly argument: GivenArgument }
  | { readonly kind: "default" }
  | { readonly kind: "variadic"; readonly arguments: readonly GivenArgument[] };

/** Assigns arguments to parameters; reports too many, missing, unknown and doubled ones. Missing ones count as default then. */
export function matchArguments(
  ctx: CheckContext,
  name: string,
  parameters: readonly ParameterShape[],
  given: readonly Argument[],
  receiver: Receiver | undefined,
  at: Expression,
): readonly Matched[] {
  const slots: (GivenArgument[] | undefined)[] = parameters.map(() => undefined);
  let next = 0;
  let excess = 0;
  const place = (argument: GivenArgument): void => {
    while (next < parameters.length && slots[next] !== undefined && parameters[next]?.variadic !== true) next += 1;
    if (next >= parameters.length) excess += 1;
    else slots[next] = [...(slots[next] ?? []), argument];
  };
  if (receiver !== undefined) place({ value: receiver.expression, known: receiver });
  for (const argument of given) {
    if (argument.name === undefined) place({ value: argument.value, known: undefined });
    else placeNamed(ctx, name, parameters, argument, slots);
  }
  const total = given.length + (receiver === undefined ? 0 : 1);
  if (excess > 0)
    problem(ctx, "TooManyArguments", (given.at(-1) ?? at).span, { name, expected: parameters.length, found: total });
  return parameters.map((parameter, index): Matched => {
    const found = slots[index];
    if (parameter.variadic) return { kind: "variadic", arguments: found ?? [] };
    const [first] = found ?? [];
    if (first !== undefined) return { kind: "value", argument: first };
    if (!parameter.hasDefault) problem(ctx, "MissingArgument", at.span, { name, parameter: parameter.name });
    return { kind: "default" };
  });
}

function placeNamed(
  ctx: CheckContext,
  name: string,
  parameters: readonly ParameterShape[],
  argument: Argument,
  slots: (GivenArgument[] | undefined)[],
): void {
  const written = argument.name;
  if (written === undefined) return;
  const index = parameters.findIndex((parameter) => foldName(parameter.name) === foldName(written.text));
  if (index < 0) {
    const near = nearest(
      written.text,
      parameters.map((parameter) => parameter.name),
    );
    problem(
      ctx,
      "UnknownArgument",
      written.span,
      { name, parameter: written.text },
      near === undefined
        ? { help: parametersText(parameters) }
        : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, written.span, near)] },
    );
    return;
  }
  if (slots[index] !== undefined) problem(ctx, "DoubleArgument", written.span, { parameter: written.text });
  slots[index] = [{ value: argument.value, known: undefined }];
}

function parametersText(parameters: readonly ParameterShape[]): string {
  if (parameters.length === 0) return "It has no parameters.";
  return `Its parameters are ${parameters.map((parameter) => parameter.name).join(", ")}.`;
}
