// The text of `execute`: parameters, one statement, refusals.
import { describe, expect, it } from "vitest";
import { Trap } from "../../bytecode/trap.ts";
import { prepareDynamic, sqlTokens } from "../../server/sql/dynamic-sql.ts";

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Trap) return error.message;
    throw error;
  }
  return "accepted";
}

describe("prepareDynamic", () => {
  it("keeps positional parameters in order", () => {
    expect(prepareDynamic("select ? + ?", [undefined, undefined])).toMatchObject({
      sql: "select ? + ?",
      order: [0, 1],
      verb: "query",
    });
  });

  it("turns names into positions, also repeated ones", () => {
    expect(prepareDynamic("select :a, :B, :a", ["a", "b"])).toMatchObject({ sql: "select ?, ?, ?", order: [0, 1, 0] });
  });

  it("does not see parameters in strings, names and comments", () => {
    const text = "select ':a', \"?\", [?], `:b` /* ? */ -- ?\n from t where x = ?";
    expect(prepareDynamic(text, [undefined]).order).toEqual([0]);
  });

  it("accepts one closing semicolon", () => {
    expect(prepareDynamic("delete from t ; ", []).sql).toBe("delete from t");
  });

  it.each([
    ["a second statement", "select 1; drop table t", [], "one statement"],
    ["too few values", "select ?, ?", [undefined], "number 2"],
    ["too many values", "select 1", [undefined], "does not use value number 1"],
    ["an unknown name", "select :x", ["y"], ":x"],
    ["an unused name", "select 1", ["y"], "does not use the value y"],
    ["no statement", "  -- nothing\n", [], "empty"],
    ["BEGIN", "begin", [], "transaction { … }"],
    ["ATTACH", "attach 'x' as y", [], "ATTACH"],
    ["PRAGMA", "pragma user_version", [], "PRAGMA"],
  ] as const)("refuses %s", (_, text, names, part) => {
    expect(refusal(() => prepareDynamic(text, names))).toContain(part);
  });

  it.each([
    ["insert into t values (1)", "write"],
    ["with a as (select 1) insert into t select * from a", "write"],
    ["with a as (select 1) select * from a", "query"],
    ["create table t (a)", "ddl"],
    ["values (1)", "query"],
  ] as const)("knows what %s does", (text, verb) => {
    expect(prepareDynamic(text, []).verb).toBe(verb);
  });
});

describe("sqlTokens", () => {
  it("ends what is not closed with the text", () => {
    expect(sqlTokens("select 'abc").map((token) => token.text)).toEqual(["select", "abc"]);
    expect(sqlTokens("select /* abc").map((token) => token.text)).toEqual(["select"]);
  });

  it("undoubles quotes", () => {
    expect(sqlTokens("'it''s' \"a\"\"b\"").map((token) => token.text)).toEqual(["it's", 'a"b']);
  });
});
