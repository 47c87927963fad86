// Cancellation in every state (IT-17), random orders of events (IT-16), and the end of a process (IT-19).
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mayFollow } from "../../../server/runs/states.ts";
import type { ConstraintDecision, RunState, Violation } from "../../../server/runs/types.ts";
import { isFinal } from "../../../server/runs/writes/rows.ts";
import type { RunStatus } from "../../../server/runs/types.ts";
import type { ActionBinding } from "../../../server/scheduler/types.ts";
import { bench, completed, failed, NOON_MS, scheduleOf, type Bench } from "./support.ts";

const VIOLATION: Violation = { id: "v1", typeId: 3, message: "not met", currentValue: 1, threshold: 0 };
const RETRY: ActionBinding = {
  id: "r",
  actionTypeId: 1,
  fireOn: "on_failure",
  constraintTypeId: undefined,
  action: { kind: "retry", policy: { max: 3, delayMs: 5000, factor: 1, maxDelayMs: undefined, retryOn: [] } },
};
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
const CHECKED = scheduleOf("s", { constraints: { maxConcurrentRuns: 1 } });

interface Standing {
  readonly b: Bench;
  readonly id: string;
}

/** Brings a run into a state in which it stays. */
const STANDING: Readonly<Record<string, () => Promise<Standing>>> = {
  prerun: async () => {
    const b = bench();
    return { b, id: await b.request(scheduleOf("s"), { scheduledAt: NOON_MS + 60_000 }) };
  },
  pending: async () => {
    const b = bench({ settings: { concurrentMax: 1 }, work: () => ({ ms: 1e9 }) });
    await b.request(scheduleOf("s"));
    await b.clock.advance(1);
    return { b, id: await b.request(scheduleOf("s")) };
  },
  condition_running: async () => {
    const b = bench({ checker: { before: () => never() }, settings: { checkMaxMs: 1e9 } });
    return { b, id: await b.request(CHECKED) };
  },
  action_running: async () => {
    const before = (): Promise<ConstraintDecision> =>
      Promise.resolve({ kind: "skip", reason: "why", violations: [VIOLATION] });
    const b = bench({ checker: { before }, actions: { fire: () => never() } });
    return { b, id: await b.request(CHECKED) };
  },
  running: async () => {
    const b = bench({ work: () => ({ ms: 1e9 }) });
    return { b, id: await b.request(scheduleOf("s")) };
  },
  terminating: async () => {
    const hook = { url: "https://x", type: "custom", config: {}, expect: [200] } as const;
    const b = bench({ checker: { after: () => never() }, settings: { checkMaxMs: 1e9 } });
    return { b, id: await b.request(scheduleOf("s", { constraints: { postRunHook: hook } })) };
  },
  retrying: async () => {
    const b = bench({ work: () => ({ outcome: failed("Deadlock") }) });
    return { b, id: await b.request(scheduleOf("s", { actions: [RETRY] })) };
  },
};

describe.each(Object.keys(STANDING))("cancelling in %s", (state) => {
  it("ends in cancelled, once (IT-17)", async () => {
    const { b, id } = await (STANDING[state] ?? STANDING["prerun"] ?? never)();
    await b.clock.advance(2000);
    expect(b.states(id).at(-1)).toBe(state);
    const first = b.executor.cancel(id, "cancelled");
    await b.clock.settle();
    expect(await first).toBe(true);
    await b.clock.advance(2000);
    expect(b.status(id)).toBe("cancelled cancelled");
    expect(b.states(id).filter((each) => each === "cancelled")).toEqual(["cancelled"]);
    const second = b.executor.cancel(id, "again");
    await b.clock.settle();
    expect(await second).toBe(false);
    await b.clock.advance(2000);
    expect(b.status(id)).toBe("cancelled cancelled");
    expect(b.fired.filter((each) => each.startsWith("on_failure") || each.startsWith("on_success"))).toEqual([]);
  });
});

it("cancels nothing that has ended or was never there", async () => {
  const b = bench();
  const id = await b.request(scheduleOf("s"));
  await b.clock.advance(2000);
  const answers = Promise.all([b.executor.cancel(id, "late"), b.executor.cancel("nobody", "x")]);
  await b.clock.settle();
  expect(await answers).toEqual([false, false]);
  expect(b.status(id)).toBe("completed");
});

