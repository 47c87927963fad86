// Pipelines (LANGUAGE.md section 10): keys, steps with what they call, conditions and arguments over the results of earlier steps, and circles in their order.
// Steps are those in `steps` and the procedures of the file whose metadata names the pipeline (`pipeline: 'nightly'` or `'nightly.load'`).
import type {
  CallExpression,
  ConfigBlock,
  ConfigEntry,
  Expression,
  Item,
  Name,
  PipelineDeclaration,
  RoutineDeclaration,
} from "../syntax/tree.ts";
import type { Span } from "../../base/source.ts";
import { namesUsed, orderedStep, orderSteps } from "../effects/step-order.ts";
import { ANY, foldName, nullable } from "../types/make.ts";
import { bodyContext, type ModuleSetting } from "./bodies.ts";
import { matchArguments } from "./call-arguments.ts";
import { checkScheduleNames } from "./declare-schedules.ts";
import { checkConfig, nameOf, namesOf } from "./config-values.ts";
import type { ParameterInfo, RoutineInfo } from "./checked.ts";
import type { CheckContext, ModuleState } from "./context.ts";
import { expectType } from "./expect.ts";
import { lateSeverity, nearest, problem, problemAt, replaceFix } from "./findings.ts";
import { resolveRoutine } from "./routines.ts";
import { checkConstant } from "./schedule-arguments.ts";
import { declareImplicit, inScope } from "./scope.ts";
import { checkStepQuery } from "./step-query.ts";
import { checkStepSql, type StepBody } from "./step-sql.ts";

/** A step as the checker sees it. */
interface StepShape {
  readonly name: string;
  readonly span: Span;
  readonly item: Item;
  /** Put right when a part of the file is checked again (recheck-merge.ts). */
  routine: RoutineInfo | undefined;
  readonly after: readonly string[];
  /** Names in its condition and its arguments. */
  readonly uses: readonly string[];
}

/** A checked pipeline; its order is looked at when the effects of all routines are known. */
export interface PipelineShape {
  readonly declaration: PipelineDeclaration;
  readonly item: Item;
  readonly steps: readonly StepShape[];
}

/** Checks keys and steps; what the SQL of steps came to goes to `bodies`. Undefined when there is nothing to put in order. */
export function checkPipeline(
  setting: ModuleSetting,
  item: Item,
  declaration: PipelineDeclaration,
  bodies: StepBody[],
): PipelineShape | undefined {
  const ctx = bodyContext(setting, item, { kind: "schedule", name: declaration.name.text, level: 0 });
  if (declaration.config === undefined) return undefined;
  const entries = checkConfig(ctx, declaration.config, "pipeline", "A pipeline");
  checkScheduleNames(ctx, entries.get("sched"));
  const value = entries.get("steps")?.value;
  const written = value !== undefined && "kind" in value && value.kind === "list" ? value.elements : [];
  const members = memberSteps(ctx, setting, declaration);
  const steps: StepShape[] = [];
  const read: WrittenStep[] = [];
  for (const element of written) {
    const step = readStep(ctx, element, (name, key, value) => {
      const body =
        key === "query"
          ? checkStepQuery(setting, ctx, name, value)
          : "kind" in value && value.kind === "string"
            ? checkStepSql(setting, ctx, name, value)
            : undefined;
      if (body !== undefined) bodies.push(body);
      return body?.info;
    });
    if (step === undefined) continue;
    read.push(step);
    const other = steps.find((each) => foldName(each.name) === foldName(step.shape.name));
    if (other !== undefined)
      problem(ctx, "DoubleDeclaration", element.span, { name: step.shape.name, other: other.name });
    steps.push(step.shape);
  }
  for (const member of members)
    if (!steps.some((step) => foldName(step.name) === foldName(member.name))) steps.push(member);
  if (steps.length === 0 && !declaration.config.hasHole)
    problem(ctx, "MissingKey", declaration.name.span, { key: "steps", owner: `Pipeline ${declaration.name.text}` });
  for (const step of read) checkStep(ctx, step, steps, declaration);
  return { declaration, item, steps };
}

/** A step that `steps` lists, with its keys. */
interface WrittenStep {
  readonly element: Expression;
  readonly shape: StepShape;
  readonly entries: ReadonlyMap<string, ConfigEntry>;
}

/** Keys of which a step has one at most: they say what it runs. */
const RUNNING = ["call", "sql", "query"] as const;

