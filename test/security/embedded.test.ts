// Embedded use: no users are needed; rights are asked when a session names a user.
import { expect, it } from "vitest";
import { open } from "../../index.ts";
import { town } from "./support.ts";

it("the library acts as a user when it is told so", () => {
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
