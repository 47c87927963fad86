// The order of steps: `after` first, then data, then as written; and properties over random pipelines.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { orderSteps, stepsAfter, type OrderedStep, type StepOrder } from "../../compiler/effects/step-order.ts";

function step(name: string, options: Partial<OrderedStep> = {}): OrderedStep {
  return { name, after: [], uses: [], reads: [], writes: [], dynamic: false, ...options };
}

function names(steps: readonly OrderedStep[], numbers: readonly number[]): readonly string[] {
  return numbers.map((number) => steps[number]?.name ?? "?");
}

function waits(steps: readonly OrderedStep[], order: StepOrder): readonly string[] {
  return order.edges.map(
    ({ step: number, before, reason }) =>
      `${steps[number]?.name} after ${steps[before]?.name}: ${reason.kind === "data" ? reason.table : reason.kind}`,
  );
}

describe("orderSteps", () => {
  test("a step goes after those whose results it uses, whatever the tables say", () => {
    const steps = [step("a", { uses: ["B", "a", "other"], writes: ["x"] }), step("b", { reads: ["x"] })];
    expect(waits(steps, orderSteps(steps))).toEqual(["a after b: uses"]);
    const circle = [step("a", { uses: ["b"] }), step("b", { after: ["a"] })];
    expect(orderSteps(circle).circle).toEqual([0, 1]);
  });
  test("readers go after writers, whatever the written order", () => {
    const steps = [
      step("report", { reads: ["sales"] }),
      step("load", { writes: ["sales"], reads: ["raw"] }),
      step("extract", { writes: ["RAW"] }),
    ];
    const order = orderSteps(steps);
    expect(names(steps, order.order)).toEqual(["extract", "load", "report"]);
    expect(waits(steps, order)).toEqual(["report after load: sales", "load after extract: raw"]);
  });
  test("independent steps wait for nobody and keep their order", () => {
    const steps = [step("a", { reads: ["x"] }), step("b", { reads: ["x"] }), step("c", { writes: ["y"] })];
    expect(orderSteps(steps)).toEqual({ edges: [], order: [0, 1, 2], circle: [] });
  });
  test("after wins over data", () => {
    const steps = [step("report", { reads: ["sales"] }), step("load", { writes: ["sales"], after: ["Report"] })];
    expect(waits(steps, orderSteps(steps))).toEqual(["load after report: after"]);
  });
  test("steps that read what the other writes, or write the same, go as written", () => {
    const both = [step("a", { reads: ["x"], writes: ["y"] }), step("b", { reads: ["y"], writes: ["x"] })];
    expect(waits(both, orderSteps(both))).toEqual(["b after a: y"]);
    const writers = [step("a", { writes: ["x"] }), step("b", { writes: ["x"] })];
    expect(waits(writers, orderSteps(writers))).toEqual(["b after a: x"]);
  });
  test("a step that may touch any table goes as written", () => {
    const steps = [step("a", { reads: ["x"] }), step("b", { dynamic: true }), step("c")];
    expect(waits(steps, orderSteps(steps))).toEqual(["b after a: dynamic", "c after b: dynamic"]);
    // What is known for sure wins: a reads what c writes.
    const crossed = [step("a", { reads: ["x"] }), step("b", { dynamic: true }), step("c", { writes: ["x"] })];
    expect(waits(crossed, orderSteps(crossed))).toEqual(["a after c: x", "b after a: dynamic"]);
  });
  test("a circle is told with its members", () => {
    const steps = [step("a", { after: ["c"] }), step("b", { after: ["a"] }), step("c", { after: ["b"] }), step("d")];
    const order = orderSteps(steps);
    expect(names(steps, order.order)).toEqual(["d"]);
    expect([...names(steps, order.circle)].sort()).toEqual(["a", "b", "c"]);
  });
  test("stepsAfter gives everything behind", () => {
    const steps = [step("a"), step("b", { after: ["a"] }), step("c", { after: ["b"] }), step("d")];
    expect([...stepsAfter(orderSteps(steps), new Set([0]))]).toEqual([1, 2]);
  });
});

const TABLES = ["t", "u", "v"];
const pipelines = fc.integer({ min: 1, max: 7 }).chain((count) =>
  fc.tuple(
    ...Array.from({ length: count }, (_, number) =>
      fc.record({
        name: fc.constant(`s${number}`),
        after: fc.subarray(Array.from({ length: number }, (_unused, before) => `s${before}`)),
        uses: fc.subarray(Array.from({ length: number }, (_unused, before) => `s${before}`)),
        reads: fc.subarray(TABLES),
        writes: fc.subarray(TABLES),
        dynamic: fc.boolean(),
      }),
    ),
  ),
);

test("every step comes once, after all that it waits for", () => {
  fc.assert(
    fc.property(pipelines, (steps) => {
      const { order, edges, circle } = orderSteps(steps);
      expect(new Set(order).size).toBe(order.length);
      for (const { step: number, before } of edges)
        if (order.includes(number)) expect(order.indexOf(before)).toBeLessThan(order.indexOf(number));
      expect(order.length === steps.length).toBe(circle.length === 0);
      for (const [number, { after }] of steps.entries())
        for (const name of after)
          expect(edges.some((edge) => edge.step === number && edge.before === Number(name.slice(1)))).toBe(true);
    }),
  );
});
