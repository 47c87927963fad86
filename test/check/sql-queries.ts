// Random queries over a small schema, as text, for property tests: joins of all kinds, conditions, groups, windows, subqueries, set operations, CTEs.
import fc from "fast-check";

/** The schema that the queries speak of. */
export const QUERY_SCHEMA: readonly string[] = [
  "CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, m INTEGER, s TEXT NOT NULL, u TEXT UNIQUE, f REAL NOT NULL)",
  "CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a (id), n INTEGER NOT NULL, y INTEGER, t TEXT)",
  "CREATE TABLE c (k TEXT PRIMARY KEY, n INTEGER NOT NULL, z INTEGER) WITHOUT ROWID",
  "CREATE VIEW v AS SELECT a.id, a.m, b.y, count(*) AS cnt FROM a LEFT JOIN b ON b.a_id = a.id GROUP BY a.id",
];

const TABLES: Readonly<Record<string, { readonly numbers: readonly string[]; readonly texts: readonly string[] }>> = {
  a: { numbers: ["id", "n", "m", "f"], texts: ["s", "u"] },
  b: { numbers: ["id", "a_id", "n", "y"], texts: ["t"] },
  c: { numbers: ["n", "z"], texts: ["k"] },
  v: { numbers: ["id", "m", "y", "cnt"], texts: [] },
};

/** Random rows for the tables; tables may be empty. */
export const rowStatements: fc.Arbitrary<readonly string[]> = fc
  .record({
    a: fc.array(
      fc.record({
        n: fc.integer({ min: -2, max: 3 }),
        m: fc.option(fc.integer({ min: -2, max: 3 })),
        s: fc.constantFrom("", "x", "yy", "3"),
        u: fc.option(fc.nat(50)),
        f: fc.constantFrom(0, 1.5, -2.25),
      }),
      { maxLength: 4 },
    ),
    b: fc.array(
      fc.record({
        a: fc.option(fc.integer({ min: 1, max: 4 })),
        n: fc.integer({ min: -1, max: 3 }),
        y: fc.option(fc.integer({ min: 0, max: 3 })),
        t: fc.option(fc.constantFrom("x", "3", "")),
      }),
      { maxLength: 4 },
    ),
    c: fc.uniqueArray(
      fc.record({
        k: fc.constantFrom("x", "yy", "3"),
        n: fc.integer({ min: 0, max: 3 }),
        z: fc.option(fc.integer({ min: 0, max: 3 })),
      }),
      { maxLength: 3, selector: (row) => row.k },
    ),
  })
  .map(({ a, b, c }) => [
    ...a.map(
      (row) =>
        `INSERT OR IGNORE INTO a (n, m, s, u, f) VALUES (${row.n}, ${row.m ?? "NULL"}, '${row.s}', ${row.u === null ? "NULL" : `'${row.u}'`}, ${row.f})`,
    ),
    ...b.map(
      (row) =>
        `INSERT INTO b (a_id, n, y, t) VALUES (${row.a ?? "NULL"}, ${row.n}, ${row.y ?? "NULL"}, ${row.t === null ? "NULL" : `'${row.t}'`})`,
    ),
    ...c.map((row) => `INSERT INTO c VALUES ('${row.k}', ${row.n}, ${row.z ?? "NULL"})`),
  ]);

interface Visible {
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
}

interface Choice {
  readonly pick: <T>(values: readonly T[]) => T;
  readonly chance: (percent: number) => boolean;
  readonly below: (max: number) => number;
}

function made(make: (choice: Choice) => string): fc.Arbitrary<string> {
  return fc.infiniteStream(fc.nat(1_000_000)).map((stream) => {
    const next = (): number => stream.next().value ?? 0;
    return make({
      below: (max) => next() % max,
      pick: (values) => values[next() % values.length] as (typeof values)[number],
      chance: (percent) => next() % 100 < percent,
    });
  });
}

/** A random query as text. */
export const queryText: fc.Arbitrary<string> = made((choice) => query(choice, 2, { numbers: [], texts: [] }));

/** A random INSERT, UPDATE or DELETE as text; it may violate a constraint. */
export const writeText: fc.Arbitrary<string> = made(write);

