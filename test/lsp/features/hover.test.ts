// Hovers: fixtures with a cursor, and the text that is shown.
import { expect, test } from "vitest";
import { finished } from "../../../base/steps.ts";
import { hover } from "../../../lsp/features/hover.ts";
import { TEST_CRON } from "../../cron/port.ts";
import { fixture } from "../support.ts";

const HEAD = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT);
--- Finds the mail of somebody.
function mail (who int) returns string? { return SELECT email FROM users WHERE id = who }
`;

function shown(source: string): string | undefined {
  const { workspace, document, cursor } = fixture(HEAD + source);
  return finished(hover(workspace, document, cursor, TEST_CRON))?.markdown;
}

/** Source, and parts of the hover in order. */
const SHOWN: readonly (readonly [string, readonly string[]])[] = [
  [
    "WITH be▮st AS (SELECT id, email AS e FROM users) SELECT b.e FROM best b;",
    ["common table best {", "id: int", "e: string?"],
  ],
  ["WITH be▮st (a) AS (SELECT id FROM users) SELECT a FROM best;", ["common table best {\n  a: int\n}"]],
  ["WITH be▮st AS (SELECT id FROM users) SELECT 1;", ["common table best"]],
  ["SELECT id AS k▮ FROM users;", ["(column) k: int"]],
  ["SELECT count(*) OVER w▮ FROM users WINDOW w AS (ORDER BY id);", ["window w"]],
  ["SELECT count(*) OVER w FROM users WINDOW w▮ AS (ORDER BY id);", ["window w"]],
  ["SELECT su▮m(id) FROM users;", ["sum(number)", "over the rows; null when there are none"]],
  ["SELECT ma▮x(id, 1) FROM users;", ["max(", "The largest of two or more values"]],
  [
    "let m = ma▮il(1)",
    ["function mail (who int) returns string?", "Finds the mail of somebody.", "reads    users (email, id)"],
  ],
  ["let m▮ = mail(1)", ["let m: string?", "because it starts as mail(1)"]],
  ["SELECT em▮ail FROM users", ["(column) users.email: string?", "May be null: users.email is not declared NOT NULL."]],
  ["SELECT na▮me FROM users", ["(column) users.name: string", "Never null: users.name is declared NOT NULL."]],
  ["SELECT * FROM us▮ers", ["table users {", "  id: int  -- key", "  name: string", "  email: string?"]],
  ["WITH a AS (SELECT id FROM users) SELECT * FROM a▮", ["common table a {", "  id: int"]],
  ["procedure p (x▮) { SELECT * FROM users WHERE email = x }", ["(parameter) x: string", "compared with users.email"]],
  [
    "procedure p (x int?) { if x is not null { print x▮ } }",
    ["x: int", "Declared as int?; here it is known to be int."],
  ],
  ["for r in SELECT email FROM users { print r.ema▮il }", ["(field) email: string?"]],
  ["let n = le▮n('a')", ["len(text: string) -> int", "Number of code points"]],
  ["SELECT su▮m(id) FROM users", ["sum("]],
  [
    "upsert SCHEDULE as n (sched: '0 2▮ * * *', tz: 'Europe/Berlin', dst_gap: 'shift', dst_fold: 'first')",
    ["**Next fires** (Europe/Berlin)", " 02:00:00 +0"],
  ],
  ["upsert SCHEDULE as n (sched: '@daily', over▮lap: 'skip')", ["overlap", "A run that is due while another runs."]],
  ["SEL▮ECT 1", ["**select**", "Reads rows"]],
];

test.each(SHOWN)("%s", (source, parts) => {
  const text = shown(source) ?? "";
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    expect(at, `${part} in\n${text}`).toBeGreaterThanOrEqual(0);
    from = at + part.length;
  }
});

test("a trigger: what fires on its table, in order and why so", () => {
  const text = shown(`CREATE TABLE log (user_id INTEGER);
CREATE TRIGGER later AFTER INSERT ON users FOR EACH ROW AS BEGIN INSERT INTO log (user_id) VALUES (NEW.id); END;
CREATE TRIGGER fi▮rst BEFORE INSERT ON users FOR EACH ROW AS BEGIN SET NEW.email = 'none'; END;
CREATE TRIGGER gone AFTER DELETE ON users FOR EACH ROW AS BEGIN INSERT INTO log (user_id) VALUES (OLD.id); END;`);
  expect(text?.slice(text.indexOf("Fires on"))).toBe(`Fires on users, in order:

| n | point | trigger | event | way | note |
| :-- | :-- | :-- | :-- | :-- | :-- |
| 1 | before row | **first** | insert | managed | it fires before the row is written |
| 2 | after row | later | insert | captured | first on users is not native |`);
});

test("five fires", () => {
  const text = shown("upsert SCHEDULE as n (sched: '0 2▮ * * *')") ?? "";
  expect(text.match(/^- /gmu)).toHaveLength(5);
});

test("nothing where nothing is", () => {
  expect(shown("let x = 1▮2")).toBeUndefined();
  expect(shown("\n\n▮")).toBeUndefined();
});
