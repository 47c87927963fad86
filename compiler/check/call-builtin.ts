// Calls of intrinsics: choosing the overload, checking arguments, null that passes through, results that depend on the arguments.
// Null rule (bytecode/intrinsic-row.ts): null for a parameter written without `?` makes the result null.
import type { IntrinsicRow } from "../../bytecode/intrinsic-row.ts";
import { propagatesNull, type Signature } from "../../bytecode/intrinsics/signature.ts";
import type { Expression } from "../syntax/tree.ts";
import type { Effects } from "../effects/effects.ts";
import { couldAssign } from "../types/could-assign.ts";
import { listOf, nullable, prune, withoutNull } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { Type } from "../types/type.ts";
import { textAdapts } from "./adapt-text.ts";
import { matchArguments, type GivenArgument, type Matched } from "./call-arguments.ts";
import type { CallSite } from "./call-site.ts";
import type { Receiver } from "./call-target.ts";
import type { CallArgument } from "./checked.ts";
import type { CheckContext } from "./context.ts";
import { because, expectType } from "./expect.ts";
import { UNCOUNTED_ERRORS } from "./error-types.ts";
import { problem } from "./findings.ts";
import { recordEffects, recordRaise } from "./frames.ts";
import { inferFunctionArgument, isFunctionArgument } from "./infer-lambda.ts";
import { intrinsicEffects, signatureType, type SignatureVariables } from "./intrinsic-types.ts";
import { scalarValue } from "./scalar-value.ts";
import type { WorldFunction } from "./world-functions.ts";

/** The overloads of a name, or one function of the world table. */
export type Builtin =
  | { readonly kind: "intrinsics"; readonly name: string; readonly rows: readonly IntrinsicRow[] }
  | { readonly kind: "world"; readonly row: WorldFunction };

interface Chosen {
  readonly key: string;
  readonly parsed: Signature;
  readonly updates: boolean;
  readonly effects: Partial<Effects>;
  readonly raises: readonly string[];
}

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
  const chosen = choose(builtin, receiver, site, types);
  const shapes = chosen.parsed.parameters.map((parameter) => ({
    name: parameter.name,
    hasDefault: parameter.default !== undefined,
    variadic: parameter.variadic,
  }));
  const matched = matchArguments(ctx, chosen.parsed.name, shapes, site.call?.arguments ?? [], receiver, site.node);
  const variables: SignatureVariables = new Map();
  let nullPasses = false;
  for (const [index, each] of matched.entries()) {
    const parameter = chosen.parsed.parameters[index];
    if (parameter === undefined) continue;
    const type = signatureType(ctx, parameter.type, variables);
    for (const argument of argumentsOf(each)) {
      const found = argumentType(ctx, argument, types, type, site);
      const passes = propagatesNull(parameter) && isOptional(found);
      nullPasses ||= passes;
      checkArgument(ctx, chosen, parameter.name, argument.value, found, passes ? nullable(type) : type);
    }
  }
  record(ctx, chosen, matched, receiver, site);
  const result = signatureType(ctx, chosen.parsed.result, variables);
  return refineResult(ctx, chosen, matched, nullPasses ? nullable(result) : result);
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
  expected: Type,
  site: CallSite,
): Type {
  const known = argument.known?.type ?? types.get(argument.value);
  if (known === undefined) return inferFunctionArgument(ctx, argument.value, expected, site.use);
  const wanted = withoutNull(expected);
  const single = wanted.kind === "scalar" || wanted.kind === "enum";
  return single ? scalarValue(ctx, argument.value, known) : known;
}

function isOptional(type: Type): boolean {
  const pruned = prune(type);
  return pruned.kind === "nullable" || pruned.kind === "null";
}

function checkArgument(
  ctx: CheckContext,
  chosen: Chosen,
  name: string,
  value: Expression,
  found: Type,
  expected: Type,
): void {
  if (couldAssign(found, expected) || textAdapts(value, expected)) {
    expectType(ctx, value, found, expected, because(ctx, value.span, `it is passed to ${chosen.parsed.name}`));
    return;
  }
  problem(ctx, "ArgumentType", value.span, { parameter: name, expected: showType(expected), found: showType(found) });
}

