// Edges of the functions on lists, maps, JSON, bytes and dates: sharing, places, digits, time zones and masks.
import fc from "fast-check";
import { createHash } from "node:crypto";
import { crc32 as zlibCrc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { required } from "../../base/failure.ts";
import { daysFromCivil, DAY_MICROS, splitTimestamp, timestampOf } from "../../base/value/calendar.ts";
import { equalValues } from "../../base/value/compare.ts";
import { printQuoted, printValue } from "../../base/value/print.ts";
import { parseTimestamp, printTimestamp } from "../../base/value/temporal.ts";
import { ListValue, MapValue, Timestamp, type Value } from "../../base/value/value.ts";
import { Trap } from "../../bytecode/trap.ts";
import { fromLocal, toLocal } from "../../vm/intrinsics/time-zone.ts";
import { call, evaluate } from "./intrinsic-harness.ts";

function outcome(compute: () => Value): string {
  try {
    return printQuoted(compute());
  } catch (error) {
    if (error instanceof Trap) return `raises ${error.value.code}${error.uncatchable ? " for good" : ""}`;
    throw error;
  }
}

function table(cases: readonly (readonly [string, string])[]): void {
  expect(cases.map(([expression]) => [expression, outcome(() => evaluate(expression))])).toEqual(
    cases.map((each) => [...each]),
  );
}

function list(...items: Value[]): ListValue {
  return new ListValue(items);
}

function timestamp(text: string): Timestamp {
  return required(parseTimestamp(text), text);
}

describe("list functions", () => {
  it("leave their arguments as they are and mark what they share", () => {
    const inner = list(1);
    const outer = list(inner);
    const pushed = call("push", outer, 2);
    expect([outer.items.length, inner.shared, printQuoted(pushed)]).toEqual([1, true, "[[1], 2]"]);
    const map = new MapValue(new Map<string, Value>([["a", list(1)]]));
    call("put", map, "b", 2);
    expect([map.entries.size, (map.entries.get("a") as ListValue).shared]).toEqual([1, true]);
    const same = list(3, 1);
    call("sort", same);
    expect(printQuoted(same)).toBe("[3, 1]");
  });

  it("clip and refuse places", () => {
    table([
      ["insert_at([1], 1, 2)", "[1, 2]"],
      ["insert_at([1], 2, 2)", "raises OutOfRange"],
      ["insert_at([1, 3], -1, 2)", "[1, 2, 3]"],
      ["remove([1, 2], -1)", "[1]"],
      ["remove([], 0)", "raises OutOfRange"],
      ["pop([])", "raises OutOfRange"],
      ["take([1], -1)", "[]"],
      ["[1, 2].drop(-1)", "[1, 2]"],
      ["first([])", "null"],
      ["chunk([1], 0)", "raises OutOfRange"],
      ["index_of([1, 2, 1], 1, 1)", "2"],
      ["index_of([1, 2, 1], 1, -1)", "2"],
    ]);
  });

  it("make series of either direction without losing ints", () => {
    table([
      ["range(3, 0)", "[]"],
      ["range(3, 0, -1)", "[3, 2, 1]"],
      ["generate_series(3, 1, -2)", "[3, 1]"],
      ["range(0, 1, 0)", "raises OutOfRange"],
      ["range(-2)", "[]"],
      ["generate_series(1, 0)", "[]"],
      ["range(9223372036854775807)", "raises LimitExceeded for good"],
    ]);
    expect(outcome(() => call("series_int", 9_223_372_036_854_775_806n, 9_223_372_036_854_775_807n, 1))).toBe(
      "[9223372036854775806, 9223372036854775807]",
    );
    expect(
      outcome(() =>
        call("range_steps", -9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n, 9_223_372_036_854_775_807n),
      ),
    ).toBe("[-9223372036854775808, -1, 9223372036854775806]");
  });

  it("sort stably by total order, nulls first, in both directions", () => {
    table([
      ["sort([2, null, 1.5d])", "[null, 1.5, 2]"],
      ["sort([1, 3, 2], true)", "[3, 2, 1]"],
      ["sort_by_keys(['a', 'b', 'c'], [1, 0, 1], true)", '["a", "c", "b"]'],
      ["sort_by_keys([1], [], false)", "raises OutOfRange"],
    ]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 })), (numbers) => {
        expect(printQuoted(call("sort", list(...numbers)))).toBe(
          printQuoted(list(...numbers.toSorted((a, b) => a - b))),
        );
      }),
    );
  });

  it("have null equal null", () => {
    table([
      ["distinct([null, 1, null, 1.0])", "[null, 1]"],
      ["contains([null], null)", "true"],
      ["group_by_keys([1, 2], [null, null])", "[{key: null, items: [1, 2]}]"],
      ["contains_operator([1], null)", "null"],
    ]);
  });

  it("refuse lists beyond the limit before they are made", () => {
    expect(outcome(() => call("repeat_list", list(1), 2 ** 40))).toBe("raises LimitExceeded for good");
  });
});

