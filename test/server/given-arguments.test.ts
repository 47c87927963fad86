// Values that come with a text by name: one that the text does not use is an error of who gives it.
import { describe, expect, it } from "vitest";
import { open } from "../../index.ts";
import { bindParameters } from "../../server/gateway/parameters.ts";
import { unusedArgument } from "../../server/sql/given-arguments.ts";
import { runCommandLineWith } from "../cli/run-command-line.ts";

describe("values by name", () => {
  it.each([
    ["SELECT :a AS x", ["a"]],
    ["SELECT :A AS x", ["a"]],
    ["print Größe", ["Größe"]],
    ["print `a b`", ["a b"]],
    ['print "${a}"', ["a"]],
    ["print 1; print a + b", ["a", "b"]],
    ["SELECT 1", []],
  ])("%s uses them", (text, names) => {
    expect(unusedArgument(text, Object.fromEntries(names.map((name) => [name, 1])))).toBeUndefined();
  });

  it.each([
    ["SELECT 1 AS x", ["a"], "The text does not use a; it has no parameters."],
    ["SELECT :aa AS x", ["aa", "a"], "The text does not use a; its parameters are :aa."],
    ["SELECT :nam AS x; SELECT :nam + :b", ["b", "name"], "The text does not use name; its parameters are :nam, :b."],
  ])("%s does not use one", (text, names, message) => {
    expect(unusedArgument(text, Object.fromEntries(names.map((name) => [name, 1])))).toBe(message);
  });

  it("are refused by the library", () => {
    const db = open(":memory:");
    expect(db.query("SELECT :a AS x", { a: 1 })).toEqual([{ x: 1 }]);
    expect(() => db.query("SELECT :a AS x", { a: 1, b: 2 })).toThrow("The text does not use b; its parameters are :a.");
    db.close();
  });

  it("are refused by gobic run", async () => {
    const run = ["run", "-e", "print a", "--arg", "a=1"];
    expect(await runCommandLineWith({}, ...run)).toMatchObject({ code: 0, out: "1\n" });
    const refused = await runCommandLineWith({}, ...run, "--arg", "b=2");
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.err).toContain("The text does not use b; it has no parameters.");
  });

  it("of a stored template that its text does not use are told, and not sent", () => {
    const template = { params: { A: "INTEGER", B: "INTEGER" }, text: "SELECT :A" } as const;
    expect(bindParameters(template, { A: 1, B: 2 })).toEqual({
      kind: "bound",
      values: { A: 1n },
      messages: ["Unused Parameters: B"],
    });
  });
});
