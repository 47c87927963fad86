// Arguments that a schedule gives to what it runs: by name, as constants, each of the type of its parameter. They are kept as data and become values when a run starts:
// what would fail then is told here.
import { CAST_FAILED, castValue } from "../../base/value/cast.ts";
import { assignType } from "../types/assign.ts";
import { foldName, fieldsOf as fieldsOfType, mayBeNull, prune, withoutNull } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { ScalarType, StructType, Type } from "../types/type.ts";
import type { ConfigBlock, ConfigEntry, Expression } from "../syntax/tree.ts";
import type { RoutineInfo } from "./checked.ts";
import { nameOf } from "./config-values.ts";
import type { CheckContext } from "./context.ts";
import { reportMismatch } from "./expect.ts";
import { nearest, problem, replaceFix } from "./findings.ts";
import { resolveRoutine } from "./routines.ts";
import { fieldsOf } from "./schedule-actions.ts";

type Constant = ConfigBlock | Expression;

/** Arguments by name: those that the routine does not have are errors, and those of another type; that one is missing is told, for RUN SCHEDULE … WITH may give it. */
export function checkArguments(
  ctx: CheckContext,
  routine: RoutineInfo,
  call: ConfigEntry,
  args: ConfigEntry | undefined,
): void {
  const given = args === undefined ? [] : (fieldsOf(args.value) ?? []);
  const names = routine.parameters.map((parameter) => parameter.name);
  for (const { name, value } of given) {
    if (name === undefined) continue;
    const parameter = routine.parameters.find((each) => foldName(each.name) === foldName(name.text));
    if (parameter === undefined) reportUnknown(ctx, routine.name, names, name);
    else checkConstant(ctx, value, parameter.type, parameter.name);
  }
  for (const parameter of routine.parameters) {
    const isGiven = given.some(({ name }) => name !== undefined && foldName(name.text) === foldName(parameter.name));
    if (isGiven || parameter.hasDefault || parameter.variadic) continue;
    problem(
      ctx,
      "MissingArgument",
      call.value.span,
      { name: routine.name, parameter: parameter.name },
      { severity: "warning", help: `Add it: args: { ${parameter.name}: … }.` },
    );
  }
}

/** RUN SCHEDULE … WITH {…}, after its values were inferred: looked at where this file declares the schedule. */
export function checkRunArguments(ctx: CheckContext, schedule: string, given: Expression): void {
  const call = nameOf(callOf(ctx, schedule)?.value);
  const routine = call === undefined ? undefined : resolveRoutine(ctx, call, undefined);
  if (routine === undefined || given.kind !== "object") return;
  const names = routine.parameters.map((parameter) => parameter.name);
  for (const { name, value } of given.fields) {
    const parameter = routine.parameters.find((each) => foldName(each.name) === foldName(name.text));
    const type = ctx.state.types.get(value);
    if (parameter === undefined) reportUnknown(ctx, routine.name, names, name);
    else if (value.kind !== "name" && describe(value) !== undefined)
      checkConstant(ctx, value, parameter.type, parameter.name);
    else if (type !== undefined) {
      const found = assignType(type, parameter.type);
      if (found !== undefined) reportMismatch(ctx, value.span, found, type, parameter.type);
    }
  }
}

function callOf(ctx: CheckContext, schedule: string): ConfigEntry | undefined {
  for (const { statement } of ctx.state.module.items)
    if (statement.kind === "schedule" && foldName(statement.name.text) === foldName(schedule))
      return statement.config?.entries.find((entry) => foldName(entry.key.text) === "call");
  return undefined;
}

function reportUnknown(
  ctx: CheckContext,
  routine: string,
  names: readonly string[],
  name: { readonly text: string; readonly span: Expression["span"] },
): void {
  const near = nearest(name.text, names);
  problem(
    ctx,
    "UnknownArgument",
    name.span,
    { name: routine, parameter: name.text },
    near === undefined
      ? { help: names.length === 0 ? "It has no parameters." : `Its parameters are ${names.join(", ")}.` }
      : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, name.span, near)] },
  );
}

