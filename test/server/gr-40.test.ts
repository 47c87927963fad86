// GR-40: `upsert procedure n as <{…}> (…) raises … returns … as async { … }` is stored; again = version 2 under the same id; `{…}` without `<>` is accepted.
import { describe, expect, it } from "vitest";
import { open } from "./support.ts";

const ETL = `upsert procedure daily_etl as
<{
    kind: 'INCREMENTAL_BY_TIME_RANGE',
    sched: ['daily_etl_schedule']
}>
(source_path string, target_table string)
raises ETLError
returns int
as async
{
    let latest_timestamp = SELECT MAX(updated_at) FROM target_table;
    let new_data = SELECT * FROM source_path
                   WHERE updated_at > latest_timestamp;
    INSERT INTO target_table SELECT * FROM new_data;
    return len(new_data);
}`;

const SUMMARY = `upsert procedure customer_summary as
<{
    kind: 'VIEW',
    sched: ['hourly_refresh']
}>
()
returns void
as sync
{
    CREATE OR REPLACE VIEW customer_summary AS
    SELECT
        region,
        COUNT(*) as customer_count,
        SUM(total_orders) as total_revenue
    FROM customers c
    JOIN orders o ON c.id = o.customer_id
    GROUP BY region;
}`;

describe("the procedure of document 001", () => {
  it("is stored, and runs on two tables named by its arguments", () => {
    const db = open();
    db.run("CREATE TABLE incoming (id int, updated_at timestamp); CREATE TABLE kept (id int, updated_at timestamp)");
    db.run(
      "INSERT INTO kept VALUES (1, '2026-01-01'); INSERT INTO incoming VALUES (1, '2026-01-01'), (2, '2026-01-02'), (3, '2026-01-03')",
    );
    expect(db.run(ETL)).toEqual(["procedure daily_etl stored as version 1"]);
    expect(db.notices.join("\n")).toContain("INCREMENTAL_BY_TIME_RANGE");
    expect(db.call("daily_etl", "incoming", "kept")).toBe("2");
    expect(db.run("SELECT count(*) FROM kept")).toEqual(["3"]);
    expect(db.run("CALL daily_etl('incoming', 'kept')")).toEqual(["0"]);
  });

  it("has version 2 and the same id when it is upserted with another text, and none for the same", () => {
    const db = open();
    db.run(ETL);
    const [id] = db.run("SELECT routine_id FROM system.routines");
    expect(db.run(ETL)).toEqual(["procedure daily_etl unchanged"]);
    expect(db.run(ETL.replace("len(new_data)", "len(new_data) + 0"))).toEqual([
      "procedure daily_etl stored as version 2",
    ]);
    expect(db.run("SELECT routine_id FROM system.routines")).toEqual([id]);
    expect(db.run("SELECT version FROM system.routine_versions ORDER BY version")).toEqual(["1", "2"]);
  });

  it("takes its metadata without <> too", () => {
    const db = open();
    db.run(ETL.replace("<{", "{").replace("}>", "}"));
    expect(db.run("SELECT model_config FROM system.procedures")[0]).toContain("daily_etl_schedule");
  });
});

describe("the customer summary", () => {
  it("creates its view when it is called", () => {
    const db = open();
    db.run("CREATE TABLE customers (id int, region text); CREATE TABLE orders (customer_id int, total_orders int)");
    db.run("INSERT INTO customers VALUES (1, 'north'), (2, 'south'); INSERT INTO orders VALUES (1, 5), (1, 7), (2, 1)");
    db.run(SUMMARY);
    db.call("customer_summary");
    expect(db.run("SELECT region, customer_count, total_revenue FROM customer_summary ORDER BY region")).toEqual([
      "north|2|12",
      "south|1|1",
    ]);
  });
});
