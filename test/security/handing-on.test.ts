// WITH GRANT OPTION and WITH ADMIN OPTION: who may hand on what he has, and what goes when it is taken.
import { expect, it } from "vitest";
import { town } from "./support.ts";

const SCRIPT = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INT);
INSERT INTO orders VALUES (1, 10);
CREATE USER ann; CREATE USER bob; CREATE USER eve; CREATE ROLE staff; CREATE ROLE boss;
`;
const ASKED = "SELECT id FROM orders";

it("GR-120: a right is handed on by who has the option, and goes with the option", () => {
  const { owner, as } = town(SCRIPT);
  const [ann, bob, eve] = [as("ann"), as("bob"), as("eve")];
  owner.run("GRANT SELECT ON TABLE orders TO ann");
  expect(ann.run("GRANT SELECT ON TABLE orders TO bob")).toMatch(
    /^PermissionDenied: ann may not grant SELECT on table orders/,
  );
  owner.run("GRANT SELECT ON TABLE orders TO ann WITH GRANT OPTION");
  expect(ann.run("GRANT SELECT ON TABLE orders TO bob WITH GRANT OPTION")).toBe("granted");
  expect(bob.run("GRANT SELECT ON TABLE orders TO eve")).toBe("granted");
  expect(eve.run(ASKED)).toBe("1");
  expect(bob.run("GRANT DELETE ON TABLE orders TO eve")).toMatch(/^PermissionDenied/);
  owner.run("REVOKE GRANT OPTION FOR SELECT ON TABLE orders FROM ann");
  expect(ann.run(ASKED)).toBe("1");
  expect(bob.run(ASKED)).toMatch(/^PermissionDenied/);
  expect(eve.run(ASKED)).toMatch(/^PermissionDenied/);
});

it("GR-120: columns are added up and taken one by one", () => {
  const { owner, as } = town(SCRIPT);
  const ann = as("ann");
  owner.run("GRANT SELECT (id) ON TABLE orders TO ann; GRANT SELECT (total) ON TABLE orders TO ann");
  expect(ann.run("SELECT * FROM orders")).toBe("1|10");
  owner.run("REVOKE SELECT (total) ON TABLE orders FROM ann");
  expect(ann.run(ASKED)).toBe("1");
  expect(ann.run("SELECT total FROM orders")).toMatch(/column total/);
  owner.run("GRANT SELECT ON TABLE orders TO ann");
  expect(owner.run("REVOKE SELECT (id) ON TABLE orders FROM ann")).toMatch(
    /^WrongArguments: ann has SELECT on the whole of orders/,
  );
});

it("GR-120: a role is given by who has its admin option; circles and built-in roles are refused", () => {
  const { owner, as } = town(SCRIPT);
  const ann = as("ann");
  owner.run("GRANT SELECT ON TABLE orders TO staff; GRANT staff TO ann");
  expect(ann.run("GRANT staff TO bob")).toMatch(/^PermissionDenied: ann may not give the role staff/);
  owner.run("GRANT staff TO ann WITH ADMIN OPTION");
  expect(ann.run("GRANT staff TO bob")).toBe("granted");
  expect(as("bob").run(ASKED)).toBe("1");
  owner.run("GRANT staff TO boss");
  expect(owner.run("GRANT boss TO staff")).toMatch(
    /^WrongArguments: The role boss has the role staff already, so this would be a circle/,
  );
  expect(owner.run("GRANT staff TO staff")).toMatch(/^WrongArguments/);
  expect(owner.run("GRANT public TO ann")).toMatch(/^WrongArguments: Everybody has the role public/);
  expect(owner.run("DROP ROLE admin")).toMatch(/^PermissionDenied: The role admin is built in/);
  expect(owner.run("CREATE USER staff")).toBe("AlreadyExists: There is a role named staff already.");
  expect(owner.run("CREATE ROLE ADMIN")).toBe("AlreadyExists: There is a role named admin already.");
});

it("GR-120: GRANT ALL and ALL TABLES give what is there", () => {
  const { owner, as } = town(`${SCRIPT} CREATE TABLE other (a INT);`);
  owner.run("GRANT ALL PRIVILEGES ON TABLE orders TO ann; GRANT SELECT ON ALL TABLES TO bob");
  expect(as("ann").run("DELETE FROM orders; DROP TABLE orders")).toBe("delete 1\ntable orders dropped");
  expect(as("bob").run("SELECT count(*) FROM other")).toBe("0");
  expect(owner.run("GRANT SELECT ON TABLE nothing TO ann")).toBe("NoSuchTable: There is no table named nothing.");
  expect(owner.run("GRANT SELECT ON other TO nobody")).toBe("NoSuchObject: There is no user or role named nobody.");
});

it("SHOW GRANTS shows the own rights, to administrators everybody's", () => {
  const { owner, as } = town(SCRIPT);
  owner.run("GRANT staff TO ann; GRANT SELECT (id) ON TABLE orders TO staff; GRANT DELETE ON TABLE orders TO bob");
  const mine =
    "ann|MEMBER|role|staff|null|false|null\npublic|USE|database||null|false|null\nstaff|SELECT|table|orders|id|false|null";
  expect(as("ann").run("SHOW GRANTS")).toBe(mine);
  expect(owner.run("SHOW GRANTS FOR ann")).toBe(mine);
  expect(as("ann").run("SHOW GRANTS FOR bob")).toMatch(/^PermissionDenied/);
  expect(owner.run("SHOW GRANTS ON TABLE orders")).toBe(
    "bob|DELETE|table|orders|null|false|null\nstaff|SELECT|table|orders|id|false|null",
  );
});