/** Checks one constant against the type that it is to have: a text for a date must be one, too. What is inferred elsewhere is not known here and takes anything. `owner`: whose value it is. */
export function checkConstant(ctx: CheckContext, constant: Constant, expected: Type, owner: string): void {
  const fields = fieldsOf(constant);
  const value = "kind" in constant && constant.kind === "parenthesized" ? constant.inner : constant;
  if ("kind" in value && value.kind === "hole") return;
  const found = describe(value);
  if (found === undefined) {
    problem(ctx, "WrongKeyType", value.span, {
      key: owner,
      expected: "a value as it stands",
      found: ctx.item.text.slice(value.span.start, value.span.end),
    });
    return;
  }
  const type = prune(expected);
  const plain = prune(withoutNull(type));
  if (found.type === "null") {
    if (!mayBeNull(type) && plain.kind !== "variable") mismatch(ctx, value, expected, "null");
    return;
  }
  switch (plain.kind) {
    case "scalar":
      checkScalar(ctx, value, plain, found);
      return;
    case "enum":
      if (found.text === undefined) mismatch(ctx, value, expected, found.type);
      else if (!plain.values.includes(found.text)) {
        const near = nearest(found.text, plain.values);
        const help =
          near === undefined
            ? `Its values are ${plain.values.map((each) => `'${each}'`).join(", ")}.`
            : `Did you mean '${near}'?`;
        problem(ctx, "UnknownEnumValue", value.span, { value: `'${found.text}'`, type: plain.name }, { help });
      }
      return;
    case "list":
      if (!("kind" in value) || value.kind !== "list") mismatch(ctx, value, expected, found.type);
      else for (const element of value.elements) checkConstant(ctx, element, plain.element, owner);
      return;
    case "map":
      if (fields === undefined) mismatch(ctx, value, expected, found.type);
      else for (const field of fields) checkConstant(ctx, field.value, plain.value, owner);
      return;
    case "struct":
      if (fields === undefined) mismatch(ctx, value, expected, found.type);
      else checkStruct(ctx, value, fields, plain, owner);
      return;
    default:
      return;
  }
}

function checkStruct(
  ctx: CheckContext,
  value: Constant,
  given: NonNullable<ReturnType<typeof fieldsOf>>,
  type: StructType,
  owner: string,
): void {
  const known = fieldsOfType(type);
  for (const { name, value: field } of given) {
    const wanted = name && known.find((each) => foldName(each.name) === foldName(name.text));
    if (wanted !== undefined) checkConstant(ctx, field, wanted.type, `${owner}.${wanted.name}`);
  }
  const missing = known.filter(
    ({ name, type: wanted }) =>
      !mayBeNull(wanted) && !given.some((each) => each.name && foldName(each.name.text) === foldName(name)),
  );
  if (missing.length > 0)
    problem(ctx, "MissingFields", value.span, {
      fields: missing.map(({ name }) => name).join(", "),
      type: showType(type),
    });
}

function mismatch(ctx: CheckContext, value: Constant, expected: Type, found: string): void {
  problem(ctx, "TypeMismatch", value.span, { expected: showType(expected), found });
}

/** A constant as the program means it. */
interface Found {
  /** Name of its type. */
  readonly type: string;
  /** Of texts, bare words too, and of dates and times. */
  readonly text?: string;
  readonly value?: number | boolean;
}

/** What a constant is; undefined for what is none. */
function describe(value: Constant): Found | undefined {
  if ("entries" in value) return { type: "struct" };
  switch (value.kind) {
    case "string":
      return { type: "string", text: value.value };
    case "name":
      return { type: "string", text: value.name.text };
    case "number":
      return { type: value.form, value: Number(value.text.replaceAll("_", "").replace(/d$/i, "")) };
    case "boolean":
      return { type: "bool", value: value.value };
    case "null":
      return { type: "null" };
    case "temporal":
      return { type: value.type, ...(value.text === undefined ? {} : { text: value.text }) };
    case "list":
      return { type: "list" };
    case "object":
      return { type: "struct" };
    case "unary": {
      const operand = value.operator === "-" ? describe(value.operand) : undefined;
      return typeof operand?.value === "number" ? { type: operand.type, value: -operand.value } : undefined;
    }
    default:
      return undefined;
  }
}

/** Types whose constants are taken for others: numbers widen, texts stand for dates and the like, everything is JSON. */
const TAKEN: Readonly<Record<ScalarType["name"], readonly string[]>> = {
  int: ["int"],
  float: ["int", "float", "decimal"],
  decimal: ["int", "float", "decimal"],
  bool: ["bool"],
  string: ["string"],
  bytes: ["string"],
  date: ["string", "date"],
  time: ["string", "time"],
  timestamp: ["string", "date", "timestamp", "timestamptz"],
  timestamptz: ["string", "date", "timestamp", "timestamptz"],
  interval: ["string", "interval"],
  json: [
    "int",
    "float",
    "decimal",
    "bool",
    "string",
    "list",
    "struct",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "interval",
  ],
  uuid: ["string"],
};

function checkScalar(ctx: CheckContext, value: Constant, wanted: ScalarType, found: Found): void {
  const given = found.value ?? found.text;
  const taken = TAKEN[wanted.name].includes(found.type);
  if (taken && (given === undefined || wanted.name === "json")) return;
  const target = { ...wanted, type: wanted.name };
  if (taken && given !== undefined && castValue(given, target) !== CAST_FAILED) return;
  const text = ctx.item.text.slice(value.span.start, value.span.end);
  mismatch(ctx, value, wanted, taken ? text : found.type);
}
