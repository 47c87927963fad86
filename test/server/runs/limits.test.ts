// Time limits of runs, faults of checkers, workers and actions, waiting for places, changes while a run waits.
import { describe, expect, it } from "vitest";
import type { ConstraintDecision, Violation } from "../../../server/runs/types.ts";
import type { ActionBinding } from "../../../server/scheduler/types.ts";
import { bench, completed, failed, NOON_MS, scheduleOf } from "./support.ts";

const VIOLATIONS =
  "SELECT constraint_type_id, attempt, action_taken, json_extract(details, '$.currentValue'), json_extract(details, '$.threshold') FROM gobi_constraint_violations ORDER BY violation_time, id";

function retry(fireOn: "on_failure" | "on_timeout", retryOn: readonly string[] = []): ActionBinding {
  return {
    id: fireOn,
    actionTypeId: 1,
    fireOn,
    constraintTypeId: undefined,
    action: { kind: "retry", policy: { max: 1, delayMs: 1000, factor: 2, maxDelayMs: undefined, retryOn } },
  };
}

describe("the time of a run", () => {
  it("is told while it goes on when it is longer than expected (IT-35)", async () => {
    const b = bench({ work: () => ({ ms: 5000 }) });
    const id = await b.request(scheduleOf("s", { constraints: { maxExpectedRunMs: 3000 } }));
    await b.clock.advance(4500);
    expect(b.fired).toEqual(["on_violation 6 running"]);
    expect(b.rows("SELECT behind_schedule, status FROM gobi_runs")).toEqual(["true|running"]);
    await b.clock.advance(5000);
    expect(b.status(id)).toBe("completed");
    expect(b.rows(VIOLATIONS)).toEqual(["6|1|null|3000|3000"]);
  });

  it("says nothing of a run that is in time", async () => {
    const b = bench({ work: () => ({ ms: 2999 }) });
    await b.request(scheduleOf("s", { constraints: { maxExpectedRunMs: 3000, maxAllowedRunMs: 9000 } }));
    await b.clock.advance(20_000);
    expect(b.rows(VIOLATIONS)).toEqual([]);
    expect(b.fired).toEqual(["on_success completed"]);
  });

  it("is ended when it is longer than allowed, after the word about the expected time (IT-36, IT-37)", async () => {
    const b = bench({ work: () => ({ ms: Number.POSITIVE_INFINITY }) });
    const id = await b.request(scheduleOf("s", { constraints: { maxExpectedRunMs: 1000, maxAllowedRunMs: 2000 } }));
    await b.clock.advance(6000);
    expect(b.status(id)).toBe("failed timeout");
    expect(b.rows(VIOLATIONS)).toEqual(["6|1|null|1000|1000", "7|1|stopped|2000|2000"]);
    expect(b.fired).toEqual([
      "on_violation 6 running",
      "on_violation 7 running",
      "on_timeout failed",
      "on_failure failed",
    ]);
    expect(b.rows("SELECT completed_at FROM gobi_runs")).toEqual(["2026-01-31T12:00:02Z"]);
    expect(b.rows("SELECT attempt, level, message FROM gobi_run_logs")).toEqual(["1|error|timeout: timeout happened"]);
  });

  it("counts for each attempt, and a timeout has a retry of its own", async () => {
    const b = bench({ work: (task) => ({ ms: task.attempt === 1 ? Number.POSITIVE_INFINITY : 1500 }) });
    const id = await b.request(
      scheduleOf("s", { constraints: { maxAllowedRunMs: 2000 }, actions: [retry("on_timeout")] }),
    );
    await b.clock.advance(10_000);
    expect(b.status(id)).toBe("completed");
    expect(b.rows("SELECT attempt, status, error_code FROM gobi_run_attempts")).toEqual([
      "1|failed|timeout",
      "2|completed|null",
    ]);
    expect(b.rows("SELECT fire_on, success FROM gobi_action_runs")).toEqual(["on_timeout|true"]);
  });

  it("is not touched by a wall clock that jumps", async () => {
    const b = bench({ work: () => ({ ms: 1500 }) });
    const id = await b.request(scheduleOf("s", { constraints: { maxAllowedRunMs: 2000 } }));
    await b.clock.advance(100);
    b.clock.stepWall(3_600_000);
    await b.clock.advance(1000);
    b.clock.stepWall(-7_200_000);
    await b.clock.advance(4000);
    expect(b.status(id)).toBe("completed");
  });
});

