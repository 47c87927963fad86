// Imports: found next to the file, run from a script, and stored with the first routine that is stored, so that it finds them later.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { open } from "./support.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  writeFileSync(
    join(folder, "shapes.grz"),
    "type struct as Box (side int)\nCREATE FUNCTION area(b Box) RETURNS int AS BEGIN RETURN b.side * b.side; END;\n",
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("runs what is imported without storing it", () => {
  const db = open({ directory: folder });
  db.run("import shapes\nprint area(Box {side: 3})");
  expect(db.printed).toEqual(["9"]);
  expect(db.run("LIST FUNCTIONS")).toEqual([]);
});

it("finds imports next to the file that names them", () => {
  const db = open();
  const path = join(folder, "main.grz");
  writeFileSync(path, "import shapes\nprint area(Box {side: 2})");
  const outcome = db.session.execute({ name: path, text: "import shapes\nprint area(Box {side: 2})" });
  expect(outcome.kind).toBe("completed");
  expect(db.printed).toEqual(["4"]);
});

it("stores imports with the routine that needs them, as often as it is stored", () => {
  const file = join(folder, "data.db");
  const text = "import shapes\nupsert procedure cube(n int) returns int { return n * area(Box {side: n}) }";
  const db = open({ directory: folder, database: file });
  db.run(text);
  db.run(text);
  db.session.close();
  const later = open({ database: file, directory: tmpdir() });
  expect(later.call("cube", 3)).toBe("27");
  expect(later.run("LIST FUNCTIONS").map((line) => line.split("|")[0])).toEqual(["area"]);
  later.session.close();
});

it("names a module that is not there", () => {
  expect(open({ directory: folder }).reject("import nothing")).toEqual(["E2013"]);
});
