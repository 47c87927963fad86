// Running pipelines on a worker that the test plays: order, side by side, conditions, arguments, failures, retries, stopping, resuming.
import { beforeEach, expect, test } from "vitest";
import { orderSteps } from "../../compiler/effects/step-order.ts";
import type { ConfigValue } from "../../server/catalog/config-values.ts";
import type { PipelineDefinition, PipelineStep } from "../../server/catalog/pipelines.ts";
import { makePipelineRunner } from "../../server/pipelines/runner.ts";
import { EngineError } from "../../storage/engine.ts";
import type { DoneStep, PipelineWorld, StepEnd } from "../../server/pipelines/types.ts";
import type { LogLine, RunningTask, RunRow, Task, TaskOutcome } from "../../server/runs/types.ts";

const ROW: RunRow = {
  id: "r1",
  kind: "manual",
  scheduleId: undefined,
  parentRunId: undefined,
  target: { kind: "pipeline", name: "nightly" },
  args: {},
  scheduledAt: 0,
  startedAt: undefined,
  completedAt: undefined,
  status: "running",
  errorCode: undefined,
  error: undefined,
  skipReason: undefined,
  attempt: 1,
  priority: 5,
  instanceId: undefined,
  fencing: undefined,
  heartbeatAt: undefined,
  cancelRequestedAt: undefined,
  fromStep: undefined,
  notBefore: undefined,
};

const completed = (value: ConfigValue): TaskOutcome => ({ kind: "completed", value, metrics: {} });
const failed = (message: string, retryable = true): TaskOutcome => ({
  kind: "failed",
  code: "Broken",
  message,
  stack: undefined,
  retryable,
});

function step(name: string, options: Partial<PipelineStep> = {}): PipelineStep {
  return {
    name,
    call: name,
    sql: undefined,
    query: undefined,
    after: [],
    when: undefined,
    args: undefined,
    uses: [],
    retries: 0,
    timeoutMs: undefined,
    onError: "stop",
    ...options,
  };
}

function pipeline(...steps: readonly PipelineStep[]): PipelineDefinition {
  return {
    id: "p1",
    name: "nightly",
    version: 1,
    enabled: true,
    source: "",
    steps,
    order: orderSteps(
      steps.map(({ name, after, uses }) => ({ name, after, uses, reads: [], writes: [], dynamic: false })),
    ),
    maxParallel: undefined,
    memoryBytesMax: undefined,
    fuelMax: undefined,
  };
}

/** A worker, clock and record that the test drives; what happens is told in `events`. */
interface Stage {
  readonly events: string[];
  readonly logs: LogLine[];
  world: PipelineWorld;
  /** Ends the running task of this name. */
  end(name: string, outcome: TaskOutcome): Promise<void>;
  /** Fires the oldest timer. */
  tick(): Promise<void>;
  answers: Map<string, (args: ConfigValue) => TaskOutcome>;
  done: DoneStep[];
  doneBefore: DoneStep[];
}

let stage: Stage;
let definition: PipelineDefinition;

