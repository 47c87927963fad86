// References: from every marked place, all marked places are found, and nothing else.
import { finished } from "../../../base/steps.ts";
import { describe, expect, test } from "vitest";
import { highlights, references } from "../../../lsp/features/navigation.ts";
import { fixture } from "../support.ts";

const CASES: Readonly<Record<string, string>> = {
  "a variable": `
let ⟦total⟧ = 1
⟦total⟧ = ⟦total⟧ + 1
print "is \${⟦total⟧}"`,
  "a parameter, named arguments in another file included": `
function area (⟦width⟧ int, height int) returns int { return ⟦width⟧ * height }
print area(⟦width⟧: 2, height: 3)
=== other.grz
import main
print area(⟦width⟧: 4, height: 1)`,
  "a routine with its callers in triggers, schedules, pipelines and metadata": `
procedure ⟦tidy⟧ () { print 1 }
procedure other () { CALL ⟦tidy⟧(); let j = async ⟦tidy⟧() ; await j }
CREATE TABLE t (id int);
upsert TRIGGER as on_t (timing: 'after', event: 'insert', target: 't', exe: 'procedure', call: '⟦tidy⟧')
upsert SCHEDULE as nightly (sched: '0 2 * * *', exe: 'procedure', call: ⟦tidy⟧)
upsert PIPELINE as pipe (steps: [⟦tidy⟧, other(after: ⟦tidy⟧)])
DROP PROCEDURE ⟦tidy⟧;`,
  "a schedule": `
upsert SCHEDULE as ⟦nightly⟧ (sched: '0 2 * * *', exe: 'procedure', call: 'p', on_failure: [kickOffJob('⟦nightly⟧')])
procedure p () <{ sched: ['⟦nightly⟧'] }> { print 1 }
RUN SCHEDULE ⟦nightly⟧;`,
  "a table in SQL, types, triggers and DDL": `
CREATE TABLE ⟦users⟧ (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
CREATE INDEX by_email ON ⟦users⟧ (email);
CREATE TABLE orders (id int, user_id int REFERENCES ⟦users⟧ (id));
procedure p (u ⟦users⟧) { UPDATE ⟦users⟧ SET email = u.email WHERE ⟦users⟧.id = u.id; DELETE FROM ⟦users⟧ }
upsert TRIGGER as audit (timing: 'after', event: 'insert', target: '⟦users⟧', exe: 'procedure', call: 'p')
for row in SELECT ⟦users⟧.id FROM ⟦users⟧ { print row.id }`,
  "a column everywhere": `
CREATE TABLE users (id INTEGER PRIMARY KEY, ⟦email⟧ TEXT NOT NULL, CHECK (⟦email⟧ <> ''));
CREATE UNIQUE INDEX by_email ON users (⟦email⟧);
INSERT INTO users (id, ⟦email⟧) VALUES (1, 'a') ON CONFLICT (⟦email⟧) DO UPDATE SET ⟦email⟧ = excluded.⟦email⟧;
for row in SELECT u.⟦email⟧ FROM users u WHERE ⟦email⟧ IS NOT NULL ORDER BY ⟦email⟧ { print row.⟦email⟧ }
let found = SELECT s.⟦email⟧ FROM (SELECT ⟦email⟧ FROM users) s
procedure p (u users, e users.⟦email⟧) { print u.⟦email⟧ || e }
CREATE TRIGGER t BEFORE UPDATE OF ⟦email⟧ ON users FOR EACH ROW AS BEGIN SET NEW.⟦email⟧ = lower(NEW.⟦email⟧); END;`,
  "a column of a table of another file": `
CREATE TABLE users (id int, ⟦email⟧ TEXT);
=== other.grz
for row in SELECT ⟦email⟧ FROM users { print 1 }`,
  "a column of a table that this file does not make": `
INSERT INTO users (id, ⟦email⟧) VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET ⟦email⟧ = 'b';
UPDATE users SET ⟦email⟧ = 'c' WHERE users.⟦email⟧ = 'd';
CREATE TRIGGER t BEFORE UPDATE OF ⟦email⟧ ON users FOR EACH ROW AS BEGIN SET NEW.⟦email⟧ = lower(OLD.⟦email⟧); END;
=== schema.grz
CREATE TABLE users (id int, ⟦email⟧ TEXT);`,
  "an alias of such a table": `
SELECT ⟦u⟧.email FROM users ⟦u⟧ WHERE ⟦u⟧.id = 1;`,
  "a routine that is called without parentheses, through a pipe, and after FROM": `
function ⟦rows_of⟧ (n int) returns table<{id: int}> { return SELECT n AS id }
procedure p () { for row in SELECT id FROM ⟦rows_of⟧(3) { print row.id } }
print 3 |> ⟦rows_of⟧`,
  "a procedure that is called without parentheses": `
procedure ⟦greet⟧ () { print 1 }
CALL ⟦greet⟧;
procedure twice () { call ⟦greet⟧ }`,
  "a routine of another file in table position": `
function ⟦rows_of⟧ (n int) returns table<{id: int}> { return SELECT n AS id }
=== other.grz
for row in SELECT id FROM ⟦rows_of⟧(3) { print 1 }`,
  "a function of another file in SQL": `
function ⟦twice⟧ (n int) returns int { return n * 2 }
=== other.grz
CREATE TABLE t (id int);
SELECT ⟦twice⟧(id) FROM t;`,
  "a parameter that a schedule and a step give": `
procedure load (⟦source⟧ string) { print ⟦source⟧ }
upsert SCHEDULE as s (sched: '0 2 * * *', exe: 'procedure', call: 'load', args: {⟦source⟧: 'a'})
upsert PIPELINE as p (steps: [load(args: {⟦source⟧: 'b'}), again(call: 'load', args: {⟦source⟧: 'c'})])`,
  "a field in a pattern that has no type's name": `
type struct as Person (⟦age⟧ int)
function old (p Person) returns bool { return match p { {⟦age⟧: 0..9} => false, _ => true } }`,
  "what rights are for": `
CREATE TABLE ⟦orders⟧ (id int);
procedure p () { print 1 }
GRANT SELECT (id), UPDATE ON TABLE ⟦orders⟧ TO ann;`,
  "an alias of a table": `
CREATE TABLE users (id int, email text);
SELECT ⟦u⟧.email, ⟦u⟧.* FROM users ⟦u⟧ WHERE ⟦u⟧.id = (SELECT max(id) FROM users x WHERE x.id < ⟦u⟧.id);
SELECT u.id FROM users u;`,
  "a common table": `
CREATE TABLE users (id int, email text);
WITH ⟦recent⟧ AS (SELECT id FROM users) SELECT ⟦recent⟧.id FROM ⟦recent⟧ WHERE id IN ⟦recent⟧;`,
  "a column of a common table": `
CREATE TABLE users (id int, email text);
WITH recent (⟦number⟧) AS (SELECT id FROM users) SELECT r.⟦number⟧, ⟦number⟧ + 1 FROM recent r ORDER BY ⟦number⟧;`,
  "a result column": `
CREATE TABLE orders (id int, price int, amount int);
for row in SELECT price * amount AS ⟦total⟧ FROM orders ORDER BY ⟦total⟧ { print row.⟦total⟧ }`,
  "a field of a struct": `
type struct as Person (⟦name⟧ string, age int)
function greet (p Person) returns string { return p.⟦name⟧ }
print greet(Person {⟦name⟧: 'Ann', age: 3})
print match (Person {⟦name⟧: 'Bob', age: 1}) { Person {⟦name⟧: n} => n, _ => '' }`,
  "a struct": `
type struct as ⟦Person⟧ (name string)
function greet (p ⟦Person⟧) returns list<⟦Person⟧> { return [p, ⟦Person⟧ {name: 'x'}] }
function shout <⟦Person⟧> () returns string { return self.name }`,
  "an enum value": `
type enum as Mood ('⟦happy⟧', 'sad')
let m = Mood.⟦happy⟧
print match m { Mood.⟦happy⟧ => 1, Mood.sad => 2 }`,
  "an enum value as a text, in code and in SQL": `
type enum as Mood ('⟦so so⟧', 'sad')
CREATE TABLE t (m Mood);
function f (m Mood) returns Mood { if m = '⟦so so⟧' { return 'sad' } ; return match m { '⟦so so⟧' => '⟦so so⟧', _ => 'sad' } }
INSERT INTO t (m) VALUES ('⟦so so⟧');
UPDATE t SET m = '⟦so so⟧' WHERE m = '⟦so so⟧' OR m IN ('sad', '⟦so so⟧');`,
  "a step with its results": `
procedure load_all () returns int { return 1 }
upsert PIPELINE as p (steps: [⟦load⟧(call: 'load_all'), again(call: 'load_all', after: ⟦load⟧, when: ⟦load⟧ > 0)])`,
  "a step with a query template and its results": `
upsert PIPELINE as p (steps: [⟦load⟧(query: 57), again(query: 58, params: {a: ⟦load⟧}, after: ⟦load⟧, when: ⟦load⟧ > 0)])`,
  "a step with SQL, whatever procedure has its name": `
procedure load () returns int { return 1 }
CREATE TABLE t (id int);
upsert PIPELINE as p (steps: [⟦load⟧(sql: 'DELETE FROM t WHERE id > 1'), again(call: 'load', after: ⟦load⟧, when: ⟦load⟧ > 0)])`,
  "a parameter that names a table": `
procedure p (⟦target⟧ string) { INSERT INTO ⟦target⟧ VALUES (1) ; DELETE FROM ⟦target⟧ WHERE 1 = 1 }`,
  "a column of the rows of a comprehension": `
CREATE TABLE t (⟦id⟧ int, v text);
let names = FROM r IN t WHERE r.⟦id⟧ > 1 ORDER BY r.⟦id⟧ SELECT r.v
CREATE TOKEN laptop FOR ann EXPIRES IN '1d';`,
  "an error": `
error ⟦Broken⟧ (code int)
procedure p () raises ⟦Broken⟧ { raise ⟦Broken⟧('x', {code: 1}) }
try { CALL p() } catch (⟦Broken⟧ as e) { print e.message }`,
  "a label": `
⟦outer⟧: for i in 1..3 { for j in 1..3 { if j > 1 { continue ⟦outer⟧ } ; break ⟦outer⟧ when i > 2 } }`,
  "a window": `
CREATE TABLE t (id int);
SELECT sum(id) OVER ⟦w⟧, max(id) OVER (⟦w⟧ ROWS 1 PRECEDING) FROM t WINDOW ⟦w⟧ AS (ORDER BY id);`,
  "a table that a variable holds": `
CREATE TABLE t (id int);
let ⟦hot⟧ = SELECT id FROM t
for row in SELECT id FROM ⟦hot⟧ WHERE id IN (SELECT id FROM {⟦hot⟧}) { print row.id }`,
};

