// What NEW and OLD mean in a trigger written for SQLite that we fire: collations of their columns wherever something is compared, generated columns before the row is
// written. SQLite itself, without triggers of ours, says what is right.
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { open, type TestSession } from "../support.ts";

const SCHEMA = `CREATE TABLE s (id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE, b TEXT, r TEXT NOT NULL DEFAULT 'x ' COLLATE RTRIM CHECK (r <> ''),
  g TEXT GENERATED ALWAYS AS (a || '!') VIRTUAL, h INT AS (length(b) + id) STORED, l AS (a = 'abc'), UNIQUE (b, a));
CREATE TABLE o (x TEXT, y TEXT COLLATE NOCASE, n INT);
INSERT INTO o VALUES ('abc', 'abc', 1);
CREATE TABLE t (what TEXT, v);
CREATE VIEW v AS SELECT id, a, b AS c, a || '' AS d FROM s;`;

/** A database of SQLite alone, and one where a trigger of ours must see what is written to t. */
function both(triggers: readonly string[]): { readonly oracle: Database.Database; readonly db: TestSession } {
  const oracle = new Database(":memory:");
  oracle.exec(SCHEMA);
  const db = open();
  db.run(SCHEMA);
  db.run("CREATE TRIGGER see BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH ROW AS BEGIN print 'seen'; END;");
  for (const text of triggers) {
    oracle.exec(text);
    db.run(text);
  }
  return { oracle, db };
}

function expectSame(triggers: readonly string[], statements: readonly string[]): void {
  const { oracle, db } = both(triggers);
  try {
    for (const text of statements) {
      oracle.exec(text);
      db.run(text);
    }
    const rows = oracle.prepare<unknown[], unknown[]>("SELECT what, v FROM t ORDER BY rowid").raw().all();
    expect(db.run("SELECT what, v FROM t ORDER BY rowid"), triggers.join("\n")).toEqual(
      rows.map((row) => row.map((value) => value ?? "null").join("|")),
    );
    expect(rows.length).toBeGreaterThan(0);
    if (triggers.some((text) => text.includes("INTO t"))) expect(db.printed).toContain("seen");
  } finally {
    oracle.close();
    db.session.close();
  }
}

/** Comparisons of a column with another collation, of one without, and of others. */
const COMPARISONS = [
  "NEW.a = 'abc'",
  "'abc' = NEW.a",
  "NEW.a = x",
  "x = NEW.a",
  "+x = NEW.a",
  "(x || '') = NEW.a",
  "y = NEW.b",
  "NEW.b = y",
  "n = NEW.id",
  "NEW.a = NEW.b",
  "NEW.b = NEW.a",
  "NEW.a IS 'abc'",
  "NEW.a IS NOT x",
  "x IS NEW.a",
  "NEW.a <> x",
  "NEW.a < 'abd'",
  "'abb' < NEW.a",
  "NEW.a IN ('abc', 'x')",
  "'abc' IN (NEW.a, 'x')",
  "NEW.b IN (y)",
  "x IN (NEW.a)",
  "'abc' IN (SELECT NEW.a)",
  "NEW.a IN (SELECT x FROM o)",
  "x IN (SELECT NEW.a)",
  "NEW.a BETWEEN 'abc' AND 'abc'",
  "'abc' BETWEEN NEW.a AND NEW.a",
  "y BETWEEN NEW.b AND NEW.b",
  "NEW.b BETWEEN y AND y",
  "CASE NEW.a WHEN 'abc' THEN 1 ELSE 0 END",
  "CASE 'abc' WHEN NEW.a THEN 1 ELSE 0 END",
  "CASE y WHEN NEW.b THEN 1 ELSE 0 END",
  "CASE WHEN NEW.a = 'abc' THEN 'P' ELSE 'q' END",
  "coalesce(NEW.a, 'x') = 'abc'",
  "(NEW.a) = 'abc'",
  "+NEW.a = 'abc'",
  "CAST(NEW.a AS TEXT) = 'abc'",
  "NEW.a || '' = 'abc'",
  "(NEW.a, 1) = ('abc', 1)",
  "(NEW.a, NEW.b) = (x, y)",
  "(x, y) = (NEW.a, NEW.b)",
  "(1, NEW.a) IN (SELECT 1, 'abc')",
  "NEW.a = 'abc' COLLATE BINARY",
  "NEW.a COLLATE BINARY = 'abc'",
  "NEW.b = 'abc' COLLATE NOCASE",
  "(SELECT NEW.a) = 'abc'",
  "(SELECT q = 'abc' FROM (SELECT NEW.a AS q))",
  "(SELECT q = 'abc' FROM (SELECT NEW.a AS q LIMIT 1))",
  "(WITH w AS (SELECT NEW.a AS q) SELECT q = 'abc' FROM w)",
  "(SELECT count(*) FROM (SELECT NEW.a UNION SELECT 'abc'))",
  "(SELECT count(*) FROM (SELECT 'abc' UNION SELECT NEW.a))",
  "(SELECT count(*) FROM o WHERE NEW.a = x AND NEW.b = y)",
  "max(NEW.a, 'abd', 'ABB')",
  "min('b', NEW.a)",
  "max(y, NEW.b)",
  "nullif(NEW.a, 'abc')",
  "nullif('abc', NEW.a)",
  "nullif(x, NEW.a)",
  "NEW.r = 'abc'",
  "'abc  ' = NEW.r",
  "NEW.a LIKE 'ABC'",
  "NEW.a GLOB 'abc'",
  "instr(NEW.a, 'abc')",
  "EXISTS (SELECT 1 FROM o WHERE NEW.a = x)",
  "NEW.a NOT IN ('abc')",
  "typeof(NEW.h)",
  "NEW.g",
  "NEW.h",
  "NEW.l",
  "NEW.g = 'abc!'",
  "lower(NEW.a) = x",
  "NEW.a = x || ''",
  "NOT NEW.a = 'abc'",
  "NEW.id = '1'",
  "NEW.h = '4'",
];
const INSERT = "INSERT INTO s (id, a, b, r) VALUES (1, 'ABC', 'ABC', 'abc ')";

