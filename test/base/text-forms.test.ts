// Printing, JSON, casts, bytes as text and code points: the forms that people and other programs see.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { required } from "../../base/failure.ts";
import { SCALARS, type ScalarName } from "../../base/scalar.ts";
import {
  decodeBase64,
  decodeHex,
  decodeUtf8,
  encodeBase64,
  encodeHex,
  encodeUtf8,
  utf8Length,
} from "../../base/value/bytes-text.ts";
import { CAST_FAILED, type CastTarget, castValue } from "../../base/value/cast.ts";
import { pointAt, pointLength, pointList, slicePoints } from "../../base/value/code-points.ts";
import { equalValues } from "../../base/value/compare.ts";
import { parseDecimalText } from "../../base/value/decimal.ts";
import { compactJson, jsonDocument, jsonText, toJson, valueOfJson } from "../../base/value/json.ts";
import { parseJson } from "../../base/value/json-parse.ts";
import { printFloat, printQuoted, printValue } from "../../base/value/print.ts";
import {
  boxFloat,
  ClosureValue,
  DateValue,
  ErrorValue,
  FloatBox,
  Interval,
  Json,
  ListValue,
  MapValue,
  Shape,
  StructValue,
  TableValue,
  TimeValue,
  Timestamp,
  type Value,
} from "../../base/value/value.ts";
import { LimitPassed } from "../../base/value/work.ts";

const DECIMAL = required(parseDecimalText("12.50"), "decimal");
const PERSON = new StructValue(new Shape("Person", ["name", "age"]), ["Ann", 3]);

describe("printing", () => {
  it("follows the rules of the language", () => {
    const cases: readonly (readonly [Value, string])[] = [
      [null, "null"],
      [true, "true"],
      [42, "42"],
      [9_223_372_036_854_775_807n, "9223372036854775807"],
      [new FloatBox(1), "1.0"],
      [0.1, "0.1"],
      [new FloatBox(-0), "-0.0"],
      [new FloatBox(1e21), "1e21"],
      [1e-7, "1e-7"],
      [Number.NaN, "NaN"],
      [Number.NEGATIVE_INFINITY, "-Infinity"],
      [DECIMAL, "12.50"],
      ["text", "text"],
      [Uint8Array.of(0, 255), "x'00ff'"],
      [new DateValue(0), "1970-01-01"],
      [new TimeValue(500_000), "00:00:00.5"],
      [new Timestamp(0), "1970-01-01T00:00:00Z"],
      [new Interval(0, 7, 0), "P7D"],
      [new Json('{"a":1}'), '{"a":1}'],
      [new ListValue([1, 'a\n"b"', null]), '[1, "a\\n\\"b\\"", null]'],
      [PERSON, '{name: "Ann", age: 3}'],
      [
        new MapValue(
          new Map<string, Value>([
            ["a b", 1],
            ["c", PERSON],
          ]),
        ),
        '{"a b": 1, c: {name: "Ann", age: 3}}',
      ],
      [new ListValue([]), "[]"],
      [new MapValue(new Map()), "{}"],
      [new ErrorValue("Overflow", "too large"), "Overflow: too large"],
      [new ClosureValue({}, []), "<function>"],
      [
        new TableValue(
          new Shape("", ["n"]),
          [{ kind: "ints", type: "int", data: Float64Array.of(1, 2), nulls: Uint8Array.of(0, 1) }],
          2,
        ),
        "[{n: 1}, {n: null}]",
      ],
    ];
    expect(cases.map(([value]) => printValue(value))).toEqual(cases.map(([, text]) => text));
    expect(printQuoted("a")).toBe('"a"');
  });

  it("prints floats so that they read back", () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        const text = printFloat(value);
        expect(Object.is(Number(text), value)).toBe(true);
        expect(/[.eIN]/.test(text)).toBe(true);
      }),
    );
  });

  it("stops at values that are shared into hugeness", () => {
    const long = "x".repeat(2 ** 25);
    const value = new ListValue(Array.from({ length: 9 }, () => long));
    expect(() => printValue(value)).toThrow(LimitPassed);
    let doubled: Value = new ListValue(["x"]);
    for (let i = 0; i < 50; i += 1) doubled = new ListValue([doubled, doubled]);
    const meter = {
      spent: 0,
      spend(units: number): void {
        this.spent += units;
        if (this.spent > 10_000) throw new RangeError("out of fuel");
      },
    };
    expect(() => jsonText(doubled, meter)).toThrow(RangeError);
  });
});

