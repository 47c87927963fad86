// Actions after the outcome of a run: IT-50, IT-52, IT-54 to IT-60 as far as one process goes.
import { beforeEach, describe, expect, test } from "vitest";
import { makeActionRunner, type ActionWorld } from "../../server/actions/actions.ts";
import type { ActionRunRow } from "../../server/runs/writes/records.ts";
import type { DeliveryRow } from "../../server/runs/writes/deliveries.ts";
import type { ActionRunner, FireOn, RunRequest, Violation } from "../../server/runs/types.ts";
import type { ActionBinding, ActionDefinition, ScheduleDefinition } from "../../server/scheduler/types.ts";
import { schedule, stage, type Stage } from "./fixture.ts";

let on: Stage;
let runner: ActionRunner;
let schedules: ScheduleDefinition[];
let rows: ActionRunRow[];
let requests: RunRequest[];
let cancelled: string[];
let skipped: string[];
let delivered: DeliveryRow[];
let answer: (request: RunRequest) => string | undefined;

beforeEach(() => {
  on = stage();
  schedules = [];
  rows = [];
  requests = [];
  cancelled = [];
  skipped = [];
  delivered = [];
  answer = () => "new-run";
  const world: ActionWorld = {
    store: on.store,
    recorder: { add: async (_kind, row) => void rows.push(row as ActionRunRow) },
    clock: on.clock,
    control: {
      request: async (request) => {
        requests.push(request);
        return answer(request);
      },
      cancel: async (id, code) => {
        cancelled.push(`${id} ${code}`);
        return true;
      },
      skipNext: async (id) => void skipped.push(id),
    },
    deliveries: { enqueue: async (row) => void delivered.push(row) },
    newId: on.newId,
    scheduleByName: (name) => schedules.find((each) => each.name === name),
    origin: { cluster: "machine", database: "shop.db" },
    runUrl: () => undefined,
  };
  runner = makeActionRunner(world);
});

function binding(action: ActionDefinition, fireOn: FireOn, constraintTypeId?: number): ActionBinding {
  return { id: `${action.kind}-${fireOn}`, actionTypeId: 2, fireOn, constraintTypeId, action };
}

const SKIP: ActionDefinition = { kind: "skipNextInstance" };
const VIOLATION: Violation = { id: "v", typeId: 7, message: "too long", currentValue: 2, threshold: 1 };

describe("which actions fire", () => {
  test("those bound to the outcome, in order; retry is not for this place", async () => {
    const nightly = schedule(
      "nightly",
      {},
      {
        actions: [
          binding(SKIP, "on_failure"),
          binding(
            { kind: "retry", policy: { max: 1, delayMs: 1, factor: 2, maxDelayMs: undefined, retryOn: [] } },
            "on_failure",
          ),
          binding({ kind: "killAllInstances" }, "on_failure"),
          binding(SKIP, "on_success"),
        ],
      },
    );
    const run = on.addRun(nightly, "failed");
    await runner.fire("on_failure", run, nightly);
    expect(rows.map((row) => row.scheduleActionId)).toEqual([
      "skipNextInstance-on_failure",
      "killAllInstances-on_failure",
    ]);
    await runner.fire("on_timeout", run, nightly);
    expect(rows).toHaveLength(2);
  });
  test("IT-58 a filter on the constraint", async () => {
    const nightly = schedule(
      "nightly",
      {},
      {
        actions: [binding(SKIP, "on_violation", 7), binding(SKIP, "on_violation", 6), binding(SKIP, "on_violation")],
      },
    );
    await runner.fire("on_violation", on.addRun(nightly, "running"), nightly, { violation: VIOLATION });
    expect(rows.map((row) => row.violationId)).toEqual(["v", "v"]);
    expect(skipped).toEqual([nightly.id, nightly.id]);
  });
  test("IT-59 the same action on two outcomes gives two rows", async () => {
    const nightly = schedule("nightly", {}, { actions: [binding(SKIP, "on_failure"), binding(SKIP, "on_timeout")] });
    const run = on.addRun(nightly, "failed");
    await runner.fire("on_timeout", run, nightly);
    await runner.fire("on_failure", run, nightly);
    expect(rows.map((row) => row.fireOn)).toEqual(["on_timeout", "on_failure"]);
  });
  test("a failing action does not stop the next", async () => {
    const nightly = schedule(
      "nightly",
      {},
      {
        actions: [
          binding({ kind: "kickOffJob", schedule: "none", args: undefined }, "on_success"),
          binding(SKIP, "on_success"),
        ],
      },
    );
    await runner.fire("on_success", on.addRun(nightly, "completed"), nightly);
    expect(rows).toMatchObject([{ success: false, error: "There is no schedule named none." }, { success: true }]);
  });
});

