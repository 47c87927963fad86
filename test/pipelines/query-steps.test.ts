// GR-95: steps that run query templates: what is checked when they are defined, what they do, and how they follow a template that changes or goes.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InternalError } from "../../base/failure.ts";
import { OWN_NAMESPACE } from "../../server/catalog/template-types.ts";
import { readTemplates } from "../../server/gateway/template-file.ts";
import { type RemovedTemplate, removeTemplate, storeTemplate } from "../../server/gateway/template-store.ts";
import { checkText } from "../check/support.ts";
import { NOON_MICROS, open, type TestSession } from "../server/support.ts";

let db: TestSession;
beforeEach(() => {
  db = open();
  db.run(`
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, total INTEGER NOT NULL, day DATE NOT NULL);
    INSERT INTO orders VALUES (1, 7, 10, '2026-01-01'), (2, 7, 20, '2026-01-02'), (3, 8, 30, '2026-01-03');
    CREATE TABLE seen (n INTEGER NOT NULL);
    procedure note (n int) { INSERT INTO seen VALUES (n) }`);
  load(TEMPLATES);
});
afterEach(() => db.session.close());

const place = (): Parameters<typeof storeTemplate>[1] => ({
  connection: db.session.connection,
  nowMicros: () => NOON_MICROS,
  elapsedMs: () => 0,
});

/** Stores templates; gives what is told. */
function load(text: string, namespace: string = OWN_NAMESPACE): readonly string[] {
  const { templates, faults } = readTemplates(text);
  if (faults.length > 0) throw new InternalError(JSON.stringify(faults));
  return templates.flatMap((template) => {
    const stored = storeTemplate(db.session, place(), template, namespace);
    if (stored.kind === "rejected") throw new InternalError(JSON.stringify(stored.problems));
    return stored.kind === "stored" ? stored.notices : [];
  });
}

const remove = (id: number, cascade = false): RemovedTemplate =>
  removeTemplate(db.session, place(), { id, namespace: OWN_NAMESPACE, cascade });

// A parameter has the name of a column; it means the parameter wherever it stands behind a colon.
const TEMPLATES = `
-- @query 57 orders_of_customer
-- @param customer INTEGER
SELECT id, total FROM orders WHERE customer = :customer ORDER BY id
-- @query 58 cheaper
-- @param BY INTEGER
-- @param SINCE DATE
-- @public
UPDATE orders SET total = total - :BY WHERE day >= :SINCE
-- @query 59 note ':no'
-- @param X INTEGER
-- @param LABEL STRING
INSERT INTO seen SELECT :X WHERE :LABEL <> ':X'; DELETE FROM seen WHERE n IS NULL
`;

const STEPS = "SELECT name, status, row_count, error, result FROM system.run_steps ORDER BY run_id, step_no";
const problems = (text: string): readonly string[] =>
  db.session.check({ name: "test.grz", text }).map(({ code, message }) => `${code} ${message}`);

