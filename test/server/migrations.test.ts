// IT-87: the catalog's migrations on a fresh, an up-to-date, a newer, a foreign and a broken database, and by several processes at once.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CATALOG_VERSION, ensureCatalog, type CatalogPlace } from "../../server/catalog/schema.ts";
import { readRows } from "../../server/sql/rows.ts";
import type { Connection } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

let folder: string;
let connection: Connection;

function placeOn(on: Connection): CatalogPlace {
  return { connection: on, nowMicros: () => 1_700_000_000_000_000, elapsedMs: () => 0 };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  connection = sqliteEngine.connect({ target: join(folder, "data.db") });
});
afterEach(() => {
  connection.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A second connection to the same file, which has compared nothing yet. */
function another(): Connection {
  return sqliteEngine.connect({ target: join(folder, "data.db") });
}

function refusal(): string {
  const on = another();
  try {
    ensureCatalog(placeOn(on));
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    on.close();
  }
}

it("is applied once, and found up to date afterwards", () => {
  ensureCatalog(placeOn(connection));
  ensureCatalog(placeOn(connection));
  expect(refusal()).toBe("");
  expect(readRows(connection, "SELECT version FROM gobi_schema_migrations").length).toBe(CATALOG_VERSION);
});

it("refuses a newer catalog, one with a gap, and one of another program", () => {
  ensureCatalog(placeOn(connection));
  connection.runText(
    "INSERT INTO gobi_schema_migrations SELECT 99, name, checksum, applied_at, 0, NULL FROM gobi_schema_migrations LIMIT 1",
    [],
  );
  expect(refusal()).toContain(`has version 99; this program knows versions up to ${CATALOG_VERSION}.`);
  connection.runText("DELETE FROM gobi_schema_migrations WHERE version <> 2", []);
  expect(refusal()).toBe("CatalogVersion: The catalog of this database lacks version 1 (first catalog).");
  connection.runText("UPDATE gobi_schema_migrations SET version = 1, name = 'other'", []);
  expect(refusal()).toMatch(
    /^CatalogVersion: Version 1 \(other\) of this database's catalog was made by another program/u,
  );
});

it("leaves nothing of a migration that fails", () => {
  connection.runText("CREATE TABLE gobi_leases (x)", []);
  connection.begin("immediate");
  expect(() => ensureCatalog(placeOn(connection))).toThrow(/gobi_leases/u);
  connection.rollback();
  expect(readRows(connection, "SELECT name FROM sqlite_schema")).toEqual([["gobi_leases"]]);
});

it("is applied once by five processes that come at the same time", async () => {
  const program = fileURLToPath(new URL("./programs/migrate.ts", import.meta.url));
  const codes = await Promise.all(
    Array.from({ length: 5 }, () => {
      const child = spawn(process.execPath, ["--import", "tsx", program, join(folder, "data.db")], {
        stdio: "inherit",
      });
      return new Promise<number | null>((resolve) => child.on("exit", resolve));
    }),
  );
  expect(codes).toEqual([0, 0, 0, 0, 0]);
  expect(
    readRows(connection, "SELECT version FROM gobi_schema_migrations ORDER BY version").map((row) => row[0]),
  ).toEqual(Array.from({ length: CATALOG_VERSION }, (_, index) => index + 1));
});
