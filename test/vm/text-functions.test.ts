// Edges of the text, number and regular expression functions: code points, negative places, limits, and what is refused.
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../base/limits.ts";
import { printQuoted } from "../../base/value/print.ts";
import { boxFloat, ListValue, type Value } from "../../base/value/value.ts";
import { intrinsicRow } from "../../bytecode/intrinsics/intrinsics.ts";
import { Trap } from "../../bytecode/trap.ts";
import { call, callRow, evaluate, testContext } from "./intrinsic-harness.ts";

function shown(expression: string): string {
  return outcome(() => evaluate(expression));
}

function outcome(compute: () => Value): string {
  try {
    return printQuoted(compute());
  } catch (error) {
    if (error instanceof Trap) return `raises ${error.value.code}${error.uncatchable ? " for good" : ""}`;
    throw error;
  }
}

function table(cases: readonly (readonly [string, string])[]): void {
  expect(cases.map(([expression]) => [expression, shown(expression)])).toEqual(cases.map((each) => [...each]));
}

const SMILE = "\u{1f600}";

describe("text functions", () => {
  it("count code points, not UTF-16 units", () => {
    expect(outcome(() => call("len_string", `a${SMILE}b`))).toBe("3");
    expect(outcome(() => call("reverse_string", `a${SMILE}b`))).toBe(`"b${SMILE}a"`);
    expect(outcome(() => call("left", `${SMILE}ab`, 1))).toBe(`"${SMILE}"`);
    expect(outcome(() => call("substring", `a${SMILE}b`, 2, 1))).toBe(`"${SMILE}"`);
    expect(outcome(() => call("instr", `${SMILE}ab`, "b"))).toBe("3");
    expect(outcome(() => call("lpad", "x", 3, SMILE))).toBe(`"${SMILE}${SMILE}x"`);
    expect(outcome(() => call("split", `${SMILE}a`, ""))).toBe(`["${SMILE}", "a"]`);
    expect(outcome(() => call("overlay", `a${SMILE}b`, "x", 2, 1))).toBe('"axb"');
    expect(outcome(() => call("codepoint", SMILE))).toBe("128512");
  });

  it("take substrings as SQLite does", () => {
    table([
      ["substring('hello', 0)", '"hello"'],
      ["substring('hello', 0, 2)", '"h"'],
      ["substring('hello', -3)", '"llo"'],
      ["substring('hello', -3, 2)", '"ll"'],
      ["substring('abc', -5, 3)", '"a"'],
      ["substring('abc', 9)", '""'],
      ["substring('abc', 2, 0)", '""'],
      ["substring('abc', 1, -1)", "raises OutOfRange"],
      ["substring('abc', 2, 9223372036854775807)", '"bc"'],
    ]);
  });

  it("clip slices and count negative places from the end", () => {
    table([
      ["slice('grizzly', -3)", '"zly"'],
      ["slice('abc', 1, 99)", '"bc"'],
      ["slice('abc', 2, 1)", '""'],
      ["slice('abc', -99, 2)", '"ab"'],
      ["slice([1, 2, 3], -2)", "[2, 3]"],
      ["left('abc', -1)", '"ab"'],
      ["left('abc', -9)", '""'],
      ["right('abc', -1)", '"bc"'],
      ["right('abc', 0)", '""'],
      ["right('abc', 9)", '"abc"'],
    ]);
  });

  it("propagate null", () => {
    table([
      ["upper(null)", "null"],
      ["replace('a', null, 'b')", "null"],
      ["lpad('a', null)", "null"],
      ["concat('a', null)", '"a"'],
      ["is_blank(null)", "true"],
      ["coalesce(null, null)", "null"],
      ["abs(null)", "null"],
      ["greatest(null, null)", "null"],
      ["min(1, null)", "null"],
      ["json_get(null, '$')", "null"],
      ["date_part('year', null)", "null"],
      ["hash(null)", "null"],
    ]);
  });

  it("split and join at the edges", () => {
    table([
      ["split('', ',')", '[""]'],
      ["split('a,,b', ',')", '["a", "", "b"]'],
      ["split_part('a.b', '.', 3)", '""'],
      ["split_part('a.b', '.', -1)", '"b"'],
      ["split_part('a.b', '.', 0)", "raises OutOfRange"],
      ["lines('a\r\nb')", '["a", "b"]'],
      ["words('')", "[]"],
      ["replace('aaa', '', 'x')", '"aaa"'],
      ["count_of('aaa', 'aa')", "1"],
      ["index_of('abc', 'z')", "null"],
      ["index_of('abcabc', 'a', -3)", "3"],
    ]);
  });

  it("format by places", () => {
    table([
      ["format('%5d|%-5d|%05d', 42, 42, -42)", '"   42|42   |-0042"'],
      ["format('%2$s %1$s', 'a', 'b')", '"b a"'],
      ["format('%.3f %+d', 2.0005, 3)", '"2.001 +3"'],
      ["format('%x', -1)", '"ffffffffffffffff"'],
      ["format('%I = %L', 'a b', null)", '"\\"a b\\" = NULL"'],
      ["format('%s', null)", '""'],
      ["format('%s')", "raises OutOfRange"],
      ["format('%y', 1)", "raises OutOfRange"],
      ["format('%d', 'x')", "raises InvalidCast"],
      ["format('100%%')", '"100%"'],
      ["format('%d', '7')", '"7"'],
      ["format('%.2e', 12345)", '"1.23e+4"'],
    ]);
  });

  it("match LIKE and GLOB", () => {
    const like = (text: string, pattern: string, escape: string | null = null): string =>
      outcome(() => call("like", text, pattern, escape));
    expect([
      like("Grizzly", "g%Y"),
      like("a", "__"),
      like(SMILE, "_"),
      like("10%", "10!%", "!"),
      like("100", "10!%", "!"),
      like("", "%"),
      like("", "_"),
      like("Ä", "ä"),
    ]).toEqual(["true", "false", "true", "true", "false", "true", "false", "false"]);
    expect(outcome(() => call("like", "a", "b", "xx"))).toBe("raises OutOfRange");
    table([
      ["glob('data1.csv', '*[0-9].csv')", "true"],
      ["glob('A', '[^a-z]')", "true"],
      ["glob(']', '[]]')", "true"],
      ["glob('abc', 'a?d')", "false"],
      ["glob('a', 'A')", "false"],
    ]);
  });

  it("match hostile patterns in time of text times pattern", () => {
    const context = testContext();
    const text = "a".repeat(5000);
    expect(callRow(context, intrinsicRow("like"), [text, `${"%a".repeat(50)}b`])).toBe(false);
    expect(context.fuel).toBeLessThan(5000 * 110);
  });

  it("refuse texts beyond the limit before they are made", () => {
    expect(outcome(() => call("repeat_string", "abc", 9_007_199_254_740_991))).toBe("raises LimitExceeded for good");
    expect(outcome(() => call("lpad", "", 2 ** 40, " "))).toBe("raises LimitExceeded for good");
    expect(outcome(() => call("replace", "a".repeat(100_000), "a", "b".repeat(10_000)))).toBe(
      "raises LimitExceeded for good",
    );
    expect(outcome(() => call("format", "%999999999d", 1))).toBe("raises LimitExceeded for good");
    expect(outcome(() => call("random_bytes", 2 ** 40))).toBe("raises OutOfRange");
  });

  it("quote names and values for SQL text", () => {
    table([
      ["ident('a\"b')", '"\\"a\\"\\"b\\""'],
      ["ident('')", "raises OutOfRange"],
      ["literal(1.5d)", '"1.5"'],
      ["literal(true)", '"TRUE"'],
      ["literal(x'ff')", "\"x'ff'\""],
      ["literal(TIMESTAMP '2026-01-31 08:30:00')", "\"'2026-01-31T08:30:00.000000Z'\""],
      ["literal([1, 'a'])", '"\'[1, \\"a\\"]\'"'],
    ]);
    expect(outcome(() => call("literal", "a\0b"))).toBe("raises OutOfRange");
    expect(outcome(() => call("literal", Number.NaN))).toBe("raises OutOfRange");
  });
});

