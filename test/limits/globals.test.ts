// globalsMax: a script may declare so many variables, and is run; one more is an error of the check, and nothing is run.
import { expect, it } from "vitest";
import { LIMITS } from "../../base/limits.ts";
import { testSession } from "../session.ts";

/** A script with so many variables, which prints the last one. */
function script(count: number): { readonly name: string; readonly text: string } {
  const lines = Array.from({ length: count }, (_, index) => `let _${index} = ${index};`);
  return { name: "globals.grz", text: `${lines.join("\n")}\nprint _${count - 1};` };
}

it("globalsMax: accepted at the limit, refused one over it", () => {
  const { value, beyond } = LIMITS.globalsMax;
  const { session, printed } = testSession();
  expect(session.execute(script(value))).toMatchObject({ kind: "completed" });
  expect(printed).toEqual([String(value - 1)]);
  const outcome = session.execute(script(value + 1));
  expect(outcome.problems.map(({ name }) => name)).toEqual([beyond]);
  expect(printed).toHaveLength(1);
  session.close();
});