describe("references", () => {
  for (const [name, source] of Object.entries(CASES)) {
    test(name, () => {
      const { workspace, at, places, marked, show } = fixture(source);
      expect(places.length).toBeGreaterThan(1);
      for (const place of places) {
        const found = finished(references(workspace, at(place.path), place.span.start, true));
        expect([...found].map(show).sort(), `from ${show(place)}`).toEqual([...marked].sort());
      }
    });
  }

  test("without the declaration", () => {
    const { workspace, document, marked, show, places } = fixture("let x = 1\nprint ⟦x⟧ + ⟦x⟧");
    expect(finished(references(workspace, document, places[0]?.span.start ?? 0, false)).map(show)).toEqual(marked);
  });

  test("two files with routines of one name do not mix", () => {
    const { workspace, at, marked, show } = fixture(`procedure ⟦main⟧ () { print 1 }
CALL ⟦main⟧();
=== other.grz
procedure main () { print 2 }
CALL main();`);
    expect(finished(references(workspace, at("main.grz"), 11, true)).map(show)).toEqual(marked);
  });

  test("nothing where no name stands", () => {
    const { workspace, document, cursor } = fixture("print 1 ▮+ 2");
    expect(finished(references(workspace, document, cursor, true))).toEqual([]);
  });
});

describe("highlights", () => {
  test("writing and reading are told apart", () => {
    const { document, cursor } = fixture("let x▮ = 1\nx = 2\nprint x");
    expect(highlights(document, cursor).map((each) => each.writes)).toEqual([true, true, false]);
  });
});