describe("retries", () => {
  it("are limited by the error's name, and never follow errors that stay (IT-51)", async () => {
    const schedule = scheduleOf("s", { actions: [retry("on_failure", ["Deadlock"])] });
    for (const [code, retryable, attempts] of [
      ["Deadlock", true, 2],
      ["Overflow", true, 1],
      ["NoSuchRoutine", false, 1],
    ] as const) {
      const b = bench({ work: () => ({ outcome: failed(code, retryable) }) });
      const id = await b.request(schedule);
      await b.clock.advance(10_000);
      expect(b.status(id)).toBe(`failed ${code}`);
      expect(b.worker.tasks.length).toBe(attempts);
      expect(b.fired).toEqual(["on_failure failed"]);
    }
  });

  it("follow the loss of a worker, and on_failure comes at the end only (UN-03)", async () => {
    const b = bench({
      work: (task) =>
        task.attempt === 1 ? { outcome: { kind: "lost", message: "SIGKILL" } } : { outcome: failed("Oops") },
    });
    const id = await b.request(scheduleOf("s", { actions: [retry("on_failure")] }));
    await b.clock.advance(500);
    expect(b.fired).toEqual([]);
    await b.clock.advance(10_000);
    expect(b.status(id)).toBe("failed Oops");
    expect(b.rows("SELECT attempt, error_code FROM gobi_run_attempts")).toEqual(["1|orphaned", "2|Oops"]);
    expect(b.fired).toEqual(["on_failure failed"]);
  });

  it("ask the constraints again where the schedule says so (IT-42)", async () => {
    for (const [recheckOnRetry, asked] of [
      [[], 1],
      [[1], 2],
    ] as const) {
      let calls = 0;
      const before = (): Promise<ConstraintDecision> => {
        calls += 1;
        return Promise.resolve({ kind: "proceed", checked: 1 });
      };
      const b = bench({ checker: { before }, work: () => ({ outcome: failed("Deadlock") }) });
      const constraints = { maxConcurrentRuns: 5, recheckOnRetry };
      const id = await b.request(scheduleOf("s", { constraints, actions: [retry("on_failure")] }));
      await b.clock.advance(10_000);
      expect(calls).toBe(asked);
      const states = b.states(id);
      expect(states[states.indexOf("retrying") + 1]).toBe(asked === 1 ? "pending" : "condition_pending");
    }
  });
});

describe("constraints", () => {
  const violation: Violation = { id: "v", typeId: 1, message: "m", currentValue: 1, threshold: 1 };
  const schedule = scheduleOf("s", { constraints: { maxConcurrentRuns: 1 } });

  it("skip and fail runs, with their violation and its actions", async () => {
    const decisions: ConstraintDecision[] = [
      { kind: "skip", reason: "max_concurrent_runs", violations: [{ ...violation, id: "v1" }] },
      { kind: "fail", code: "pre_run_hook", violations: [{ ...violation, id: "v2", typeId: 3 }] },
    ];
    const b = bench({
      checker: { before: () => Promise.resolve(decisions.shift() ?? { kind: "proceed", checked: 0 }) },
    });
    const skipped = await b.request(schedule);
    await b.clock.advance(100);
    const refused = await b.request(schedule);
    await b.clock.advance(3000);
    expect(b.status(skipped)).toBe("skipped max_concurrent_runs");
    expect(b.status(refused)).toBe("failed pre_run_hook");
    expect(b.worker.tasks).toEqual([]);
    expect(b.rows(VIOLATIONS)).toEqual(["1|1|skipped|1|1", "3|1|failed|1|1"]);
    expect(b.fired).toEqual(["on_violation 1 pending", "on_violation 3 pending", "on_failure failed"]);
  });

  it("let a run wait until another one of its schedule has ended", async () => {
    const b = bench({
      work: () => ({ ms: 5000 }),
      checker: {
        before: (run) =>
          Promise.resolve<ConstraintDecision>(
            b.rows(`SELECT 1 FROM gobi_runs WHERE status = 'running' AND run_id <> '${run.id}'`).length > 0
              ? { kind: "wait", violations: [{ ...violation, id: `v${run.id}` }] }
              : { kind: "proceed", checked: 1 },
          ),
      },
    });
    await b.request(schedule);
    await b.clock.advance(10);
    const second = await b.request(schedule);
    await b.clock.advance(4900);
    expect(b.worker.tasks.length).toBe(1);
    await b.clock.advance(200);
    expect(b.worker.tasks.length).toBe(2);
    await b.clock.advance(8000);
    expect(b.status(second)).toBe("completed");
    expect(b.rows("SELECT count(*) FROM gobi_constraint_violations")).toEqual(["1"]);
  });

  it("never let more run than allowed, even when the check lets everybody through (IT-32)", async () => {
    const b = bench({ work: () => ({ ms: 1000 }) });
    for (let n = 0; n < 6; n += 1) await b.request(schedule);
    await b.clock.advance(30_000);
    expect(b.worker.runningMax).toBe(1);
    expect(b.rows("SELECT status, count(*) FROM gobi_runs GROUP BY status")).toEqual(["completed|6"]);
  });

  it("replace a run: the old one is cancelled first", async () => {
    let first = "";
    const b = bench({
      work: () => ({ ms: 5000 }),
      checker: {
        before: (run) =>
          Promise.resolve<ConstraintDecision>(
            run.id === first
              ? { kind: "proceed", checked: 1 }
              : { kind: "replace", cancel: [first], violations: [violation] },
          ),
      },
    });
    const asked = b.request(schedule);
    first = await asked;
    await b.clock.advance(1000);
    expect(b.worker.tasks.length).toBe(0 + 1);
    const second = await b.request(schedule);
    await b.clock.advance(8000);
    expect(b.status(first)).toBe("cancelled replaced");
    expect(b.status(second)).toBe("completed");
    expect(b.worker.runningMax).toBe(1);
  });
});

