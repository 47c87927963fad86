// Calls of intrinsics: choosing the overload, checking arguments, null that passes through, results that depend on the arguments.
// Null rule (bytecode/intrinsic-row.ts): null for a parameter written without `?` makes the result null.
import { propagatesNull, type SignatureParameter, type SignatureType } from "../../bytecode/intrinsics/signature.ts";
import type { Expression } from "../syntax/tree.ts";
import { couldAssign } from "../types/could-assign.ts";
import { nullable, prune, withoutNull } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { Type } from "../types/type.ts";
import { textAdapts } from "./adapt-text.ts";
import { matchArguments, type GivenArgument, type Matched } from "./call-arguments.ts";
import type { CallSite } from "./call-site.ts";
import type { Receiver } from "./call-target.ts";
import type { CallArgument } from "./checked.ts";
import { acceptsType, type Builtin, type Chosen, chooseBuiltin, takesScalarsOnly } from "./choose-builtin.ts";
import type { CheckContext } from "./context.ts";
import { because, expectType } from "./expect.ts";
import { UNCOUNTED_ERRORS } from "./error-types.ts";
import { type FindingExtras, problem } from "./findings.ts";
import { recordEffects, recordRaise } from "./frames.ts";
import { inferFunctionArgument, isFunctionArgument } from "./infer-lambda.ts";
import { showSignature, signatureType, type SignatureVariables } from "./intrinsic-types.ts";
import { scalarValue } from "./scalar-value.ts";

/** Checks a call of a built-in function and gives its result. */
export function callBuiltin(ctx: CheckContext, builtin: Builtin, receiver: Receiver | undefined, site: CallSite): Type {
  const types = new Map<Expression, Type>();
  if (receiver !== undefined) types.set(receiver.expression, receiver.type);
  for (const argument of site.call?.arguments ?? []) {
    if (!isFunctionArgument(argument.value))
      types.set(
        argument.value,
        site.use.inferArgument(argument.value, soleExpectation(ctx, builtin, site, argument.value)),
      );
  }
  const chosen = chooseBuiltin(builtin, receiver, site, types);
  const shapes = chosen.parsed.parameters.map((parameter) => ({
    name: parameter.name,
    hasDefault: parameter.default !== undefined,
    variadic: parameter.variadic,
  }));
  const matched = matchArguments(ctx, chosen.parsed.name, shapes, site.call?.arguments ?? [], receiver, site.node);
  const variables: SignatureVariables = storesBack(ctx, chosen, receiver, site) ? itemsOf(chosen, receiver) : new Map();
  let nullPasses = false;
  for (const [index, each] of matched.entries()) {
    const parameter = chosen.parsed.parameters[index];
    if (parameter === undefined) continue;
    const type = signatureType(ctx, parameter.type, variables);
    for (const argument of argumentsOf(each)) {
      const found = argumentType(ctx, argument, types, parameter.type, type, site);
      const passes = propagatesNull(parameter) && isOptional(found);
      nullPasses ||= passes;
      checkArgument(ctx, chosen, parameter, argument.value, found, passes ? nullable(type) : type);
    }
  }
  record(ctx, chosen, matched, receiver, site);
  const result = signatureType(ctx, chosen.parsed.result, variables);
  return refineResult(ctx, chosen, matched, nullPasses ? nullable(result) : result);
}

/** `xs.push(v);` as a statement changes xs. */
function storesBack(ctx: CheckContext, chosen: Chosen, receiver: Receiver | undefined, site: CallSite): boolean {
  return chosen.updates && site.use.place === "code" && ctx.discards.has(site.node) && receiver !== undefined;
}

/** What is stored back has the type it had: items are of the receiver's own type, not of a wider one. */
function itemsOf(chosen: Chosen, receiver: Receiver | undefined): SignatureVariables {
  const wanted = chosen.parsed.parameters[0]?.type;
  const given = receiver === undefined ? undefined : withoutNull(receiver.type);
  if (wanted?.kind === "list" && wanted.element.kind === "variable" && given?.kind === "list")
    return new Map([[wanted.element.name, given.element]]);
  if (wanted?.kind === "map" && wanted.value.kind === "variable" && given?.kind === "map")
    return new Map([[wanted.value.name, given.value]]);
  return new Map();
}