describe("JSON", () => {
  const json = fc.json({ maxDepth: 4 });

  it("reads what JSON.parse reads, and refuses what it refuses", () => {
    fc.assert(
      fc.property(json, (text) => {
        const { value, fault } = parseJson(text);
        expect(fault).toBeUndefined();
        expect(JSON.parse(jsonText(value ?? null))).toEqual(JSON.parse(text));
      }),
    );
    const accepts = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(
        json,
        fc.nat(),
        fc.constantFrom("", ",", "]", "}", '"', "1", "\\", " ", "e"),
        (text, place, insert) => {
          const at = place % (text.length + 1);
          const broken = text.slice(0, at) + insert + text.slice(at + 1);
          const { fault } = parseJson(broken);
          // A number beyond 1,000 digits is refused by us and made Infinity by JSON.parse.
          if (fault?.reason !== "the number has too many digits")
            expect(fault === undefined, broken).toBe(accepts(broken));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("keeps every digit", () => {
    const texts = [
      "9007199254740993",
      "-9223372036854775808",
      "123456789012345678901234567890",
      "1.10",
      "0.1",
      "1e400",
      "12345678901234567890.123456789",
      "-0",
      "1E2",
    ];
    expect(texts.map((text) => jsonDocument(text).document?.text)).toEqual(texts);
    expect(texts.map((text) => printValue(parseJson(text).value ?? null))).toEqual([
      "9007199254740993",
      "-9223372036854775808",
      "123456789012345678901234567890",
      "1.1",
      "0.1",
      `1${"0".repeat(400)}`,
      "12345678901234567890.123456789",
      "-0.0",
      "100.0",
    ]);
  });

  it("has no keys with a meaning of their own, and takes the last of equal ones", () => {
    const value = parseJson('{"__proto__": 1, "constructor": 2, "a": 1, "a": 3}').value;
    expect(printValue(value ?? null)).toBe("{__proto__: 1, constructor: 2, a: 3}");
  });

  it("writes what JSON lacks as text", () => {
    const value = new ListValue([
      new FloatBox(1),
      Number.NaN,
      DECIMAL,
      Uint8Array.of(104, 105),
      new DateValue(0),
      new Timestamp(0),
      PERSON,
    ]);
    expect(toJson(value).text).toBe(
      '[1.0,null,12.50,"aGk=","1970-01-01","1970-01-01T00:00:00Z",{"name":"Ann","age":3}]',
    );
  });

  it("takes out space only between tokens", () => {
    expect(compactJson(' { "a b" : [ 1 , "c \\" d" ] } ')).toBe('{"a b":[1,"c \\" d"]}');
    expect(compactJson(`"${"x ".repeat(1e6)}"`)).toHaveLength(2e6 + 2);
  });

  it("says where a text is broken, and stops at deep nesting", () => {
    expect(parseJson('{"a": }').fault).toEqual({ offset: 6, reason: "a value is expected" });
    expect(parseJson("").fault?.reason).toMatch(/ends where/);
    expect(() => parseJson("[".repeat(1001))).toThrow(LimitPassed);
  });
});

describe("casts", () => {
  const cast = (value: Value, target: CastTarget): string => {
    const result = castValue(value, target);
    return result === CAST_FAILED ? "failed" : printQuoted(result);
  };

  it("casts each scalar through text and back", () => {
    const samples: Readonly<Record<ScalarName, Value>> = {
      int: -9_223_372_036_854_775_808n,
      float: 1.5,
      decimal: DECIMAL,
      bool: true,
      string: "text",
      bytes: encodeUtf8("grün"),
      date: new DateValue(19_000),
      time: new TimeValue(1),
      timestamp: new Timestamp(1),
      timestamptz: new Timestamp(-1),
      interval: new Interval(1, 2, 3),
      json: new Json('{"a":1}'),
      uuid: "123e4567-e89b-12d3-a456-426614174000",
    };
    for (const type of Object.keys(SCALARS) as ScalarName[]) {
      const text = castValue(samples[type], { type: "string" });
      const back = text === CAST_FAILED ? CAST_FAILED : castValue(text, { type });
      expect(back !== CAST_FAILED && equalValues(back, samples[type]), type).toBe(true);
      expect(castValue(null, { type })).toBeNull();
    }
  });

  it("rounds half away from zero and refuses what does not fit", () => {
    expect([
      cast(2.5, { type: "int" }),
      cast(-2.5, { type: "int" }),
      cast(required(parseDecimalText("0.5"), "d"), { type: "int" }),
      cast(1e30, { type: "int" }),
      cast(Number.NaN, { type: "int" }),
    ]).toEqual(["3", "-3", "1", "failed", "failed"]);
    expect([
      cast("12.345", { type: "decimal", precision: 4, scale: 2 }),
      cast("123.45", { type: "decimal", precision: 4, scale: 2 }),
      cast(0.1, { type: "decimal" }),
    ]).toEqual(["12.35", "failed", "0.1"]);
    expect([cast(300, { type: "int", range: [0n, 255n] }), cast(255, { type: "int", range: [0n, 255n] })]).toEqual([
      "failed",
      "255",
    ]);
    expect([
      cast("four", { type: "string", length: 3 }),
      cast("\u{1f600}\u{1f600}", { type: "string", length: 2 }),
    ]).toEqual(["failed", '"\u{1f600}\u{1f600}"']);
  });

  it("reads words for bools and floats, and nothing else", () => {
    expect(["yes", " T ", "0", "off", "maybe", ""].map((text) => cast(text, { type: "bool" }))).toEqual([
      "true",
      "true",
      "false",
      "false",
      "failed",
      "failed",
    ]);
    expect(
      ["1e3", "-Infinity", "nan", ".5", "0x10", "1e999", "1 2", ""].map((text) => cast(text, { type: "float" })),
    ).toEqual(["1000.0", "-Infinity", "NaN", "0.5", "failed", "failed", "failed", "failed"]);
  });

  it("looks into JSON for scalars", () => {
    expect([
      cast(new Json("3"), { type: "int" }),
      cast(new Json('"x"'), { type: "string" }),
      cast(new Json("null"), { type: "int" }),
      cast(new Json("[1]"), { type: "int" }),
      cast(new Json("[1]"), { type: "string" }),
    ]).toEqual(["3", '"x"', "null", "failed", '"[1]"']);
    expect([cast("{", { type: "json" }), cast('{"a": 1}', { type: "json" }), cast(PERSON, { type: "json" })]).toEqual([
      "failed",
      '{"a":1}',
      '{"name":"Ann","age":3}',
    ]);
  });

  it("normalises uuids", () => {
    expect(cast("{123E4567E89B12D3A456426614174000}", { type: "uuid" })).toBe('"123e4567-e89b-12d3-a456-426614174000"');
    expect(cast("123e4567", { type: "uuid" })).toBe("failed");
  });

  it("has no cast between kinds that mean different things", () => {
    expect([
      cast(1, { type: "date" }),
      cast(new DateValue(0), { type: "int" }),
      cast(true, { type: "timestamp" }),
      cast(1, { type: "bytes" }),
      cast(Uint8Array.of(255), { type: "string" }),
    ]).toEqual(Array(5).fill("failed"));
  });
});

describe("bytes as text", () => {
  it("goes through hexadecimal, base64 and UTF-8 and back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(decodeHex(encodeHex(bytes))).toEqual(bytes);
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
        expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(decodeUtf8(encodeUtf8(text))).toBe(text);
        expect(utf8Length(text)).toBe(Buffer.byteLength(text));
      }),
    );
  });

  it("refuses other characters", () => {
    expect([
      decodeHex("0"),
      decodeHex("0g"),
      decodeBase64("a"),
      decodeBase64("a*b="),
      decodeUtf8(Uint8Array.of(0xff)),
    ]).toEqual(Array(5).fill(undefined));
  });
});

describe("code points", () => {
  it("counts and slices as a list of code points does", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.integer({ min: -12, max: 12 }),
        fc.option(fc.integer({ min: -12, max: 12 }), { nil: undefined }),
        (text, start, end) => {
          const points = Array.from(text);
          expect(pointLength(text)).toBe(points.length);
          expect(pointList(text)).toEqual(points);
          expect(slicePoints(text, start, end)).toBe(points.slice(start, end).join(""));
          expect(pointAt(text, start)).toBe(points.at(start));
        },
      ),
    );
  });

  it("is not fooled by floats of whole value", () => {
    expect(boxFloat(2)).toBeInstanceOf(FloatBox);
    expect(boxFloat(2.5)).toBe(2.5);
  });
});

describe("JSON documents as values", () => {
  it("gives the content", () => {
    expect(printValue(valueOfJson(new Json('{"a": [1, "x"]}')))).toBe('{a: [1, "x"]}');
  });
});
