// Ways around the rights that somebody with few of them would try. Each is refused, or gives nothing that he may not see.
import { expect, it } from "vitest";
import { town } from "./support.ts";

const SCRIPT = `
CREATE TABLE secrets (id INTEGER PRIMARY KEY, word TEXT);
INSERT INTO secrets VALUES (1, 'swordfish'), (2, 'opensesame');
CREATE INDEX by_word ON secrets (word);
ANALYZE;
CREATE TABLE drop_box (id INTEGER PRIMARY KEY, note TEXT);
CREATE TABLE pairs (id INTEGER PRIMARY KEY);
INSERT INTO pairs VALUES (1), (2);
CREATE VIRTUAL TABLE papers USING fts5(body);
INSERT INTO papers VALUES ('swordfish');
CREATE VIEW words AS SELECT word FROM secrets;
upsert function hidden (n int) returns int { return SELECT count(word) FROM secrets WHERE id = n }
upsert procedure people () returns int security definer { return SELECT count(*) FROM system.users }
upsert procedure any_table (t string) returns int security definer { let n = SELECT count(*) FROM {t}; return n }
type struct as Card (suit string)
CREATE USER ann; CREATE USER bob;
GRANT EXECUTE ON PROCEDURE people TO ann;
GRANT INSERT ON TABLE drop_box TO ann;
GRANT SELECT, UPDATE ON TABLE pairs TO ann;
`;

