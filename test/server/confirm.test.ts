// What only the engine knows about a statement is reported at its place when the database has the tables.
import { expect, test } from "vitest";
import { testSession } from "../session.ts";

const SCHEMA =
  "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);\nCREATE INDEX users_email ON users (email);";

function codes(text: string, schema = SCHEMA): readonly string[] {
  const { session } = testSession();
  expect(session.execute({ name: "schema.grz", text: schema }).kind).toBe("completed");
  const problems = session.check({ name: "query.grz", text });
  session.close();
  return problems.map(
    (problem) => `${problem.code} ${text.slice(problem.span.start, problem.span.end)}: ${problem.message}`,
  );
}

test("a hint that names an unknown index", () => {
  const [found, ...others] = codes(
    "SELECT email FROM users INDEXED BY users_email WHERE email = 'a';\nSELECT email FROM users INDEXED BY nothing WHERE email = 'a';",
  );
  expect(others).toEqual([]);
  expect(found).toMatch(
    /^E5055 SELECT email FROM users INDEXED BY nothing WHERE email = 'a': SQLite refuses this statement: /,
  );
});

test("inside a routine, with variables bound", () => {
  const found = codes(
    "procedure find(address string) {\n    print (SELECT email FROM users INDEXED BY users_email WHERE email = address)\n    print (SELECT email FROM users INDEXED BY nothing WHERE email = address)\n}",
  );
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(/^E5055 SELECT email FROM users INDEXED BY nothing WHERE email = address: /);
});

const MANY = Array.from({ length: 2100 }, (_, column) => `id AS c${column}`).join(", ");

test.each([
  ["an unknown collation", "SELECT email FROM users ORDER BY email COLLATE klingon;"],
  ["more result columns than the engine has", `SELECT ${MANY} FROM users;`],
  ["a frame that needs one sort key", "SELECT sum(id) OVER (ORDER BY id, email RANGE 1 PRECEDING) AS s FROM users;"],
  ["DISTINCT over two arguments", "SELECT group_concat(DISTINCT email, ',') AS g FROM users;"],
  ["an index over a random value", "CREATE INDEX odd ON users (random());"],
  [
    "an aggregate in the recursive part",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT count(*) FROM n, users) SELECT i FROM n;",
  ],
])("%s", (_name, statement) => {
  const found = codes(`SELECT id FROM users;\n${statement}`);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain("SQLite refuses this statement: ");
  expect(found[0]?.startsWith(`E5055 ${statement.slice(0, -1)}`)).toBe(true);
});

test("wherever a query stands", () => {
  const query = "SELECT email FROM users ORDER BY email COLLATE klingon";
  for (const text of [
    `for row in ${query} { print row.email }`,
    `procedure p() { for row in ${query} { print row.email } }`,
    `procedure p() {\n    let c = cursor ${query};\n    close c\n}`,
    `procedure p() { if exists (${query}) { print 1 } }`,
    `function f() returns table<{email: string}> { return ${query} }`,
    `test "x" { for row in ${query} { print row.email } }`,
  ]) {
    const [found, ...others] = codes(text);
    expect(others).toEqual([]);
    expect(found).toBe(`E5055 ${query}: SQLite refuses this statement: No such collation sequence: klingon.`);
  }
});

test("views that the engine cannot use are refused where they are used", () => {
  const schema = `${SCHEMA}
    CREATE TABLE gone (y int);
    CREATE VIEW bad AS SELECT y FROM gone;
    CREATE VIEW worse AS SELECT y + 1 AS z FROM bad;
    CREATE VIEW good AS SELECT email FROM users;
    DROP TABLE gone;`;
  const reason = "SQLite refuses this statement: No such table: main.gone.";
  expect(codes("SELECT * FROM good;\nSELECT * FROM bad;", schema)).toEqual([`E5055 SELECT * FROM bad: ${reason}`]);
  expect(codes("procedure p() {\n    for r in SELECT z FROM worse { print r.z }\n}", schema)).toEqual([
    `E5055 SELECT z FROM worse: ${reason}`,
  ]);
  expect(codes("CREATE TABLE gone (y int);\nSELECT y FROM bad;", schema)).toEqual([]);
});

test("tables that the file makes itself are not asked about", () => {
  expect(
    codes(
      "CREATE TABLE pets (id INTEGER PRIMARY KEY, name TEXT);\nSELECT name FROM pets;\nSELECT users.email, pets.name FROM users JOIN pets ON pets.id = users.id;",
    ),
  ).toEqual([]);
});

test("nothing is run", () => {
  const { session } = testSession();
  session.execute({ name: "schema.grz", text: `${SCHEMA}\nINSERT INTO users (email) VALUES ('a');` });
  expect(session.check({ name: "query.grz", text: "DELETE FROM users;" })).toEqual([]);
  const rows: number[] = [];
  session.executeStatement("SELECT email FROM users", {
    onResult: ({ result }) => void rows.push(result.kind === "table" ? result.table.length : -1),
  });
  session.close();
  expect(rows).toEqual([1]);
});
