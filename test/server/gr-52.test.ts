// GR-52: `sched: [names]`: an unknown schedule is a warning or hint, the name is recorded, and the schedule finds it when it is created.
import { expect, it } from "vitest";
import { open } from "./support.ts";

it("records schedules that do not exist yet", () => {
  const db = open();
  db.run("upsert procedure p <{sched: ['later']}> () { }");
  const dependants =
    "SELECT r.name FROM system.dependencies d JOIN system.routines r ON r.routine_id = d.dependent_id WHERE d.referenced_kind = 'schedule' AND d.referenced_name = 'later'";
  expect(db.run(dependants)).toEqual(["p"]);
  db.run("CREATE SCHEDULE later CRON '0 0 * * *' AS BEGIN CALL p(); END;");
  expect(db.run(dependants)).toEqual(["p"]);
  const problems = db.session.check({ name: "t", text: "upsert procedure p <{sched: ['later']}> () { }" });
  expect(problems.filter((problem) => problem.message.includes("later"))).toEqual([]);
});