const TRIES = [
  "SELECT word FROM secrets",
  "SELECT * FROM words",
  "SELECT (SELECT word FROM secrets LIMIT 1)",
  "SELECT 1 WHERE EXISTS (SELECT 1 FROM secrets WHERE word LIKE 's%')",
  "WITH w AS MATERIALIZED (SELECT * FROM main.secrets) SELECT count(*) FROM w",
  "SELECT count(*) FROM `secrets`",
  "INSERT INTO drop_box SELECT id, word FROM secrets",
  "INSERT INTO drop_box (id, note) VALUES (1, (SELECT word FROM secrets LIMIT 1))",
  "INSERT INTO drop_box (id, note) VALUES (1, 'x') RETURNING note",
  "INSERT OR REPLACE INTO drop_box VALUES (1, 'x')",
  "INSERT INTO drop_box VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET note = 'y'",
  "UPDATE drop_box SET note = 'x' FROM secrets WHERE secrets.id = drop_box.id",
  "MERGE INTO drop_box USING secrets ON drop_box.id = secrets.id WHEN NOT MATCHED THEN INSERT (id, note) VALUES (secrets.id, secrets.word)",
  "let t = 'secrets'; let n = SELECT count(*) FROM {t}; print n",
  "execute 'SELECT word FROM secrets'",
  "let rows = execute 'SELECT password_hash FROM gobi_users'; print rows",
  "SELECT password_hash FROM gobi_users",
  "SELECT token_hash FROM main.gobi_api_tokens",
  "CALL people(); SELECT * FROM temp.`system.users`",
  "CALL people(); SELECT * FROM `system.users`",
  "SELECT * FROM system.api_tokens",
  "SELECT sample FROM sqlite_stat4",
  "SELECT stat FROM sqlite_stat1",
  "SELECT * FROM papers",
  "SELECT * FROM papers_content",
  "SELECT * FROM papers_data",
  "CREATE VIRTUAL TABLE mine USING fts5(word, content='secrets')",
  "CREATE TABLE mine AS SELECT * FROM secrets",
  "CREATE VIEW mine AS SELECT * FROM secrets",
  "CREATE TEMP TABLE mine AS SELECT * FROM secrets",
  "CREATE TEMP VIEW mine AS SELECT * FROM secrets; SELECT * FROM mine",
  "CREATE TEMP TRIGGER spy AFTER INSERT ON secrets BEGIN INSERT INTO drop_box VALUES (9, NEW.word); END",
  "print hidden(1)",
  "SELECT hidden(1) AS n",
  "let found = [1] |> map(hidden); print found",
  "let f = hidden; print f(1)",
  "let f = n => hidden(n); print f(1)",
  "async hidden(1)",
  "PROFILE CALL hidden(1)",
  "CALL any_table('secrets')",
  "test 'peek' { print hidden(1) }",
  "ATTACH ':memory:' AS other",
  "ATTACH Gobi AS g",
  "BACKUP DATABASE TO '/tmp/stolen.db'",
  "VACUUM INTO '/tmp/stolen.db'",
  "PRAGMA table_info(secrets)",
  "GRANT SELECT ON TABLE secrets TO ann",
  "GRANT admin TO ann",
  "ALTER USER bob PASSWORD 'i know this one'",
  "CREATE TOKEN t FOR bob",
  "REVOKE INSERT ON TABLE drop_box FROM ann",
  "DISABLE TRIGGERS FOR SESSION",
  "{ if false { CREATE TEMP TABLE secrets (id INT, word TEXT) } let w = SELECT word FROM secrets LIMIT 1; print w }",
  "CREATE TEMP TABLE secrets (id INT, word TEXT); upsert procedure peek () returns table<any> { return SELECT word FROM secrets }; DROP TABLE temp.secrets; CALL peek()",
  "upsert function len (s string) returns int { return 0 }",
  "upsert function sum_by (s string) returns int { return 0 }",
  "upsert function coalesce (a int, b int) returns int { return 0 }",
  "type struct as Card (suit int)",
  "DROP TYPE Card",
  "EXPLAIN SELECT word FROM secrets",
  "EXPLAIN QUERY PLAN SELECT word FROM secrets WHERE word = 'x'",
  "EXPLAIN BYTECODE CALL hidden(1)",
  "EXPLAIN TRIGGERS FOR INSERT INTO secrets VALUES (3, 'x')",
  // What the engine tells of schema and file.
  "SELECT sql FROM sqlite_schema",
  "SELECT sql FROM main.sqlite_master",
  "SELECT sql FROM temp.sqlite_schema",
  "let t = 'sqlite_schema'; SELECT * FROM {t}",
  "SELECT name FROM pragma_table_info('secrets')",
  "SELECT * FROM pragma_table_list",
  "SELECT * FROM pragma_foreign_key_check('secrets')",
  "SELECT count(*) FROM dbstat",
  "let t = 'dbstat'; SELECT count(*) FROM {t}",
  "SELECT fts3_tokenizer('simple')",
  "SELECT load_extension('./evil.so')",
  "SELECT gobi_daemon_rows('sessions')",
  "CREATE TEMP VIEW peek AS SELECT name FROM system.procedures",
  "SELECT * FROM temp.`system.procedures`",
  // A foreign key is a question about the rows of its parent, and keeps them from being deleted.
  "CREATE TABLE mine (id INT REFERENCES secrets (id))",
  "CREATE TABLE mine (a INT, FOREIGN KEY (a) REFERENCES secrets (id))",
  "CREATE TABLE mine (a INT); ALTER TABLE mine ADD COLUMN b INT REFERENCES secrets (id)",
  // A temporary table would stand for the other in triggers and definers.
  "CREATE TEMP TABLE secrets (id INT, word TEXT)",
  "CREATE TEMP VIEW secrets AS SELECT 1 AS id",
  "CREATE TABLE temp.secrets (id INT)",
  "CREATE TEMP TABLE harmless (id INT); ALTER TABLE harmless RENAME TO secrets",
  "execute 'CREATE TEMP TABLE secrets (id INT)'",
  "let n = FROM r IN secrets SELECT r.word; print n",
  "UPDATE OR REPLACE pairs SET id = 2 WHERE id = 1",
  "LIST RUNS",
  "LIST SESSIONS",
  "SHOW LANES",
  "SELECT * FROM system.sessions",
  "LIST USERS",
];

it("GR-120: are refused, and change nothing", () => {
  const { owner, as } = town(SCRIPT);
  owner.run("GRANT CREATE ON DATABASE TO ann");
  for (const text of TRIES) {
    const ann = as("ann");
    const found = ann.run(text);
    expect(found, text).not.toMatch(/swordfish|opensesame|scrypt/);
    if (!text.startsWith("test "))
      expect(found, text).toMatch(/PermissionDenied|E\d{4}|NoSuchTable: There is no table named secrets/);
    ann.session.close();
  }
  expect(owner.run("SELECT count(*) FROM secrets")).toBe("2");
  expect(owner.run("SELECT count(*) FROM drop_box")).toBe("0");
  expect(owner.run("SELECT count(*) FROM pairs")).toBe("2");
  expect(owner.run("SHOW GRANTS FOR ann")).not.toContain("secrets");
});

it("tests of a file ask too", () => {
  const { as } = town(SCRIPT);
  const { session } = as("ann");
  const outcome = session.runTests({ name: "t.grz", text: "test 'peek' { expect(hidden(1) == 1) }" });
  expect(outcome).toMatchObject({
    kind: "ran",
    tests: [{ outcome: "failed", failure: { error: { code: "PermissionDenied" } } }],
  });
});
