// Constraints before and after runs: IT-30 to IT-32, IT-38 to IT-40, IT-42 to IT-44, runs per hour.
import { beforeEach, describe, expect, test } from "vitest";
import { makeConstraintChecker, type CheckerWorld } from "../../server/actions/checker.ts";
import type { ConstraintChecker } from "../../server/runs/types.ts";
import type { HookDefinition, ScheduleDefinition } from "../../server/scheduler/types.ts";
import { answered, schedule, stage, type Stage } from "./fixture.ts";

let on: Stage;
let checker: ConstraintChecker;
let schedules: ScheduleDefinition[];
let logs: string[];

function world(): CheckerWorld {
  return {
    store: on.store,
    clock: on.clock,
    outgoing: on.outgoing,
    newId: on.newId,
    scheduleByName: (name) => schedules.find((each) => each.name.toLowerCase() === name.toLowerCase()),
    origin: { cluster: "here", database: "shop.db" },
    handlers: new Map(),
    log: (_level, message) => logs.push(message),
  };
}

beforeEach(() => {
  on = stage();
  schedules = [];
  logs = [];
  checker = makeConstraintChecker(world());
});

const HOOK: HookDefinition = { url: "https://example.org/hook", type: "custom", config: {}, expect: [200] };

describe("IT-44 no constraints", () => {
  test("a run goes on, nothing is asked", async () => {
    const nightly = schedule("nightly");
    expect(await checker.before(on.addRun(nightly, "pending"), nightly, 1)).toEqual({ kind: "proceed", checked: 0 });
  });
});

describe("IT-30, IT-31 max_concurrent_runs and overlap", () => {
  test("skip: suppressed with a violation that has both numbers", async () => {
    const nightly = schedule("nightly", { maxConcurrentRuns: 1 });
    on.addRun(nightly, "running");
    expect(await checker.before(on.addRun(nightly, "pending"), nightly, 1)).toEqual({
      kind: "skip",
      reason: "max_concurrent_runs",
      violations: [
        {
          id: expect.any(String),
          typeId: 1,
          message: "1 run is at work; nightly allows 1.",
          currentValue: 1,
          threshold: 1,
        },
      ],
    });
  });
  test("the run itself, ended runs and runs of others do not count; waiting retries do", async () => {
    const nightly = schedule("nightly", { maxConcurrentRuns: 1 });
    on.addRun(schedule("other"), "running");
    on.addRun(nightly, "completed");
    const run = on.addRun(nightly, "running");
    expect(await checker.before(run, nightly, 1)).toEqual({ kind: "proceed", checked: 1 });
    on.addRun(nightly, "retrying");
    expect(await checker.before(on.addRun(nightly, "pending"), nightly, 1)).toMatchObject({ kind: "skip" });
  });
  test("queue waits, allow does not look, replace cancels the oldest", async () => {
    const queue = schedule("queue", { maxConcurrentRuns: 1, overlap: "queue" });
    on.addRun(queue, "running");
    expect(await checker.before(on.addRun(queue, "pending"), queue, 1)).toEqual({ kind: "wait", violations: [] });
    const allow = schedule("allow", { maxConcurrentRuns: 1, overlap: "allow" });
    on.addRun(allow, "running");
    expect(await checker.before(on.addRun(allow, "pending"), allow, 1)).toMatchObject({ kind: "proceed" });
    const replace = schedule("replace", { maxConcurrentRuns: 2, overlap: "replace" });
    const oldest = on.addRun(replace, "running", { startedAt: 1000 });
    on.addRun(replace, "running", { startedAt: 2000 });
    expect(await checker.before(on.addRun(replace, "pending"), replace, 1)).toMatchObject({
      kind: "replace",
      cancel: [oldest.id],
      violations: [{ typeId: 1, currentValue: 2, threshold: 2 }],
    });
  });
  test("IT-32 of many that ask at once, only as many as allowed go on", async () => {
    const nightly = schedule("nightly", { maxConcurrentRuns: 2 });
    const runs = Array.from({ length: 50 }, () => on.addRun(nightly, "pending"));
    const decisions = await Promise.all(runs.map((run) => checker.before(run, nightly, 1)));
    expect(decisions.filter((decision) => decision.kind === "proceed")).toHaveLength(2);
    // One of them ends: its place is free again.
    const first = runs[decisions.findIndex((decision) => decision.kind === "proceed")];
    on.connection.runText("UPDATE gobi_runs SET status = 'completed' WHERE run_id = ?", [first?.id ?? ""]);
    expect(await checker.before(on.addRun(nightly, "pending"), nightly, 1)).toMatchObject({ kind: "proceed" });
  });
});

