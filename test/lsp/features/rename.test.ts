// Renames: marked places get the new name and nothing else changes; unsafe ones are refused with a reason.
import { finished } from "../../../base/steps.ts";
import { describe, expect, test } from "vitest";
import { prepareRename, rename } from "../../../lsp/features/rename.ts";
import { edited, fixture } from "../support.ts";

const RENAMES: Readonly<Record<string, { readonly to: string; readonly before: string; readonly after: string }>> = {
  "a variable in a string and in SQL": {
    to: "limit_value",
    before: `CREATE TABLE t (id int);
let l▮ = 3
print "\${l}"
SELECT id FROM t WHERE id > :l AND id < l;`,
    after: `CREATE TABLE t (id int);
let limit_value = 3
print "\${limit_value}"
SELECT id FROM t WHERE id > :limit_value AND id < limit_value;`,
  },
  "a column, with the rows of queries": {
    to: "mail",
    before: `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
for row in SELECT id, email▮ FROM users { print row.email }
UPDATE users SET email = 'x' WHERE users.email = 'y';`,
    after: `CREATE TABLE users (id INTEGER PRIMARY KEY, mail TEXT NOT NULL);
for row in SELECT id, mail FROM users { print row.mail }
UPDATE users SET mail = 'x' WHERE users.mail = 'y';`,
  },
  "a procedure, with triggers and schedules": {
    to: "log_it",
    before: `CREATE TABLE t (id int);
procedure audit▮ () { print 1 }
upsert TRIGGER as on_t (timing: 'after', event: 'insert', target: 't', exe: 'procedure', call: 'audit')
upsert SCHEDULE as nightly (sched: '0 2 * * *', exe: 'procedure', call: audit)`,
    after: `CREATE TABLE t (id int);
procedure log_it () { print 1 }
upsert TRIGGER as on_t (timing: 'after', event: 'insert', target: 't', exe: 'procedure', call: 'log_it')
upsert SCHEDULE as nightly (sched: '0 2 * * *', exe: 'procedure', call: log_it)`,
  },
  "to a word that needs backticks": {
    to: "order by",
    before: "let x▮ = 1\nprint x",
    after: "let `order by` = 1\nprint `order by`",
  },
  "the variable of a short field": {
    to: "full_name",
    before: "type struct as P (name string)\nlet name▮ = 'a'\nlet p = P {name}\nprint p.name",
    after: "type struct as P (name string)\nlet full_name = 'a'\nlet p = P {name: full_name}\nprint p.name",
  },
  "a field that stands short": {
    to: "title",
    before: "type struct as P (name▮ string)\nlet name = 'a'\nlet p = P {name}\nprint p.name",
    after: "type struct as P (title string)\nlet name = 'a'\nlet p = P {title: name}\nprint p.title",
  },
  "an alias": {
    to: "person",
    before: "CREATE TABLE users (id int);\nSELECT u▮.id FROM users u WHERE u.id > 1;",
    after: "CREATE TABLE users (id int);\nSELECT person.id FROM users person WHERE person.id > 1;",
  },
};

const REFUSALS: Readonly<Record<string, { readonly to: string; readonly source: string; readonly reason: RegExp }>> = {
  "a name that is taken in the scope": {
    to: "b",
    source: "let a▮ = 1\nlet b = 2\nprint a + b",
    reason: /break this file|called so already/,
  },
  "a name that an inner variable would catch": {
    to: "i",
    source: "let a▮ = 1\nfor i in 1..3 { print a + i }",
    reason: /break this file|called so already|mean something else/,
  },
  "a built-in function": { to: "size", source: "print len▮('abc')", reason: /built-in/ },
  "a row of a trigger": {
    to: "x",
    source: `CREATE TABLE t (id int);
CREATE TRIGGER s BEFORE INSERT ON t FOR EACH ROW AS BEGIN SET NEW▮.id = 1; END;`,
    reason: /from the language/,
  },
  "a column that a query's row would have twice": {
    to: "id",
    source: "CREATE TABLE t (id int, a▮ int);\nfor row in SELECT id, a FROM t { print row.a }",
    reason: /break this file/,
  },
  nothing: { to: "x", source: "print 1 ▮+ 2", reason: /No name/ },
  "an empty name": { to: " ", source: "let a▮ = 1\nprint a", reason: /empty/ },
};

describe("rename", () => {
  for (const [name, { to, before, after }] of Object.entries(RENAMES)) {
    test(name, () => {
      const { workspace, document, cursor } = fixture(before);
      const renamed = finished(rename(workspace, document, cursor, to));
      expect(renamed.kind === "refused" ? renamed.reason : "").toBe("");
      if (renamed.kind === "edits") expect(edited(document.text, renamed.edits.get(document.path) ?? [])).toBe(after);
    });
  }

  for (const [name, { to, source, reason }] of Object.entries(REFUSALS)) {
    test(`refused: ${name}`, () => {
      const { workspace, document, cursor } = fixture(source);
      const renamed = finished(rename(workspace, document, cursor, to));
      expect(renamed.kind === "refused" ? renamed.reason : renamed).toMatch(reason);
    });
  }

  test("in all files", () => {
    const { workspace, at } = fixture(`procedure tidy (days int) { print days }
=== other.grz
import main
CALL tidy(days: 3);`);
    const document = at("main.grz");
    const renamed = finished(rename(workspace, document, document.text.indexOf("days"), "age"));
    if (renamed.kind === "refused") expect.unreachable(renamed.reason);
    expect([...renamed.edits].map(([path, edits]) => edited(at(path).text, edits))).toEqual([
      "procedure tidy (age int) { print age }\n",
      "import main\nCALL tidy(age: 3);",
    ]);
  });

  test("the word under the cursor is offered without its backticks", () => {
    const { workspace, document, cursor } = fixture("let `my var`▮ = 1\nprint `my var`");
    expect(finished(prepareRename(workspace, document, cursor))).toMatchObject({ kind: "name", name: "my var" });
  });
});
