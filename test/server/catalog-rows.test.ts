// The catalog's tables: made with the first stored object, versions, dependencies, system views.
import { afterEach, beforeEach, expect, it } from "vitest";
import { SYSTEM_TABLES } from "../../base/system-tables.ts";
import type { SystemTableRow } from "../../base/system-tables/row.ts";
import { dependantsOf } from "../../server/catalog/dependants.ts";
import { pipelineSource } from "../../server/catalog/pipeline-texts.ts";
import {
  addVersion,
  deleteRoutine,
  findRoutines,
  listRoutines,
  storeRoutine,
  type NewRoutine,
  type RoutineFacts,
} from "../../server/catalog/routines.ts";
import {
  CATALOG_VERSION,
  catalogEpoch,
  catalogVersion,
  ensureCatalog,
  type CatalogPlace,
} from "../../server/catalog/schema.ts";
import { ensureSystemViews } from "../../server/catalog/system-views.ts";
import { occurrenceFunctions } from "../../server/scheduler/occurrences-function.ts";
import { readRows, textOf } from "../../server/sql/rows.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

const FACTS: RoutineFacts = {
  parameters: [{ name: "a", declared: null, inferred: "int", mode: "in", hasDefault: false }],
  returnType: "int",
  raises: [],
  mode: "sync",
  modelConfig: undefined,
  effectsJson: "{}",
  dependencies: [{ kind: "table", name: "main.users", access: "read", columns: ["id"] }],
  bytecode: undefined,
  bytecodeFormat: 1,
  compiledAgainst: "x",
  compilerVersion: "0",
  diagnostics: undefined,
};
const routine = (name: string, source: string, rest: Partial<NewRoutine> = {}): NewRoutine => ({
  kind: "procedure",
  name,
  receiver: "",
  verb: "upsert",
  ifNotExists: false,
  source,
  facts: FACTS,
  ...rest,
});

let place: CatalogPlace;
beforeEach(() => {
  const connection = sqliteEngine.connect({ target: ":memory:" });
  // What a session defines for system.columns, and for system.lanes and its kin.
  for (const [name, value] of [
    ["gobi_type_name", null],
    ["gobi_daemon_rows", "[]"],
  ] as const)
    connection.defineFunction({
      name,
      parameterCount: 1,
      deterministic: true,
      result: "string",
      parameters: ["string"],
      call: () => value,
    });
  for (const each of occurrenceFunctions(() => 1_700_000_000_000)) connection.defineFunction(each);
  place = { connection, nowMicros: () => 1_700_000_000_000_000, elapsedMs: () => 0 };
});
afterEach(() => place.connection.close());

it("has no tables before something is stored", () => {
  expect(catalogVersion(place.connection)).toBe(0);
  ensureCatalog(place);
  expect(catalogVersion(place.connection)).toBe(CATALOG_VERSION);
  ensureCatalog(place);
  expect(readRows(place.connection, "SELECT count(*) FROM gobi_schema_migrations")[0]?.[0]).toBe(CATALOG_VERSION);
});

it("brings a catalog of the first version up to date", () => {
  ensureCatalog(place);
  const newest = readRows(place.connection, "SELECT name FROM sqlite_schema ORDER BY name");
  for (const [name, row] of Object.entries<SystemTableRow>(SYSTEM_TABLES).reverse()) {
    if (row.source !== "stored") continue;
    if ((row.since ?? 1) > 1) place.connection.runText(`DROP TABLE gobi_${name}`, []);
    else
      for (const column of Object.keys(row.added ?? {}))
        place.connection.runText(`ALTER TABLE gobi_${name} DROP COLUMN ${column}`, []);
  }
  place.connection.runText("DELETE FROM gobi_schema_migrations WHERE version > 1", []);
  expect(catalogVersion(place.connection)).toBe(1);
  ensureCatalog(place);
  expect(readRows(place.connection, "SELECT name FROM sqlite_schema ORDER BY name")).toEqual(newest);
});

it("keeps the texts of pipelines that an older catalog has", () => {
  ensureCatalog(place);
  place.connection.runText("DROP TABLE gobi_pipeline_versions", []);
  place.connection.runText("DELETE FROM gobi_schema_migrations WHERE version > 5", []);
  place.connection.runText(
    "INSERT INTO gobi_pipelines (pipeline_id, name, current_version, enabled, created_at, modified_at, source) VALUES ('p', 'nightly', 3, 1, '2026-01-01T00:00:00.000000Z', '2026-01-02T00:00:00.000000Z', 'the text')",
    [],
  );
  expect(pipelineSource(place.connection, "p", 3)).toBeUndefined();
  ensureCatalog(place);
  expect(pipelineSource(place.connection, "p", 3)).toBe("the text");
  expect(pipelineSource(place.connection, "p", 2)).toBeUndefined();
});

