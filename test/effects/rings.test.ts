// Routines that call each other in a ring have the effects of all: in either direction, with a branch out of the ring, and for hundreds of them in a few rounds.
import { expect, test } from "vitest";
import type { RoutineInfo } from "../../compiler/check/checked.ts";
import { checkText } from "../check/support.ts";

const SIZE = 300;

function ring(next: (i: number) => number): ReadonlyMap<string, RoutineInfo> {
  const routines = Array.from(
    { length: SIZE },
    (_, i) =>
      `function f${i}(x int) returns int { ${i === 7 ? "print now()" : ""}\nif x < 1 { return 0 } return f${next(i)}(x - 1) }`,
  );
  const { routines: found, problems } = checkText(`function leaf() { raise Broken("x") }\n${routines.join("\n")}`);
  expect(problems.filter((problem) => problem.severity === "error")).toEqual([]);
  return new Map([...found.values()].map((info) => [info.name, info]));
}

test.each([
  ["forward", (i: number) => (i + 1) % SIZE],
  ["backward", (i: number) => (i + SIZE - 1) % SIZE],
  ["in leaps", (i: number) => (i * 7 + 1) % SIZE],
] as const)("a ring %s", (_, next) => {
  const infos = ring(next);
  const reached = (start: number): ReadonlySet<number> => {
    const seen = new Set<number>();
    for (let at = next(start); !seen.has(at); at = next(at)) seen.add(at);
    return seen;
  };
  for (const start of [0, 1, 7, 8, SIZE - 1]) {
    const { effects } = infos.get(`f${start}`) ?? { effects: undefined };
    const seen = reached(start);
    expect(effects?.calls.filter((name) => name !== "now")).toEqual([...seen].map((i) => `f${i}`).sort());
    expect([effects?.output, effects?.clock]).toEqual([seen.has(7) || start === 7, seen.has(7) || start === 7]);
  }
});