describe("JSON functions", () => {
  it("follow paths as SQLite does", () => {
    table([
      ['json_get(\'{"a b": {"c": [1, 2]}}\', \'$."a b".c[#-1]\')', "2"],
      ["json_get('[1, 2]', '[-1]')", "2"],
      ["json_get('[1]', '$[5]')", "null"],
      ["json_get('{}', 'a..b')", "raises OutOfRange"],
      ["json_get('{}', '$.a[')", "raises OutOfRange"],
      ["json_has('{\"__proto__\": 1}', '__proto__')", "true"],
      ["json_has('{}', '__proto__')", "false"],
      ["json_has('{}', 'constructor')", "false"],
      ["json_get('x', '$')", "raises InvalidCast"],
      ["json_member('[1, 2]', -1)", "2"],
      ["json_member_text('{\"a\": null}', 'a')", "null"],
    ]);
  });

  it("change documents without losing digits or order", () => {
    table([
      ["json_set('{\"n\": 12345678901234567890.10, \"a\": 1}', 'a', 2)", '{"n":12345678901234567890.10,"a":2}'],
      ["json_set('[1]', '$[#]', 2)", "[1,2]"],
      ["json_set('[1]', '$[5]', 2)", "[1]"],
      ["json_set('{}', '$.a[0]', 'x')", '{"a":["x"]}'],
      ["json_remove('[1, 2, 3]', '$[1]')", "[1,3]"],
      ["json_remove('{}', '$.x')", "{}"],
      ["json_object('a')", "raises OutOfRange"],
      ["json_array([1, 'b'], parse_json('{}'))", '[[1,"b"],{}]'],
      ["json_pretty('{\"a\": [1, {}]}')", '"{\\n  \\"a\\": [\\n    1,\\n    {}\\n  ]\\n}"'],
    ]);
    expect(outcome(() => call("json_pretty", call("parse_json", '{"a":[1,{}]}'), 2))).toBe(
      '"{\\n  \\"a\\": [\\n    1,\\n    {}\\n  ]\\n}"',
    );
  });
});

describe("hashes and identifiers", () => {
  it("agree with Node's", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(call("hash", bytes)).toBe(createHash("sha256").update(bytes).digest("hex"));
        if (typeof zlibCrc32 === "function") expect(call("crc32", bytes)).toBe(zlibCrc32(bytes));
      }),
    );
    expect(call("hash", "grün")).toBe(createHash("sha256").update("grün").digest("hex"));
  });

  it("make UUIDs of their version and variant", () => {
    expect(call("uuid")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
    expect(call("uuid_v7")).toMatch(/^019c13ec-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
    expect(Number.parseInt(printValue(call("uuid_v7")).replace("-", "").slice(0, 12), 16)).toBe(1_769_860_800_000);
  });

  it("refuse texts that are no bytes", () => {
    table([
      ["decode('abc', 'hex')", "raises InvalidCast"],
      ["decode('ab', 'rot13')", "raises OutOfRange"],
      ["encode(x'ff', 'utf8')", "raises InvalidCast"],
      ["unhex('zz')", "null"],
      ["get_byte(x'00', 1)", "raises OutOfRange"],
      ["get_byte(x'01ff', -1)", "255"],
    ]);
  });
});