/** With one overload only, its parameter types help to infer literals: `f([])`. */
function soleExpectation(ctx: CheckContext, builtin: Builtin, site: CallSite, value: Expression): Type | undefined {
  const parsed =
    builtin.kind === "world" ? builtin.row.parsed : builtin.rows.length === 1 ? builtin.rows[0]?.parsed : undefined;
  const index = site.call?.arguments.findIndex((argument) => argument.value === value) ?? -1;
  const parameter = parsed?.parameters[index];
  if (parameter === undefined || parameter.type.kind !== "scalar") return undefined;
  return signatureType(ctx, parameter.type, new Map());
}

function argumentsOf(matched: Matched): readonly GivenArgument[] {
  return matched.kind === "value" ? [matched.argument] : matched.kind === "variadic" ? matched.arguments : [];
}

function argumentType(
  ctx: CheckContext,
  argument: GivenArgument,
  types: ReadonlyMap<Expression, Type>,
  signature: SignatureType,
  expected: Type,
  site: CallSite,
): Type {
  const known = argument.known?.type ?? types.get(argument.value);
  if (known === undefined) return inferFunctionArgument(ctx, argument.value, expected, site.use);
  const wanted = withoutNull(expected);
  const single = wanted.kind === "scalar" || wanted.kind === "enum" || takesScalarsOnly(signature);
  return single ? scalarValue(ctx, argument.value, known) : known;
}

function isOptional(type: Type): boolean {
  const pruned = prune(type);
  return pruned.kind === "nullable" || pruned.kind === "null";
}

function checkArgument(
  ctx: CheckContext,
  chosen: Chosen,
  parameter: SignatureParameter,
  value: Expression,
  found: Type,
  expected: Type,
): void {
  if (!acceptsType(found, parameter.type)) {
    const data = { parameter: parameter.name, expected: showSignature(parameter.type), found: showType(found) };
    return problem(ctx, "ArgumentType", value.span, data, castHelp(found, parameter.type));
  }
  if (couldAssign(found, expected) || textAdapts(value, expected)) {
    expectType(ctx, value, found, expected, because(ctx, value.span, `it is passed to ${chosen.parsed.name}`));
    return;
  }
  problem(ctx, "ArgumentType", value.span, {
    parameter: parameter.name,
    expected: showType(expected),
    found: showType(found),
  });
}

/** A text where a date is taken: the usual case has a cast. */
function castHelp(found: Type, wanted: SignatureType): FindingExtras {
  const type = withoutNull(found);
  const dates = wanted.kind === "any" && wanted.oneOf?.some((each) => each.kind === "scalar" && each.name === "date");
  return dates === true && type.kind === "scalar" && type.name === "string"
    ? { help: "Cast the text first: `x :: date` or `x :: timestamp`." }
    : {};
}

function record(
  ctx: CheckContext,
  chosen: Chosen,
  matched: readonly Matched[],
  receiver: Receiver | undefined,
  site: CallSite,
): void {
  const back = storesBack(ctx, chosen, receiver, site);
  const args = matched.map((each, index): CallArgument => {
    if (each.kind === "value")
      return {
        kind: "value",
        value: each.argument.value,
        assignBack: back && index === 0,
      };
    if (each.kind === "variadic") return { kind: "variadic", values: each.arguments.map((argument) => argument.value) };
    return { kind: "default", parameter: undefined };
  });
  ctx.state.calls.set(site.node, { kind: "intrinsic", intrinsic: chosen.key, args });
  if (Object.keys(chosen.effects).length > 0) recordEffects(ctx, chosen.effects);
  for (const error of chosen.raises)
    if (!UNCOUNTED_ERRORS.has(error)) recordRaise(ctx, error, site.node.span, `the call of ${chosen.parsed.name}`);
}

/** `coalesce` is not null when one of its values never is. */
function refineResult(ctx: CheckContext, chosen: Chosen, matched: readonly Matched[], result: Type): Type {
  if (chosen.key !== "coalesce") return result;
  const values = matched.flatMap(argumentsOf);
  const certain = values.some(({ value }) => {
    const type = prune(ctx.state.types.get(value) ?? { kind: "any" });
    return (
      type.kind !== "nullable" &&
      type.kind !== "null" &&
      type.kind !== "any" &&
      type.kind !== "table" &&
      type.kind !== "variable"
    );
  });
  return certain ? withoutNull(result) : result;
}
