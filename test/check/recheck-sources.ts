// Sources and edits for the test that checks again: structure that changes under code.
/** A file in which everything hangs together: keys, views, triggers, types within types, errors, implicit ones. */
export const SHOP = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE, mood Mood);
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE, total REAL NOT NULL CHECK (total > 0));
CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders(id) ON DELETE CASCADE, what TEXT);
CREATE TABLE audit (id INTEGER PRIMARY KEY, what TEXT NOT NULL);
CREATE VIEW big AS SELECT id, total, user_id FROM orders WHERE total > 100;
CREATE UNIQUE INDEX users_name ON users (name);
type enum as Mood ('happy', 'sad')
type struct as Pair (one int, two string)
type struct as Nested (pair Pair, note string?)
error NotEnough (needed int)
error Worse from NotEnough (extra string)
function pair_of (a int) returns Pair { return Pair {one: a, two: 'x'} }
function nested_of (a int) returns Nested { return Nested {pair: pair_of(a), note: null} }
function use_nested () returns int { let n = nested_of(1)
  return n.pair.one }
function rows () { return SELECT id, name FROM users }
function first_name () returns string? { for r in rows() { return r.name }
  return null }
function user_of (u users) returns string { return u.name }
procedure pay (amount float) raises NotEnough { if amount < 1.0 { raise NotEnough("no", needed: 1) } }
procedure careful () { try { pay(1.0) } catch (NotEnough as e) { print e.needed } }
procedure remove_all () { DELETE FROM users WHERE id > 1 }
procedure add_order (who int) raises UniqueViolation { INSERT INTO orders (user_id, total) VALUES (who, 1.5) }
procedure sums () { for r in SELECT user_id, sum(total) AS t FROM big GROUP BY user_id { print r.t } }
procedure log_it () { INSERT INTO audit (what) VALUES (NEW.what) }
upsert TRIGGER as on_items (timing: 'after', event: 'insert', target: 'items', call: 'log_it')
CREATE TRIGGER on_orders BEFORE INSERT ON orders FOR EACH ROW AS BEGIN SET NEW.total = NEW.total + 1; END;
procedure add_item () { INSERT INTO items (order_id, what) VALUES (1, 'x') }
function <Pair> shown () returns string { return self.two }
function moods (m Mood) returns string { return match m { 'happy' => 'h', 'sad' => 's' } }
function of_user () returns Mood? { return SELECT mood FROM users LIMIT 1 }
procedure other1 (x int) { let y = x + 1
 print y }
procedure other2 (x int) { other1(x) }
procedure other3 (x string) { print upper(x) }
function other4 (xs list<int>) returns int { return xs |> sum() }
function other5 (a float, b float = 2.0) returns float { return a * b }
procedure other6 () { let v = other5(1.0)
 print v }
function other7 (s string) returns int { return len(s) }
procedure other8 () { print other7('x') }
procedure other9 () { raise Custom("x") }
procedure other10 () { try { other9() } catch (Custom as e) { print e.message } }
function other11 (a int) returns int { return a * 2 }
function other12 (a int) returns int { return other11(a) + 1 }
upsert SCHEDULE as nightly (sched: '0 2 * * *', exe: 'procedure', call: 'remove_all')
test "pairs" { expect(pair_of(1).one == 1) }
let top = pair_of(3)
print top.shown()
INSERT INTO users (name) VALUES ('a');
SELECT * FROM big;
`;
/** A module that it may import. */
export const LIBRARY = `type struct as Point (x int, y int)
type enum as Size ('small', 'large')
error OutOfStock (left int)
function origin () returns Point { return Point {x: 0, y: 0} }
function size_of (n int) returns Size { return if n > 10 then 'large' else 'small' }
function shift <Point> (by int) returns Point { return Point {x: self.x + by, y: self.y} }
procedure take (n int) raises OutOfStock { if n > 3 { raise OutOfStock("few", left: 3) } }
function plain (a int) returns int { return a + 1 }
`;

/** A file that uses it, with enough that does not. */
export const USER = `import library
function moved (n int) returns Point { return origin().shift(n) }
function far (n int) returns int { return moved(n).x }
procedure takes () { try { take(5) } catch (OutOfStock as e) { print e.left } }
procedure sized () { let s = size_of(11)
  print match s { 'small' => 1, 'large' => 2 } }