test("max_runs_per_hour counts what started within the hour", async () => {
  const nightly = schedule("nightly", { maxRunsPerHour: 2 });
  on.addRun(nightly, "completed", { startedAt: on.clock.nowMs() - 3_600_001 });
  on.addRun(nightly, "completed");
  expect(await checker.before(on.addRun(nightly, "pending", { startedAt: undefined }), nightly, 1)).toMatchObject({
    kind: "proceed",
  });
  on.addRun(nightly, "failed");
  expect(await checker.before(on.addRun(nightly, "pending", { startedAt: undefined }), nightly, 1)).toMatchObject({
    kind: "skip",
    reason: "max_runs_per_hour",
    // The one that was let through counts too.
    violations: [{ typeId: 9, currentValue: 3, threshold: 2 }],
  });
});

test("max_runs_per_hour holds when several ask at once", async () => {
  const nightly = schedule("nightly", { maxRunsPerHour: 2 });
  const runs = Array.from({ length: 5 }, () => on.addRun(nightly, "pending", { startedAt: undefined }));
  const decisions = await Promise.all(runs.map((run) => checker.before(run, nightly, 1)));
  expect(decisions.filter((decision) => decision.kind === "proceed")).toHaveLength(2);
});

describe("IT-40 require_previous_success", () => {
  const extract = schedule("extract");
  const load = (
    options: Partial<NonNullable<ScheduleDefinition["constraints"]["requirePreviousSuccess"]>> = {},
  ): ScheduleDefinition =>
    schedule("load", {
      requirePreviousSuccess: { schedule: "Extract", args: undefined, allowFirst: false, ...options },
    });
  const ask = async (of: ScheduleDefinition): Promise<string> =>
    (await checker.before(on.addRun(of, "pending"), of, 1)).kind;
  beforeEach(() => {
    schedules = [extract];
  });
  test("never run, failed then succeeded, succeeded then failed", async () => {
    expect(await ask(load())).toBe("fail");
    on.addRun(extract, "failed", { scheduledAt: 1000 });
    on.addRun(extract, "completed", { scheduledAt: 2000 });
    expect(await ask(load())).toBe("proceed");
    on.addRun(extract, "failed", { scheduledAt: 3000 });
    on.addRun(extract, "skipped", { scheduledAt: 4000 });
    expect(await checker.before(on.addRun(load(), "pending"), load(), 1)).toMatchObject({
      code: "require_previous_success",
      violations: [{ typeId: 8, currentValue: "failed", threshold: "completed" }],
    });
  });
  test("arguments are compared whatever the order of their names", async () => {
    on.addRun(extract, "completed", { args: { a: 1, b: [2] } });
    expect(await ask(load({ args: { b: [2], a: 1 } }))).toBe("proceed");
    expect(await ask(load({ args: { a: 1 } }))).toBe("fail");
  });
  test("allow_first lets the first one through", async () => {
    expect(await ask(load({ allowFirst: true }))).toBe("proceed");
    const itself = schedule("load", {
      requirePreviousSuccess: { schedule: "load", args: undefined, allowFirst: true },
    });
    expect(await ask(itself)).toBe("proceed");
    schedules = [];
    expect(await ask(load({ allowFirst: true }))).toBe("fail");
  });
});

