// What the checker says that a statement's own code needs, and what is read from catalogs that were written before it did.
import { expect, it } from "vitest";
import type { Need } from "../../base/privileges.ts";
import { effectsFromJson } from "../../compiler/effects/print.ts";
import { testSession } from "../session.ts";

const SCRIPT = `
CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE children (id INTEGER PRIMARY KEY, parent INT REFERENCES parents (id) ON DELETE CASCADE);
CREATE TABLE log (what TEXT);
CREATE TRIGGER native AFTER DELETE ON parents BEGIN INSERT INTO log VALUES (OLD.name); END;
CREATE VIEW names AS SELECT name FROM parents;
upsert procedure stored () { DELETE FROM log }
upsert TRIGGER as ours (timing: 'after', event: 'insert', target: 'parents', exe: 'procedure', call: 'stored')
`;

function shown({ privilege, objectName, columns }: Need): string {
  const list = columns === undefined ? "" : ` (${columns.join(", ")})`;
  return `${privilege} ${objectName}${list}`.trim();
}

it.each([
  ["SELECT name FROM parents WHERE id = 1", "SELECT main.parents (id, name)", ""],
  ["SELECT count(*) FROM parents", "SELECT main.parents ()", ""],
  // Not what is behind the view, the foreign key and the triggers.
  ["SELECT name FROM names", "SELECT main.names (name)", ""],
  ["DELETE FROM parents WHERE id = 1", "DELETE main.parents, SELECT main.parents (id)", ""],
  ["INSERT INTO parents (id) VALUES (1)", "INSERT main.parents (id)", "ours"],
  ["UPDATE parents SET name = 'x'", "UPDATE main.parents (name)", ""],
  ["CALL stored()", "EXECUTE stored", ""],
  ["CALL stored@1()", "EXECUTE stored@1", ""],
  ["CREATE TABLE t (a INT)", "CREATE", ""],
  ["CREATE TEMP TABLE t (a INT)", "", ""],
  ["CREATE INDEX i ON parents (name)", "ALTER main.parents", ""],
  ["DROP TABLE parents", "ALTER main.parents", ""],
])("%s", (text, needs, fires) => {
  const { session } = testSession();
  session.executeStatement(SCRIPT);
  const checked = session.analyze({ name: "t.grz", text });
  const [item] = checked.module.items;
  const effects = item === undefined ? undefined : checked.effects.get(item);
  expect(effects?.needs.map(shown).join(", ")).toBe(needs);
  expect(effects?.fires.join(", ")).toBe(fires);
  session.close();
});

it("a routine that was stored before needs all that its effects name", () => {
  const old = {
    reads: [{ table: "main.orders", columns: ["id"] }],
    writes: [{ table: "main.log", columns: "*" }],
    defines: [],
    calls: ["other"],
    raises: [],
    ...Object.fromEntries(
      ["clock", "random", "network", "files", "jobs", "output", "manages", "dynamic"].map((flag) => [flag, false]),
    ),
  };
  expect(effectsFromJson(JSON.stringify(old))?.needs.map(shown)).toEqual([
    "DELETE main.log",
    "EXECUTE other",
    "INSERT main.log",
    "SELECT main.orders (id)",
    "UPDATE main.log",
  ]);
});