describe("faults of the parts (IT-18)", () => {
  it("end only the run in which they happen, with the stack in its log", async () => {
    const hook = { url: "https://x", type: "custom", config: {}, expect: [200] } as const;
    const boom = (): Promise<never> => Promise.reject(new TypeError("a bug"));
    const cases = [
      {
        made: bench({ work: () => ({ throws: new TypeError("a bug") }) }),
        schedule: scheduleOf("s"),
        code: "InternalError",
      },
      {
        made: bench({ checker: { before: boom } }),
        schedule: scheduleOf("s", { constraints: { maxConcurrentRuns: 1 } }),
        code: "constraint_error",
      },
      {
        made: bench({ checker: { after: boom } }),
        schedule: scheduleOf("s", { constraints: { postRunHook: hook } }),
        code: "InternalError",
      },
    ];
    for (const { made, schedule, code } of cases) {
      const id = await made.request(schedule);
      await made.clock.advance(3000);
      expect(made.status(id)).toBe(`failed ${code}`);
      expect(made.rows(`SELECT message FROM gobi_run_logs WHERE run_id = '${id}'`).join("\n")).toContain(
        "TypeError: a bug",
      );
      const other = await made.request(scheduleOf("t"), { args: "other" });
      await made.clock.advance(3000);
      expect(made.states(other).length).toBeGreaterThan(3);
    }
  });

  it("lets a run through when its checks are open and cannot be made", async () => {
    const b = bench({ checker: { before: () => Promise.reject(new TypeError("down")) } });
    const id = await b.request(scheduleOf("s", { constraints: { maxConcurrentRuns: 1, failMode: "open" } }));
    await b.clock.advance(3000);
    expect(b.status(id)).toBe("completed");
  });

  it("does not wait for ever for a hook that hangs", async () => {
    const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
    const hook = { url: "https://x", type: "custom", config: {}, expect: [200] } as const;
    const b = bench({ checker: { before: () => never(), after: () => never() } });
    const before = await b.request(scheduleOf("s", { constraints: { preRunHook: hook } }));
    const after = await b.request(scheduleOf("t", { constraints: { postRunHook: hook } }));
    await b.clock.advance(70_000);
    expect(b.status(before)).toBe("failed constraint_error");
    expect(b.status(after)).toBe("failed post_run_hook");
  });

  it("tells of actions that fail, and ends the run as it would have", async () => {
    const b = bench({ actions: { fire: () => Promise.reject(new TypeError("a bug")) } });
    const id = await b.request(scheduleOf("s"));
    await b.clock.advance(3000);
    expect(b.status(id)).toBe("completed");
    expect(b.rows("SELECT message FROM gobi_run_logs").join("")).toContain("An action failed: TypeError: a bug");
  });
});