function write(c: Choice): string {
  const own: Visible = { numbers: ["n", "m", "id"], texts: ["s", "u"] };
  const returning = c.chance(30) ? ` RETURNING ${c.pick(["*", "id, n + 1", "upper(s), m"])}` : "";
  const value = (): string => c.pick(["1", "2", "0", "NULL", "-3"]);
  const set = (): string =>
    c.pick([
      "n = n + 1",
      "n = coalesce(m, id)",
      `n = length(${text(c, 0, own)} || 'x')`,
      `m = ${c.pick(["NULL", "n - 1", "nullif(m, n)", "m % 2", `CASE WHEN ${condition(c, 1, own)} THEN id END`])}`,
      `s = ${text(c, 1, own)}`,
      `u = ${text(c, 1, own)}`,
      `(n, m) = (id, ${value()})`,
      "f = n / 2 + 0.5",
      "m = (SELECT max(y) FROM b WHERE b.a_id = a.id)",
    ]);
  switch (c.below(9)) {
    case 0:
      return `INSERT INTO a (n, m, s, u, f) VALUES (${value()}, ${value()}, 'q', ${c.pick(["'7'", "'8'", "NULL", "'x'"])}, ${c.pick(["1.5", "2"])})${returning}`;
    case 1:
      return `INSERT INTO a (n, s, f, u) SELECT n, k, n * 1.0, ${c.pick(["k", "NULL", "z"])} FROM c${c.chance(50) ? " WHERE z IS NOT NULL" : ""}${returning}`;
    case 2:
      return `INSERT INTO a (n, m, s, u, f) VALUES (1, 2, 'w', ${c.pick(["'7'", "'x'", "'3'"])}, 0.5) ON CONFLICT (u) DO ${c.chance(50) ? "NOTHING" : "UPDATE SET m = excluded.m + a.n, s = excluded.s || a.s"}${returning}`;
    case 3:
      return `INSERT OR ${c.pick(["REPLACE", "IGNORE"])} INTO c (k, n, z) VALUES (${c.pick(["'x'", "'yy'", "'new'"])}, ${value()}, ${value()})`;
    case 4:
      return `UPDATE a SET ${set()}${c.chance(40) ? `, ${set()}` : ""}${c.chance(70) ? ` WHERE ${condition(c, 1, own)}` : ""}${returning}`;
    case 5:
      return `UPDATE b SET y = a.m FROM a WHERE a.id = b.a_id AND ${condition(c, 0, { numbers: ["a.n", "b.n", "a.m"], texts: ["a.s"] })}`;
    case 6:
      return `DELETE FROM a WHERE ${condition(c, 1, own)}${returning}`;
    case 7:
      return `DELETE FROM b WHERE a_id NOT IN (SELECT id FROM a) OR y = ${value()}`;
    default:
      return `WITH picked AS (SELECT id FROM a WHERE ${condition(c, 0, own)}) UPDATE b SET n = n + 1 WHERE a_id IN picked`;
  }
}

function query(c: Choice, depth: number, outer: Visible): string {
  const shape = c.below(12);
  if (shape === 0 && depth > 0)
    return `${core(c, depth - 1, outer, 2, false)} ${c.pick(["UNION", "UNION ALL", "INTERSECT", "EXCEPT"])} ${core(c, depth - 1, outer, 2, false)}`;
  if (shape === 1 && depth > 0)
    return `WITH w(p, q) AS (${core(c, depth - 1, { numbers: [], texts: [] }, 2, false)}) SELECT p, q, w.p + 1 FROM w ${c.chance(50) ? "LEFT JOIN a ON a.n = w.p" : ""} ${c.chance(50) ? "WHERE q IS NOT NULL" : ""}`;
  if (shape === 2 && depth > 0)
    return `WITH RECURSIVE r(p, q) AS (SELECT ${c.pick(["1", "n", "m"])}, ${c.pick(["NULL", "0", "m"])} FROM a UNION SELECT p + 1, ${c.pick(["q", "p", "NULL", "coalesce(q, 1)"])} FROM r WHERE p < 4) SELECT * FROM r`;
  if (shape === 3) return c.chance(30) ? joinedByKey(c) : joinedByName(c);
  return core(c, depth, outer, 1 + c.below(4), true);
}

