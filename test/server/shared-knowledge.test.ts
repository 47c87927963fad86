// Sessions of one lane know the schema, the catalog and compiled texts together. What each of them sees must be what it would see alone:
// changes of others at once (GR-112), nothing of what is not committed, nothing of what is private (GR-115), no stale plan (GR-113).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cell } from "../../base/value/column.ts";
import { SharedKnowledge } from "../../server/programs/knowledge.ts";
import type { Session } from "../../server/session-types.ts";
import type { ConnectOptions } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { testSession } from "../session.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gobi-shared-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What a text gave, in short. */
function run(session: Session, text: string): string {
  const lines: string[] = [];
  const outcome = session.executeStatement(text, {
    onResult: ({ result }) => {
      if (result.kind !== "table") return;
      const { columns, length } = result.table;
      for (let row = 0; row < length; row += 1)
        lines.push(columns.map((column) => String(cell(column, row))).join(","));
    },
  });
  if (outcome.kind === "rejected") return `rejected ${outcome.problems.map(({ code }) => code).join(" ")}`;
  if (outcome.kind === "failed") return `failed ${outcome.error.code}`;
  return lines.join(" ");
}

/** Sessions on one file; `together`: they know together. */
function sessionsOn(file: string, count: number, together: boolean): readonly Session[] {
  const shared = together ? new SharedKnowledge() : undefined;
  return Array.from(
    { length: count },
    (_, index) => testSession({ database: file, keptOpen: true, busyTimeoutMs: 0, seed: index + 1, shared }).session,
  );
}

function world(setup: string, count = 2): readonly Session[] {
  const sessions = sessionsOn(join(folder, "together.db"), count, true);
  const [first] = sessions;
  if (first !== undefined) expect(run(first, `PRAGMA journal_mode = WAL; ${setup}`)).not.toMatch(/failed|rejected/u);
  return sessions;
}

