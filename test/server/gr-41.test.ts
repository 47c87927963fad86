// GR-41: CREATE PROCEDURE … AS BEGIN … END verbatim; an existing name is an error; CREATE OR REPLACE adds a version as upsert does.
import { expect, it } from "vitest";
import { open } from "./support.ts";

const CREATE = `CREATE PROCEDURE procedure_name(param1 type, param2 type)
AS
BEGIN
  -- PL-GRIZZLY code
  DECLARE result type;
  SET result = param1 + param2;
  RETURN result;
END;
`;

it("returns 30 for (10, 20)", () => {
  const db = open();
  expect(db.run(`${CREATE}\n-- Usage\nCALL procedure_name(10, 20);`)).toEqual([
    "procedure procedure_name stored as version 1",
    "30",
  ]);
  expect(db.call("procedure_name", 10, 20)).toBe("30");
});

it("cannot be created twice", () => {
  const db = open();
  db.run(CREATE);
  expect(db.fail(CREATE)).toMatch(/^AlreadyExists: Procedure procedure_name exists already/);
  expect(db.run(CREATE.replace("CREATE PROCEDURE", "CREATE PROCEDURE IF NOT EXISTS"))).toEqual([
    "procedure procedure_name exists already",
  ]);
});

it("is replaced by CREATE OR REPLACE as by upsert", () => {
  const db = open();
  db.run(CREATE);
  expect(db.run(CREATE.replace("CREATE", "CREATE OR REPLACE").replace("param1 + param2", "param1 * param2"))).toEqual([
    "procedure procedure_name stored as version 2",
  ]);
  expect(db.call("procedure_name", 10, 20)).toBe("200");
});
