// Programs that would never end or never fit: each is stopped by its limit, which the program cannot catch, with the source line; the database stays as it was.
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SessionLimits } from "../../server/session-types.ts";
import { TEST_NOW_MICROS, testSession } from "../session.ts";

const SETUP = `CREATE TABLE kept (a INTEGER PRIMARY KEY, b TEXT);
INSERT INTO kept VALUES (1, 'one'), (2, 'two');
CREATE TABLE log (line TEXT);
CREATE TABLE many (n INTEGER);
WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000) INSERT INTO many SELECT i FROM c;
procedure stored_spin() { DELETE FROM kept; while true { } }`;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  file = join(folder, "data.db");
  const { session } = testSession({ database: file });
  expect(session.execute({ name: "setup.grz", text: SETUP }).kind).toBe("completed");
  session.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Everything that a database holds besides the catalog, as a digest. */
function digest(): string {
  const db = new Database(file, { readonly: true });
  const schema = db.prepare("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'gobi%' ORDER BY name").all();
  const names = (schema as { name: string; sql: string | null }[]).filter(({ sql }) => sql?.startsWith("CREATE TABLE"));
  const rows = names.map(({ name }) => db.prepare(`SELECT * FROM "${name}"`).all());
  const sound = db.pragma("integrity_check", { simple: true });
  db.close();
  expect([names.length, sound]).toEqual([3, "ok"]);
  return createHash("sha256")
    .update(JSON.stringify([schema, rows]))
    .digest("hex");
}

/** A procedure that writes and then misbehaves in line 4; what it catches would be printed. */
const runaway = (line: string, before = ""): string => `procedure misbehave() {
  INSERT INTO log (line) VALUES ('started'); UPDATE kept SET b = 'changed'; ${before}
  try {
    ${line}
  } catch (e) { print "caught" } finally { print "finally" }
}
function down(n int) returns int { return down(n + 1) + 1 }
misbehave()`;

interface Row {
  readonly what: string;
  readonly text: string;
  readonly limits?: SessionLimits;
  readonly code: string;
  readonly says: string;
  /** Line of the innermost frame. */
  readonly line: number;
}

const MEMORY: SessionLimits = { memoryBytesMax: 20_000_000 };
const FUEL: SessionLimits = { fuelMax: 3_000_000 };
const TIME: SessionLimits = { timeoutMs: 2_000 };

