// A script of very many statements, on one line and with a warning for each: the check and the drawing of what it finds
// take time that grows with the text, not with its square. (What grew with the square took minutes here; the runner's own limit tells.)
import { expect, it } from "vitest";
import { drawProblems } from "../../cli/output/problems.ts";
import { PLAIN } from "../../cli/output/style.ts";
import { testSession } from "../session.ts";

const COUNT = 60_000;

it("a script of 60,000 variables on one line is checked and its warnings are drawn", () => {
  const { session } = testSession();
  const text = Array.from({ length: COUNT }, (_, index) => `let a${index} = 1;`).join(" ");
  const file = { name: "many.grz", text };
  const problems = session.check(file);
  expect(problems).toHaveLength(COUNT);
  expect(new Set(problems.map(({ name }) => name))).toEqual(new Set(["UnusedVariable"]));
  const drawn = drawProblems(PLAIN, file, problems).split("\n\n");
  expect(drawn[0]).toContain("\n1 | let a0 = 1; let a1 = 1;");
  expect(drawn[0]?.split("\n").at(-2)).toBe("  |     ^^");
  const last = drawn.at(-1)?.split("\n") ?? [];
  expect(last.find((line) => line.startsWith("1 | …"))).toMatch(/ let a59999 = 1;$/u);
  session.close();
});

it("a script of 20,000 variables that may be null, and are known not to be, is checked", () => {
  const { session } = testSession();
  const text = Array.from({ length: 20_000 }, (_, index) => `let a${index}: int? = 1;`).join("\n");
  expect(session.check({ name: "many.grz", text })).toHaveLength(20_000);
  session.close();
});
