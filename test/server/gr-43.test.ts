// GR-43: functions with receivers: free and as methods, overloads by receiver, usable in SQL when sync and pure.
import { expect, it } from "vitest";
import { open } from "./support.ts";

const PERSON = `type struct as Person (first string, last string)
function full_name <Person> (sep string = " ") returns string as sync { return self.first + sep + self.last }
`;

it("is called as a method and as a free function", () => {
  const db = open();
  db.run(`${PERSON}
let p = Person {first: "Ann", last: "Lee"}
print p.full_name()
print full_name(p, "-")`);
  expect(db.printed).toEqual(["Ann Lee", "Ann-Lee"]);
});

it("is found by its receiver among functions of one name", () => {
  const db = open();
  db.run(`type struct as Cat (name string)
type struct as Dog (name string)
function sound <Cat> () returns string { return self.name + " meows" }
function sound <Dog> () returns string { return self.name + " barks" }`);
  db.run(`let c = Cat {name: "Tom"}
let d = Dog {name: "Rex"}
print c.sound()
print d.sound()`);
  expect(db.printed).toEqual(["Tom meows", "Rex barks"]);
});

it("runs inside SQL", () => {
  const db = open();
  db.run(`function twice(n int) returns int { return n * 2 }
CREATE TABLE t (a int NOT NULL)
INSERT INTO t VALUES (1), (2), (3)`);
  expect(db.run("SELECT twice(a) FROM t WHERE twice(a) > 2 ORDER BY a")).toEqual(["4", "6"]);
});

it("raises what it raises, inside SQL too", () => {
  const db = open();
  db.run(`function checked(n int) returns int { if n > 1 { raise TooBig("no") } return n }
CREATE TABLE t (a int NOT NULL)
INSERT INTO t VALUES (1), (2)`);
  expect(db.fail("SELECT checked(a) FROM t")).toBe("TooBig: no");
});
