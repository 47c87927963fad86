// Whose rights count inside: the caller's in a routine, the owner's in SECURITY DEFINER and in triggers, also for tables that a variable names and for texts of execute.
import { expect, it } from "vitest";
import { town } from "./support.ts";

const SCRIPT = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INT);
CREATE TABLE log (what TEXT);
INSERT INTO orders VALUES (1, 10);
upsert procedure as_caller () returns int { return SELECT count(total) FROM orders }
upsert procedure as_owner () returns int security definer { return SELECT count(total) FROM orders }
upsert procedure calls_caller () returns int security definer { return as_caller() }
upsert procedure by_name (t string) returns int { let n = SELECT count(*) FROM {t}; return n }
upsert procedure by_name_owner (t string) returns int security definer { let n = SELECT count(*) FROM {t}; return n }
upsert procedure by_text () returns int { let rows = execute "SELECT total FROM orders"; return len(rows) }
upsert procedure by_text_owner () returns int security definer { let rows = execute "SELECT total FROM orders"; return len(rows) }
upsert procedure writes (t string) { INSERT INTO {t} (what) VALUES ('x') }
upsert function twice (n int) returns int { return n * 2 }
upsert function hidden () returns int { return SELECT count(total) FROM orders }
CREATE USER ann; CREATE USER bob;
GRANT EXECUTE ON PROCEDURE as_caller, as_owner, calls_caller, by_name, by_name_owner, by_text, by_text_owner, writes TO ann;
GRANT EXECUTE ON FUNCTION twice, hidden TO ann;
`;

it("GR-121: a routine has its caller's rights, SECURITY DEFINER its owner's", () => {
  const { owner, as } = town(SCRIPT);
  const ann = as("ann");
  const refused = "PermissionDenied: ann may not read table orders: GRANT SELECT ON TABLE orders TO ann allows it.";
  expect(ann.run("CALL as_caller()")).toBe(refused);
  expect(ann.run("CALL as_owner()")).toBe("1");
  // What a definer calls has the definer's rights.
  expect(ann.run("CALL calls_caller()")).toBe("1");
  expect(ann.run("SELECT twice(4) AS n")).toBe("8");
  expect(ann.run("SELECT hidden() AS n")).toBe(refused);
  expect(ann.session.call("as_caller", [])).toMatchObject({ kind: "failed", error: { code: "PermissionDenied" } });
  expect(ann.session.call("as_owner", [])).toMatchObject({ kind: "returned", value: 1 });
  owner.run("GRANT SELECT ON TABLE orders TO ann");
  expect(ann.run("CALL as_caller()")).toBe("1");
  expect(ann.session.call("as_caller", [])).toMatchObject({ kind: "returned", value: 1 });
});

it("tables that a variable names and texts of execute are asked for when they run", () => {
  const { owner, as } = town(SCRIPT);
  const ann = as("ann");
  for (const call of ["by_name('orders')", "by_name('main.orders')", "by_text()"]) {
    expect(ann.run(`CALL ${call}`)).toMatch(/^PermissionDenied: ann may not read table orders/);
    expect(ann.run(`CALL ${call.replace("(", "_owner(")}`)).toBe("1");
  }
  expect(ann.run("CALL writes('log')")).toMatch(/^PermissionDenied: ann may not insert into table log/);
  owner.run("GRANT INSERT ON TABLE log TO ann");
  expect(ann.run("CALL writes('log')")).toBe("");
  expect(ann.run("let t = 'orders'; SELECT total FROM {t}")).toMatch(/^PermissionDenied/);
  expect(ann.run("execute 'SELECT * FROM gobi_users'")).toMatch(/^PermissionDenied/);
});

it("a script's routine of a definer's name has nobody's rights but its author's", () => {
  const { as } = town(SCRIPT);
  const ann = as("ann");
  const text = `CALL as_owner();
    upsert procedure as_owner () returns int security definer { let rows = execute "SELECT total FROM orders"; return len(rows) }`;
  expect(ann.run(text)).toMatch(/^PermissionDenied: ann may not/);
});

it("GR-121: a definer of a user who lost the right fails, and so does one whose owner is disabled", () => {
  const { owner, as } = town(SCRIPT);
  owner.run("GRANT CREATE ON DATABASE TO bob; GRANT SELECT ON TABLE orders TO bob");
  const bob = as("bob");
  const ann = as("ann");
  expect(
    bob.run("upsert procedure of_bob () returns int security definer { return SELECT count(total) FROM orders }"),
  ).toMatch(/stored/);
  expect(bob.run("GRANT EXECUTE ON PROCEDURE of_bob TO ann")).toBe("granted");
  expect(ann.run("CALL of_bob()")).toBe("1");
  expect(ann.run("upsert procedure of_bob () returns int { return 2 }")).toMatch(/^PermissionDenied/);
  owner.run("REVOKE SELECT ON TABLE orders FROM bob");
  expect(ann.run("CALL of_bob()")).toBe(
    "PermissionDenied: of_bob, which runs with the rights of bob, may not read table orders: GRANT SELECT ON TABLE orders TO bob allows it.",
  );
  // Not even for the owner of the database: it is still bob who acts.
  expect(owner.run("CALL of_bob()")).toMatch(/^PermissionDenied: of_bob/);
  owner.run("GRANT SELECT ON TABLE orders TO bob; ALTER USER bob DISABLE");
  expect(ann.run("CALL of_bob()")).toBe(
    "PermissionDenied: of_bob runs with the rights of bob, who is disabled or was dropped.",
  );
});

it("GR-121: a trigger has its owner's rights: who writes the table needs none for what it does", () => {
  const { owner, as } = town(`${SCRIPT} CREATE TABLE mine (a INT);`);
  owner.run("GRANT INSERT ON TABLE mine TO ann");
  owner.run("CREATE TRIGGER note AFTER INSERT ON mine FOR EACH ROW AS BEGIN INSERT INTO log VALUES ('seen'); END");
  const ann = as("ann");
  expect(ann.run("INSERT INTO mine VALUES (1)")).toBe("insert 1");
  expect(owner.run("SELECT count(*) FROM log")).toBe("1");
  expect(ann.run("SELECT * FROM log")).toMatch(/^PermissionDenied/);
});

it("GR-121: a trigger of an owner who is disabled fails the statement, and nothing of it stays", () => {
  const { owner, as } = town(`${SCRIPT} CREATE TABLE mine (a INT);`);
  owner.run("GRANT CREATE ON DATABASE TO bob; GRANT INSERT ON TABLE log TO bob; GRANT ALTER ON TABLE mine TO bob");
  owner.run("GRANT INSERT ON TABLE mine TO ann");
  const [ann, bob] = [as("ann"), as("bob")];
  expect(
    bob.run(
      "CREATE TRIGGER note AFTER INSERT ON mine FOR EACH ROW AS BEGIN INSERT INTO log VALUES ('seen'); print 'x'; END",
    ),
  ).toMatch(/stored/);
  expect(ann.run("INSERT INTO mine VALUES (1)")).toBe("insert 1");
  owner.run("ALTER USER bob DISABLE");
  const refused = "PermissionDenied: Trigger note runs with the rights of bob, who is disabled or was dropped.";
  expect(ann.run("INSERT INTO mine VALUES (2)")).toBe(refused);
  expect(owner.run("INSERT INTO mine VALUES (3)")).toBe(refused);
  expect(owner.run("SELECT count(*) FROM mine")).toBe("1");
  owner.run("DROP USER bob");
  expect(ann.run("INSERT INTO mine VALUES (4)")).toMatch(/^PermissionDenied: Trigger note/);
});

it("who makes a trigger must own its table and have the rights that it needs", () => {
  const { owner, as } = town(SCRIPT);
  owner.run("GRANT CREATE ON DATABASE TO bob");
  const bob = as("bob");
  const trigger = (table: string): string =>
    `upsert TRIGGER as spy (timing: 'after', event: 'insert', target: '${table}', exe: 'procedure', call: 'peek')`;
  expect(bob.run("CREATE TABLE mine (a INT)")).toBe("table mine created");
  expect(bob.run("upsert procedure peek () { DELETE FROM orders }")).toMatch(/stored/);
  expect(bob.run(trigger("orders"))).toMatch(/^PermissionDenied: bob may not change table orders/);
  expect(bob.run("CREATE TRIGGER n AFTER INSERT ON mine BEGIN DELETE FROM orders; END")).toMatch(
    /^PermissionDenied: bob may not delete from table orders/,
  );
  expect(bob.run(trigger("mine"))).toMatch(/^PermissionDenied: bob may not delete from table orders/);
  owner.run("GRANT SELECT, DELETE ON TABLE orders TO bob");
  expect(bob.run(trigger("mine"))).toMatch(/stored/);
  owner.run("REVOKE DELETE ON TABLE orders FROM bob");
  expect(owner.run("INSERT INTO mine VALUES (1)")).toMatch(
    /^PermissionDenied: Trigger spy, which runs with the rights of bob,/,
  );
  expect(owner.run("SELECT count(*) FROM orders")).toBe("1");
});

it("who makes something owns it: tables with their renames, routines, and nothing of what was there before", () => {
  const { owner, as } = town(SCRIPT);
  owner.run("GRANT CREATE ON DATABASE TO ann");
  const ann = as("ann");
  ann.run("CREATE TABLE mine (a INT)");
  expect(ann.run("INSERT INTO mine VALUES (1); ALTER TABLE mine RENAME TO ours; SELECT a FROM ours")).toBe(
    "insert 1\ntable mine altered\n1",
  );
  expect(ann.run("CREATE TABLE IF NOT EXISTS orders (a INT)")).not.toMatch(/Denied/);
  expect(ann.run("SELECT id FROM orders")).toMatch(/^PermissionDenied/);
  expect(ann.run("GRANT SELECT ON TABLE ours TO bob")).toBe("granted");
  const bob = as("bob");
  expect(bob.run("SELECT a FROM ours")).toBe("1");
  expect(ann.run("DROP TABLE ours")).toBe("table ours dropped");
  owner.run("CREATE TABLE ours (a INT)");
  expect(bob.run("SELECT a FROM ours")).toMatch(/^PermissionDenied/);
  expect(ann.run("SELECT a FROM ours")).toMatch(/^PermissionDenied/);
});

it("GR-121: no temporary table of a caller stands for a table of what runs with its owner's rights", () => {
  const { owner, as } = town(
    `${SCRIPT} CREATE TABLE mine (a INT);
    CREATE TRIGGER note AFTER INSERT ON mine FOR EACH ROW AS BEGIN INSERT INTO log VALUES ('seen'); print 'noted'; END
    GRANT INSERT ON TABLE mine TO ann;`,
  );
  const ann = as("ann");
  // Not in the static statements of definers, in their texts of execute, in their tables by name, in routines that they call, nor in triggers.
  for (const name of ["orders", "log"])
    expect(ann.run(`CREATE TEMP TABLE ${name} (id INT, total INT, what TEXT)`)).toBe(
      `PermissionDenied: A temporary table with the name of table ${name}, for which it would stand, is for administrators, and ann is none.`,
    );
  owner.run("INSERT INTO orders VALUES (2, 20)");
  for (const call of ["as_owner()", "by_text_owner()", "by_name_owner('orders')", "calls_caller()"])
    expect(ann.run(`CALL ${call}`), call).toBe("2");
  expect(ann.run("INSERT INTO mine VALUES (1)")).toBe("insert 1");
  expect(owner.run("SELECT count(*) FROM log")).toBe("1");
});

it("GR-121: a definer names its tables in full, so that a temporary table of an administrator who calls it does not count", () => {
  const { owner, as } = town(SCRIPT);
  owner.run("GRANT admin TO ann");
  const ann = as("ann");
  expect(ann.run("CREATE TEMP TABLE orders (id INT, total INT); CALL as_owner()")).toBe("table orders created\n1");
  owner.run("INSERT INTO orders VALUES (2, 20)");
  expect(ann.run("CALL as_owner()")).toBe("2");
});

it("temporary tables and variables are the session's own", () => {
  const { as } = town(SCRIPT);
  const ann = as("ann");
  expect(ann.run("CREATE TEMP TABLE t (a INT); INSERT INTO t VALUES (1); SELECT a FROM t")).toBe(
    "table t created\ninsert 1\n1",
  );
});

it("GR-121: a function that is handed to a definer has the rights of who handed it in, whatever calls it there", () => {
  const { owner, as } = town(`${SCRIPT}
    upsert function leaf () returns int { let rows = execute "SELECT total FROM orders"; return len(rows) }
    upsert function branch () returns int { return leaf() }
    upsert procedure through () returns int security definer { return branch() }
    upsert function apply (f fn(int) -> int) returns int { return f(1) }
    upsert procedure takes (f fn(int) -> int) returns int security definer { return f(1) }
    upsert procedure hands (f fn(int) -> int) returns int security definer { return apply(f) }
    upsert procedure maps (f fn(int) -> int) returns list<int> security definer { return [1, 2] |> map(f) }
    upsert procedure own () returns int security definer {
      return apply(n => { let rows = execute "SELECT total FROM orders"; return len(rows) })
    }
    upsert procedure own_text () returns int security definer { execute "INSERT INTO log VALUES ('by text')"; return 1 }
    GRANT EXECUTE ON PROCEDURE through, takes, hands, maps, own, own_text TO ann; GRANT CREATE ON DATABASE TO ann;`);
  const ann = as("ann");
  // What it names itself, however deep, its own lambdas and texts: with its rights.
  for (const call of ["through()", "own()", "own_text()"]) expect(ann.run(`CALL ${call}`), call).toBe("1");
  // Also when what it calls has come to call something else since.
  owner.run(`upsert function twig () returns int { let rows = execute "SELECT total FROM orders"; return len(rows) }`);
  owner.run("upsert function branch () returns int { return twig() }");
  expect(ann.run("CALL through()")).toBe("1");
  const bodies = [
    'let rows = execute "SELECT total FROM orders"; return len(rows)',
    "let t = 'orders'; let c = SELECT count(*) FROM {t}; return c",
    "return SELECT count(*) FROM orders",
  ];
  for (const [index, body] of bodies.entries()) {
    expect(ann.run(`upsert function mine${index} (n int) returns int { ${body} }`)).toMatch(/stored/);
    for (const taker of ["takes", "hands", "maps"])
      for (const given of [`mine${index}`, `n => mine${index}(n)`])
        expect(ann.run(`CALL ${taker}(${given})`), `${taker} ${given}`).toMatch(
          /^PermissionDenied: ann may not read table orders/,
        );
  }
  expect(ann.run("CALL takes(n => n + 1)")).toBe("2");
  owner.run("GRANT SELECT ON TABLE orders TO ann");
  expect(ann.run("CALL takes(mine0)")).toBe("1");
});

it("GR-121: a view shows what its owner may read now, whoever asks and through other views", () => {
  const { owner, as } = town(SCRIPT);
  owner.run("GRANT CREATE ON DATABASE TO ann; GRANT SELECT ON TABLE orders TO ann");
  const [ann, bob] = [as("ann"), as("bob")];
  ann.run(
    "CREATE VIEW totals AS SELECT total FROM orders; CREATE VIEW doubled AS SELECT total * 2 AS twice FROM totals",
  );
  expect(ann.run("GRANT SELECT ON TABLE doubled TO bob")).toBe("granted");
  expect(bob.run("SELECT twice FROM doubled")).toBe("20");
  expect(bob.run("SELECT total FROM totals")).toMatch(/^PermissionDenied: bob may not read table totals/);
  owner.run("REVOKE SELECT ON TABLE orders FROM ann");
  const refused =
    "PermissionDenied: View totals, which runs with the rights of ann, may not read table orders: GRANT SELECT ON TABLE orders TO ann allows it.";
  expect(bob.run("SELECT twice FROM doubled")).toBe(refused);
  expect(owner.run("SELECT twice FROM doubled")).toBe(refused);
  owner.run("GRANT SELECT ON TABLE orders TO ann; ALTER USER ann DISABLE");
  expect(bob.run("SELECT twice FROM doubled")).toMatch(
    /^PermissionDenied: View doubled runs with the rights of ann, who is disabled/,
  );
});

it("GR-124: an embedded session without a principal is asked nothing", () => {
  const { open } = town(SCRIPT);
  const embedded = open(undefined);
  expect(embedded.run("SELECT total FROM orders")).toBe("10");
  expect(embedded.run("PRAGMA user_version")).toBe("0");
});