describe("IT-38, IT-39 hooks", () => {
  const nightly = schedule("nightly", { preRunHook: HOOK, postRunHook: { ...HOOK, url: "https://example.org/after" } });
  test("200 lets it start; the request tells the run", async () => {
    const run = on.addRun(nightly, "pending", { args: { day: "2026-01-31" } });
    expect(await checker.before(run, nightly, 1)).toEqual({ kind: "proceed", checked: 1 });
    expect(JSON.parse(on.sent[0]?.body ?? "")).toEqual({
      hook: "pre_run_hook",
      runId: run.id,
      schedule: "nightly",
      scheduledAt: "2026-01-31T12:00:00.000Z",
      args: { day: "2026-01-31" },
    });
  });
  test.each([204, 302, 500])("%d does not", async (status) => {
    on.answers.set("/hook", answered(status, { body: "why" }));
    expect(await checker.before(on.addRun(nightly, "pending"), nightly, 1)).toEqual({
      kind: "fail",
      code: "pre_run_hook",
      violations: [
        {
          id: expect.any(String),
          typeId: 3,
          message: `The pre_run_hook of nightly answered ${status}.`,
          currentValue: status,
          threshold: [200],
          webhookResponse: { status, body: "why" },
        },
      ],
    });
  });
  test("expect widens the accepted codes", async () => {
    on.answers.set("/hook", answered(204));
    const wide = schedule("nightly", { preRunHook: { ...HOOK, expect: [200, 204] } });
    expect(await checker.before(on.addRun(wide, "pending"), wide, 1)).toMatchObject({ kind: "proceed" });
  });
  test("no answer is a violation with the reason", async () => {
    on.answers.set("/hook", { kind: "failed", reason: "no answer within 10000 ms", final: false });
    expect(await checker.before(on.addRun(nightly, "pending"), nightly, 1)).toMatchObject({
      violations: [{ message: "The pre_run_hook of nightly gave no answer: no answer within 10000 ms." }],
    });
  });
  test("the hook after a run has its own type", async () => {
    const run = on.addRun(nightly, "running");
    expect(await checker.after(run, nightly)).toBeUndefined();
    on.answers.set("/after", answered(500));
    expect(await checker.after(run, nightly)).toMatchObject({ typeId: 4, currentValue: 500 });
  });
  test("it is the last check: what is skipped before asks nobody", async () => {
    const busy = schedule("busy", { preRunHook: HOOK, maxConcurrentRuns: 1 });
    on.addRun(busy, "running");
    await checker.before(on.addRun(busy, "pending"), busy, 1);
    expect(on.sent).toEqual([]);
  });
});

describe("IT-45 constraints of registered kinds", () => {
  const healthy = { typeId: 100, name: "minHealthyInstances", config: { least: 2 }, recheckOnRetry: false };
  const nightly = schedule("nightly", { registered: [healthy] });
  test("the handler decides, and its violation has the kind's number", async () => {
    let found = 1;
    const mine = makeConstraintChecker({
      ...world(),
      handlers: new Map([
        [
          100,
          async (config) =>
            found >= (config as { least: number }).least
              ? undefined
              : { message: "too few instances", currentValue: found, threshold: 2 },
        ],
      ]),
    });
    const run = on.addRun(nightly, "pending");
    expect(await mine.before(run, nightly, 1)).toEqual({
      kind: "fail",
      code: "constraint",
      violations: [
        { id: expect.any(String), typeId: 100, message: "too few instances", currentValue: 1, threshold: 2 },
      ],
    });
    found = 2;
    expect(await mine.before(run, nightly, 1)).toEqual({ kind: "proceed", checked: 1 });
    found = 0;
    expect(await mine.before(run, nightly, 2)).toEqual({ kind: "proceed", checked: 0 });
  });
  test("a kind that nobody checks here is a check that could not be made", async () => {
    expect(await checker.before(on.addRun(nightly, "pending"), nightly, 1)).toMatchObject({ code: "constraint_error" });
    expect(logs[0]).toContain("nobody checks the constraint minHealthyInstances");
  });
});

describe("IT-42, IT-43 retries and checks that cannot be made", () => {
  test("a retry asks only what is to be asked again", async () => {
    const nightly = schedule("nightly", { preRunHook: HOOK });
    const run = on.addRun(nightly, "retrying");
    expect(await checker.before(run, nightly, 2)).toEqual({ kind: "proceed", checked: 0 });
    expect(on.sent).toEqual([]);
    const again = schedule("nightly", { preRunHook: HOOK, recheckOnRetry: [3] });
    expect(await checker.before(run, again, 2)).toEqual({ kind: "proceed", checked: 1 });
  });
  test.each([
    ["closed", { kind: "fail", code: "constraint_error", violations: [] }],
    ["open", { kind: "proceed", checked: 1 }],
  ] as const)("fail_mode %s", async (failMode, decision) => {
    const down = makeConstraintChecker({
      ...world(),
      store: {
        read: async () => {
          throw new TypeError("the store is down");
        },
      },
    });
    const nightly = schedule("nightly", { maxConcurrentRuns: 1, failMode });
    expect(await down.before(on.addRun(nightly, "pending"), nightly, 1)).toEqual(decision);
    expect(logs).toEqual(["A constraint of nightly could not be checked: the store is down"]);
  });
});