type Step = { readonly kind: "request" | "cancel" | "advance"; readonly n: number };

it("takes only allowed transitions, each run to exactly one end, in any order of events (IT-16)", async () => {
  const steps = fc.array(
    fc.record({ kind: fc.constantFrom("request", "cancel", "advance"), n: fc.nat(5000) }) as fc.Arbitrary<Step>,
    { minLength: 4, maxLength: 25 },
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.array(fc.nat(9), { minLength: 40, maxLength: 40 }), async (events, dice) => {
      let thrown = 0;
      const die = (): number => dice[(thrown += 1) % dice.length] ?? 0;
      const decisions: readonly ConstraintDecision[] = [
        { kind: "proceed", checked: 1 },
        { kind: "proceed", checked: 1 },
        { kind: "proceed", checked: 1 },
        { kind: "skip", reason: "max_concurrent_runs", violations: [] },
        { kind: "fail", code: "pre_run_hook", violations: [] },
        { kind: "wait", violations: [] },
        { kind: "proceed", checked: 1 },
      ];
      const b = bench({
        settings: { concurrentMax: 2 },
        work: () => {
          const face = die();
          if (face === 0) return { throws: new TypeError("a bug") };
          return { ms: face * 300, outcome: face % 3 === 0 ? failed("Deadlock") : completed() };
        },
        checker: {
          before: () => Promise.resolve(decisions[die() % decisions.length] ?? { kind: "proceed", checked: 0 }),
        },
      });
      const schedule = scheduleOf("s", {
        constraints: { maxConcurrentRuns: 3, maxAllowedRunMs: 2000 },
        actions: [RETRY],
      });
      const ids: string[] = [];
      for (const { kind, n } of events) {
        if (kind === "request") ids.push(await b.request(schedule, { scheduledAt: b.clock.nowMs() + n }));
        else if (kind === "advance") await b.clock.advance(n);
        else if (ids.length > 0) void b.executor.cancel(ids[n % ids.length] ?? "", "cancelled");
      }
      await b.clock.advance(120_000);
      for (const id of ids) {
        const states = b.states(id) as readonly RunState[];
        states.forEach((state, index) => expect(mayFollow(states[index - 1], state)).toBe(true));
        expect(states.filter((state) => isFinal(state as RunStatus)).length).toBe(1);
        expect(states.at(-1)).toBe(b.status(id).split(" ")[0]);
      }
      expect(b.executor.active()).toEqual([]);
    }),
    { numRuns: 25 },
  );
});

describe("the end of a process (IT-19)", () => {
  it("gives back what has not begun, waits for what works, and leaves nothing running", async () => {
    const b = bench({ work: (task) => ({ ms: task.run.args === "long" ? 1e9 : 3000 }) });
    const schedule = scheduleOf("s");
    const later = await b.request(schedule, { scheduledAt: NOON_MS + 60_000 });
    const short = await b.request(schedule);
    const long = await b.request(schedule, { args: "long" });
    await b.clock.advance(1000);
    const stopped = b.executor.stop(10_000);
    await b.clock.advance(20_000);
    await stopped;
    expect([later, short, long].map((id) => b.status(id))).toEqual(["pending", "completed", "cancelled shutdown"]);
    expect(b.rows(`SELECT instance_id FROM gobi_runs WHERE run_id = '${later}'`)).toEqual(["null"]);
    expect(
      await b.executor.request({
        kind: "manual",
        target: { kind: "procedure", name: "x" },
        scheduleId: undefined,
        args: null,
        scheduledAt: 0,
        priority: 5,
      }),
    ).toBeUndefined();
  });

  it("keeps the wait of a run that is tried again for the next process", async () => {
    const b = bench({ work: () => ({ outcome: failed("Deadlock") }) });
    const id = await b.request(scheduleOf("s", { actions: [RETRY] }));
    await b.clock.advance(1000);
    const stopped = b.executor.stop(1000);
    await b.clock.advance(2000);
    await stopped;
    expect(b.status(id)).toBe("retrying");
    expect(b.rows("SELECT instance_id, attempt FROM gobi_runs")).toEqual(["null|1"]);
  });
});