describe("what waits", () => {
  it("starts by priority, then by time, and ages (GR-84)", async () => {
    const b = bench({ settings: { concurrentMax: 1 }, work: () => ({ ms: 10_000 }) });
    const schedule = scheduleOf("s");
    await b.request(schedule, { args: "first" });
    for (const priority of [9, 5, 1, 5]) await b.request(schedule, { priority, args: `p${priority}` });
    await b.clock.advance(45_000);
    expect(b.worker.tasks.map((task) => task.run.args)).toEqual(["first", "p1", "p5", "p5", "p9"]);
    const old = await b.request(schedule, { priority: 9, args: "old" });
    for (let n = 0; n < 60; n += 1) {
      await b.request(schedule, { priority: 1, args: "urgent" });
      await b.clock.advance(9900);
      if (b.states(old).includes("starting")) break;
    }
    expect(
      b.rows(
        `SELECT round((julianday(started_at) - julianday(scheduled_at)) * 1440) <= 5 FROM gobi_runs WHERE run_id = '${old}'`,
      ),
    ).toEqual(["1"]);
  });

  it("takes the new arguments of its schedule while it is in prerun, and is withdrawn when it is not due any more (IT-09)", async () => {
    const b = bench({ work: () => ({ ms: 1000, outcome: completed() }) });
    const schedule = scheduleOf("s", { args: "old" });
    const due = { kind: "schedule", scheduledAt: NOON_MS + 5000 } as const;
    const kept = await b.request(schedule, due);
    const gone = await b.request(schedule, { ...due, scheduledAt: NOON_MS + 6000 });
    const working = await b.request(schedule, { kind: "schedule" });
    b.schedules.set("s", { ...schedule, args: "new" });
    const changed = b.executor.scheduleChanged("s", (at) => at !== NOON_MS + 6000);
    await b.clock.settle();
    await changed;
    await b.clock.advance(10_000);
    expect(b.worker.tasks.map((task) => task.run.args)).toEqual(["old", "new"]);
    expect([kept, gone, working].map((id) => b.status(id))).toEqual([
      "completed",
      "cancelled schedule_changed",
      "completed",
    ]);
    expect(b.rows(`SELECT message FROM gobi_run_logs WHERE run_id = '${working}'`)).toEqual([
      "The schedule was changed; the change counts from the next run on.",
    ]);
  });

  it("skips as many occurrences as actions asked for (IT-56)", async () => {
    const b = bench();
    const schedule = scheduleOf("s");
    await b.request(schedule);
    await Promise.all([b.executor.skipNext("s"), b.executor.skipNext("s"), b.clock.settle()]);
    const ids: string[] = [];
    for (let n = 1; n <= 3; n += 1)
      ids.push(await b.request(schedule, { kind: "schedule", scheduledAt: NOON_MS + n * 1000 }));
    await b.clock.advance(8000);
    expect(ids.map((id) => b.status(id))).toEqual(["skipped action", "skipped action", "completed"]);
    expect(b.rows("SELECT skip_next FROM gobi_schedules")).toEqual(["0"]);
  });

  it("is written at once when ten thousand are due at once, and works off as many as it may", async () => {
    const b = bench({ settings: { concurrentMax: 100 }, work: () => ({ ms: 10 }) });
    const schedule = scheduleOf("s");
    await b.request(schedule);
    const asked = Array.from({ length: 9999 }, (_, n) =>
      b.executor.request({
        kind: "manual",
        target: { kind: "procedure", name: "work" },
        scheduleId: "s",
        args: n,
        scheduledAt: NOON_MS,
        priority: 5,
        dedupeKey: `schedule:s:${n}`,
      }),
    );
    const count = (status: string): number =>
      Number(b.rows(`SELECT count(*) FROM gobi_runs WHERE status = '${status}'`)[0]);
    for (let turn = 0; turn < 400 && count("completed") < 1000; turn += 1) await b.clock.advance(20);
    await Promise.all(asked);
    const stopped = b.executor.stop(1000);
    for (let turn = 0; turn < 20; turn += 1) await b.clock.advance(100);
    await stopped;
    expect(b.worker.runningMax).toBeLessThanOrEqual(100);
    expect(count("completed")).toBe(b.worker.tasks.length);
    expect(count("completed") + count("pending")).toBe(10_000);
    expect(b.rows("SELECT count(*) FROM gobi_runs WHERE status = 'pending' AND instance_id IS NOT NULL")).toEqual([
      "0",
    ]);
  });
});

