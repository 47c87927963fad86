// A database beside the file is found by itself and watched: another program changes a column, and what used it turns red without an edit.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { snapshotToJson } from "../../../compiler/catalog/snapshot.ts";
import { languageServerOptions } from "../../../cli/language-server.ts";
import { makeWorkspace, type EditedWorkspace } from "../../../lsp/workspace/workspace.ts";
import { openSession } from "../../../server/session.ts";
import type { Session } from "../../../server/session-types.ts";
import { sqliteEngine } from "../../../storage/sqlite/engine.ts";

let folder = "";
let session: Session | undefined;
let workspace: EditedWorkspace | undefined;
const warnings: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "grizzly-lsp-database-"));
  warnings.length = 0;
  workspace = makeWorkspace({ ...languageServerOptions().ports, warn: (text) => warnings.push(text) });
  workspace.setFolders([folder]);
});
afterEach(() => {
  workspace?.dispose();
  session?.close();
  session = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function run(text: string): void {
  session ??= openSession({
    engine: sqliteEngine,
    database: join(folder, "shop.gobi"),
    output: { print: () => undefined, log: () => undefined, notice: () => undefined },
  });
  session.execute({ name: "test", text });
}

function codes(): readonly string[] {
  return (
    workspace
      ?.document(join(folder, "a.grz"))
      ?.problems()
      .map(({ code }) => code) ?? ["no document"]
  );
}

test("a database that cannot be opened is said to whoever asks, and the next source is used", () => {
  writeFileSync(join(folder, "shop.gobi"), "no database at all, though it is named like one");
  writeFileSync(join(folder, "gobi.schema.json"), snapshotToJson({ tables: [], otherNames: [] }));
  workspace?.open(join(folder, "a.grz"), "SELECT id FROM users;\n", 1);
  const document = workspace?.document(join(folder, "a.grz"));
  expect(document?.catalogSource).toBe(join(folder, "gobi.schema.json"));
  expect(document?.catalogRefusal()).toMatch(/shop\.gobi cannot be /u);
  rmSync(join(folder, "shop.gobi"));
  workspace?.refreshCatalogs();
  expect(workspace?.document(join(folder, "a.grz"))?.catalogRefusal()).toBeUndefined();
});

test("a changed column turns red, and a stored routine is known", () => {
  run("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT)");
  workspace?.open(join(folder, "a.grz"), "SELECT email FROM users;\nprint twice(2)\n", 1);
  expect(workspace?.document(join(folder, "a.grz"))?.catalogSource).toBe(join(folder, "shop.gobi"));
  expect(codes()).toEqual(["E2002"]);
  run("upsert function twice (n int) returns int { return n * 2 }");
  expect(workspace?.refreshCatalogs()).toBe(true);
  expect(codes()).toEqual([]);
  run("ALTER TABLE users RENAME COLUMN email TO mail");
  expect(workspace?.refreshCatalogs()).toBe(true);
  expect(codes()).toEqual(["E5002"]);
  run("INSERT INTO users (mail) VALUES ('a')");
  expect(workspace?.refreshCatalogs()).toBe(false);
});

test("a database that vanishes, and a file that is none", () => {
  run("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT)");
  workspace?.open(join(folder, "a.grz"), "SELECT email FROM users;\n", 1);
  expect(codes()).toEqual([]);
  session?.close();
  session = undefined;
  for (const ending of ["", "-wal", "-shm"]) rmSync(join(folder, `shop.gobi${ending}`), { force: true });
  workspace?.refreshCatalogs();
  expect(codes()).toEqual(["E5001"]);
  writeFileSync(join(folder, "shop.gobi"), "this is no database, but long enough to be looked at as one".repeat(20));
  workspace?.refreshCatalogs();
  expect(codes()).toEqual(["E5001"]);
  expect(warnings.join()).toContain("shop.gobi");
});