/** Joins by USING and NATURAL, whose columns are merged. */
function joinedByName(c: Choice): string {
  const kind = (): string => c.pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
  const own: Visible = { numbers: ["n", "p.m", "q.y", "p.n", "q.n", "p.id"], texts: ["p.s", "q.t"] };
  const third = c.chance(40) ? ` ${kind()} c AS r USING (n)` : "";
  const where = c.chance(50) ? ` WHERE ${condition(c, 1, own)}` : "";
  const columns = c.pick([
    "*",
    "n, p.m, q.y",
    "n + 1, p.n, q.n",
    "p.*, n",
    "count(*), max(n)",
    `n, ${number(c, 1, own)}`,
  ]);
  if (third === "" && c.chance(20))
    return `SELECT ${c.pick(["*", "k, n, z", "n"])} FROM c NATURAL ${kind()} (SELECT n, k FROM c WHERE n > ${c.below(3)}) AS d`;
  return `SELECT ${columns} FROM a AS p ${kind()} b AS q USING (n)${third}${where}`;
}

/** Joins of sources with few rows, some by a key: how many rows they give depends on which side may miss its row. */
function joinedByKey(c: Choice): string {
  const kind = (): string => c.pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
  const source = (table: string, alias: string): string =>
    c.pick([`${table} AS ${alias}`, `(SELECT max(id) AS id, count(*) AS n FROM ${table}) AS ${alias}`]);
  const on = (left: string, right: string): string =>
    c.pick([" USING (id)", " USING (n)", ` ON ${left}.id = ${right}.id`, ` ON ${right}.id = 1`]);
  const third = c.pick(["", "", ` CROSS JOIN ${source("b", "r")}`, ` ${kind()} ${source("a", "r")}${on("q", "r")}`]);
  const where = c.pick(["", " WHERE p.id = 1", " WHERE q.id = 1", " WHERE p.n = 0 AND q.id = 2", " WHERE p.id IS 1"]);
  const first = `${source("a", "p")} ${kind()} ${source("b", "q")}${on("p", "q")}`;
  return `SELECT ${c.pick(["*", "p.id, q.n", "q.id"])} FROM ${first}${third}${where}`;
}

function core(c: Choice, depth: number, outer: Visible, width: number, tail: boolean): string {
  const aliases: string[] = [];
  const own: { numbers: string[]; texts: string[] } = { numbers: [], texts: [] };
  const from = fromClause(c, depth, aliases, own, outer);
  const all: Visible = {
    numbers: [...own.numbers, ...own.numbers, ...outer.numbers],
    texts: [...own.texts, ...outer.texts],
  };
  const where = c.chance(50) ? ` WHERE ${condition(c, depth, all)}` : "";
  const mode = c.below(5);
  if (mode === 0) {
    const columns = Array.from({ length: width }, () => (c.chance(70) ? aggregate(c, depth, all) : number(c, 1, all)));
    return `SELECT ${columns.join(", ")}${from}${where}${c.chance(15) ? ` HAVING ${aggregate(c, 0, all)} IS NOT NULL` : ""}`;
  }
  if (mode === 1 && own.numbers.length > 0) {
    const key = c.pick(own.numbers);
    const columns = Array.from({ length: width }, () =>
      c.chance(60) ? aggregate(c, depth, all) : c.chance(50) ? key : number(c, 1, all),
    );
    return `SELECT ${columns.join(", ")}${from}${where} GROUP BY ${key}`;
  }
  const star = width > 2 && from !== "" && tail && c.chance(20);
  const columns = star
    ? ["*"]
    : Array.from({ length: width }, () =>
        c.chance(20) && from !== "" ? windowed(c, all) : c.chance(70) ? number(c, depth, all) : text(c, depth, all),
      );
  const limit = tail && c.chance(15) ? ` LIMIT ${c.below(3)}` : "";
  return `SELECT ${c.chance(10) ? "DISTINCT " : ""}${columns.join(", ")}${from}${where}${limit}`;
}