function own1 (a int) returns int { return a * 2 }
function own2 (a int) returns int { return own1(a) }
function own3 (s string) returns string { return upper(s) }
function own4 (s string) returns int { return len(s) }
procedure own5 () { print own4('x') }
procedure own6 () { print plain(2) }
procedure own7 () { own5() }
let p = moved(3)
print p.y
`;

/** Edits of the module. */
export const LIBRARY_EDITS: readonly (readonly [string, string])[] = [
  ["y int)", "z int)"],
  ["y int)", "y string)"],
  ["'large')", "'large', 'huge')"],
  ["left int", "right int"],
  ["n > 3", "n > 4"],
  ["raises OutOfStock", ""],
  ["function origin", "function origins"],
  ["returns Size", "returns string"],
  ["a + 1", "a + 2"],
  ["(a int)", "(a string)"],
  ["error OutOfStock", "error OutOfStok"],
  ["function plain", "export function plain"],
  ["by int", "by float"],
  ["if n > 3", "if n > "],
];

/** Edits of the shop, most of which concern tables, types and triggers. */
export const SHOP_EDITS: readonly (readonly [string, string])[] = [
  ["total REAL", "total TEXT"],
  ["total REAL", "amount REAL"],
  ["total TEXT", "total REAL"],
  ["email TEXT UNIQUE", "email TEXT"],
  ["NOT NULL", ""],
  [" ON DELETE CASCADE", ""],
  ["REFERENCES orders(id)", "REFERENCES orders(id) ON DELETE CASCADE"],
  ["CREATE TABLE audit", "CREATE TABLE audits"],
  ["CREATE TABLE audits", "CREATE TABLE audit"],
  ["two string", "two int"],
  ["two int", "two string"],
  ["one int", "uno int"],
  ["uno int", "one int"],
  ["'sad')", "'sad', 'angry')"],
  ["as Mood ", "as Moods "],
  ["as Moods ", "as Mood "],
  ["pair Pair", "pair Pair?"],
  ["from NotEnough", ""],
  ["error NotEnough", "error NotEnoug"],
  ["error NotEnoug ", "error NotEnough "],
  ["needed int", "missing int"],
  ["timing: 'after'", "timing: 'before'"],
  ["timing: 'before'", "timing: 'after'"],
  ["event: 'insert'", "event: 'delete'"],
  ["call: 'log_it'", "call: 'log_i'"],
  ["NEW.what", "NEW.wha"],
  ["BEFORE INSERT", "BEFORE DELETE"],
  ["SET NEW.total", "SET NEW.totl"],
  ["WHERE total > 100", "WHERE id > 100"],
  ["CREATE VIEW big", "CREATE VIEW large"],
  ["CREATE VIEW large", "CREATE VIEW big"],
  ["CREATE UNIQUE INDEX", "CREATE INDEX"],
  ["SELECT id, name FROM users", "SELECT id FROM users"],
  ["user_id, total FROM", "total FROM"],
  ["INTO orders (user_id, total)", "INTO orders (user_id)"],
  ["type struct as Nested", "type struct as Pair"],
  ["returns Pair", "returns Nested"],
  ["x + 1", "x + 2"],
  ["import math\n", ""],
  ["type enum", "import math\ntype enum"],
  ["raise Custom", "raise Costum"],
  ["error Worse", "error Custom (a int)\nerror Worse"],
  ["procedure pay (amount float) raises NotEnough", "procedure pay (amount float)"],
  ["on_orders", "add_order"],
  ["upsert TRIGGER", "upsert TRIGER"],
  ["CREATE TABLE items", "CREATE TABLE itms"],
  ["raise NotEnough", "raise Worse"],
  ["INSERT INTO audit", "INSERT INTO audi"],
  ["DELETE FROM users", "DELETE FROM orders"],
  ["self.two", "self.one"],
  ["CREATE TABLE users", "ALTER TABLE orders ADD COLUMN extra TEXT;\nCREATE TABLE users"],
  ["SELECT * FROM big", "DROP TABLE audit;\nSELECT * FROM big"],
];
