// The executor in virtual time: success, retries, cancellation, time limits, overlap, faults of its parts.
import { describe, expect, it } from "vitest";
import type { ActionBinding } from "../../../server/scheduler/types.ts";
import { writeNow } from "../../../server/runs/store.ts";
import type { RunRequest } from "../../../server/runs/types.ts";
import { bench, completed, failed, NOON_MS, scheduleOf } from "./support.ts";

const RETRY_TWICE: ActionBinding = {
  id: "r",
  actionTypeId: 1,
  fireOn: "on_failure",
  constraintTypeId: undefined,
  action: { kind: "retry", policy: { max: 2, delayMs: 1000, factor: 2, maxDelayMs: undefined, retryOn: [] } },
};

describe("a run", () => {
  it("goes from its request to its completed row", async () => {
    const b = bench({ work: () => ({ ms: 500, outcome: completed({ rows: 3 }), logs: ["half way"] }) });
    const id = await b.request(scheduleOf("s"));
    await b.clock.advance(3000);
    expect(b.status(id)).toBe("completed");
    expect(b.states(id)).toEqual(["prerun", "pending", "starting", "running", "terminating", "completed"]);
    expect(b.rows(`SELECT attempt, result, success FROM gobi_runs`)).toEqual(['1|{"rows":3}|true']);
    expect(b.rows(`SELECT attempt, status FROM gobi_run_attempts`)).toEqual(["1|completed"]);
    expect(b.rows(`SELECT seq, attempt, level, message FROM gobi_run_logs`)).toEqual(["1|1|info|half way"]);
    expect(b.fired).toEqual(["on_success completed"]);
    expect(b.executor.active()).toEqual([]);
  });

  it("waits in prerun until its time (IT-08)", async () => {
    const b = bench();
    const id = await b.request(scheduleOf("s"), { kind: "schedule", scheduledAt: NOON_MS + 8000 });
    await b.clock.advance(7999);
    expect(b.states(id)).toEqual(["prerun"]);
    expect([b.executor.active(), b.executor.running()]).toEqual([[id], 0]);
    await b.clock.advance(1);
    expect(b.worker.tasks.length).toBe(1);
    await b.clock.advance(2000);
    expect(b.rows("SELECT started_at FROM gobi_runs")).toEqual(["2026-01-31T12:00:08Z"]);
  });

  it("that was asked for at a later moment is taken up within a minute before it, and starts then", async () => {
    const b = bench();
    const { id: scheduleId } = scheduleOf("s");
    const request: RunRequest = {
      kind: "manual",
      target: { kind: "procedure", name: "s" },
      scheduleId,
      args: null,
      scheduledAt: NOON_MS + 600_000,
      priority: 5,
    };
    writeNow(b.connection, "enqueue", { id: "later", request, at: NOON_MS, chainDepthMax: 16 });
    expect(await b.executor.adopt()).toBe(0);
    await b.clock.advance(540_000);
    expect(await b.executor.adopt()).toBe(1);
    await b.clock.advance(59_999);
    expect(b.states("later")).toEqual(["prerun"]);
    await b.clock.advance(3000);
    expect(b.status("later")).toBe("completed");
  });

  it("is there once for each occurrence", async () => {
    const b = bench();
    const schedule = scheduleOf("s");
    const first = await b.request(schedule, { dedupeKey: "schedule:s:1" });
    expect(await b.request(schedule, { dedupeKey: "schedule:s:1" })).toBe("none");
    await b.clock.advance(2000);
    expect(b.status(first)).toBe("completed");
    expect(b.worker.tasks.length).toBe(1);
  });

  it("is tried again with growing delays, under one id (IT-50, GR-86)", async () => {
    const b = bench({ work: (task) => ({ outcome: task.attempt < 3 ? failed("Deadlock") : completed() }) });
    const id = await b.request(scheduleOf("s", { actions: [RETRY_TWICE] }));
    await b.clock.advance(999);
    expect(b.worker.tasks.length).toBe(1);
    expect(b.status(id)).toBe("retrying");
    await b.clock.advance(10);
    expect(b.worker.tasks.length).toBe(2);
    await b.clock.advance(1980);
    expect(b.worker.tasks.length).toBe(2);
    await b.clock.advance(100);
    expect(b.worker.tasks.length).toBe(3);
    await b.clock.advance(3000);
    expect(b.status(id)).toBe("completed");
    expect(b.rows("SELECT attempt, max_attempts FROM gobi_runs")).toEqual(["3|3"]);
    expect(b.rows("SELECT attempt, status, error_code, retry_delay_ms FROM gobi_run_attempts")).toEqual([
      "1|failed|Deadlock|1000",
      "2|failed|Deadlock|2000",
      "3|completed|null|null",
    ]);
    expect(b.fired).toEqual(["on_success completed"]);
  });
});
