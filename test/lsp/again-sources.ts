// Files that hang together, a database for them, and edits: for the test that compares a workspace after edits with a fresh one.

/** The database. */
export const AGAIN_SCHEMA = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE);
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE, total REAL NOT NULL);
CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders(id) ON DELETE CASCADE, what TEXT, mood Mood);
CREATE TABLE audit (id INTEGER PRIMARY KEY, what TEXT NOT NULL);
CREATE TABLE quiet (id INTEGER PRIMARY KEY, note TEXT);
CREATE VIEW big AS SELECT id, total, user_id FROM orders WHERE total > 100;
CREATE INDEX users_name ON users (name);
type enum as Mood ('happy', 'sad')
type struct as Point (x int, y int)
type struct as Line (start Point, finish Point)
function stored_sum (a int, b int) returns int { return a + b }
function stored_point () returns Point { return Point {x: 1, y: 2} }
procedure stored_log (what string) { INSERT INTO audit (what) VALUES (what) }
upsert TRIGGER as stored_trigger (timing: 'after', event: 'insert', target: 'audit', call: 'stored_log')
`;

/** Files: `main` imports `left` and `right`, which import each other; `lone` stands alone; `flow` has pipelines, schedules, triggers. */
export const AGAIN_FILES: Readonly<Record<string, string>> = {
  "main.grz": `import left
import lone
function use_left (n int) returns int { return left_value(n) + 1 }
function use_lone () returns int { return lone_value('x') }
procedure user_names () { for u in SELECT id, name FROM users { print u.name } }
procedure all_of_users () { for u in SELECT * FROM users { print u.email } }
procedure big_ones () { for r in SELECT user_id, sum(total) AS t FROM big GROUP BY user_id { print r.t } }
procedure remove_users () raises ForeignKeyViolation { DELETE FROM users WHERE id > 1 }
procedure add_audit () { INSERT INTO audit (what) VALUES ('x') }
function points () returns int { let p = stored_point()
  return p.x + stored_sum(1, 2) }
function moods () returns string { let m = SELECT mood FROM items LIMIT 1
  return match m { 'happy' => 'h', 'sad' => 's', _ => '' } }
procedure notes () { for q in SELECT note FROM quiet { print q.note } }
procedure missing () { for q in SELECT a FROM later { print q.a } }
function join_both () returns int { return SELECT count(*) FROM users JOIN orders ON orders.user_id = users.id WHERE total > 3 }
function plain1 (a int) returns int { return a + 1 }
function plain2 (a int) returns int { return plain1(a) }
function plain3 (s string) returns string { return upper(s) }
print use_left(1)
`,
  "left.grz": `import right
function left_value (n int) returns int { return n * 2 }
function left_uses () returns string { return right_value('a') }
function left_own (a int) returns int { return left_value(a) }
error LeftError (n int)
`,
  "right.grz": `import left
function right_value (s string) returns string { return s || 'r' }
function right_uses () returns int { return left_value(3) }
function right_own (s string) returns string { return right_value(s) }
type struct as Pair (one int, two string)
`,
  "lone.grz": `function lone_value (s string) returns int { return len(s) }
function lone_other (s string) returns int { return lone_value(s) }
procedure lone_fails () { raise LoneError("no") }
`,
  "flow.grz": `upsert PIPELINE as nightly (steps: [extract, load(after: extract, when: extract > 0), report(after: [load])], sched: 'midnight')
upsert PIPELINE as hourly (steps: [clean], on_error: 'stop')
upsert SCHEDULE as midnight (sched: '0 0 * * *')
upsert SCHEDULE as noon (sched: '0 12 * * *', exe: 'pipeline', call: 'hourly')
upsert SCHEDULE as evening (sched: '0 20 * * *')
function extract () returns int { INSERT INTO quiet (note) VALUES ('x')
  return 1 }