describe("IT-52 kickOffJob", () => {
  const kick: ActionDefinition = { kind: "kickOffJob", schedule: "load", args: { day: 1 } };
  const nightly = schedule("nightly", {}, { actions: [binding(kick, "on_success")] });
  test("a chained run with its parent and its own arguments", async () => {
    schedules = [schedule("load", {}, { priority: 2 })];
    const run = on.addRun(nightly, "completed");
    await runner.fire("on_success", run, nightly);
    expect(requests).toEqual([
      {
        kind: "chained",
        target: { kind: "procedure", name: "load_procedure" },
        scheduleId: "schedule-load",
        args: { day: 1 },
        scheduledAt: on.clock.nowMs(),
        priority: 2,
        parentRunId: run.id,
      },
    ]);
    expect(rows).toMatchObject([{ success: true, details: { schedule: "load", runs: ["new-run"] } }]);
  });
  test("a process that stops, and a schedule without anything to run, are told", async () => {
    schedules = [schedule("load")];
    answer = () => undefined;
    await runner.fire("on_success", on.addRun(nightly, "completed"), nightly);
    schedules = [schedule("load", {}, { targets: [] })];
    await runner.fire("on_success", on.addRun(nightly, "completed"), nightly);
    expect(rows.map((row) => row.error)).toEqual([
      "load was not started: the process is stopping.",
      "load has nothing to run.",
    ]);
  });
});

describe("IT-54, IT-55 killing instances", () => {
  test("all others, not the run itself", async () => {
    const nightly = schedule("nightly", {}, { actions: [binding({ kind: "killAllInstances" }, "on_failure")] });
    const others = [1, 2, 3, 4].map((at) => on.addRun(nightly, "running", { startedAt: at }).id);
    on.addRun(nightly, "completed");
    const run = on.addRun(nightly, "running", { startedAt: 5 });
    await runner.fire("on_failure", run, nightly);
    expect(cancelled).toEqual(others.map((id) => `${id} killed_by_action`));
    expect(rows[0]?.details).toEqual({ killed: 4 });
  });
  test("the latest, or nobody", async () => {
    const nightly = schedule("nightly", {}, { actions: [binding({ kind: "killLatestInstance" }, "on_violation")] });
    await runner.fire("on_violation", on.addRun(nightly, "completed"), nightly, { violation: VIOLATION });
    expect(rows[0]).toMatchObject({ success: true, details: { killed: 0 } });
    on.addRun(nightly, "running", { startedAt: 1 });
    const latest = on.addRun(nightly, "running", { startedAt: 2 });
    await runner.fire("on_violation", latest, nightly, { violation: VIOLATION });
    expect(cancelled).toEqual([`${latest.id} killed_by_action`]);
  });
});

test("IT-53 a webhook is handed over with its message, secrets as they were written", async () => {
  const nightly = schedule(
    "nightly",
    {},
    {
      actions: [
        binding(
          {
            kind: "webhook",
            type: "slack",
            url: "https://hooks.example.org/${env.SLACK}",
            config: { channel: "#data" },
          },
          "on_failure",
        ),
      ],
    },
  );
  const run = on.addRun(nightly, "failed", { error: "Overflow" });
  await runner.fire("on_failure", run, nightly);
  expect(delivered).toMatchObject([
    {
      runId: run.id,
      actionRunId: rows[0]?.id,
      webhookType: "slack",
      url: "https://hooks.example.org/${env.SLACK}",
      payload: { channel: "#data", text: `nightly failed: Overflow (run ${run.id}, attempt 1)` },
    },
  ]);
});
