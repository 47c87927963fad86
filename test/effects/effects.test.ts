// Unions and printing of effects, groups of routines that call each other.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stronglyConnected } from "../../compiler/effects/fixpoint.ts";
import {
  effectsWith,
  isDeterministic,
  isReadOnly,
  joinEffects,
  mayWrite,
  NO_EFFECTS,
  sameEffects,
} from "../../compiler/effects/join.ts";
import { effectsFromJson, effectsToJson, printEffects } from "../../compiler/effects/print.ts";

describe("union", () => {
  test("joins columns of the same table, and * swallows them", () => {
    const left = effectsWith({
      reads: [
        { table: "main.b", columns: ["y", "x"] },
        { table: "main.a", columns: ["c"] },
      ],
    });
    const right = effectsWith({
      reads: [
        { table: "main.b", columns: ["z", "x"] },
        { table: "main.a", columns: "*" },
      ],
    });
    expect(joinEffects([left, right]).reads).toEqual([
      { table: "main.a", columns: "*" },
      { table: "main.b", columns: ["x", "y", "z"] },
    ]);
  });

  test("is the same in any order", () => {
    const names = fc.constantFrom("a", "b", "c");
    const effects = fc.record({
      reads: fc.array(fc.record({ table: names, columns: fc.oneof(fc.array(names), fc.constant("*" as const)) })),
      raises: fc.array(names),
      clock: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(effects, { maxLength: 5 }), (all) => {
        const made = all.map(effectsWith);
        expect(sameEffects(joinEffects(made), joinEffects([...made].reverse()))).toBe(true);
        expect(joinEffects([joinEffects(made), joinEffects(made)])).toEqual(joinEffects(made));
      }),
    );
  });

  test("tells readers from writers and clocks", () => {
    expect([isReadOnly(NO_EFFECTS), isDeterministic(NO_EFFECTS), mayWrite(NO_EFFECTS)]).toEqual([true, true, false]);
    const writes = effectsWith({ writes: [{ table: "main.a", columns: "*" }], clock: true });
    expect([isReadOnly(writes), isDeterministic(writes), mayWrite(writes)]).toEqual([false, false, true]);
    expect(mayWrite(effectsWith({ dynamic: true }))).toBe(true);
  });
});

describe("printing", () => {
  test("shows each kind on its line", () => {
    const effects = effectsWith({
      reads: [{ table: "main.users", columns: ["email", "id"] }],
      writes: [{ table: "temp.t", columns: "*" }],
      raises: ["UniqueViolation"],
      clock: true,
      output: true,
    });
    expect(printEffects(effects)).toEqual([
      "reads    users (email, id)",
      "writes   temp.t (*)",
      "raises   UniqueViolation",
      "uses     the clock, prints",
    ]);
    expect(printEffects(NO_EFFECTS)).toEqual(["pure"]);
  });

  test("JSON comes back equal, other text is refused", () => {
    const effects = effectsWith({ reads: [{ table: "main.users", columns: ["id"] }], calls: ["f"], dynamic: true });
    expect(effectsFromJson(effectsToJson(effects))).toEqual(effects);
    for (const text of ["", "null", "{}", '{"reads":[{}]}', effectsToJson(effects).replace("true", "1")])
      expect(effectsFromJson(text)).toBeUndefined();
  });
});

describe("groups of routines", () => {
  test("those that call each other stand together, callees come first, unknown callees are ignored", () => {
    const groups = stronglyConnected(
      new Map([
        ["main", { callees: ["even"] }],
        ["even", { callees: ["odd"] }],
        ["odd", { callees: ["even", "leaf", "not there"] }],
        ["leaf", { callees: [] }],
      ]),
    );
    expect(groups.map((group) => [...group].sort())).toEqual([["leaf"], ["even", "odd"], ["main"]]);
  });

  test("two routines share a group exactly when each reaches the other", () => {
    const graph = fc.array(fc.array(fc.nat(7), { maxLength: 3 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(graph, (edges) => {
        const nodes = new Map(edges.map((callees, node) => [String(node), { callees: callees.map(String) }]));
        const reach = (start: string): ReadonlySet<string> => {
          const seen = new Set([start]);
          for (const key of seen)
            for (const callee of nodes.get(key)?.callees ?? []) if (nodes.has(callee)) seen.add(callee);
          return seen;
        };
        const groups = stronglyConnected(nodes);
        const placeOf = new Map(groups.flatMap((group, place) => group.map((key) => [key, place] as const)));
        for (const left of nodes.keys()) {
          for (const right of nodes.keys()) {
            expect(placeOf.get(left) === placeOf.get(right)).toBe(reach(left).has(right) && reach(right).has(left));
            if (reach(left).has(right)) expect(placeOf.get(right)).toBeLessThanOrEqual(placeOf.get(left) ?? -1);
          }
        }
      }),
    );
  });

  test("a chain of 50,000 calls does not overflow the stack", () => {
    const nodes = new Map(Array.from({ length: 50_000 }, (_, i) => [String(i), { callees: [String(i + 1)] }]));
    expect(stronglyConnected(nodes)).toHaveLength(50_000);
  });
});
