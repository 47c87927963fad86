// The state of one run of a pipeline: which steps may start, which are skipped and why. No time, no input or output: runner.ts drives it.
import { required } from "../../base/failure.ts";
import { stepsAfter } from "../../compiler/effects/step-order.ts";
import type { ConfigValue } from "../catalog/config-values.ts";
import type { PipelineDefinition, PipelineStep } from "../catalog/pipelines.ts";
import type { DoneStep, StepEnd } from "./types.ts";

type StepState =
  | { readonly kind: "waiting" }
  | { readonly kind: "running" }
  /** `done`: completed in an earlier run or attempt. */
  | { readonly kind: "ended"; readonly status: StepEnd["status"] | "done"; readonly result: ConfigValue };

/** A step that is skipped without being started. */
export interface SkippedStep {
  readonly number: number;
  readonly reason: string;
}

/** Steps of one run. Numbers are those of the definition. */
export interface StepPlan {
  /** Steps that may start now. */
  ready(): readonly number[];
  start(number: number): void;
  end(number: number, status: StepEnd["status"], result: ConfigValue): void;
  /** Steps that will never start because of what ended, each told once. */
  takeSkipped(): readonly SkippedStep[];
  /** No step is started any more. */
  stop(reason: string): void;
  /** Names of steps that failed or were cancelled. */
  readonly failed: readonly string[];
  readonly running: number;
  readonly finished: boolean;
  /** Results by step name; null for steps that gave none. Only steps that ended. */
  results(): Readonly<Record<string, ConfigValue>>;
}

/** A plan in which nothing has started. Steps that are completed in `done`, from an earlier attempt or run, need not run. */
export function makePlan(definition: PipelineDefinition, done: readonly DoneStep[]): StepPlan {
  const { steps, order } = definition;
  const states: StepState[] = steps.map(({ name }) => {
    const known = stepNamed(done, name);
    return known?.status === "completed"
      ? { kind: "ended", status: "done", result: known.result }
      : { kind: "waiting" };
  });
  const told = new Set<number>();
  let stopped: string | undefined;
  const stateOf = (number: number): StepState => required(states[number], `state of step ${number}`);
  const step = (number: number): PipelineStep => required(steps[number], `step ${number}`);
  const before = (number: number): readonly number[] =>
    order.edges.filter((edge) => edge.step === number).map((edge) => edge.before);
  const blockedBy = (number: number): string | undefined => {
    for (const other of before(number)) {
      const state = stateOf(other);
      if (state.kind === "ended" && (state.status === "failed" || state.status === "cancelled"))
        return `step ${step(other).name} ${state.status === "failed" ? "failed" : "was cancelled"}`;
      // A step whose condition was false stands in nobody's way; one that was skipped for a failure does.
      if (state.kind === "ended" && state.status === "skipped" && told.has(other))
        return `step ${step(other).name} was skipped`;
    }
    return undefined;
  };
  return {
    ready: () =>
      stopped !== undefined
        ? []
        : order.order.filter(
            (number) =>
              stateOf(number).kind === "waiting" &&
              blockedBy(number) === undefined &&
              before(number).every((other) => stateOf(other).kind === "ended"),
          ),
    start: (number) => {
      states[number] = { kind: "running" };
    },
    end: (number, status, result) => {
      states[number] = { kind: "ended", status, result };
      if (status === "failed" && step(number).onError === "stop") stopped ??= `step ${step(number).name} failed`;
    },
    takeSkipped: () => {
      const skipped: SkippedStep[] = [];
      for (const number of order.order) {
        if (stateOf(number).kind !== "waiting") continue;
        const reason = blockedBy(number) ?? stopped;
        if (reason === undefined) continue;
        told.add(number);
        states[number] = { kind: "ended", status: "skipped", result: null };
        skipped.push({ number, reason });
      }
      return skipped;
    },
    stop: (reason) => {
      stopped ??= reason;
    },
    get failed() {
      return steps.flatMap((each, number) => {
        const state = stateOf(number);
        return state.kind === "ended" && (state.status === "failed" || state.status === "cancelled") ? [each.name] : [];
      });
    },
    get running() {
      return states.filter((state) => state.kind === "running").length;
    },
    get finished() {
      return states.every((state) => state.kind === "ended");
    },
    results: () =>
      Object.fromEntries(
        steps.flatMap((each, number) => {
          const state = stateOf(number);
          return state.kind === "ended" ? [[each.name, state.result] as const] : [];
        }),
      ),
  };
}

/** A completed step that a run takes over from an earlier run. */
export interface TakenStep extends DoneStep {
  readonly number: number;
}

/** What a run from a step on takes over of the last run: what was completed, except that step and everything behind it. */
export function takenOver(
  { steps, order }: PipelineDefinition,
  before: readonly DoneStep[],
  fromStep: string,
): readonly TakenStep[] {
  const first = steps.findIndex((step) => step.name.toLowerCase() === fromStep.toLowerCase());
  const again = new Set([first, ...stepsAfter(order, new Set([first]))]);
  return steps.flatMap(({ name }, number) => {
    const known = stepNamed(before, name);
    return known?.status !== "completed" || again.has(number) ? [] : [{ ...known, name, number }];
  });
}

/** The step of a name, in any case. */
export function stepNamed(steps: readonly DoneStep[], name: string): DoneStep | undefined {
  return steps.find((each) => each.name.toLowerCase() === name.toLowerCase());
}
