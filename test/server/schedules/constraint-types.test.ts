// IT-45: kinds of constraints are data: numbers are never reused, kinds out of use stay readable and cannot be bound anew, unknown ones are errors of the definition.
import { afterEach, beforeEach, expect, test } from "vitest";
import { deprecateConstraintType, registerConstraintType } from "../../../server/catalog/constraint-types.ts";
import { readSchedules } from "../../../server/catalog/schedule-reading.ts";
import { open, type TestSession } from "../support.ts";

let db: TestSession;
beforeEach(() => {
  db = open();
  db.run("procedure load () { print 1 }");
});
afterEach(() => db.session.close());

function schedule(name: string, constraints: string): string {
  return `upsert SCHEDULE as ${name} ( sched: '0 2 * * *', exe: 'procedure', call: 'load', constraints: {${constraints}} )`;
}

test("a registered kind can be given to schedules, with its configuration", () => {
  registerConstraintType(db.session.connection, { id: 100, name: "minHealthyInstances" });
  registerConstraintType(db.session.connection, { id: 100, name: "minHealthyInstances" });
  db.run(schedule("nightly", "minHealthyInstances: {least: 2}"));
  const [definition] = readSchedules(db.session.connection, "nightly");
  expect(definition?.constraints.registered).toEqual([
    { typeId: 100, name: "minHealthyInstances", config: { least: 2 }, recheckOnRetry: false },
  ]);
  db.run(schedule("nightly", ""));
  expect(readSchedules(db.session.connection, "nightly")[0]?.constraints.registered).toEqual([]);
});

test("numbers and names are never given to another kind, and ours are not to be had", () => {
  const { connection } = db.session;
  registerConstraintType(connection, { id: 100, name: "a" });
  expect(() => registerConstraintType(connection, { id: 100, name: "b" })).toThrow(/a is number 100/u);
  expect(() => registerConstraintType(connection, { id: 101, name: "a" })).toThrow(/a is number 100/u);
  expect(() => registerConstraintType(connection, { id: 9, name: "c" })).toThrow(/from 100 on/u);
  expect(() => registerConstraintType(connection, { id: 102, name: "catchUp" })).toThrow(/catchUp is number 2/u);
});

test("a kind out of use stays where it is and goes nowhere else; unknown ones are refused", () => {
  const { connection } = db.session;
  registerConstraintType(connection, { id: 100, name: "old" });
  db.run(schedule("nightly", "old: 1"));
  deprecateConstraintType(connection, "old");
  db.run(schedule("nightly", "old: 2"));
  expect(readSchedules(connection, "nightly")[0]?.constraints.registered).toMatchObject([{ config: 2 }]);
  expect(db.fail(schedule("weekly", "old: 1"))).toMatch(/out of use/u);
  expect(db.fail(schedule("weekly", "none: 1"))).toMatch(/no registered constraint named none/u);
  expect(() => deprecateConstraintType(connection, "catchUp")).toThrow(/no registered constraint/u);
});
