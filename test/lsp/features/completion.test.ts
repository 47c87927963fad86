// Completion by position: fixtures with a cursor, and the proposals that come first there.
import { describe, expect, test } from "vitest";
import { required } from "../../../base/failure.ts";
import { completion } from "../../../lsp/features/completion.ts";
import { fixture } from "../support.ts";

const HEAD = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users(id), total REAL);
type enum as Mood ('happy', 'sad')
type struct as Person (first string, age int)
function hello <Person> (greeting string = "Hi") returns string { return greeting + self.first }
function add (left int, right int = 2) returns int { return left + right }
`;

/** Labels with their types, best first; undefined where nothing is proposed. */
function proposed(source: string, max = 200): readonly string[] | undefined {
  const { workspace, document, cursor } = fixture(HEAD + source);
  document.checked();
  return completion(workspace, document, cursor, { max, mayGoOn: () => true, isDue: () => false })?.items.map(
    ({ label, detail }) => (detail === undefined ? label : `${label}: ${detail}`),
  );
}

/** Source, and the first proposals. */
const FIRST: readonly (readonly [string, readonly string[]])[] = [
  ["procedure p () { SELECT ▮ FROM users }", ["email: string?  users", "id: int  users", "name: string  users"]],
  ["procedure p () { SELECT u.▮ FROM users u }", ["email: string?", "id: int", "name: string"]],
  [
    "procedure p () { SELECT o.▮ FROM users u LEFT JOIN orders o ON o.user_id = u.id }",
    ["id: int?", "total: float?", "user_id: int?"],
  ],
  ["SELECT * FROM users u JOIN orders o ON ▮", ["o.user_id = u.id: foreign key"]],
  ["procedure p (seen int) {\n  print seen\n  se▮\n}", ["seen: int", "select", "set"]],
  ["procedure p () {\n  SELECT *\n  FROM users\n  wh▮\n}", ["WHERE"]],
  ["WITH big AS (SELECT id, total * 2 AS twice FROM orders) SELECT big.▮ FROM big", ["id: int", "twice: float?"]],
  ["WITH big AS (SELECT id FROM orders) SELECT id FROM b▮", ["big: common table"]],
  ["procedure p () { SELECT * FROM ▮ }", ["orders", "users"]],
  ["procedure p () { SELECT * FROM us▮", ["users"]],
  ["procedure p () { UPDATE users SET ▮", ["email: string?", "id: int", "name: string"]],
  ["procedure p () { UPDATE users SET na▮ WHERE id = 1 }", ["name: string"]],
  ["procedure p () { INSERT INTO users (id, ▮", ["email: string?", "name: string"]],
  ["procedure p () { DELETE FROM users WHERE ▮", ["email: string?  users"]],
  ["procedure p () { SELECT * FROM users WHERE id = 1 ▮ }", ["AND", "AS", "BETWEEN", "GROUP BY"]],
  ["procedure p (v Person) { print v.▮ }", ["age: int", "first: string", "hello"]],
  ["procedure p () { for r in SELECT id, email FROM users { print r.▮ } }", ["email: string?", "id: int"]],
  ["procedure p () { let m = Mood.▮ }", ["happy: Mood", "sad: Mood"]],
  ["procedure p (amount int?) { if amount is not null { print am▮ } }", ["amount: int"]],
  ["procedure p (a int) { if ▮", ["a: int"]],
  ["procedure p (a int) { add(▮) }", ["left:: left int", "right:: right int = 2", "a: int"]],
  ["procedure p () { add(1, r▮", ["right:: right int = 2"]],
  ["procedure p (x ▮) {}", ["bool", "bytes", "date"]],
  ["procedure p () { let x: De▮ }", ["decimal"]],
  ["procedure p () { raise Over▮ }", ["Overflow"]],
  ["upsert SCHEDULE as n ( sche▮ )", ["sched: texts"]],
  ["upsert SCHEDULE as n ( sched: '▮' )", ["@annually: 0 0 1 1 *", "@daily: 0 0 * * *"]],
  ["upsert SCHEDULE as n ( sched: '@daily', tz: 'Europe/Ber▮' )", ["Europe/Berlin"]],
  ["upsert SCHEDULE as n ( sched: '@daily', overlap: ▮", ["allow", "queue", "replace", "skip"]],
  ["upsert PIPELINE as n ( steps: [ clean(sq▮", ["sql: "]],
  ["upsert TRIGGER as t ( timing: ▮", ["after", "before", "instead of"]],
  ["upsert TRIGGER as t ( timing: 'after', target: '▮' )", ["orders", "users"]],
  ["upsert procedure p as <{ ki▮ }> () {}", ["kind: "]],
  ["upsert procedure p as <{ kind: 'F▮' }> () {}", ["FULL"]],
  ["pro▮", ["procedure", "profile"]],
];

describe("completion", () => {
  test.each(FIRST)("%s", (source, expected) => {
    const found = proposed(source) ?? [];
    const start = found.slice(0, expected.length).map((each, index) => {
      const wanted = expected[index] ?? "";
      return wanted.endsWith(": ") ? each.slice(0, wanted.length) : each;
    });
    expect(start).toEqual(expected);
  });

  test("nothing in comments and texts", () => {
    expect(proposed("-- us▮")).toBeUndefined();
    expect(proposed("let x = 'us▮'")).toBeUndefined();
  });

  test("no keys that are there already", () => {
    expect(proposed("upsert SCHEDULE as n ( sched: '@daily', ▮ )")?.map((each) => each.split(":")[0])).not.toContain(
      "sched",
    );
  });

  test("a list that is cut says so", () => {
    const { workspace, document, cursor } = fixture(`${HEAD}let x = ▮`);
    const found = completion(workspace, document, cursor, { max: 5, mayGoOn: () => true, isDue: () => false });
    expect(found?.items).toHaveLength(5);
    expect(found?.isIncomplete).toBe(true);
  });

  test("a long file that was not checked yet: what the tree and the catalog know, at once and marked incomplete", () => {
    const filler = Array.from({ length: 60 }, (_, number) => `function f${number} (a int) returns int { return a }`);
    const { workspace, document, cursor } = fixture(
      `${HEAD}${filler.join("\n")}\nprocedure p (amount int) {\n  let seen = 1\n  for row in SELECT id FROM users { print seen }\n  SELECT ▮ FROM users\n}`,
    );
    const found = completion(workspace, document, cursor, { max: 5000, mayGoOn: () => true, isDue: () => false });
    expect(document.lastCheck()).toBeUndefined();
    expect(found?.isIncomplete).toBe(true);
    const labels = found?.items.map(({ label }) => label) ?? [];
    expect(labels.slice(0, 3)).toEqual(["email", "id", "name"]);
    expect(labels).toEqual(expect.arrayContaining(["amount", "seen", "row", "upper"]));
    document.checked();
    const later = completion(workspace, document, cursor, { max: 5000, mayGoOn: () => true, isDue: () => false });
    expect(later?.isIncomplete).toBe(false);
    expect(later?.items.find(({ label }) => label === "amount")?.detail).toBe("int");
  });

  test("arguments by name, in the order in which they are taken", () => {
    const source = "function area (width int, height int, by int = 1) returns int { return width * height * by }\n";
    expect(proposed(`${source}print area(▮)`)?.slice(0, 3)).toEqual([
      "width:: width int",
      "height:: height int",
      "by:: by int = 1",
    ]);
  });

  test("an answer that is due: what was known before, marked incomplete", () => {
    const { workspace, document, cursor } = fixture(`${HEAD}procedure p (amount int) { let seen = 'a'\n print ▮ }\n`);
    document.checked();
    const found = completion(workspace, document, cursor, { max: 1000, mayGoOn: () => true, isDue: () => true });
    expect(found?.isIncomplete).toBe(true);
    expect(found?.items.slice(0, 2).map(({ label, detail }) => `${label}: ${detail}`)).toEqual([
      "amount: int",
      "seen: string",
    ]);
  });

  test("in a declaration that takes long to parse: what the last check and the words before tell", () => {
    const lines = Array.from({ length: 400 }, (_, number) => `  print 'line number ${number}'`).join("\n");
    const source = `${HEAD}procedure p (amount int) {\n  let seen = 'a'\n${lines}\n  SELECT  FROM users\n}\n`;
    const { workspace, document } = fixture(source);
    document.checked();
    const typed = source.replace("SELECT  FROM", "SELECT s FROM");
    workspace.change(document.path, typed, 2);
    const cursor = typed.indexOf("SELECT s") + "SELECT s".length;
    const sketch = required(
      workspace.atHand(document.path, () => cursor),
      "a sketch",
    );
    expect(sketch.module.items.at(-1)?.statement.kind).toBe("skipped");
    const found = completion(workspace, sketch, cursor, { max: 1000, mayGoOn: () => true, isDue: () => false });
    expect(found?.isIncomplete).toBe(true);
    expect(found?.items.map(({ label }) => label)).toEqual(expect.arrayContaining(["seen"]));
    const before = completion(workspace, sketch, cursor - 1, { max: 1000, mayGoOn: () => true, isDue: () => false });
    expect(before?.items.map(({ label }) => label)).toEqual(expect.arrayContaining(["email", "amount", "seen"]));
  });

  const PERSON = "type struct as Person (name string, age int)\nerror Missing (needed int)\n";

  test.each([
    ["let p = Person {▮}", ["age: int", "name: string"]],
    ["let p = Person {name: 'a', ▮}", ["age: int"]],
    ["let p = Person {na▮}", ["name: string"]],
    ["let p: Person = {▮}", ["age: int", "name: string"]],
    ["function g (n int, p Person) returns int { return p.age }\nprint g(1, {▮})", ["age: int", "name: string"]],
    ["procedure q () { raise Missing('x', {▮}) }", ["needed: int"]],
    ["function h () returns Person { return Person {▮} }", ["age: int", "name: string"]],
  ])("fields of a struct that is being written: %s", (source, expected) => {
    const { workspace, document, cursor } = fixture(PERSON + source);
    const found = completion(workspace, document, cursor, { max: 20, mayGoOn: () => true, isDue: () => false });
    expect(found?.items.map(({ label, detail }) => `${label}: ${detail}`)).toEqual(expected);
    expect(found?.items[0]?.insert).toMatch(/^\w+: $/);
  });

  test.each([
    "function h () returns Person {▮}",
    "let p = Person {name: 'x', age: 1}\nif p == Person {▮}",
    "type struct as Other {▮}",
    "let p = Person {name: ▮}",
  ])("none where a body or a value stands: %s", (source) => {
    const { workspace, document, cursor } = fixture(PERSON + source);
    const found = completion(workspace, document, cursor, { max: 1000, mayGoOn: () => true, isDue: () => false });
    expect(found?.items.filter(({ kind }) => kind === "field") ?? []).toEqual([]);
  });

  test("when everything would have to be checked anew, the last check answers", () => {
    const filler = Array.from({ length: 400 }, (_, number) => `function f${number} (a int) returns int { return a }`);
    const source = `${HEAD}${filler.join("\n")}\nprocedure p (amount int) { let seen = 1\n print seen }\n`;
    const { workspace, document } = fixture(source);
    document.checked();
    workspace.configure({ strict: true, database: undefined });
    workspace.change(document.path, source.replace("print seen", "print "), 2);
    const changed = required(workspace.document(document.path), "the changed document");
    const cursor = changed.text.indexOf("print ") + "print ".length;
    const found = completion(workspace, changed, cursor, { max: 1000, mayGoOn: () => true, isDue: () => false });
    expect(found?.isIncomplete).toBe(true);
    expect(found?.items.slice(0, 2).map(({ label, detail }) => `${label}: ${detail}`)).toEqual([
      "amount: int",
      "seen: int",
    ]);
    expect(found?.items.map(({ label }) => label)).toContain("f399");
  });

  test("calls are put in with their parentheses, unless they are there", () => {
    const insert = (source: string): string | undefined => {
      const { workspace, document, cursor } = fixture(HEAD + source);
      return completion(workspace, document, cursor, { max: 5, mayGoOn: () => true, isDue: () => false })?.items[0]
        ?.snippet;
    };
    expect(insert("let x = ad▮")).toBe("add($0)");
    expect(insert("let x = ad▮(1)")).toBeUndefined();
  });
});
