// What a text that is prepared takes: each parameter has the type that the text takes it for, `any` where nothing tells.
import { expect, it } from "vitest";
import { numberParameters } from "../../server/library/parameters.ts";
import { open } from "./support.ts";

const SCRIPT = `CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price DECIMAL(10, 2), at TIMESTAMP);
upsert procedure rename (wanted int, given string) { UPDATE t SET name = :given WHERE id = :wanted }`;

function typesOf(text: string): unknown {
  const db = open();
  db.run(SCRIPT);
  const { source, names } = numberParameters(text);
  const found = db.session.describeText(source, names);
  return found.kind === "rejected" ? found.problems : found.parameters.map(({ name, type }) => `${name} ${type}`);
}

it.each([
  ["SELECT name FROM t WHERE id = ?", ["_1 int"]],
  ["SELECT name FROM t WHERE id = ?;", ["_1 int"]],
  ["SELECT name FROM t WHERE id = ? -- the one", ["_1 int"]],
  [
    "SELECT name FROM t WHERE name LIKE :pattern AND at > :since LIMIT :most",
    ["pattern string", "since timestamp", "most int"],
  ],
  ["INSERT INTO t (id, name, price) VALUES (?, ?, ?)", ["_1 int", "_2 string", "_3 decimal(10, 2)"]],
  ["UPDATE t SET price = :price WHERE id IN (:a, :b)", ["price decimal(10, 2)", "a int", "b int"]],
  ["DELETE FROM t WHERE at < :before; INSERT INTO t (name) VALUES (:name)", ["before timestamp", "name string"]],
  ["CALL rename(?, ?)", ["_1 int", "_2 string"]],
  ["SELECT name FROM t WHERE id = :id AND name = :name", ["id int", "name string"]],
  ["SELECT ?", ["_1 any"]],
  ["SELECT 1", []],
  // No statements of a procedure: nothing tells.
  ["BEGIN; UPDATE t SET name = ? WHERE id = 1; COMMIT", ["_1 string"]],
  ["let a = :given", ["given any"]],
])("%s", (text, wanted) => {
  expect(typesOf(text)).toEqual(wanted);
});

it("what is described is not run, and may be run with values of other types", () => {
  const db = open();
  db.run(SCRIPT);
  expect(db.session.describeText("INSERT INTO t (name) VALUES (:name)", []).kind).toBe("described");
  expect(db.run("SELECT count(*) AS n FROM t").join()).toContain("0");
});
