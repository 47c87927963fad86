// Imports: found next to the file, run from a script, and stored with the first routine that is stored, so that it finds them later.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

it("reads a file by its path, also in another folder", () => {
  const db = open({ directory: folder });
  mkdirSync(join(folder, "lib"));
  writeFileSync(
    join(folder, "lib", "more.grz"),
    'import "../shapes.grz"\nfunction two(b Box) { return 2 * area(b) }\n',
  );
  db.run(
    'import "lib/more.grz"\nimport "shapes.grz"\nimport shapes\nprint two(Box {side: 2})\nprint more.two(Box {side: 1})',
  );
  expect(db.printed).toEqual(["8", "2"]);
});

it("stores imports with what calls them by name", () => {
  const db = open({ directory: folder });
  writeFileSync(join(folder, "jobs.grz"), "procedure tidy() { print 1 }\n");
  db.run("import jobs\nupsert schedule as nightly (sched: '0 2 * * *', exe: 'procedure', call: 'tidy')");
  expect(db.run("LIST PROCEDURES").map((line) => line.split("|")[0])).toEqual(["tidy"]);
});

it("names a module that is not there", () => {
  expect(open({ directory: folder }).reject("import nothing")).toEqual(["E2013"]);
  expect(open({ directory: folder }).reject('import "nothing.grz"')).toEqual(["E2013"]);
  expect(open({ directory: folder }).reject('import "/etc/passwd"')).toEqual(["E2013"]);
});

it("uses nothing of a file with errors", () => {
  writeFileSync(join(folder, "wrong.grz"), 'function ok() { return 1 }\nfunction bad() returns int { return "x" }\n');
  writeFileSync(join(folder, "middle.grz"), "import wrong\nfunction fine() { return 2 }\n");
  const db = open({ directory: folder });
  const [problem] = db.session.check({ name: "main.grz", text: "import wrong\nprint ok()" });
  expect(`${problem?.code} ${problem?.message}`).toBe(
    "E2029 wrong.grz has an error, so nothing of it can be used; line 2: Expected int, found string.",
  );
  expect(db.reject("import middle\nprint fine()")).toEqual(["E2029"]);
});