/** `extract` or `load(after: extract, …)`; `readBody` makes a routine of the SQL or the query template of a step. */
function readStep(
  ctx: CheckContext,
  element: Expression,
  readBody: (name: string, key: "sql" | "query", value: ConfigEntry["value"]) => RoutineInfo | undefined,
): WrittenStep | undefined {
  const name = nameOf(element.kind === "call" ? element.callee : element);
  if (name === undefined) return undefined;
  const entries = element.kind === "call" ? stepEntries(ctx, element) : new Map<string, ConfigEntry>();
  const keys = RUNNING.filter((key) => entries.has(key));
  if (keys.length > 1)
    problem(ctx, "StepTwice", element.span, {
      step: name,
      keys: keys.length === 2 ? `both ${keys.join(" and ")}` : keys.join(", "),
    });
  const own = keys.find((key) => key !== "call");
  const value = own === undefined ? undefined : entries.get(own)?.value;
  const routine =
    own === undefined || value === undefined
      ? resolveRoutine(ctx, nameOf(entries.get("call")?.value) ?? name, undefined)
      : readBody(name, own, value);
  checkValueKeys(ctx, name, entries);
  const uses = namesUsed(["when", "args", "params"].map((key) => expressionOf(entries.get(key))));
  const after = namesOf(entries.get("after")?.value);
  return { element, shape: { name, span: element.span, item: ctx.item, routine, after, uses }, entries };
}

/** Procedures take arguments, templates parameters. */
function checkValueKeys(ctx: CheckContext, step: string, entries: ReadonlyMap<string, ConfigEntry>): void {
  const [wanted, other] = entries.has("query") ? ["params", "args"] : ["args", "params"];
  const found = entries.get(other);
  if (found === undefined) return;
  problem(
    ctx,
    "StepValues",
    found.key.span,
    { step, wanted, found: other },
    entries.has(wanted) ? {} : { fixes: [replaceFix(`Use ${wanted}`, found.key.span, wanted)] },
  );
}

function expressionOf(entry: ConfigEntry | undefined): Expression | undefined {
  return entry !== undefined && "kind" in entry.value ? entry.value : undefined;
}

/** The arguments of a step, read as keys. */
function stepEntries(ctx: CheckContext, step: CallExpression): ReadonlyMap<string, ConfigEntry> {
  const entries: ConfigEntry[] = [];
  for (const argument of step.arguments) {
    if (argument.name === undefined)
      problem(ctx, "UnknownKey", argument.span, { key: textOf(ctx, argument.span), owner: "A step" }, STEP_HELP);
    else entries.push({ key: argument.name, value: argument.value, span: argument.span });
  }
  const block: ConfigBlock = { entries, hasHole: false, span: step.span };
  return checkConfig(ctx, block, "step", "A step");
}

const STEP_HELP = {
  help: "Write it with its key: load(after: extract), load(args: {day: today()}), open(query: 57, params: {day: today()}).",
};

function textOf(ctx: CheckContext, span: Span): string {
  return ctx.item.text.slice(span.start, span.end);
}

/** What a step calls, what it waits for, its condition and its arguments. */
function checkStep(
  ctx: CheckContext,
  { element, shape, entries }: WrittenStep,
  steps: readonly StepShape[],
  declaration: PipelineDeclaration,
): void {
  if (shape.routine === undefined && !entries.has("sql") && !entries.has("query")) {
    const name = nameOf(entries.get("call")?.value) ?? shape.name;
    problem(ctx, "UnknownCallee", element.span, { name }, { severity: lateSeverity(ctx) });
  }
  for (const before of shape.after) {
    if (steps.some((other) => foldName(other.name) === foldName(before))) continue;
    const near = nearest(
      before,
      steps.map((other) => other.name),
    );
    problem(
      ctx,
      "UnknownStep",
      entries.get("after")?.value.span ?? element.span,
      { name: before, pipeline: declaration.name.text },
      near === undefined ? {} : { help: `Did you mean ${near}?` },
    );
  }
  checkValues(ctx, shape, entries, steps, element);
}