describe("collations count where SQLite lets them count", () => {
  test.each(["BEFORE", "AFTER"])("in bodies of %s triggers", (timing) => {
    const body = COMPARISONS.map((text) => `INSERT INTO t SELECT '${text.replaceAll("'", "''")}', ${text} FROM o;`);
    expectSame([`CREATE TRIGGER x1 ${timing} INSERT ON s BEGIN ${body.join("\n")} END;`], [INSERT]);
  });

  test("in WHEN", () => {
    const conditions = COMPARISONS.filter((text) => !/\b[xyn]\b|FROM o|typeof/u.test(text));
    expect(conditions.length).toBeGreaterThan(25);
    expectSame(
      conditions.map(
        (text, at) =>
          `CREATE TRIGGER x${at} BEFORE INSERT ON s WHEN ${text} BEGIN INSERT INTO t VALUES ('${text.replaceAll("'", "''")}', 1); END;`,
      ),
      [INSERT],
    );
  });

  test("in statements that triggers of ours must see, and that write by them", () => {
    expectSame(
      [
        "CREATE TRIGGER x1 BEFORE INSERT ON s BEGIN INSERT INTO t VALUES ('abc', 1), ('x', 2); UPDATE t SET v = 'same' WHERE what = NEW.a; UPDATE t SET v = 'mine' WHERE NEW.a = what; DELETE FROM t WHERE NEW.b = 'abc' OR what IN (SELECT NEW.b); END;",
        "CREATE TRIGGER x2 BEFORE UPDATE ON s WHEN OLD.a = NEW.a AND NEW.b <> OLD.b BEGIN INSERT INTO t VALUES (OLD.g || NEW.g, NEW.h - OLD.h); END;",
      ],
      [INSERT, "UPDATE s SET a = 'aBc', b = 'abcd'", "UPDATE s SET b = 'q', a = 'new'"],
    );
  });

  test("of the columns of a view, which are those of what they stand for", () => {
    const texts = ["NEW.a = 'abc'", "NEW.c = 'abc'", "NEW.d = 'abc'", "y = NEW.c", "NEW.c = y"];
    const body = texts.map((text) => `INSERT INTO t SELECT '${text.replaceAll("'", "''")}', ${text} FROM o;`);
    expectSame(
      [`CREATE TRIGGER x1 INSTEAD OF INSERT ON v BEGIN ${body.join("\n")} END;`],
      ["INSERT INTO v VALUES (1, 'ABC', 'ABC', 'ABC')"],
    );
  });
});

describe("generated columns of a row that is not written yet", () => {
  test("are computed from what the row will hold, also where its key is not known", () => {
    expectSame(
      ["CREATE TRIGGER x1 BEFORE INSERT ON s BEGIN INSERT INTO t VALUES (NEW.g, NEW.h), (typeof(NEW.h), NEW.l); END;"],
      ["INSERT INTO s (a, b) VALUES ('ABC', 'four'), (NULL, NULL), ('abc', '')"],
    );
  });

  // The engine computes them from columns that the statement sets or the trigger reads, and takes others for null: there we differ.
  test("are those of the old and of the coming row before an update", () => {
    expectSame(
      [
        "CREATE TRIGGER x1 BEFORE UPDATE ON s WHEN NEW.h > 3 AND NEW.b IS NEW.b AND NEW.a IS NEW.a AND NEW.id BEGIN INSERT INTO t VALUES (OLD.g, NEW.g), (OLD.h, NEW.h); END;",
      ],
      [INSERT, "UPDATE s SET a = 'later', id = 7", "UPDATE s SET b = NULL"],
    );
  });

  test("leave no table behind, also when a body fails", () => {
    const { oracle, db } = both([
      "CREATE TRIGGER x1 BEFORE INSERT ON s BEGIN INSERT INTO t VALUES (NEW.g, RAISE(ABORT, 'no')); END;",
    ]);
    expect(() => oracle.exec(INSERT)).toThrow("no");
    expect(db.fail(INSERT)).toContain("no");
    expect(db.run("SELECT count(*) FROM sqlite_temp_schema WHERE name LIKE 'gobi_one%'")).toEqual(["0"]);
    oracle.close();
  });
});
