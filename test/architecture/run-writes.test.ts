// Writes to the tables of runs stand in one place and are all named: test/server/runs/failpoints.test.ts kills a process at each of them.
import { expect, it } from "vitest";
import { RUN_WRITES } from "../../server/runs/writes/table.ts";
import { SOURCES } from "./sources.ts";

/** Folders whose writes all go through the table. */
const FOLDERS = /^server\/(runs|automation|actions|scheduler|pipelines|statistics)\//u;
const WRITING = /\b(INSERT INTO|DELETE FROM|UPDATE \$\{|UPDATE main\.|insertRow\(|writeRows\()/u;

/** Exported functions that are no writes of their own: they only read, or are parts of writes. */
const PARTS: Readonly<Record<string, string>> = {
  addDueActions: "a part of writes",
  addTransition: "a part of writes",
  endAttempt: "a part of writes",
  lastTransition: "only reads",
  moveOn: "a part of writes",
  patchRun: "a part of writes",
  holdsLease: "asked by writes that need the lease",
  runningOf: "asked before an attempt begins",
};

const writes = SOURCES.filter(({ path }) => path.startsWith("server/runs/writes/"));

it("write in no other file", () => {
  const elsewhere = SOURCES.filter(({ path }) => FOLDERS.test(path) && !path.startsWith("server/runs/writes/"));
  expect(elsewhere.length).toBeGreaterThan(20);
  expect(elsewhere.filter(({ text }) => WRITING.test(text)).map(({ path }) => path)).toEqual([]);
});

it("are rows of the table, each with a name", () => {
  const functions = writes
    .flatMap(({ text }) => [...text.matchAll(/^export function (\w+)\(\s*connection: Connection/gmu)])
    .map((match) => match[1] ?? "");
  expect(functions.length).toBeGreaterThan(20);
  const known = new Set([...Object.keys(RUN_WRITES), ...Object.keys(PARTS)]);
  expect(functions.filter((name) => !known.has(name))).toEqual([]);
  expect(Object.keys(PARTS).filter((name) => !functions.includes(name))).toEqual([]);
});