describe("GR-95 steps with query templates", () => {
  test("run it by number or name, with results of other steps, in the order of the tables that it touches", () => {
    db.run(`upsert PIPELINE as nightly ( steps: [
      found(query: 57, params: {customer: 7}),
      note(args: {n: dear ?? 0}),
      dear(query: 'Cheaper', params: {by: 5, since: DATE '2026-01-02'}) ] )`);
    expect(db.run("SHOW PIPELINE nightly").map((line) => line.split("|").slice(0, 4).join("|"))).toEqual([
      "dear|query 58 cheaper||",
      "found|query 57 orders_of_customer|dear|dear writes orders",
      "note|note|dear|uses its result",
    ]);
    db.run("RUN PIPELINE nightly");
    expect(db.run(STEPS)).toEqual([
      'found|completed|2|null|[{"id":1,"total":10},{"id":2,"total":15}]',
      "note|completed|null|null|null",
      "dear|completed|2|null|2",
    ]);
    expect(db.run("SELECT n FROM seen")).toEqual(["2"]);
    expect(db.run("SELECT exe_kind FROM system.pipeline_steps WHERE name = 'dear'")).toEqual(["query"]);
    expect(db.run("LIST PROCEDURES").map((line) => line.split("|")[0])).toEqual(["note"]);
  });
  test("results become parameters; null is a value; several statements run in one transaction", () => {
    db.run(`
      procedure count_all () returns int { return (SELECT count(*) FROM orders) }
      upsert PIPELINE as nightly ( steps: [
        count_all,
        write(query: 59, params: {X: count_all, LABEL: 'a', }),
        none(query: 57, params: {customer: null}, after: write) ] )
      RUN PIPELINE nightly`);
    expect(db.run(STEPS)).toEqual([
      "count_all|completed|null|null|3",
      "write|completed|null|null|null",
      "none|completed|0|null|[]",
    ]);
    expect(db.run("SELECT n FROM seen")).toEqual(["3"]);
  });
  test("fields of the rows of a step become parameters; a step may be called found", () => {
    db.run(`upsert PIPELINE as nightly ( steps: [
        found(query: 57, params: {customer: 8}),
        next(query: 57, params: {customer: found[0].id + 4}),
        none(query: 57, params: {customer: found[0].id}, when: len(next) > 5) ] )
      RUN PIPELINE nightly`);
    expect(db.run(STEPS)).toEqual([
      'found|completed|1|null|[{"id":3,"total":30}]',
      'next|completed|2|null|[{"id":1,"total":10},{"id":2,"total":20}]',
      "none|skipped|null|its condition len(next) > 5 is false|null",
    ]);
  });
  test("what is wrong is told when it is defined", () => {
    const step = (keys: string): readonly string[] => problems(`upsert PIPELINE as n ( steps: [ a(${keys}) ] )`);
    expect(step("query: 57")).toEqual(["E3010 a needs a value for customer."]);
    expect(step("query: 57, params: {customer: 1, custmer: 7}")).toEqual(["E3011 a has no parameter named custmer."]);
    expect(step("query: 57, params: {customer: 'x'}")).toEqual(["E3001 Expected int?, found string."]);
    expect(step("query: 57, args: {customer: 7}")).toContain("E7070 Step a takes its values by params, found args.");
    expect(step("query: 58, params: {BY: 1, since: '2026-13-01'}")).toEqual([
      "E3001 Expected date, found '2026-13-01'.",
    ]);
    expect(step("query: 58, params: {BY: 1, since: '2026-12-01'}")).toEqual([]);
    expect(step("query: ''")).toEqual(["E7014 query must be the number or the name of a query template, found ''."]);
    expect(step("query: cheeper")).toEqual(["E7068 There is no query template cheeper."]);
    expect(step("query: 57, call: note, params: {customer: 7}")).toEqual([
      "E7067 Step a has both call and query; it runs one of them.",
    ]);
    expect(step("query: 5.5")).toEqual(["E7014 query must be the number or the name of a query template, found 5.5."]);
    expect(step("params: {n: 1}, call: note")).toContain("E7070 Step a takes its values by args, found params.");
    expect(
      problems(
        "upsert PIPELINE as n ( steps: [ a(query: 57, params: {customer: b}), b(query: 57, params: {customer: a}) ] )",
      ).map((line) => line.split(" ")[0]),
    ).toEqual(["E7040"]);
    // Without a database nothing is known of templates, in a strict check that is an error.
    const text = "upsert PIPELINE as n ( steps: [ a(query: 57, params: {x: 1}) ] )";
    expect(checkText(text).problems.map(({ code, severity }) => `${code} ${severity}`)).toEqual(["E7068 warning"]);
    expect(checkText(text, { strict: true }).problems.map(({ severity }) => severity)).toEqual(["error"]);
  });
  test("a name of several templates, and a template that does not fit any more, are refused", () => {
    load("-- @query 60 cheaper\nSELECT 1");
    expect(problems("upsert PIPELINE as n ( steps: [ a(query: cheaper) ] )")).toEqual([
      "E7069 Step a cannot run its query template: several templates are named cheaper.",
    ]);
    db.run("ALTER TABLE orders RENAME COLUMN total TO amount");
    expect(problems("upsert PIPELINE as n ( steps: [ a(query: 57, params: {customer: 7}) ] )")).toEqual([
      "E7069 Step a cannot run its query template: query 57 orders_of_customer does not fit: There is no column named total in orders, and no variable of that name.",
    ]);
  });
  test("one that is not there yet fails its step with what to do, until it is loaded", () => {
    db.run("upsert PIPELINE as nightly ( steps: [ a(query: 61, params: {N: 4}) ] ); RUN PIPELINE nightly");
    expect(db.run(STEPS)).toEqual([
      "a|failed|null|NoSuchObject: There is no query template 61; gobi queries load stores it for the pipeline.|null",
    ]);
    expect(db.run("SHOW PIPELINE nightly")[0]).toMatch(/^a\|query 61 \(not there\)\|/u);
    expect(load("-- @query 61 later\n-- @param N INTEGER\nINSERT INTO seen VALUES (:N)")).toEqual([]);
    db.setNow(NOON_MICROS + 1_000_000);
    db.run("RUN PIPELINE nightly FROM a");
    expect(db.run(STEPS)[1]).toBe("a|completed|1|null|1");
  });
  test("templates of another mount are none of this database", () => {
    load("-- @query 70 theirs\nSELECT 1", "b");
    expect(problems("upsert PIPELINE as n ( steps: [ a(query: theirs) ] )")).toEqual([
      "E7068 There is no query template theirs.",
    ]);
  });
});