it("gives every stored system table its columns", () => {
  ensureCatalog(place);
  for (const [name, row] of Object.entries(SYSTEM_TABLES)) {
    if (row.source !== "stored") continue;
    const columns = readRows(place.connection, `SELECT name FROM pragma_table_info('gobi_${name}')`).map((found) =>
      textOf(found[0]),
    );
    expect([...columns].sort()).toEqual(Object.keys(row.columns).sort());
  }
});

it("adds a version for another text and nothing for the same", () => {
  expect(storeRoutine(place, routine("p", "text 1")).kind).toBe("created");
  expect(storeRoutine(place, routine("P", "text 1;"))).toMatchObject({ kind: "unchanged", version: 1 });
  const epoch = catalogEpoch(place.connection);
  expect(storeRoutine(place, routine("p", "text 2"))).toMatchObject({ kind: "version", version: 2 });
  expect(catalogEpoch(place.connection)).toBe(epoch + 1);
  expect(findRoutines(place.connection, "p", 1)[0]?.source).toBe("text 1");
  const [current] = findRoutines(place.connection, "p");
  expect(current).toMatchObject({ version: 2, source: "text 2", parameters: FACTS.parameters });
});

it("refuses to create what exists, and a function named like a procedure", () => {
  storeRoutine(place, routine("p", "text 1", { verb: "create" }));
  expect(() => storeRoutine(place, routine("p", "text 2", { verb: "create" }))).toThrow(
    "Procedure p exists already (version 1).",
  );
  expect(() => storeRoutine(place, routine("p", "text 2", { kind: "function" }))).toThrow("p is a procedure already");
  expect(storeRoutine(place, routine("p", "text 2", { verb: "create", ifNotExists: true })).kind).toBe("exists");
});

it("keeps functions of one name apart by receiver", () => {
  storeRoutine(place, routine("f", "one", { kind: "function", receiver: "Person" }));
  storeRoutine(place, routine("f", "two", { kind: "function", receiver: "Order" }));
  expect(findRoutines(place.connection, "f").map((found) => found.receiver)).toEqual(["Order", "Person"]);
});

it("makes a new version of an old text", () => {
  const { routineId } = storeRoutine(place, routine("p", "text 1"));
  storeRoutine(place, routine("p", "text 2"));
  expect(addVersion(place, routineId, "text 1", FACTS).version).toBe(3);
  expect(findRoutines(place.connection, "p")[0]).toMatchObject({ version: 3, source: "text 1" });
});

it("knows who uses what, and forgets dropped routines", () => {
  const { routineId } = storeRoutine(place, routine("p", "text"));
  storeRoutine(
    place,
    routine("q", "calls p", {
      facts: { ...FACTS, dependencies: [{ kind: "routine", name: "p", access: "call", columns: undefined }] },
    }),
  );
  expect(dependantsOf(place.connection, "routine", "P").map((found) => found.name)).toEqual(["q"]);
  expect(dependantsOf(place.connection, "table", "main.users").map((found) => found.name)).toEqual(["p"]);
  deleteRoutine(place, routineId);
  expect(listRoutines(place.connection).map((found) => found.name)).toEqual(["q"]);
});

it("shows system tables as views that need no catalog, and follow it when it comes", () => {
  ensureSystemViews(place.connection, ["procedures", "tables", "columns", "runs"], undefined);
  expect(readRows(place.connection, 'SELECT * FROM temp."system.procedures"')).toEqual([]);
  expect(readRows(place.connection, 'SELECT * FROM temp."system.runs"')).toEqual([]);
  expect(catalogVersion(place.connection)).toBe(0);
  storeRoutine(place, routine("p", "text"));
  ensureSystemViews(place.connection, ["procedures", "tables"], undefined);
  expect(readRows(place.connection, 'SELECT name, body FROM temp."system.procedures"')).toEqual([["p", "text"]]);
  expect(
    readRows(place.connection, `SELECT name FROM temp."system.tables" WHERE name LIKE 'gobi%' OR name LIKE 'system%'`),
  ).toEqual([]);
});

it("gives every view the columns of its table", () => {
  for (const filled of [false, true]) {
    if (filled) ensureCatalog(place);
    ensureSystemViews(place.connection, Object.keys(SYSTEM_TABLES), undefined);
    for (const [name, row] of Object.entries(SYSTEM_TABLES)) {
      const columns = readRows(place.connection, `SELECT name FROM pragma_table_info('system.${name}')`).map((found) =>
        textOf(found[0]),
      );
      expect(columns, name).toEqual(Object.keys(row.columns));
    }
  }
});