function fromClause(
  c: Choice,
  depth: number,
  aliases: string[],
  own: { numbers: string[]; texts: string[] },
  outer: Visible,
): string {
  if (c.chance(8)) return "";
  const add = (): string => {
    const alias = `t${depth}${aliases.length}${outer.numbers.length}`;
    aliases.push(alias);
    if (depth > 0 && c.chance(15)) {
      own.numbers.push(`${alias}.p`);
      return `(SELECT n AS p, ${c.pick(["m", "count(*)", "max(m)", "id"])} AS q FROM a${c.chance(30) ? " GROUP BY n" : ""}) AS ${alias}`;
    }
    const table = c.pick(Object.keys(TABLES));
    own.numbers.push(...(TABLES[table]?.numbers ?? []).map((column) => `${alias}.${column}`));
    own.texts.push(...(TABLES[table]?.texts ?? []).map((column) => `${alias}.${column}`));
    return `${table} AS ${alias}`;
  };
  let sql = ` FROM ${add()}`;
  for (let joins = c.below(3); joins > 0; joins -= 1) {
    const kind = c.pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", ","]);
    const before = own.numbers.length;
    sql += ` ${kind} ${add()}`;
    if (kind === "CROSS JOIN" || kind === ",") continue;
    const left = c.pick(own.numbers.slice(0, before));
    const right = c.pick(own.numbers.slice(before));
    sql += ` ON ${left} = ${right}${c.chance(25) ? ` AND ${condition(c, 0, own)}` : ""}`;
  }
  return sql;
}

function number(c: Choice, depth: number, all: Visible): string {
  if (all.numbers.length === 0) return c.pick(["1", "2", "NULL", "-1"]);
  if (depth <= 0 || c.chance(35)) return c.chance(80) ? c.pick(all.numbers) : c.pick(["0", "1", "2.5", "NULL"]);
  const inner = (): string => number(c, depth - 1, all);
  switch (c.below(14)) {
    case 0:
      return `(${inner()} ${c.pick(["+", "-", "*", "/", "%"])} ${inner()})`;
    case 1:
      return `coalesce(${inner()}, ${inner()})`;
    case 2:
      return `ifnull(${inner()}, 0)`;
    case 3:
      return `nullif(${inner()}, ${inner()})`;
    case 4:
      return `CASE WHEN ${condition(c, depth - 1, all)} THEN ${inner()} ${c.chance(60) ? `ELSE ${inner()} ` : ""}END`;
    case 5:
      return `CASE ${inner()} WHEN 1 THEN ${inner()} WHEN ${inner()} THEN 0 ELSE ${inner()} END`;
    case 6:
      return `(${query(c, depth - 1, all).replace(
        /^SELECT (DISTINCT )?.*?( FROM| WHERE|$)/s,
        (whole, _distinct: string, rest: string) =>
          whole.includes("(SELECT") || !whole.startsWith("SELECT")
            ? "SELECT 1 " + rest
            : `SELECT ${c.pick(["count(*)", "1", "max(1)", "NULL"])}${rest}`,
      )})`;
    case 7:
      return `(SELECT ${c.pick(["count(*)", "max(n)", "n", "sum(m)", "total(m)", "m"])} FROM a${c.chance(40) ? ` WHERE a.id = ${inner()}` : ""}${c.chance(30) ? " LIMIT 1" : ""})`;
    case 8:
      return `${c.pick(["abs", "round", "sign", "floor", "length", "unicode", "sqrt", "typeof", "hex", "quote", "json_quote", "json_array", "total_changes() + abs"])}(${inner()})`;
    case 9:
      return `${c.pick(["max", "min"])}(${inner()}, ${inner()})`;
    case 10:
      return `iif(${condition(c, depth - 1, all)}, ${inner()}, ${inner()})`;
    case 11:
      return `-${inner()}`;
    case 12:
      return `CAST(${inner()} AS ${c.pick(["TEXT", "INTEGER", "REAL"])})`;
    default:
      return `(${condition(c, depth - 1, all)})`;
  }
}