describe("time zones", () => {
  const shown = (value: Timestamp): string => printTimestamp(value);

  it("shift a time that clocks skip, and take the first of a time that they show twice", () => {
    expect(shown(fromLocal(timestamp("2026-03-29 02:30"), "Europe/Berlin"))).toBe("2026-03-29T01:30:00Z");
    expect(shown(toLocal(timestamp("2026-03-29T01:30:00Z"), "Europe/Berlin"))).toBe("2026-03-29T03:30:00Z");
    expect(shown(fromLocal(timestamp("2026-10-25 02:30"), "Europe/Berlin"))).toBe("2026-10-25T00:30:00Z");
    expect(shown(fromLocal(timestamp("2026-11-01 01:30"), "America/New_York"))).toBe("2026-11-01T05:30:00Z");
    expect(shown(fromLocal(timestamp("2026-10-04 02:15"), "Australia/Lord_Howe"))).toBe("2026-10-03T15:45:00Z");
  });

  it("go to local time and back, gaps and folds aside", () => {
    const instants = fc
      .tuple(
        fc.integer({ min: daysFromCivil(1800, 1, 1), max: daysFromCivil(2100, 1, 1) }),
        fc.integer({ min: 0, max: 86_399 }),
      )
      .map(([day, second]) => required(timestampOf(day, second * 1_000_000), "instant"));
    fc.assert(
      fc.property(
        instants,
        fc.constantFrom("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "UTC", "+05:45", "-03"),
        (instant, zone) => {
          const local = toLocal(instant, zone);
          const back = fromLocal(local, zone);
          // In a fold the first instant is meant: it shows the same local time.
          if (!equalValues(back, instant)) expect(toLocal(back, zone)).toEqual(local);
        },
      ),
    );
  });

  it("refuse unknown zones and years outside 1 to 9999", () => {
    expect(outcome(() => call("at_time_zone", new Timestamp(0), "Mars/Olympus"))).toBe("raises OutOfRange");
    expect(outcome(() => call("at_time_zone", new Timestamp(0), ""))).toBe("raises OutOfRange");
    expect(outcome(() => call("at_time_zone", timestamp("9999-12-31 23:00"), "+02:00"))).toBe("raises OutOfRange");
    expect(outcome(() => call("at_time_zone", timestamp("0001-01-01"), "America/New_York"))).toBe("raises OutOfRange");
  });

  it("truncate by local clocks", () => {
    expect(outcome(() => call("date_trunc_timestamp", "day", timestamp("2026-03-29T12:00:00Z"), "Europe/Berlin"))).toBe(
      "2026-03-28T23:00:00Z",
    );
    expect(
      outcome(() => call("date_trunc_timestamp", "hour", timestamp("2026-10-25T01:30:00Z"), "Europe/Berlin")),
    ).toBe("2026-10-25T01:00:00Z");
    expect(outcome(() => call("date_trunc_timestamp", "hour", timestamp("2026-01-01T00:10:00Z"), "Asia/Kolkata"))).toBe(
      "2025-12-31T23:30:00Z",
    );
  });
});

describe("date masks", () => {
  const at = timestamp("2026-03-05T14:07:09.012345Z");
  const format = (mask: string, value: Value = at, zone = "UTC"): string =>
    printValue(call("date_format", value, mask, zone));

  it("write both styles", () => {
    expect(format("%Y-%m-%d %H:%i:%s")).toBe("2026-03-05 14:07:09");
    expect(format("%Y-%m-%d %H:%M:%S")).toBe("2026-03-05 14:07:09");
    expect(format("%M %e, %Y")).toBe("March 5, 2026");
    expect(format("%W %D %b %y, %l:%i %p")).toBe("Thursday 5th Mar 26, 2:07 PM");
    expect(format("%j %u %v %x %f %T %r %%")).toBe("064 09 10 2026 012345 14:07:09 02:07:09 PM %");
    expect(format("YYYY-MM-DD HH24:MI:SS")).toBe("2026-03-05 14:07:09");
    expect(format("YYYY-MM-DDTHH24:MI:SS.MS")).toBe("2026-03-05T14:07:09.012");
    expect(format("FMDay, FMDDth Month YY, HH12:MI AM")).toBe("Thursday, 5th March 26, 02:07 PM");
    expect(format("DAY day Dy MON mon Q WW IW IYYY DDD D ID J US FF3")).toBe(
      "THURSDAY thursday Thu MAR mar 1 10 10 2026 064 5 4 2461105 012345 012",
    );
    expect(format('"Week" IW, SSSS')).toBe("Week 10, 50829");
    expect(format("HH24:MI TZ OF", at, "Europe/Berlin")).toBe("15:07 Europe/Berlin +01:00");
    expect(call("strftime", "%M %s %u %J", at)).toBe("07 1772719629 4 2461105");
  });

  it("refuse unknown fields and other values", () => {
    expect(outcome(() => call("date_format", at, "%Q"))).toBe("raises OutOfRange");
    expect(outcome(() => call("date_format", 5, "%Y"))).toBe("raises InvalidCast");
    expect(outcome(() => call("date_format", at, "D".repeat(2000)))).toBe("raises OutOfRange");
  });

  it("read what they write", () => {
    const masks = [
      "%Y-%m-%d %H:%i:%s.%f",
      "YYYY-MM-DD HH24:MI:SS.US",
      "%d %M %Y %h:%i:%s %p",
      "DD Mon YYYY HH12:MI:SS AM",
      "%j %Y %T",
      "YYYYMMDDHH24MISS",
    ];
    fc.assert(
      fc.property(
        fc.integer({ min: daysFromCivil(1000, 1, 1), max: daysFromCivil(9999, 12, 31) }),
        fc.integer({ min: 0, max: 86_399 }),
        fc.constantFrom(...masks),
        (day, second, mask) => {
          const value = required(timestampOf(day, second * 1_000_000), "value");
          expect(call("to_timestamp_text", format(mask, value), mask)).toEqual(value);
        },
      ),
    );
  });

  it("read offsets, short years and names, and refuse what does not fit", () => {
    table([
      ["to_timestamp('2026-01-31T10:00:00+02:00', '%Y-%m-%dT%H:%i:%s%z')", "2026-01-31T08:00:00Z"],
      ["to_timestamp('1 feb 99', 'DD Mon YY')", "1999-02-01T00:00:00Z"],
      ["to_timestamp('12:00 am', 'HH12:MI am')", "1970-01-01T00:00:00Z"],
      ["to_date('31/02/2026', '%d/%m/%Y')", "raises InvalidCast"],
      ["to_date('2026-01-31x', '%Y-%m-%d')", "raises InvalidCast"],
      ["to_date('05', '%U')", "raises OutOfRange"],
      ["to_timestamp('13:00 pm', 'HH12:MI am')", "raises InvalidCast"],
      ["to_timestamp('2026-07-01 12:00', '%Y-%m-%d %H:%M', 'Europe/Berlin')", "2026-07-01T10:00:00Z"],
    ]);
  });
});

describe("date arithmetic", () => {
  it("moves, counts and cuts by units", () => {
    table([
      ["date_add(DATE '2026-01-31', INTERVAL '1 hour')", "raises OutOfRange"],
      ["date_add(DATE '2026-01-31', 1, 'hour')", "raises OutOfRange"],
      ["date_add(DATE '9999-12-31', 1, 'day')", "raises OutOfRange"],
      ["date_add(DATE '2026-01-31', 1, 'moon')", "raises OutOfRange"],
      ["date_diff('month', DATE '2026-01-31', DATE '2026-02-28')", "1"],
      ["date_diff('month', DATE '2026-02-28', DATE '2026-01-31')", "0"],
      ["date_diff('year', DATE '2024-02-29', DATE '2025-02-27')", "0"],
      ["date_diff('week', DATE '2026-01-01', DATE '2026-01-14')", "1"],
      ["date_trunc('week', DATE '2026-02-01')", "2026-01-26"],
      ["date_trunc('quarter', DATE '2026-06-30')", "2026-04-01"],
      ["date_trunc('century', DATE '2000-06-30')", "1901-01-01"],
      ["date_trunc('moon', DATE '2000-06-30')", "raises OutOfRange"],
      ["date_part('epoch', TIMESTAMP '1969-12-31 23:59:59.5')", "-1"],
      ["date_part('dow', DATE '2026-02-01')", "0"],
      ["date_part('isodow', DATE '2026-02-01')", "7"],
      ["date_part('hour', DATE '2026-02-01')", "0"],
      ["date_part('month', INTERVAL '14 months')", "2"],
      ["date_part('year', TIME '10:00')", "raises OutOfRange"],
      ["year('2026-01-01')", "raises InvalidCast"],
      ["age(DATE '2026-01-01', DATE '2026-03-15')", "P-2M-14D"],
      ["last_day(DATE '2026-12-05')", "2026-12-31"],
      ["make_date(2026, 2, 30)", "raises OutOfRange"],
      ["make_time(23, 59, 59.9999999)", "23:59:59.999999"],
      ["to_timestamp(-0.5)", "1969-12-31T23:59:59.5Z"],
      ["make_interval(years: 20000)", "raises OutOfRange"],
      ["generate_series(DATE '2026-01-01', DATE '2026-01-03', INTERVAL '-1 day')", "[]"],
      [
        "generate_series(DATE '2026-01-03', DATE '2026-01-01', INTERVAL '-1 day')",
        "[2026-01-03, 2026-01-02, 2026-01-01]",
      ],
      ["generate_series(DATE '2026-01-01', DATE '2026-01-03', INTERVAL '0 days')", "raises OutOfRange"],
    ]);
  });

  it("counts whole months so that adding them never passes the end", () => {
    const instants = fc
      .tuple(
        fc.integer({ min: daysFromCivil(1900, 1, 1), max: daysFromCivil(2100, 1, 1) }),
        fc.integer({ min: 0, max: DAY_MICROS - 1 }),
      )
      .map(([day, micros]) => required(timestampOf(day, micros), "instant"));
    fc.assert(
      fc.property(instants, instants, (start, end) => {
        const months = Number(call("date_diff_timestamps", "month", start, end));
        const reached = call("date_add_timestamp_unit", start, months, "month") as Timestamp;
        const inside = start.micros <= end.micros ? reached.micros <= end.micros : reached.micros >= end.micros;
        expect(inside).toBe(true);
        expect(Math.abs(splitTimestamp(reached).days - splitTimestamp(end).days)).toBeLessThanOrEqual(31);
      }),
    );
  });
});
