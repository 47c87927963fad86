// GR-48: inferred parameter and return types are stored and shown.
import { expect, it } from "vitest";
import { open } from "./support.ts";

it("are visible in LIST PROCEDURES, DESCRIBE and system.procedures", () => {
  const db = open();
  db.run(`CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL)
procedure find(mail) { let n = SELECT count(*) FROM users WHERE email = mail; return n }`);
  const [row] = db.run("LIST PROCEDURES");
  expect(row).toContain("find|mail string (inferred)|int");
  expect(db.run("DESCRIBE find")).toEqual(["mail|null|string|in", "returns|null|int|sync"]);
  const [stored] = db.run("SELECT parameters FROM system.procedures");
  expect(JSON.parse(stored ?? "")).toMatchObject([{ name: "mail", declared: null, inferred: "string" }]);
});
