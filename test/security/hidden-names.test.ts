// Errors tell nobody what he may not know: names of tables, columns, parameters and routines on which he has no right, beyond those that he has written himself.
import { expect, it } from "vitest";
import { type Person, town } from "./support.ts";

const SCRIPT = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INT);
CREATE TABLE secrets (id INTEGER PRIMARY KEY, word TEXT NOT NULL CHECK (word <> 'pass'), cipher TEXT UNIQUE);
INSERT INTO secrets VALUES (1, 'a', 'b');
CREATE VIEW riddles AS SELECT word FROM secrets;
CREATE TABLE mine (id INTEGER PRIMARY KEY, v INT);
CREATE TRIGGER native_one AFTER INSERT ON mine BEGIN INSERT INTO secrets (id, word) VALUES (NEW.id, 'zz'); END;
upsert procedure hush (swordfish int = 1) { print swordfish }
upsert function veiled (n int) returns int { return n }
upsert procedure fill (n int) security definer { INSERT INTO secrets (id, word, cipher) VALUES (n, 'a', 'b') }
upsert procedure check_it () security definer { INSERT INTO secrets (id, word) VALUES (9, 'pass') }
upsert SCHEDULE as hourly (sched: '0 * * * *', exe: 'procedure', call: 'check_it')
CREATE USER ann; CREATE USER ben;
GRANT CREATE ON DATABASE TO ann;
GRANT SELECT (id), INSERT ON TABLE mine TO ann; GRANT SELECT (id) ON orders TO ann;
GRANT EXECUTE ON PROCEDURE fill TO ann; GRANT EXECUTE ON PROCEDURE check_it TO ann;
`;

const HIDDEN = ["secrets", "word", "cipher", "riddles", "hush", "swordfish", "veiled", "hourly", "native_one"];

const TEXTS = [
  "SELECT wrod FROM secrets",
  "SELECT wrod FROM mine, secrets",
  "WITH c AS (SELECT wrod FROM secrets) SELECT * FROM c",
  "SELECT * FROM secrts",
  "FROM riddles SELECT wrod",
  "INSERT INTO secrets (id) VALUES (1)",
  "INSERT INTO secrets VALUES (1)",
  "INSERT INTO secrets (wrod) VALUES (1)",
  "UPDATE secrets SET wrod = 1",
  "DELETE FROM secrets WHERE wrod = 1",
  "UPSERT INTO secrets (id) VALUES (1) ON (wrod)",
  "CREATE INDEX i ON secrets (wrod)",
  "CREATE VIEW v AS SELECT wrod FROM secrets",
  "CREATE TABLE k (a INT REFERENCES secrets (wrod))",
  "CALL hus()",
  "CALL hush('x', 2)",
  "CALL hush(swrdfish: 1)",
  "let x = veild(1)",
  "print veiled()",
  "SELECT veiled('a', 2)",
  "let r: secrets = null; print r.wrod",
  "let r: secrets = {}",
  "procedure z (s secrets) { print s.wrod }; z(null)",
  "upsert procedure p () { let x = SELECT wrod FROM secrets; print x }",
  "upsert procedure p () { hush('a', 'b') }",
  "upsert SCHEDULE as s (sched: '0 * * * *', exe: 'procedure', call: 'hus')",
  "execute 'SELECT wrod FROM secrets'",
  "GRANT SELECT ON ALL TABLES TO ben",
  "GRANT EXECUTE ON ALL PROCEDURES TO ben",
  "INSERT INTO mine (id) VALUES (1)",
  "CALL fill(1)",
  "CALL fill(2)",
  "CALL check_it()",
  "try { fill(1) } catch (e) { print e.message; print e.table; print e.constraint; print e.column }",
];

/** All that a text says, printed lines included. */
function said({ session, run, notices }: Person, text: string): string {
  const before = notices.length;
  const outcome = session.executeStatement(text);
  const { problems } = outcome;
  const told = problems.map(({ message, help, fixes = [], related = [] }) =>
    [message, help, ...fixes.map(({ title }) => title), ...related.map(({ label }) => label)].join(" "),
  );
  return [outcome.kind === "failed" ? outcome.error.message : "", ...told, ...notices.slice(before), run(text)].join(
    "\n",
  );
}

it.each(TEXTS)("GR-120: %s tells no name that it does not hold", (text) => {
  const { owner, as } = town(SCRIPT);
  const told = said(as("ann"), text).toLowerCase();
  for (const name of HIDDEN)
    if (!new RegExp(`\\b${name}\\b`, "u").test(text)) expect(told).not.toMatch(new RegExp(`\\b${name}\\b`, "u"));
  expect(told).not.toBe("");
  // To who may do everything the names are a help.
  if (text === "SELECT wrod FROM secrets") expect(said(owner, text)).toContain("Did you mean word?");
});

it.each([
  "SELECT a FROM %",
  "SELECT * FROM %",
  "INSERT INTO % VALUES (1)",
  "UPDATE % SET a = 1",
  "DELETE FROM %",
  "DROP TABLE %",
  "ALTER TABLE % ADD COLUMN x INT",
  "EXPLAIN SELECT * FROM %",
  "execute 'DELETE FROM %'",
  "let t = '%'; let n = SELECT count(*) FROM {t}; print n",
  "GRANT SELECT ON % TO ann",
  "SHOW TABLE %",
  "DESCRIBE %",
])("GR-120: %s: a table that is not there and one that may not be seen look alike to who can make none", (text) => {
  const { as } = town(SCRIPT);
  const ben = as("ben");
  const hidden = ben.run(text.replace("%", "secrets"));
  expect(hidden).not.toBe("");
  expect(ben.run(text.replace("%", "absent"))).toBe(hidden.replaceAll("secrets", "absent"));
});

it("a temporary table that is not made yet, and mistakes of one's own, are told as ever", () => {
  const { as } = town(SCRIPT);
  const ben = as("ben");
  expect(ben.run("CREATE TEMP TABLE scratch (a INT); INSERT INTO scratch VALUES (1); SELECT a FROM scratch")).toContain(
    "1",
  );
  expect(ben.run("let t = 'scratch'; let n = SELECT count(*) FROM {t}; print n")).not.toMatch(/Denied/u);
  expect(ben.run("SELECT b FROM scratch")).toMatch(/^E5002 There is no column named b in scratch/u);
  expect(ben.run("let x: int = 'a'")).toMatch(/^E3001/u);
});