const ROWS: readonly Row[] = [
  {
    what: "an endless loop",
    text: runaway("while true { }"),
    limits: FUEL,
    code: "LimitExceeded",
    says: "fuelMax",
    line: 4,
  },
  {
    what: "an endless LOOP",
    text: runaway("loop { let x = 1 + 1; if x = 3 { break } }"),
    limits: FUEL,
    code: "LimitExceeded",
    says: "fuelMax",
    line: 4,
  },
  {
    what: "an endless loop, by time",
    text: runaway("while true { }"),
    limits: TIME,
    code: "Timeout",
    says: "timeoutMs",
    line: 4,
  },
  {
    what: "a count without end",
    text: runaway("for i in 1..9000000000000000 { }"),
    limits: FUEL,
    code: "LimitExceeded",
    says: "fuelMax",
    line: 4,
  },
  {
    what: "an endless recursion",
    text: runaway("print down(1)"),
    code: "LimitExceeded",
    says: "callDepthMax",
    line: 7,
  },
  {
    what: "a string that doubles",
    text: runaway("while true { s = s || s }", 'let s = "0123456789"'),
    limits: MEMORY,
    code: "LimitExceeded",
    says: "memoryBytesMax",
    line: 4,
  },
  {
    what: "a string that doubles up to its own limit",
    text: runaway("while true { s = s || s }", 'let s = "0123456789"'),
    code: "LimitExceeded",
    says: "stringBytesMax",
    line: 4,
  },
  {
    what: "a giant string at once",
    text: runaway("print len(repeat('x', 4000000000))"),
    code: "LimitExceeded",
    says: "stringBytesMax",
    line: 4,
  },
  {
    what: "a giant padding",
    text: runaway("print len(lpad('x', 4000000000, 'y'))"),
    code: "LimitExceeded",
    says: "stringBytesMax",
    line: 4,
  },
  {
    what: "a list that grows",
    text: runaway("while true { xs.push(1) }", "let xs = [1]"),
    limits: MEMORY,
    code: "LimitExceeded",
    says: "memoryBytesMax",
    line: 4,
  },
  {
    what: "a list of lists",
    text: runaway("while true { xs = [xs, xs] }", "let xs: any = [1]"),
    limits: { ...MEMORY, ...FUEL },
    code: "LimitExceeded",
    says: "",
    line: 4,
  },
  {
    what: "a giant list at once",
    text: runaway("print len(range(0, 4000000000))"),
    code: "LimitExceeded",
    says: "listItemsMax",
    line: 4,
  },
  {
    what: "a map that grows",
    text: runaway('for i in 1..900000000 { m["${i}"] = i }', "let m: map<string, int> = {}"),
    limits: MEMORY,
    code: "LimitExceeded",
    says: "memoryBytesMax",
    line: 4,
  },
  {
    what: "a number of too many digits",
    text: runaway("while true { d = d * d }", "let d: decimal = 12345678901234567890.5d"),
    limits: FUEL,
    code: "caught",
    says: "",
    line: 0,
  },
  {
    what: "a regular expression over a giant text",
    text: runaway("print regex_match(repeat('ab', 5000000), '((a|b){40}x?){10}y')"),
    code: "LimitExceeded",
    says: "regexStepsMax",
    line: 4,
  },
  {
    what: "an endless recursive query",
    text: runaway(
      "let n = WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c; print n",
    ),
    limits: TIME,
    code: "Timeout",
    says: "timeoutMs",
    line: 4,
  },
  {
    what: "a query of a million million rows",
    text: runaway("let n = SELECT count(*) FROM many a, many b, many c, many d; print n"),
    limits: TIME,
    code: "Timeout",
    says: "timeoutMs",
    line: 4,
  },
  {
    what: "rows without end",
    text: runaway("for r in SELECT a.n FROM many a, many b { let x = r.n }"),
    limits: { rowsMax: 100_000 },
    code: "LimitExceeded",
    says: "more than 100000 rows",
    line: 4,
  },
  {
    what: "an INSERT that feeds itself",
    text: runaway("while true { INSERT INTO many SELECT n FROM many }"),
    limits: { ...TIME, ...FUEL },
    code: "Timeout",
    says: "timeoutMs",
    line: 4,
  },
  {
    what: "a stored procedure",
    text: "\n\ncall stored_spin()",
    limits: FUEL,
    code: "LimitExceeded",
    says: "fuelMax",
    line: 1,
  },
];

describe.each(ROWS)("$what", ({ text, limits, code, says, line }) => {
  it("is stopped, and nothing of it stays", () => {
    const before = digest();
    let elapsed = 0;
    const { session, printed } = testSession({
      database: file,
      limits: limits ?? {},
      // Time passes by questions and not by the machine's speed.
      clock: { nowMicros: () => TEST_NOW_MICROS, elapsedMs: () => (elapsed += 1) },
    });
    const outcome = session.execute({ name: "runaway.grz", text });
    session.close();
    if (code === "caught") {
      expect(outcome.kind).toBe("completed");
      expect(printed).toEqual(["caught", "finally"]);
      return;
    }
    if (outcome.kind !== "failed") throw new TypeError(`it was not stopped: ${JSON.stringify(outcome)}`);
    expect(outcome.error.message).toContain(says);
    expect([outcome.error.code, outcome.error.stack[0]?.line]).toEqual([code, line]);
    expect(printed).toEqual([]);
    expect(digest()).toBe(before);
  });
});