describe("number functions", () => {
  it("keep the kind of their argument and overflow where 64 bits end", () => {
    const min = -9_223_372_036_854_775_808n;
    expect(outcome(() => call("abs_int", min))).toBe("raises Overflow");
    expect(outcome(() => call("div", min, -1))).toBe("raises Overflow");
    expect(outcome(() => call("mod_int", min, -1))).toBe("0");
    expect(outcome(() => call("gcd", min, min))).toBe("raises Overflow");
    expect(outcome(() => call("bit_xor", min, -1))).toBe("9223372036854775807");
    expect(outcome(() => call("shift_left", 1, 63))).toBe("-9223372036854775808");
    expect(outcome(() => call("bit_count", -1))).toBe("64");
    expect(outcome(() => call("from_base", "-8000000000000000", 16))).toBe("-9223372036854775808");
    expect(outcome(() => call("from_base", "8000000000000000", 16))).toBe("raises InvalidCast");
    expect(outcome(() => call("random_int", min, 9_223_372_036_854_775_807n))).toMatch(/^-?\d+$/);
  });

  it("round as people read numbers", () => {
    table([
      ["round(2.5)", "3.0"],
      ["round(-2.5)", "-3.0"],
      ["round(1.005, 2)", "1.01"],
      ["round(-0.4)", "-0.0"],
      ["round(123.456, -2)", "100.0"],
      ["round(0.1, 20)", "0.1"],
      ["round(1.5d, 3)", "1.500"],
      ["round(15, -1)", "20"],
      ["trunc(-1.99)", "-1.0"],
      ["trunc(199, -2)", "100"],
      ["floor(-1.5d)", "-2"],
      ["ceil(-1.5)", "-1.0"],
      ["floor(1.5)", "1.0"],
      ["sign(-0.0)", "0"],
      ["trunc(12.5d, -1)", "10"],
    ]);
    expect(outcome(() => call("round_int", 9_223_372_036_854_775_807n, -1))).toBe("raises Overflow");
    expect(outcome(() => call("round_float", Number.NaN, 2))).toBe("NaN");
    expect(outcome(() => call("round_float", boxFloat(1e308), -308))).toBe("1e308");
  });

  it("refuse what is not defined", () => {
    table([
      ["sqrt(-1)", "raises OutOfRange"],
      ["ln(0)", "raises OutOfRange"],
      ["log(1, 5)", "raises OutOfRange"],
      ["asin(2)", "raises OutOfRange"],
      ["pow(2, -1)", "raises OutOfRange"],
      ["pow(-8.0, 0.5)", "raises OutOfRange"],
      ["pow(10, 19)", "raises Overflow"],
      ["pow(1.1d, 1000)", "raises Overflow"],
      ["pow(0.1d, 3)", "0.001"],
      ["mod(1, 0)", "raises DivisionByZero"],
      ["mod(1.5d, 0)", "raises DivisionByZero"],
      ["chr(55296)", "raises OutOfRange"],
      ["shift_left(1, 64)", "raises OutOfRange"],
      ["to_base(1, 1)", "raises OutOfRange"],
      ["clamp(5, null, 1)", "null"],
      ["width_bucket(1, 5, 5, 3)", "raises OutOfRange"],
      ["format_number(-1234567)", '"-1,234,567"'],
    ]);
  });

  it("sum exactly and compensate floats", () => {
    table([
      ["sum([])", "0"],
      ["sum([0.1, 0.2, 0.3])", "0.6"],
      ["sum([1, 0.5d])", "1.5"],
      ["avg([])", "null"],
      ["avg([1, 2, null])", "1.5"],
      ["median([])", "null"],
      ["stddev([1])", "null"],
      ["percentile([1], 2)", "raises OutOfRange"],
      ["sum(['a'])", "raises InvalidCast"],
    ]);
    expect(outcome(() => call("sum_int", new ListValue([9_223_372_036_854_775_807n, 1])))).toBe("raises Overflow");
    expect(outcome(() => call("sum_int", new ListValue([9_223_372_036_854_775_807n, 1, -1])))).toBe(
      "9223372036854775807",
    );
    expect(outcome(() => call("sum_float", new ListValue([1e16, 1, -1e16].map((each) => boxFloat(each)))))).toBe("1.0");
    expect(outcome(() => call("sum_float", new ListValue([])))).toBe("0.0");
  });
});