/** `when:`, `args:` and `params:` may use the results of the other steps by name; a step that was skipped or gives nothing is null. */
function checkValues(
  ctx: CheckContext,
  shape: StepShape,
  entries: ReadonlyMap<string, ConfigEntry>,
  steps: readonly StepShape[],
  element: Expression,
): void {
  inScope(ctx, () => {
    for (const other of steps)
      if (other !== shape && foldName(other.name) !== foldName(shape.name))
        declareImplicit(ctx, other.name, "let", resultOf(other));
    const when = entries.get("when")?.value;
    if (when !== undefined && "kind" in when && when.kind !== "hole") ctx.rules.checkCondition(ctx, when);
    const args = (entries.get("params") ?? entries.get("args"))?.value;
    if (args !== undefined && (!("kind" in args) || args.kind !== "object")) return;
    const given = args?.fields ?? [];
    const parameters = shape.routine?.parameters;
    if (parameters === undefined) {
      for (const field of given) ctx.rules.infer(ctx, field.value);
      return;
    }
    const key = entries.has("query") ? "params" : "args";
    reportMissing(ctx, shape, parameters, { key, given: given.map(({ name }) => foldName(name.text)) });
    const matched = matchArguments(
      ctx,
      shape.name,
      parameters.map((parameter) => ({ ...parameter, hasDefault: true })),
      given.map((field) => ({ name: field.name, value: field.value, span: field.span })),
      undefined,
      element,
    );
    for (const [index, argument] of matched.entries()) {
      const parameter = parameters[index];
      if (parameter === undefined || argument.kind !== "value") continue;
      const { value } = argument.argument;
      const fits = expectType(ctx, value, ctx.rules.infer(ctx, value, parameter.type), parameter.type);
      // A text that stands for a date or a number is read when the step runs: what would fail then is told here.
      if (fits && value.kind === "string") checkConstant(ctx, value, parameter.type, parameter.name);
    }
  });
}

/** Values that a step needs and is not given. */
function reportMissing(
  ctx: CheckContext,
  { name: step, span }: StepShape,
  parameters: readonly ParameterInfo[],
  { key, given }: { readonly key: string; readonly given: readonly string[] },
): void {
  for (const { name, hasDefault, variadic } of parameters) {
    if (hasDefault || variadic || given.includes(foldName(name))) continue;
    const help = `Add it: ${key}: {${name}: …}.`;
    problem(ctx, "MissingArgument", span, { name: step, parameter: name }, { help });
  }
}

function resultOf(step: StepShape): ReturnType<typeof nullable> {
  const result = step.routine?.result;
  return result === undefined || ["void", "never", "variable", "any"].includes(result.kind) ? ANY : nullable(result);
}

/** Procedures of this file whose metadata names the pipeline. */
function memberSteps(
  ctx: CheckContext,
  setting: ModuleSetting,
  declaration: PipelineDeclaration,
): readonly StepShape[] {
  const found: StepShape[] = [];
  for (const item of setting.state.module.items) {
    if (item.statement.kind !== "routine") continue;
    const routine: RoutineDeclaration = item.statement;
    for (const name of namesOf(entryOf(routine, "pipeline")?.value)) {
      const [pipeline, step] = name.split(".");
      if (pipeline === undefined || foldName(pipeline) !== foldName(declaration.name.text)) continue;
      found.push({
        name: step ?? routine.name.text,
        span: routine.name.span,
        item,
        routine: resolveRoutine(ctx, routine.name.text, undefined),
        after: [],
        uses: [],
      });
    }
  }
  return found;
}

function entryOf(
  routine: RoutineDeclaration,
  key: string,
): { readonly key: Name; readonly value: ConfigEntry["value"] } | undefined {
  return routine.metadata?.entries.find((entry) => foldName(entry.key.text) === key);
}

/** Reports steps that wait for each other. Called when the effects of all routines are known. */
export function reportPipelineCircles(state: ModuleState, pipelines: readonly PipelineShape[]): void {
  for (const { declaration, item, steps } of pipelines) {
    const { circle, edges } = orderSteps(steps.map((step) => orderedStep(step, step.routine?.effects)));
    const [first] = circle;
    const start = first === undefined ? undefined : steps[first];
    if (first === undefined || start === undefined) continue;
    const names = [...circle, first].map((number) => steps[number]?.name ?? "").join(" → ");
    const reasons = circle.flatMap((number, at) => {
      const before = circle[(at + 1) % circle.length];
      const edge = edges.find((each) => each.step === number && each.before === before);
      const [name, other] = [steps[number]?.name ?? "", steps[before ?? number]?.name ?? ""];
      if (edge?.reason.kind === "uses") return [`${name} uses the result of ${other}`];
      return edge?.reason.kind === "data"
        ? [`${name} reads ${edge.reason.table.replace(/^main\./, "")}, which ${other} writes`]
        : [];
    });
    const place = start.item === item ? start.span : declaration.name.span;
    problemAt(
      state,
      { span: place, item },
      "PipelineCircle",
      { pipeline: declaration.name.text, path: names },
      {
        help:
          reasons.length === 0
            ? "Take one of the after keys away."
            : `${reasons.join("; ")}. Say with after which goes first.`,
      },
    );
  }
}