function text(c: Choice, depth: number, all: Visible): string {
  if (all.texts.length === 0) return "'x'";
  if (depth <= 0 || c.chance(40)) return c.pick(all.texts);
  const inner = (): string => text(c, depth - 1, all);
  switch (c.below(9)) {
    case 0:
      return `${inner()} || ${inner()}`;
    case 1:
      return `upper(${inner()})`;
    case 2:
      return `substr(${inner()}, 1, ${c.below(3)})`;
    case 3:
      return `replace(${inner()}, 'x', ${inner()})`;
    case 4:
      return `trim(${inner()})`;
    case 5:
      return `coalesce(${inner()}, 'none')`;
    case 6:
      return `date(${inner()})`;
    case 7:
      return `concat(${inner()}, ${inner()})`;
    default:
      return `printf('%s', ${inner()})`;
  }
}

function condition(c: Choice, depth: number, all: Visible): string {
  const one = (): string => number(c, Math.min(depth, 1), all);
  const deeper = (): string => (depth > 0 ? condition(c, depth - 1, all) : `${one()} = ${one()}`);
  switch (c.below(16)) {
    case 0:
      return `${one()} IS NOT NULL`;
    case 1:
      return `${one()} IS NULL`;
    case 2:
      return `(${deeper()} AND ${deeper()})`;
    case 3:
      return `(${deeper()} OR ${deeper()})`;
    case 4:
      return `NOT (${deeper()})`;
    case 5:
      return `${one()} ${c.chance(50) ? "NOT " : ""}IN (${c.chance(20) ? "" : `${one()}, 1`})`;
    case 6:
      return `${one()} ${c.chance(50) ? "NOT " : ""}IN (SELECT ${c.pick(["n", "m", "id"])} FROM a WHERE n > ${c.below(3)})`;
    case 7:
      return `${one()} ${c.chance(50) ? "NOT " : ""}BETWEEN ${one()} AND ${one()}`;
    case 8:
      return `EXISTS (SELECT 1 FROM b WHERE b.n = ${one()})`;
    case 9:
      return `${one()} IS ${c.chance(50) ? "NOT " : ""}${one()}`;
    case 10:
      return `${text(c, 0, all)} ${c.chance(40) ? "NOT " : ""}LIKE ${text(c, 0, all)}`;
    case 11:
      return `${one()} IS NOT DISTINCT FROM ${one()}`;
    case 12:
      return one();
    default:
      return `${one()} ${c.pick(["=", "<", ">=", "<>"])} ${one()}`;
  }
}

function aggregate(c: Choice, depth: number, all: Visible): string {
  const argument = number(c, Math.min(depth, 1), all);
  const filter = c.chance(15) ? ` FILTER (WHERE ${condition(c, 0, all)})` : "";
  return c.pick([
    `count(*)${filter}`,
    `count(${argument})`,
    `sum(${argument})${filter}`,
    `total(${argument})${filter}`,
    `avg(${argument})`,
    `max(${argument})${filter}`,
    `min(${argument})`,
    `group_concat(${argument})`,
    `json_group_array(${argument})`,
    `coalesce(sum(${argument}), 0)`,
    `count(*) + sum(${argument})`,
  ]);
}

function windowed(c: Choice, all: Visible): string {
  const argument = number(c, 1, all);
  const order = all.numbers.length > 0 ? `ORDER BY ${c.pick(all.numbers)}` : "ORDER BY 1";
  const frame = c.pick([
    "",
    "",
    " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW",
    " ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING",
    " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW",
    " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING",
    " ROWS 1 PRECEDING",
    " GROUPS BETWEEN CURRENT ROW AND 1 FOLLOWING EXCLUDE TIES",
    " RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP",
  ]);
  const over = `OVER (${order}${frame})`;
  return c.pick([
    `row_number() OVER (${order})`,
    `rank() OVER (${order})`,
    `ntile(2) OVER (${order})`,
    `lag(${argument}) OVER (${order})`,
    `lag(${argument}, 1, 0) OVER (${order})`,
    `lead(${argument}, 2, ${argument}) OVER (${order})`,
    `sum(${argument}) ${over}`,
    `count(${argument}) ${over}`,
    `first_value(${argument}) ${over}`,
    `last_value(${argument}) ${over}`,
    `nth_value(${argument}, 2) ${over}`,
    `max(${argument}) ${over}`,
    `avg(${argument}) ${over}`,
  ]);
}
