// The smaller doors of the parser: single expressions and types, comments, doc comments, holes, the cache, and LANGUAGE.md's rules about unclosed quotes.
import { describe, expect, it } from "vitest";
import { comments } from "../../compiler/syntax/comments.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { createParseCache } from "../../compiler/syntax/parse-cache.ts";
import { parseExpression, parseType } from "../../compiler/syntax/parse-parts.ts";
import { dumpValue } from "./dump.ts";

const parseText = (text: string) => parse({ name: "text", text });

describe("parseExpression and parseType", () => {
  it("read one expression", () => {
    const { value, problems } = parseExpression("1 + f(x)");
    expect(problems).toEqual([]);
    expect(dumpValue(value)).toBe(
      '(binary operator="+" left=(number form="int" text="1") right=(call callee=(name name=f) arguments=[(value=(name name=x))]))',
    );
  });
  it("read one type", () => {
    expect(dumpValue(parseType("map<string, int?>").value)).toBe(
      "(mapType key=(namedType name=string) value=(nullableType inner=(namedType name=int)))",
    );
  });
  it("say what is wrong", () => {
    const { value, problems } = parseExpression("1 +");
    expect(value).toBeUndefined();
    expect(problems.map((problem) => problem.code)).toEqual(["E1001"]);
    expect(parseType("list<").problems.length).toBe(1);
  });
});

describe("comments", () => {
  it("are found outside strings and quoted names only", () => {
    const text = "-- a\nlet x = '-- no' /* b */ // c\n# d\n--- e\n`-- no`";
    expect(comments(text).map((comment) => `${comment.kind} ${comment.text}`)).toEqual([
      "line -- a",
      "block /* b */",
      "line // c",
      "line # d",
      "doc --- e",
    ]);
  });
  it("that document a declaration belong to it", () => {
    const [first, second, third] = parseText(
      "--- One.\n--- Two.\nfunction f() { }\n\n/**\n * Three.\n */\nfunction g() { }\n--- Not this.\n\nfunction h() { }\n",
    ).value.items;
    const docOf = (item: typeof first): unknown => (item?.statement.kind === "routine" ? item.statement.doc : item);
    expect([docOf(first), docOf(second), docOf(third)]).toEqual(["One.\nTwo.", "Three.", undefined]);
    expect(first?.text.startsWith("--- One.")).toBe(true);
  });
});

describe("items", () => {
  it("know of holes that no node shows", () => {
    const holes = parseText(
      "function f(...) { }\nfunction g(a int...) { }\nlet x = match v { [a, ...b] => a, _ => 0 }\nCREATE TABLE t (a int, ...);\n",
    ).value.items;
    expect(holes.map((item) => item.hasHole === true)).toEqual([true, false, false, true]);
  });
  it("are kept by the cache when their text stays", () => {
    const cache = createParseCache();
    const text = "function f() { return 1 }\n\nfunction g() { return 2 }\n";
    const before = parse({ name: "a", text }, cache).value.items;
    const after = parse({ name: "a", text: text.replace("1", "10") }, cache).value.items;
    expect(after[0]?.statement).not.toBe(before[0]?.statement);
    expect(after[1]?.statement).toBe(before[1]?.statement);
    expect(after[1]?.offset).toBe((before[1]?.offset ?? 0) + 1);
  });
  it("of the same text are different nodes", () => {
    const [first, second] = parseText("SELECT 1;\nSELECT 1;\n").value.items;
    expect(first?.statement).not.toBe(second?.statement);
  });
});

describe("an unclosed quote", () => {
  it("ends at its line when a declaration follows", () => {
    const { value, problems } = parseText("let a = 'abc\nlet b = 2\nfunction f() { return 'x' }\n");
    expect(problems.map((problem) => problem.code)).toEqual(["E1003"]);
    expect(value.items.map((item) => item.statement.kind)).toEqual(["let", "let", "routine"]);
  });
  it("spans lines when it is closed before one", () => {
    const { problems } = parseText("let a = 'abc\nlet b = 2\n'\nfunction f() { return 'x' }\n");
    expect(problems).toEqual([]);
  });
});
