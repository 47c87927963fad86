// Bytecode in the database that others have written over: refused with its code, and compiled again from the stored text.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeRows } from "../../server/sql/rows.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { open } from "./support.ts";

it.each([
  ["cut short", "substr(bytecode, 1, 40)"],
  [
    "changed in the middle",
    "CAST(substr(bytecode, 1, length(bytecode) - 20) || x'ffffffffffffffff' || substr(bytecode, length(bytecode) - 11) AS BLOB)",
  ],
  ["no bytecode", "CAST('hello' AS BLOB)"],
])("is refused when it is %s", (_, bytes) => {
  const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  const file = join(folder, "data.db");
  const first = open({ database: file });
  first.run("procedure p(n int) returns int { let total = 0; for i in 1..n { total += i } return total }");
  first.session.close();
  const connection = sqliteEngine.connect({ target: file });
  writeRows(connection, `UPDATE gobi_routine_versions SET bytecode = ${bytes}`);
  connection.close();
  const second = open({ database: file });
  expect(second.call("p", 4)).toBe("10");
  expect(second.logged.join("\n")).toMatch(
    /^warn The stored bytecode of procedure p was refused and is compiled again\. E8\d{3} /,
  );
  second.session.close();
  rmSync(folder, { recursive: true, force: true });
});

it("is loaded without a word when it is sound", () => {
  const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  const file = join(folder, "data.db");
  const first = open({ database: file });
  first.run("procedure p(n int) returns int { return n + 1 }");
  first.session.close();
  const second = open({ database: file });
  expect(second.call("p", 4)).toBe("5");
  expect(second.logged).toEqual([]);
  second.session.close();
  rmSync(folder, { recursive: true, force: true });
});