procedure load () { INSERT INTO audit (what) SELECT note FROM quiet WHERE note IS NOT NULL }
procedure report () { for a in SELECT what FROM audit { print a.what } }
procedure clean () { DELETE FROM quiet }
procedure member as <{ pipeline: 'hourly.last' }> () { DELETE FROM audit }
procedure by_sched as <{ sched: ['evening'] }> () { clean() }
procedure on_item as <{ trig: ['items_in'] }> () { INSERT INTO audit (what) VALUES (NEW.what ?? '') }
upsert TRIGGER as items_in (timing: 'after', event: 'insert', target: 'items')
upsert TRIGGER as orders_in (timing: 'after', event: 'insert', target: 'orders', call: 'note_order')
procedure note_order () { INSERT INTO audit (what) VALUES ('order') }
procedure add_item () { INSERT INTO items (order_id, what) VALUES (1, 'x') }
procedure add_order () { INSERT INTO orders (user_id, total) VALUES (1, 2.5) }
procedure other1 (x int) { print x + 1 }
procedure other2 (x int) { other1(x) }
function other3 (a float) returns float { return a * 2.0 }
procedure other4 () { print other3(1.5) }
test "three" { expect(other3(1.0) == 2.0) }
`,
};

/** Edits of each file, and of the database (`schema`). */
export const AGAIN_EDITS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "main.grz": [
    ["left_value(n)", "left_value('n')"],
    ["a + 1", "a + 2"],
    ["(a int)", "(a string)"],
    ["import left\n", ""],
    ["import lone\n", "import right\n"],
    ["import lone\n", "import nowhere\n"],
    ["u.email", "u.emil"],
    ["SELECT id, name", "SELECT id"],
    ["plain1", "plain9"],
    ["FROM later", "FROM users"],
    ["'sad' => 's', ", ""],
    ["print use_left(1)\n", "print use_left(1)\nCREATE TABLE later (a INTEGER);\n"],
    ["function plain3", "error Extra (n int)\nfunction plain3"],
    ["p.x", "p.z"],
  ],
  "left.grz": [
    ["n * 2", "n * 3"],
    ["(n int) returns int", "(n string) returns int"],
    ["(n int) returns int", "(n float) returns int"],
    ["import right\n", ""],
    ["function left_value", "function left_val"],
    ["left_value(a)", "left_value(a"],
    ["error LeftError", "error LeftErr"],
    ["right_value('a')", "right_value(1)"],
  ],
  "right.grz": [
    ["s || 'r'", "s || 's'"],
    ["(s string)", "(s int)"],
    ["import left\n", ""],
    ["import left\n", "import left\nimport lone\n"],
    ["two string", "two int"],
    ["left_value(3)", "left_value('3')"],
    ["right_value (s string) returns string", "right_value (s string) returns int"],
  ],
  "lone.grz": [
    ["len(s)", "len(s) + 1"],
    ["(s string)", "(s int)"],
    ["function lone_value", "function lone_valu"],
    ["function lone_value", "import main\nfunction lone_value"],
    ["raise LoneError", "raise OtherError"],
  ],
  "flow.grz": [
    ["after: extract", "after: extrct"],
    ["after: extract", "after: report"],
    ["extract > 0", "extract > ''"],
    ["extract > 0", "load > 0"],
    ["returns int {", "returns string {"],
    ["return 1", "return 2"],
    ["procedure load ()", "procedure load (n int)"],
    ["procedure load ()", "procedure lood ()"],
    ["'hourly.last'", "'nightly.last'"],
    ["'hourly.last'", "'hourly.clean'"],
    ["as hourly", "as hurly"],
    ["call: 'hourly'", "call: 'nightly'"],
    ["sched: 'midnight'", "sched: 'noon'"],
    ["sched: ['evening']", "sched: ['midnight']"],
    ["trig: ['items_in']", "trig: ['items_out']"],
    ["as items_in", "as items_out"],
    ["target: 'items'", "target: 'orders'"],
    ["event: 'insert'", "event: 'delete'"],
    ["NEW.what", "NEW.wht"],
    ["call: 'note_order'", "call: 'note_ordr'"],
    ["procedure note_order ()", "procedure note_order (row orders)"],
    ["VALUES ('order')", "VALUES (NEW.total)"],
    ["INSERT INTO audit (what) VALUES ('order')", "INSERT INTO orders (user_id, total) VALUES (1, 1.0)"],
    ["DELETE FROM quiet", "DELETE FROM audit"],
    ["SELECT what FROM audit", "SELECT note AS what FROM quiet"],
    ["DELETE FROM audit", "INSERT INTO quiet (note) VALUES ('m')"],
    ["x + 1", "x + 2"],
    ["steps: [clean]", "steps: []"],
    [
      "steps: [clean]",
      "steps: [clean, wipe(sql: 'DELETE FROM audit'), fill(sql: 'INSERT INTO quiet (note) SELECT what FROM audit')]",
    ],
    [
      "steps: [clean]",
      "steps: [clean(sql: 'DELETE FROM audit WHERE wht = 1', when: fill > 0), fill(sql: 'SELECT note FROM quiet', when: clean > 0)]",
    ],
    ["steps: [clean]", "steps: [clean, other4(after: clean)]"],
    ["procedure clean ()", "procedure clean () raises NoClean"],
    ["upsert PIPELINE as hourly", "upsert PIPLINE as hourly"],
    ["(a float)", "(a)"],
  ],
  schema: [
    ["name TEXT NOT NULL", "name TEXT"],
    ["name TEXT NOT NULL", "full_name TEXT NOT NULL"],
    ["email TEXT UNIQUE", "email TEXT"],
    ["email TEXT UNIQUE", "email TEXT UNIQUE, added TEXT"],
    ["total REAL", "total TEXT"],
    [" ON DELETE CASCADE", ""],
    ["CREATE TABLE audit", "CREATE TABLE audits"],
    ["CREATE TABLE quiet", "CREATE TABLE later (a INTEGER);\nCREATE TABLE quiet"],
    ["what TEXT NOT NULL", "what TEXT NOT NULL, total INTEGER"],
    ["note TEXT", "note INTEGER"],
    ["total > 100", "id > 100"],
    ["id, total, user_id FROM", "id, user_id FROM"],
    ["CREATE VIEW big", "CREATE VIEW large"],
    ["'sad')", "'sad', 'angry')"],
    ["x int, y int", "z int, y int"],
    ["start Point", "start int"],
    ["(a int, b int)", "(a int, b string)"],
    ["function stored_sum", "function stored_sm"],
    ["returns Point", "returns Line"],
    ["event: 'insert'", "event: 'delete'"],
    ["target: 'audit'", "target: 'users'"],
    ["as stored_trigger", "as items_in"],
    ["function stored_sum", "type enum as Extra ('a')\nfunction stored_sum"],
    ["CREATE INDEX users_name ON users (name);", "CREATE UNIQUE INDEX users_name ON users (name);"],
    ["procedure stored_log", "function plain9 (a int) returns int { return a }\nprocedure stored_log"],
  ],
};