describe("what fires (IT-57, GR-86)", () => {
  const hook = { url: "https://x", type: "custom", config: {}, expect: [200] } as const;
  const violation = (typeId: number): Violation => ({
    id: `v${typeId}`,
    typeId,
    message: "m",
    currentValue: 1,
    threshold: 0,
  });
  const skip: ConstraintDecision = { kind: "skip", reason: "max_concurrent_runs", violations: [violation(1)] };
  const refuse: ConstraintDecision = { kind: "fail", code: "pre_run_hook", violations: [violation(3)] };
  const checked = { maxConcurrentRuns: 1 };
  const cases = {
    success: { made: () => bench(), constraints: {}, fired: ["on_success completed"] },
    failure: {
      made: () => bench({ work: () => ({ outcome: failed("Oops") }) }),
      constraints: {},
      fired: ["on_failure failed"],
    },
    "a worker that died": {
      made: () => bench({ work: () => ({ outcome: { kind: "lost", message: "SIGKILL" } }) }),
      constraints: {},
      fired: ["on_failure failed"],
    },
    timeout: {
      made: () => bench({ work: () => ({ ms: Number.POSITIVE_INFINITY }) }),
      constraints: { maxAllowedRunMs: 1000 },
      fired: ["on_violation 7 running", "on_timeout failed", "on_failure failed"],
    },
    "a violation without failure": {
      made: () => bench({ work: () => ({ ms: 2000 }) }),
      constraints: { maxExpectedRunMs: 1000 },
      fired: ["on_violation 6 running", "on_success completed"],
    },
    "a run that is skipped": {
      made: () => bench({ checker: { before: () => Promise.resolve(skip) } }),
      constraints: checked,
      fired: ["on_violation 1 pending"],
    },
    "a run that is refused": {
      made: () => bench({ checker: { before: () => Promise.resolve(refuse) } }),
      constraints: checked,
      fired: ["on_violation 3 pending", "on_failure failed"],
    },
    "a post-run hook that says no": {
      made: () => bench({ checker: { after: () => Promise.resolve(violation(4)) } }),
      constraints: { postRunHook: hook },
      fired: ["on_violation 4 running", "on_failure failed"],
    },
  } as const;

  it.each(Object.keys(cases) as (keyof typeof cases)[])("after %s", async (name) => {
    const { made, constraints, fired } = cases[name];
    const b = made();
    await b.request(scheduleOf("s", { constraints }));
    await b.clock.advance(10_000);
    expect(b.fired).toEqual(fired);
  });

  it("nothing after a cancellation", async () => {
    const b = bench({ work: () => ({ ms: 5000 }) });
    const id = await b.request(scheduleOf("s"));
    await b.clock.advance(1000);
    void b.executor.cancel(id, "cancelled");
    await b.clock.advance(9000);
    expect(b.fired).toEqual([]);
  });
});

it("counts runs of every kind that carry the schedule's id (UN-02)", async () => {
  const b = bench({ work: () => ({ ms: 1000 }) });
  const schedule = scheduleOf("s", { constraints: { maxConcurrentRuns: 1 } });
  const parent = await b.request(schedule, { kind: "schedule" });
  for (const kind of ["manual", "catchup", "api", "backfill"] as const) await b.request(schedule, { kind });
  await b.request(schedule, { kind: "chained", parentRunId: parent });
  await b.clock.advance(60_000);
  expect(b.rows("SELECT kind, status FROM gobi_runs ORDER BY kind")).toEqual(
    ["api", "backfill", "catchup", "chained", "manual", "schedule"].map((kind) => `${kind}|completed`),
  );
  expect(b.worker.runningMax).toBe(1);
});

it("refuses a chain of runs that is too long (IT-60)", async () => {
  const b = bench();
  const schedule = scheduleOf("s");
  let parentRunId = await b.request(schedule);
  for (let depth = 1; depth <= 16; depth += 1)
    parentRunId = await b.request(schedule, { kind: "chained", parentRunId });
  await expect(b.request(schedule, { kind: "chained", parentRunId })).rejects.toMatchObject({
    value: { code: "LimitExceeded" },
  });
});
