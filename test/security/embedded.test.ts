// Embedded use: no users are needed; rights are asked when a session names a user.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { open } from "../../index.ts";
import { testSession } from "../session.ts";
import { outcomeOf, town } from "./support.ts";

it("GR-124: the library acts as a user when it is told so", () => {
  const { file } = town(`CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO orders VALUES (1, 'x');
    CREATE USER ann; GRANT SELECT (id) ON TABLE orders TO ann;`);
  const owner = open(file);
  const ann = open(file, { user: "ann" });
  expect(owner.query("SELECT note FROM orders")).toEqual([{ note: "x" }]);
  expect(ann.query("SELECT id FROM orders")).toEqual([{ id: 1 }]);
  expect(() => ann.query("SELECT note FROM orders")).toThrow(
    "ann may not read table orders (column note): GRANT SELECT (note) ON TABLE orders TO ann allows it.",
  );
  expect(() => open(file, { user: "nobody" })).toThrow("There is no user named nobody.");
  expect(() => open(":memory:", { user: "ann" })).toThrow("There is no user named ann.");
  owner.exec("GRANT SELECT ON TABLE orders TO ann");
  expect(ann.query("SELECT note FROM orders")).toEqual([{ note: "x" }]);
  ann.close();
  owner.close();
});

it("GR-124: without a user nothing is asked, and what is done stands in the log and counts for the rights of users", () => {
  const { file, owner, as } = town(`CREATE TABLE orders (id INTEGER PRIMARY KEY);
    upsert procedure hello () returns int { return 1 }
    CREATE USER ann; GRANT SELECT ON TABLE orders TO ann; GRANT EXECUTE ON PROCEDURE hello TO ann;`);
  const ann = as("ann");
  expect(ann.run("SELECT count(*) FROM orders; CALL hello()")).toBe("0\n1");
  const embedded = open(file);
  // The rights on what is dropped are gone, also when somebody drops it who is asked nothing.
  embedded.exec(`DROP TABLE orders; CREATE TABLE orders (id INTEGER PRIMARY KEY, secret TEXT);
    DROP PROCEDURE hello; upsert procedure hello () returns int { return 2 };
    CREATE TEMP TABLE passing (a INT);`);
  expect(ann.run("SELECT count(*) FROM orders")).toMatch(/^PermissionDenied/);
  expect(ann.run("CALL hello()")).toMatch(/^PermissionDenied/);
  embedded.close();
  const done =
    "SELECT action || ' ' || object_name FROM system.audit_log WHERE outcome = 'done' AND user_id IS NULL ORDER BY seq DESC LIMIT 4";
  expect(owner.run(done)).toBe(
    "create_procedure hello\ndrop_procedure hello\ncreate_table main.orders\ndrop_table main.orders",
  );
});

it("GR-124: a database without users gets no catalog by what an embedded session does", () => {
  const embedded = open(":memory:");
  embedded.exec("CREATE TABLE t (a INT); DROP TABLE t");
  expect(embedded.query("SELECT count(*) AS n FROM sqlite_schema")).toEqual([{ n: 0 }]);
  embedded.close();
});

it("GR-124: who may not do everything imports only what lies below the session's folder", () => {
  const { as, file } = town("CREATE USER ann");
  const folder = dirname(file);
  mkdirSync(join(folder, "inside"));
  writeFileSync(join(folder, "outside.grz"), "function far () returns int { return 1 }");
  writeFileSync(join(folder, "inside", "near.grz"), "function near () returns int { return 2 }");
  const { session } = as("ann");
  session.close();
  for (const [user, outside] of [
    ["ann", "E2013"],
    [undefined, "1"],
  ] as const) {
    const { session: inside } = testSession({
      database: file,
      directory: join(folder, "inside"),
      ...(user === undefined ? {} : { user }),
    });
    expect(outcomeOf(inside, 'import "near.grz"; print near()')).not.toMatch(/E2013/);
    const found = outcomeOf(inside, 'import "../outside.grz"; let n = far(); SELECT n AS n');
    expect(found).toContain(outside);
    inside.close();
  }
});