describe("regular expressions", () => {
  it("run in linear time", () => {
    expect(call("regex_match_flags", `${"a".repeat(50_000)}!`, "^(a+)+$")).toBe(false);
    expect(call("regex_match_flags", "a".repeat(30_000), "(a|a)*b")).toBe(false);
  });

  it("refuse a search that could not be stopped in time", () => {
    const size = 2003;
    const most = Math.floor(LIMITS.regexStepsMax.value / size);
    expect(outcome(() => call("regex_count", "-".repeat(most + 1), "(\\w?){500}[0-9]", ""))).toBe(
      "raises LimitExceeded for good",
    );
    expect(outcome(() => call("regex_find", "-".repeat(1000), "(\\w?){500}[0-9]", ""))).toBe("null");
  });

  it("refuse patterns that are none, too large or need backtracking", () => {
    table([
      ["regex_match('a', '(')", "raises OutOfRange"],
      ["regex_match('a', '(a)\\1')", "raises OutOfRange"],
      ["regex_match('a', '(?=a)')", "raises OutOfRange"],
      ["regex_match('a', 'a', 'q')", "raises OutOfRange"],
      ["regex_match('a', '((a{1000}){1000}){1000}')", "raises OutOfRange"],
    ]);
  });

  it("replace with groups by number and name", () => {
    table([
      ["regex_replace('ab', '(?P<x>a)(b)', '${x}-$2-\\1-$$-$0')", '"a-b-a-$-ab"'],
      ["regex_replace('abc', '', '-')", '"-a-b-c-"'],
      ["regex_replace('a', 'a', '$1')", "raises OutOfRange"],
      ["regex_replace('a', '(a)|(b)', '[$2]')", '"[]"'],
      ["regex_replace('aXbX', 'x', '', 'i')", '"ab"'],
      ["regex_replace('a', '(a)', '${__proto__}')", "raises OutOfRange"],
    ]);
  });

  it("find and split", () => {
    table([
      ["regex_find_all('aaa', 'a*')", '["aaa", ""]'],
      ["regex_split('a1b2c', '\\d')", '["a", "b", "c"]'],
      ["regex_split('abc', '')", '["abc"]'],
      ["regex_groups('x', 'y')", "null"],
      ["regex_find('x', 'y')", "null"],
      ["regex_match('a\nb', '^b$', 'm')", "true"],
      ["regex_match('a\nb', 'a.b')", "false"],
      ["regex_match('a\nb', 'a.b', 's')", "true"],
    ]);
    expect(outcome(() => call("regex_find", `${SMILE}x`, "\\pS", ""))).toBe(`"${SMILE}"`);
  });
});
