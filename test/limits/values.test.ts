// Limits of values: a program that keeps a limit completes, one that passes it ends with the trap that the limits table names, which it cannot catch.
// Rows of the limits table: stringBytesMax, listItemsMax, decimalDigitsMax, valueDepthMax, cursorBytesMax.
import { expect, it } from "vitest";
import { LIMITS, type LimitName } from "../../base/limits.ts";
import type { RowBatch } from "../../storage/engine.ts";
import { Batches } from "../../storage/sqlite/batches.ts";
import { testSession } from "../session.ts";

/** What a program printed, or the code and place of the error that ended it. */
function outcomeOf(text: string): string {
  const { session, printed } = testSession();
  try {
    const outcome = session.execute({ name: "limit.grz", text });
    if (outcome.kind === "failed") return `${outcome.error.code} in line ${outcome.error.stack[0]?.line ?? 0}`;
    return outcome.kind === "completed" ? printed.join("\n") : outcome.kind;
  } finally {
    session.close();
  }
}

interface Row {
  readonly limit: LimitName;
  readonly what: string;
  program(size: number): string;
  readonly prints: string;
  readonly beyond: string;
}

const max = (limit: LimitName): number => LIMITS[limit].value ?? 0;
const nested = (size: number): string => `let x: any = 1\nfor i in 1..${size} { x = [x] }\n`;

const ROWS: readonly Row[] = [
  {
    limit: "stringBytesMax",
    what: "one string",
    program: (size) => `try { print len(repeat('x', ${size})) } catch (e) { print 'caught' }`,
    prints: `${max("stringBytesMax")}`,
    beyond: "LimitExceeded in line 1",
  },
  {
    limit: "stringBytesMax",
    what: "two strings put together",
    program: (size) =>
      `let half = repeat('x', ${max("stringBytesMax") / 2})\nlet rest = repeat('y', ${size} - len(half))\nprint len(half || rest)`,
    prints: `${max("stringBytesMax")}`,
    beyond: "LimitExceeded in line 3",
  },
  {
    limit: "listItemsMax",
    what: "one list",
    program: (size) => `try { print len(range(0, ${size})) } catch (e) { print 'caught' }`,
    prints: `${max("listItemsMax")}`,
    beyond: "LimitExceeded in line 1",
  },
  {
    limit: "listItemsMax",
    what: "an item inserted in place",
    program: (size) => `let xs = range(0, ${size} - 1)\nxs.insert(0, 1)\nprint len(xs)`,
    prints: `${max("listItemsMax")}`,
    beyond: "LimitExceeded in line 2",
  },
  {
    limit: "decimalDigitsMax",
    what: "a product",
    program: (size) =>
      `let big = ('1' || repeat('0', 500)) :: decimal\nlet other = ('1' || repeat('0', ${size} - 501)) :: decimal\nprint len("\${big * other}")`,
    prints: `${max("decimalDigitsMax")}`,
    beyond: "Overflow in line 3",
  },
  {
    limit: "decimalDigitsMax",
    what: "a text that is cast",
    program: (size) => `let big = repeat('9', ${size}) :: decimal\nprint len("\${big}")`,
    prints: `${max("decimalDigitsMax")}`,
    beyond: "InvalidCast in line 1",
  },
  {
    limit: "valueDepthMax",
    what: "a value that is converted",
    program: (size) => `${nested(size)}let text = to_json(x) :: string\nprint len(text)`,
    prints: `${2 * max("valueDepthMax") + 1}`,
    beyond: "LimitExceeded in line 3",
  },
  {
    limit: "valueDepthMax",
    what: "a value that is compared",
    program: (size) => `${nested(size)}${nested(size).replaceAll("x", "y")}print x = y`,
    prints: "true",
    beyond: "LimitExceeded in line 5",
  },
  {
    limit: "valueDepthMax",
    what: "JSON that is read",
    program: (size) => `let x = parse_json(repeat('[', ${size}) || repeat(']', ${size}))\nprint 'read'`,
    prints: "read",
    beyond: "LimitExceeded in line 1",
  },
];

it.each(ROWS)("$limit: $what", ({ limit, program, prints, beyond }) => {
  expect(outcomeOf(program(max(limit)))).toBe(prints);
  expect(outcomeOf(program(max(limit) + 1))).toBe(beyond);
});

it("cursorBytesMax: rows up to the limit wait in memory, the batch that passes it in a file", () => {
  const limit = max("cursorBytesMax");
  const batch: RowBatch = { length: 0, columns: [] };
  const batches = new Batches([], limit);
  batches.add(batch, limit - 10);
  batches.add(batch, 10);
  expect(batches.spilled).toBe(false);
  batches.add(batch, 1);
  expect(batches.spilled).toBe(true);
  expect([batches.next(), batches.next(), batches.next(), batches.next()]).toEqual([batch, batch, batch, undefined]);
  batches.close();
});