/** Lets everything that is ready happen. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function makeStage(): Stage {
  const events: string[] = [];
  const running = new Map<string, (outcome: TaskOutcome) => void>();
  const timers: (() => void)[] = [];
  const made: Stage = {
    events,
    logs: [],
    answers: new Map(),
    done: [],
    doneBefore: [],
    end: async (name, outcome) => {
      running.get(name)?.(outcome);
      await settle();
    },
    tick: async () => {
      timers.shift()?.();
      await settle();
    },
    world: {
      worker: {
        stoppableInsideStatements: true,
        close: async () => undefined,
        deliverTriggers: async () => false,
        start: (task): RunningTask => {
          const { name } = task.run.target;
          const answer = made.answers.get(name);
          events.push(`run ${name} ${JSON.stringify(task.run.args)}`);
          if (answer !== undefined) return { outcome: Promise.resolve(answer(task.run.args)), stop: () => undefined };
          const outcome = new Promise<TaskOutcome>((resolve) => running.set(name, resolve));
          return {
            outcome,
            stop: (reason) => {
              events.push(`stop ${name} ${reason}`);
              running.get(name)?.({ kind: "cancelled" });
            },
          };
        },
      },
      clock: {
        nowMs: () => 0,
        monotonicMs: () => 0,
        timer: (_afterMs, callback) => {
          timers.push(callback);
          return () => {
            const at = timers.indexOf(callback);
            if (at >= 0) timers.splice(at, 1);
          };
        },
      },
      record: {
        started: async (_run, _attempt, no, name) => void events.push(`started ${no} ${name}`),
        ended: async (_run, _attempt, no, name, end: StepEnd) =>
          void events.push(`${end.status} ${no} ${name}${end.error === undefined ? "" : `: ${end.error}`}`),
        ofRun: async () => made.done,
        before: async () => made.doneBefore,
      },
      definition: (name) => (name === "nightly" ? definition : undefined),
    },
  };
  return made;
}

function start(options: Partial<Task> = {}): RunningTask {
  return makePipelineRunner(stage.world).start({ run: ROW, attempt: 1, limits: {}, ...options }, (line) =>
    stage.logs.push(line),
  );
}

beforeEach(() => {
  stage = makeStage();
});

test("steps that wait for nobody run side by side, the others after them", async () => {
  definition = pipeline(step("extract"), step("clean"), step("load", { after: ["extract", "clean"] }));
  const run = start();
  await settle();
  expect(stage.events).toEqual(["started 1 extract", "started 2 clean", "run extract {}", "run clean {}"]);
  await stage.end("clean", completed([1, 2]));
  expect(stage.events).not.toContain("started 3 load");
  await stage.end("extract", completed(3));
  expect(stage.events.slice(-2)).toEqual(["started 3 load", "run load {}"]);
  await stage.end("load", completed(null));
  expect(await run.outcome).toEqual(completed({ extract: 3, clean: [1, 2], load: null }));
});

test("max_parallel holds the rest back", async () => {
  definition = { ...pipeline(step("a"), step("b")), maxParallel: 1 };
  start();
  await settle();
  expect(stage.events).toEqual(["started 1 a", "run a {}"]);
  await stage.end("a", completed(1));
  expect(stage.events.at(-1)).toBe("run b {}");
});

test("max_parallel of 0, from before it was refused, is one", async () => {
  definition = { ...pipeline(step("a")), maxParallel: 0 };
  stage.answers.set("a", () => completed(1));
  expect(await start().outcome).toEqual(completed({ a: 1 }));
});

test("a condition that is false skips the step, not what comes after it", async () => {
  definition = pipeline(step("a"), step("b", { after: ["a"], when: "a > 3" }), step("c", { after: ["b"] }));
  stage.answers.set("a", () => completed(2));
  stage.answers.set("a > 3", (args) => {
    expect(args).toEqual({ a: 2, b: null, c: null });
    return completed(false);
  });
  stage.answers.set("c", () => completed(7));
  expect(await start().outcome).toEqual(completed({ a: 2, b: null, c: 7 }));
  expect(stage.events).toContain("skipped 2 b: its condition a > 3 is false");
});

test("arguments are made of earlier results", async () => {
  definition = pipeline(step("a"), step("b", { after: ["a"], args: "{day: a}" }));
  stage.answers.set("a", () => completed("2026-01-31"));
  stage.answers.set("{day: a}", (args) => completed({ day: (args as { a: string }).a }));
  stage.answers.set("b", () => completed(null));
  await start().outcome;
  expect(stage.events).toContain('run b {"day":"2026-01-31"}');
});

test("a failed step stops the pipeline; what waited for it is skipped with the reason", async () => {
  definition = pipeline(step("a"), step("b", { after: ["a"] }), step("c", { after: ["b"] }));
  stage.answers.set("a", () => failed("no such table"));
  expect(await start().outcome).toMatchObject({
    kind: "failed",
    code: "StepFailed",
    message: expect.stringContaining("FROM a"),
  });
  expect(stage.events.slice(-3)).toEqual([
    "failed 1 a: Broken: no such table",
    "skipped 2 b: step a failed",
    "skipped 3 c: step b was skipped",
  ]);
  expect(stage.logs.map((line) => line.message)).toEqual(["a: Broken: no such table"]);
});

test("on_error continue lets independent steps go on", async () => {
  definition = pipeline(step("a", { onError: "continue" }), step("b", { after: ["a"] }), step("c"));
  definition = { ...definition, maxParallel: 1 };
  stage.answers.set("a", () => failed("no"));
  stage.answers.set("c", () => completed(1));
  expect(await start().outcome).toMatchObject({ code: "StepFailed" });
  expect(stage.events).toContain("completed 3 c");
  expect(stage.events).toContain("skipped 2 b: step a failed");
});

test("a step is tried again, with a growing wait, only when that can help", async () => {
  definition = pipeline(step("a", { retries: 2 }), step("b", { retries: 2 }));
  let tries = 0;
  stage.answers.set("a", () => {
    tries += 1;
    return tries < 3 ? failed("The database is locked.") : completed(1);
  });
  stage.answers.set("b", () => failed("does not compile", false));
  const run = start();
  await settle();
  await stage.tick();
  await stage.tick();
  expect(await run.outcome).toMatchObject({ code: "StepFailed", message: expect.stringContaining("Step b") });
  expect(tries).toBe(3);
  expect(stage.events.filter((event) => event.startsWith("run b"))).toHaveLength(1);
  expect(stage.logs.map((line) => line.message)).toContain(
    "a: Broken: The database is locked. It is tried again in 2 s.",
  );
});

test("a step over its time is stopped and fails", async () => {
  definition = pipeline(step("a", { timeoutMs: 50 }));
  const run = start();
  await settle();
  await stage.tick();
  expect(await run.outcome).toMatchObject({ code: "StepFailed" });
  expect(stage.events).toContain("stop a timeout");
  expect(stage.events).toContain("failed 1 a: Timeout: It ran longer than 50 ms.");
});

test("cancelling stops what runs and starts nothing more; twice is once", async () => {
  definition = pipeline(step("a"), step("b", { after: ["a"] }));
  const run = start();
  await settle();
  run.stop("cancelled");
  run.stop("cancelled");
  expect(await run.outcome).toEqual({ kind: "cancelled" });
  expect(stage.events).toEqual([
    "started 1 a",
    "run a {}",
    "stop a cancelled",
    "cancelled 1 a",
    "skipped 2 b: step a was cancelled",
  ]);
});

test("a step that somebody else cancelled does not count as done", async () => {
  definition = pipeline(step("a"), step("b", { after: ["a"] }));
  stage.answers.set("a", () => ({ kind: "cancelled" }));
  expect(await start().outcome).toMatchObject({ kind: "failed", code: "StepFailed" });
  expect(stage.events).toContain("skipped 2 b: step a was cancelled");
});

test("FROM a step takes what was completed from the last run and runs everything behind it again", async () => {
  definition = pipeline(step("a"), step("b", { after: ["a"] }), step("c", { after: ["b"] }), step("d"));
  stage.doneBefore = [
    { name: "a", status: "completed", result: 5 },
    { name: "b", status: "failed", result: null },
    { name: "c", status: "completed", result: 1 },
  ];
  for (const name of ["b", "c", "d"]) stage.answers.set(name, () => completed(name));
  expect(await start({ fromStep: "B" }).outcome).toEqual(completed({ a: 5, b: "b", c: "c", d: "d" }));
  expect(stage.events.filter((event) => event.startsWith("run"))).toEqual(["run b {}", "run d {}", "run c {}"]);
  // What was taken over is recorded before anything runs, for who goes on from this run.
  expect(stage.events[0]).toBe("completed 1 a");
});

test("a second attempt goes on where the first one failed", async () => {
  definition = pipeline(step("a"), step("b", { after: ["a"] }));
  stage.done = [{ name: "a", status: "completed", result: 5 }];
  stage.answers.set("b", () => completed(6));
  expect(await start({ attempt: 2 }).outcome).toEqual(completed({ a: 5, b: 6 }));
});

test("an attempt after the first takes over what the first did not come to record", async () => {
  definition = pipeline(step("a"), step("b"), step("c", { after: ["a", "b"] }));
  stage.doneBefore = ["a", "b"].map((name) => ({ name, status: "completed", result: 1 }));
  stage.done = [{ name: "a", status: "completed", result: 5 }];
  stage.answers.set("c", () => completed(6));
  expect(await start({ attempt: 2, fromStep: "c" }).outcome).toEqual(completed({ a: 5, b: 1, c: 6 }));
  expect(stage.events[0]).toBe("completed 2 b");
});

test("what is stopped while a skipped step is recorded is recorded too", async () => {
  definition = {
    ...pipeline(step("a", { onError: "continue" }), step("b", { after: ["a"] }), step("c")),
    maxParallel: 1,
  };
  stage.answers.set("a", () => failed("no", false));
  const { record } = stage.world;
  const running: { run: RunningTask | undefined } = { run: undefined };
  stage.world = {
    ...stage.world,
    record: {
      ...record,
      ended: async (run, attempt, no, name, end) => {
        await record.ended(run, attempt, no, name, end);
        if (name === "b") running.run?.stop("cancelled");
      },
    },
  };
  running.run = start();
  expect(await running.run.outcome).toEqual({ kind: "cancelled" });
  expect(stage.events.slice(-2)).toEqual(["skipped 2 b: step a failed", "skipped 3 c: the pipeline was cancelled"]);
});

test("when a record is refused, the other steps are stopped and have ended before the error goes on", async () => {
  definition = pipeline(step("a"), step("c"));
  const { record } = stage.world;
  stage.world = {
    ...stage.world,
    record: {
      ...record,
      ended: async (run, attempt, no, name, end) => {
        if (name === "a") throw new EngineError("The disk is full.", { kind: "other", code: "FULL" });
        await record.ended(run, attempt, no, name, end);
      },
    },
  };
  const run = start();
  const told = run.outcome.catch((error: unknown) => {
    stage.events.push("told");
    return error;
  });
  await settle();
  await stage.end("a", completed(1));
  expect(await told).toBeInstanceOf(EngineError);
  expect(stage.events.slice(-3)).toEqual(["stop c cancelled", "cancelled 2 c", "told"]);
});

test("waits between tries grow up to a minute", async () => {
  definition = pipeline(step("a", { retries: 8 }));
  stage.answers.set("a", () => failed("busy"));
  const run = start();
  await settle();
  for (let tries = 0; tries < 8; tries += 1) await stage.tick();
  await run.outcome;
  const waits = stage.logs.flatMap((line) => /again in (\d+) s/u.exec(line.message)?.[1] ?? []);
  expect(waits).toEqual(["1", "2", "4", "8", "16", "32", "60", "60"]);
});

test("unknown pipelines, unknown steps and circles are told", async () => {
  definition = pipeline(step("a", { after: ["b"] }), step("b", { after: ["a"] }));
  expect(await start().outcome).toMatchObject({ code: "PipelineCircle" });
  definition = pipeline(step("a"));
  expect(await start({ fromStep: "x" }).outcome).toMatchObject({
    code: "NoSuchObject",
    message: "Pipeline nightly has no step named x.",
    retryable: false,
  });
  const other = { ...ROW, target: { kind: "pipeline", name: "none" } } as const;
  expect(await start({ run: other }).outcome).toMatchObject({ message: "There is no pipeline named none." });
});
