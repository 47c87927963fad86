// A program of some two hundred lines in which the tests of typing write: every kind of declaration, with comments, SQL, configuration and both styles of blocks.

/** The declarations in order; joined by blank lines they are the program. */
export const DECLARATIONS: readonly string[] = [
  "CREATE TABLE users (\n  id INTEGER PRIMARY KEY,\n  name TEXT NOT NULL,\n  email TEXT,\n  age INTEGER,\n  created_at TIMESTAMP\n);",
  "CREATE TABLE orders (\n  id INTEGER PRIMARY KEY,\n  user_id INTEGER NOT NULL REFERENCES users(id),\n  total REAL NOT NULL,\n  status TEXT\n);",
  "CREATE TABLE log (line TEXT NOT NULL, at TIMESTAMP);",
  "type enum as Mood ('happy', 'sad', 'calm')",
  "type struct as Person (\n  first string,\n  last string,\n  age int?\n)",
  "error NotEnough (needed int, have int)",
  `--- The whole name of a person.
function full_name <Person> (sep string = " ")
returns string
{
    return self.first + sep + self.last
}`,
  `--- What a user has spent.
function spent (who int, least float = 0.0)
returns float
{
    let total = SELECT sum(o.total) FROM orders o WHERE o.user_id = who AND o.total > least
    return total ?? 0.0
}`,
  `function mood_of (points int) returns Mood {
    return match points {
        0 => Mood.sad,
        1..9 => Mood.calm,
        _ => Mood.happy
    }
}`,
  `function best (limit_value int) returns table<{name: string, total: float}> {
    return WITH sums AS (
        SELECT o.user_id, sum(o.total) AS total FROM orders o GROUP BY o.user_id
    )
    SELECT u.name, coalesce(s.total, 0.0) AS total
    FROM users u
    LEFT JOIN sums s ON s.user_id = u.id
    ORDER BY total DESC
    LIMIT limit_value
}`,
  `upsert procedure note (text_value string)
{
    INSERT INTO log (line, at) VALUES (text_value, now())
}`,
  `upsert procedure charge (who int, amount float)
raises NotEnough
returns int
{
    let have = spent(who)
    if have < amount { raise NotEnough("too little", {needed: amount :: int, have: have :: int}) }
    let count = 0
    for o in SELECT id, total, status FROM orders WHERE user_id = who {
        if o.status is not null {
            UPDATE orders SET status = 'charged', total = o.total - amount WHERE id = o.id
            count += 1
        } else {
            print "order \${o.id} waits"
        }
    }
    try {
        note("charged \${count}")
    } catch (e) {
        print e.message
    }
    return count
}`,
  `CREATE PROCEDURE tidy(days int) AS BEGIN
    DECLARE removed int = 0;
    IF days > 0 THEN
        DELETE FROM log WHERE at < now();
        SET removed = row_count();
    ELSE
        SELECT count(*) INTO removed FROM log;
    END IF;
    WHILE removed > 100 LOOP
        SET removed = removed - 100;
    END LOOP;
    PRINT removed;
END;`,
  `upsert TRIGGER as audit_orders (
    timing: 'after', event: 'insert', target: 'orders', exe: 'procedure', call: 'audit'
)`,
  `upsert procedure audit () {
    INSERT INTO log (line) VALUES ('order')
}`,
  `CREATE TRIGGER stamp BEFORE INSERT ON users FOR EACH ROW WHEN (NEW.name = 'x')
AS BEGIN
    SET NEW.created_at = NOW();
END;`,
  `upsert procedure nightly_work as <{ kind: 'FULL', tags: ['night'] }> () {
    let people = [Person {first: 'Ann', last: 'Lee', age: 3}]
    let names = people |> map(p => p.first)
    for n in names { note(n) }
    let ages = FROM p IN people WHERE p.age is not null SELECT p.age
    print len(ages)
}`,
  `--- Moves orders that nobody paid.
upsert procedure archive (older_than int, dry bool = false)
returns int
{
    let moved = 0
    outer: for o in SELECT id, status, total FROM orders WHERE status IS NULL {
        if o.total > older_than {
            continue outer
        }
        match o.status {
            null => { moved += 1 },
            "paid" => { break outer },
            _ => { print "left alone" }
        }
        if dry { continue outer }
        transaction {
            UPDATE orders SET status = 'archived' WHERE id = o.id
            note("archived \${o.id}")
        }
    }
    return moved
}`,
  `function label_of (value any) returns string {
    return if value is null then "none" else "\${value}"
}`,
  `upsert procedure import_people (people list<Person>)
returns int
{
    let seen = 0
    for p in people {
        let mail = p.first.lower() || '@example.org'
        UPSERT INTO users (name, email, age) VALUES (p.first, mail, p.age) ON (id)
        seen += 1
    }
    while seen > 10 { seen = seen - 10 }
    return seen
}`,
  `CREATE OR REPLACE FUNCTION average_of(who int) RETURNS float AS BEGIN
    DECLARE result float = 0.0;
    DECLARE n int = 0;
    FOR o IN SELECT total FROM orders WHERE user_id = who LOOP
        SET result = result + o.total;
        SET n = n + 1;
    END LOOP;
    IF n = 0 THEN
        RETURN 0.0;
    END IF;
    RETURN CASE WHEN n > 0 THEN result / n ELSE 0.0 END;
END;`,
  `upsert SCHEDULE as nightly (
    sched: '0 2 * * *', exe: 'procedure', call: 'nightly_work', tz: 'UTC', overlap: 'skip'
)`,
  `upsert PIPELINE as books (
    steps: [nightly_work, tidy_up(after: nightly_work, call: 'audit')], on_error: 'stop'
)`,
  `test "spending" {
    INSERT INTO users (id, name) VALUES (1, 'Ann')
    INSERT INTO orders (user_id, total) VALUES (1, 2.5)
    expect(spent(1) == 2.5)
}`,
  "-- How many are shown.\nlet wanted = 3",
  "for row in best(wanted) {\n    print row.name\n}",
  "CALL charge(1, 2.0)",
];