/** The first overload that could take the arguments; of several that unknowns allow, one for `any` is preferred. */
function choose(
  builtin: Builtin,
  receiver: Receiver | undefined,
  site: CallSite,
  types: ReadonlyMap<Expression, Type>,
): Chosen {
  if (builtin.kind === "world")
    return {
      key: builtin.row.key,
      parsed: builtin.row.parsed,
      updates: false,
      effects: builtin.row.effects,
      raises: builtin.row.raises,
    };
  const values: (Type | undefined)[] = [];
  if (receiver !== undefined) values.push(receiver.type);
  for (const argument of site.call?.arguments ?? [])
    values.push(argument.name === undefined ? types.get(argument.value) : undefined);
  const fitting = builtin.rows.filter((row) => fits(row.parsed, values));
  const open = values.some((type) => type !== undefined && ["variable", "any"].includes(withoutNull(type).kind));
  const general = open
    ? fitting.find(
        (row) => row.parsed.parameters[0]?.type.kind === "any" || row.parsed.parameters[0]?.type.kind === "variable",
      )
    : undefined;
  const exact = open ? undefined : fitting.find((row) => isExact(row.parsed, values));
  const row = general ?? exact ?? fitting[0] ?? byCount(builtin.rows, values.length);
  return {
    key: row.key,
    parsed: row.parsed,
    updates: row.updates === true,
    effects: intrinsicEffects(row),
    raises: row.raises,
  };
}

function byCount(rows: readonly IntrinsicRow[], count: number): IntrinsicRow {
  const fallback = rows.find((row) => row.parsed.parameters.length >= count) ?? rows[0];
  return fallback as IntrinsicRow;
}

/** Without conversions of numbers, so that abs(1) is the int one whatever the order. */
function isExact(parsed: Signature, values: readonly (Type | undefined)[]): boolean {
  return values.every((type, index) => {
    const parameter = parsed.parameters[index]?.type;
    if (type === undefined || parameter === undefined) return true;
    const inner = parameter.kind === "nullable" ? parameter.inner : parameter;
    const found = withoutNull(type);
    if (inner.kind === "list" && found.kind === "list") {
      const element = inner.element.kind === "nullable" ? inner.element.inner : inner.element;
      const foundElement = withoutNull(found.element);
      return element.kind !== "scalar" || (foundElement.kind === "scalar" && foundElement.name === element.name);
    }
    return inner.kind !== "scalar" || (found.kind === "scalar" && found.name === inner.name);
  });
}

function fits(parsed: Signature, values: readonly (Type | undefined)[]): boolean {
  const { parameters } = parsed;
  const variadic = parameters.at(-1)?.variadic === true;
  const needed = parameters.filter((parameter) => parameter.default === undefined && !parameter.variadic).length;
  if (values.length < needed || (!variadic && values.length > parameters.length)) return false;
  return values.every((type, index) => {
    const parameter = parameters[Math.min(index, parameters.length - 1)];
    if (type === undefined || parameter === undefined) return true;
    const wanted = roughType(parameter.type);
    if (wanted === undefined) return true;
    return couldAssign(type, wanted) || scalarTable(type, wanted);
  });
}

function scalarTable(type: Type, wanted: Type): boolean {
  return withoutNull(type).kind === "table" && wanted.kind === "scalar";
}

/** A signature type with unknowns as any, for the test of overloads. */
function roughType(type: Signature["parameters"][number]["type"]): Type | undefined {
  switch (type.kind) {
    case "scalar":
      return { kind: "scalar", name: type.name };
    case "list":
      return listOf(roughType(type.element) ?? { kind: "any" });
    case "map":
      return { kind: "map", value: roughType(type.value) ?? { kind: "any" } };
    case "table":
      return { kind: "table", row: undefined };
    case "nullable":
      return roughType(type.inner);
    case "function":
      return {
        kind: "function",
        parameters: type.parameters.map((part) => roughType(part) ?? { kind: "any" }),
        result: { kind: "any" },
      };
    case "struct":
      return {
        kind: "struct",
        name: undefined,
        fields: type.fields.map((field) => ({ name: field.name, type: roughType(field.type) ?? { kind: "any" } })),
        rest: undefined,
      };
    case "error":
      return { kind: "error", name: undefined, fields: [] };
    default:
      return undefined;
  }
}

function record(
  ctx: CheckContext,
  chosen: Chosen,
  matched: readonly Matched[],
  receiver: Receiver | undefined,
  site: CallSite,
): void {
  const statement = site.use.place === "code" && ctx.discards.has(site.node);
  const args = matched.map((each, index): CallArgument => {
    if (each.kind === "value")
      return {
        kind: "value",
        value: each.argument.value,
        assignBack: chosen.updates && statement && index === 0 && receiver !== undefined,
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
