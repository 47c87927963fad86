// The checker allows exactly the casts between scalars that some value survives: compiler/types/cast.ts against base/value/cast.ts.
import { describe, expect, it } from "vitest";
import type { ScalarName } from "../../base/scalar.ts";
import { CAST_FAILED, castValue } from "../../base/value/cast.ts";
import { jsonDocument } from "../../base/value/json.ts";
import { parseInterval } from "../../base/value/interval.ts";
import { parseDate, parseTime, parseTimestamp } from "../../base/value/temporal.ts";
import { parseDecimalText } from "../../base/value/decimal.ts";
import { boxFloat, type Value } from "../../base/value/value.ts";
import { required } from "../../base/failure.ts";
import { couldCast } from "../../compiler/types/cast.ts";
import { scalar } from "../../compiler/types/make.ts";

const json = (text: string): Value => required(jsonDocument(text).document, text);
const UUID = "00000000-0000-4000-8000-000000000001";

/** Values of each type, some of which every possible cast takes. */
const SAMPLES: Readonly<Record<Exclude<ScalarName, "string" | "json">, readonly Value[]>> = {
  int: [1],
  float: [boxFloat(1.5)],
  decimal: [required(parseDecimalText("2.50"), "a decimal")],
  bool: [true],
  bytes: [new Uint8Array([65]), new Uint8Array(16)],
  date: [required(parseDate("2026-01-31"), "a date")],
  time: [required(parseTime("10:20:30"), "a time")],
  timestamp: [required(parseTimestamp("2026-01-31 10:20:30"), "a timestamp")],
  timestamptz: [required(parseTimestamp("2026-01-31 10:20:30"), "a timestamp")],
  interval: [required(parseInterval("2 hours"), "an interval")],
  uuid: [UUID],
};
const TARGETS: readonly ScalarName[] = [
  "int",
  "float",
  "decimal",
  "bool",
  "string",
  "bytes",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "interval",
  "uuid",
];

describe("casts of scalars", () => {
  it.each(Object.entries(SAMPLES))("from %s", (from, values) => {
    // A uuid is kept as text, which a cast would read; its type says what is meant.
    if (from === "uuid") return expect(couldCast(scalar("uuid"), scalar("bytes"))).toBe(true);
    const possible = TARGETS.filter((type) => values.some((value) => castValue(value, { type }) !== CAST_FAILED));
    const allowed = TARGETS.filter((type) => couldCast(scalar(from as ScalarName), scalar(type)));
    expect(allowed).toEqual(possible);
  });

  it("from json as the scalar inside", () => {
    expect(castValue(json("5"), { type: "int" })).toBe(5);
    expect(couldCast(scalar("json"), scalar("int"))).toBe(true);
  });
});
