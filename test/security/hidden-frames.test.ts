// Traces of errors: who calls a definer or fires a trigger of somebody else is not told what that calls.
import { expect, it } from "vitest";
import { type Person, town } from "./support.ts";

const SCRIPT = `
CREATE TABLE t (id INTEGER PRIMARY KEY);
CREATE TABLE kept (id INTEGER PRIMARY KEY);
INSERT INTO kept VALUES (1);
CREATE USER ann; CREATE USER olga;
GRANT CREATE ON DATABASE TO olga; GRANT INSERT ON kept TO olga; GRANT INSERT ON t TO ann;
upsert procedure deep (n int) { if n > 0 { deep(n - 1) } else { INSERT INTO kept VALUES (1) } }
upsert procedure outer_one (n int) security definer { deep(n) }
upsert procedure raising () security definer { raise Halt('x') }
upsert procedure plain (n int) { outer_one(n) }
upsert procedure told () returns string { try { outer_one(2) } catch (e) { return e.stack } return '' }
upsert procedure fired () <{ trig: ['watch'] }> { deep(1) }
upsert TRIGGER as watch (timing: 'after', event: 'insert', target: 't', call: 'fired')
GRANT EXECUTE ON PROCEDURE outer_one TO ann; GRANT EXECUTE ON PROCEDURE plain TO ann; GRANT EXECUTE ON PROCEDURE told TO ann;
GRANT EXECUTE ON PROCEDURE raising TO ann; GRANT EXECUTE ON PROCEDURE deep TO olga;
`;

/** Routines of the trace, innermost first. */
function trace({ session }: Person, text: string): string {
  const outcome = session.executeStatement(text);
  return outcome.kind === "failed" ? outcome.error.stack.map(({ routine }) => routine).join(" ") : outcome.kind;
}

it("GR-121: end at the definer for who calls it, and are whole for its owner", () => {
  const { owner, as } = town(SCRIPT);
  expect(trace(owner, "CALL outer_one(1)")).toMatch(/^deep deep outer_one /u);
  const ann = as("ann");
  expect(trace(ann, "CALL outer_one(1)")).toMatch(/^outer_one /u);
  expect(trace(ann, "CALL outer_one(500)")).toMatch(/^outer_one /u);
  expect(trace(ann, "CALL plain(1)")).toMatch(/^outer_one plain /u);
  expect(trace(ann, "CALL raising()")).toMatch(/^raising /u);
  expect(ann.run("CALL told()")).toMatch(/^at outer_one .*\nat told /u);
  expect(owner.run("CALL told()")).toMatch(/^at deep /u);
});

it("GR-121: end at the trigger for who writes the table", () => {
  const { owner, as } = town(SCRIPT);
  expect(trace(owner, "INSERT INTO t VALUES (1)")).toContain("deep");
  expect(trace(as("ann"), "INSERT INTO t VALUES (1)")).not.toContain("deep");
});

it("GR-121: what one owns oneself is told", () => {
  const olga = town(SCRIPT).as("olga");
  expect(olga.run("upsert procedure mine () security definer { deep(1) }")).toContain("stored");
  expect(trace(olga, "CALL mine()")).toMatch(/^deep deep mine /u);
});