describe("sessions that know together", () => {
  it("read the schema and compile a text once", () => {
    const file = join(folder, "once.db");
    let introspections = 0;
    const counting = {
      ...sqliteEngine,
      connect: (options: ConnectOptions) => {
        const connection = sqliteEngine.connect(options);
        const introspect = connection.introspect.bind(connection);
        connection.introspect = () => {
          introspections += 1;
          return introspect();
        };
        return connection;
      },
    };
    const shared = new SharedKnowledge();
    const open = (): Session => testSession({ engine: counting, database: file, keptOpen: true, shared }).session;
    const first = open();
    run(
      first,
      "CREATE TABLE t (n int NOT NULL); INSERT INTO t VALUES (7); upsert function twice (v int) returns int { return v * 2; }",
    );
    const text = "SELECT n, twice(n) AS d FROM t";
    expect(run(first, text)).toBe("7,14");
    introspections = 0;
    const others = Array.from({ length: 5 }, open);
    expect(others.map((session) => run(session, text))).toEqual(Array.from({ length: 5 }, () => "7,14"));
    expect(introspections).toBe(0);
    const problems = others.map((session) => session.analyze({ name: "a.grz", text: "SELECT nn FROM t" }).problems);
    expect(problems.every(([problem]) => problem?.code === "E5002")).toBe(true);
    for (const session of [first, ...others]) session.close();
  });

  it("see at once what another has changed, in texts that they have run before (GR-112)", () => {
    const [a, b] = world(
      "CREATE TABLE t (n int); INSERT INTO t VALUES (1); upsert function f () returns int { return 1; }",
    );
    if (a === undefined || b === undefined) throw new TypeError("two sessions");
    expect([run(a, "SELECT * FROM t"), run(b, "SELECT * FROM t")]).toEqual(["1", "1"]);
    run(a, "ALTER TABLE t ADD COLUMN m int DEFAULT 5");
    expect([run(b, "SELECT * FROM t"), run(a, "SELECT * FROM t")]).toEqual(["1,5", "1,5"]);
    expect([run(a, "SELECT f() AS v"), run(b, "SELECT f() AS v")]).toEqual(["1", "1"]);
    run(b, "upsert function f () returns int { return 2; }");
    expect([run(a, "SELECT f() AS v"), run(b, "SELECT f() AS v")]).toEqual(["2", "2"]);
    // By somebody who shares nothing.
    const [stranger] = sessionsOn(join(folder, "together.db"), 1, false);
    run(stranger as Session, "upsert function f () returns int { return 3; }; DROP TABLE t; CREATE TABLE t (x string)");
    expect([run(a, "SELECT f() AS v"), run(b, "SELECT n FROM t")]).toEqual(["3", "rejected E5002"]);
    for (const session of [a, b, stranger]) session?.close();
  });

  it.each([true, false])(
    "see after a transaction what was committed while it was open (GR-112), together: %s",
    (together) => {
      const [a, b] = sessionsOn(join(folder, "transaction.db"), 2, together);
      if (a === undefined || b === undefined) throw new TypeError("two sessions");
      run(a, "PRAGMA journal_mode = WAL; CREATE TABLE t (n int); upsert function f () returns int { return 1; }");
      expect(run(b, "BEGIN; SELECT f() AS v")).toBe("1");
      run(a, "upsert function f () returns int { return 2; }");
      expect(run(b, "SELECT f() AS v")).toBe("1");
      run(b, "COMMIT");
      expect(run(b, "SELECT f() AS v")).toBe("2");
      for (const session of [a, b]) session.close();
    },
  );

  it("learn nothing of what another has not committed, also when its schema version comes again", () => {
    const [a, b] = world("CREATE TABLE t (n int)");
    if (a === undefined || b === undefined) throw new TypeError("two sessions");
    expect(run(a, "BEGIN; CREATE TABLE x (mine int); SELECT mine FROM x")).toBe("");
    expect(run(b, "SELECT mine FROM x")).toBe("failed NoSuchTable");
    run(a, "ROLLBACK");
    run(b, "CREATE TABLE x (other int)");
    expect([run(a, "SELECT other FROM x"), run(b, "SELECT other FROM x")]).toEqual(["", ""]);
    expect([run(a, "SELECT mine FROM x"), run(b, "SELECT mine FROM x")]).toEqual(["rejected E5002", "rejected E5002"]);
    for (const session of [a, b]) session.close();
  });

  it("keep temporary tables and variables to themselves (GR-115)", () => {
    const [a, b] = world("CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
    if (a === undefined || b === undefined) throw new TypeError("two sessions");
    expect([run(a, "SELECT * FROM t"), run(b, "SELECT * FROM t")]).toEqual(["1", "1"]);
    run(a, "CREATE TEMP TABLE t (own string); INSERT INTO t VALUES ('a')");
    expect([run(a, "SELECT * FROM t"), run(b, "SELECT * FROM t")]).toEqual(["a", "1"]);
    run(a, "let v = 1");
    run(b, "let v = 2");
    expect([run(a, "SELECT :v AS w"), run(b, "SELECT :v AS w"), run(a, "SELECT :v AS w")]).toEqual(["1", "2", "1"]);
    run(a, "DROP TABLE temp.t");
    expect(run(a, "SELECT * FROM t")).toBe("1");
    for (const session of [a, b]) session.close();
  });
});

/** Numbers that only depend on the seed (xorshift). */
function random(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const TEXTS: readonly ((next: (below: number) => number) => string)[] = [
  (next) => `CREATE TABLE t${next(2)} (a int, b${next(3)} string)`,
  (next) => `DROP TABLE t${next(2)}`,
  (next) => `ALTER TABLE t${next(2)} ADD COLUMN c${next(3)} int DEFAULT ${next(9)}`,
  (next) => `CREATE TEMP TABLE t${next(2)} (own int)`,
  (next) => `DROP TABLE temp.t${next(2)}`,
  (next) => `INSERT INTO t${next(2)} (a) VALUES (${next(9)})`,
  (next) => `SELECT * FROM t${next(2)} ORDER BY 1`,
  (next) => `SELECT * FROM t${next(2)} ORDER BY 1`,
  (next) => `SELECT b${next(3)} FROM t${next(2)}`,
  (next) => `SELECT f${next(2)}(1) AS v`,
  (next) => `SELECT f${next(2)}(1) AS v`,
  (next) => `upsert function f${next(2)} (v int) returns int { return v + ${next(4)}; }`,
  (next) =>
    `upsert function f${next(2)} (v int) returns int { return v + coalesce((SELECT max(a) FROM t${next(2)}), 0); }`,
  (next) => `DROP FUNCTION f${next(2)}`,
  // With a look at the database, so that both begin to see the same state at the same time.
  () => "BEGIN; SELECT count(*) > 99 AS many FROM sqlite_schema",
  () => "BEGIN IMMEDIATE",
  () => "COMMIT",
  () => "ROLLBACK",
  () => "SELECT count(*) AS n FROM system.functions",
];

/** More of them: GOBI_TEST_SEEDS=200. */
const SEEDS = Number(process.env["GOBI_TEST_SEEDS"] ?? 5);

describe("whatever sessions do", () => {
  it("each sees what it would see without the others' knowledge", () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const next = random(seed);
      const together = sessionsOn(join(folder, `together-${seed}.db`), 3, true);
      const alone = sessionsOn(join(folder, `alone-${seed}.db`), 3, false);
      for (const session of [...together, ...alone])
        run(session, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
      const told: string[] = [];
      for (let step = 0; step < 60; step += 1) {
        const who = next(3);
        const text = TEXTS[next(TEXTS.length)]?.(next) ?? "";
        const [found, wanted] = [together, alone].map((sessions) => run(sessions[who] as Session, text));
        told.push(`${who} ${text} -> ${wanted}`);
        expect(found, `seed ${seed}\n${told.join("\n")}`).toBe(wanted);
      }
      for (const session of [...together, ...alone]) session.close();
    }
  });
});