describe("GR-97 pipelines and their templates", () => {
  const PIPELINE = "CREATE PIPELINE nightly ( steps: [ a(query: 57, params: {customer: 7}) ] )";
  const rerun = (second: number): string => {
    db.setNow(NOON_MICROS + second * 1_000_000);
    db.run("RUN PIPELINE nightly");
    return db.run(STEPS).at(-1) ?? "";
  };
  test("a template that changes is followed without a new version; one that no longer fits leaves what was there", () => {
    db.run(PIPELINE);
    const changed =
      "-- @query 57 orders_of_customer\n-- @param customer INTEGER\nSELECT count(*) AS n FROM orders WHERE customer = :customer";
    expect(load(changed)).toEqual([]);
    expect(rerun(1)).toBe('a|completed|1|null|[{"n":2}]');
    expect(db.run("LIST PIPELINES")[0]).toMatch(/^nightly\|1\|a\|/u);
    expect(
      load("-- @query 57 orders_of_customer\n-- @param WHOSE INTEGER\nSELECT id FROM orders WHERE customer = :WHOSE"),
    ).toEqual([
      "Pipeline nightly does not fit the database: a needs a value for WHOSE. (E3010) It goes on with the template as it was.",
    ]);
    expect(rerun(2)).toBe('a|completed|1|null|[{"n":2}]');
  });
  test("a template that is used is not removed, or its step cannot run", () => {
    db.run(PIPELINE);
    expect(remove(57)).toEqual({ kind: "used", pipelines: ["nightly"] });
    expect(remove(58)).toEqual({ kind: "removed", notices: [] });
    expect(remove(58)).toEqual({ kind: "missing" });
    expect(remove(57, true)).toEqual({
      kind: "removed",
      notices: [
        "Step a of pipeline nightly cannot run: There is no query template 57; gobi queries load stores it for the pipeline.",
      ],
    });
    expect(rerun(1)).toMatch(/^a\|failed\|null\|NoSuchObject: There is no query template 57/u);
    load(TEMPLATES);
    expect(rerun(2)).toMatch(/^a\|completed/u);
  });
  test("a template that gets another name is lost to those that used the old one", () => {
    db.run("CREATE PIPELINE nightly ( steps: [ a(query: 'cheaper', params: {BY: 1, SINCE: DATE '2026-01-01'}) ] )");
    expect(load("-- @query 58 dearer\nSELECT 1")).toEqual([
      "Step a of pipeline nightly cannot run: There is no query template cheaper; gobi queries load stores it for the pipeline.",
    ]);
  });
});
