// Inputs of the editor benchmark: a schema of many tables, programs over it, and what is typed into them.

/** DDL of so many tables, each with a foreign key to the next. */
export function schemaText(tables: number): string {
  return Array.from({ length: tables }, (_, number) => {
    const next = (number + 1) % tables;
    return `CREATE TABLE table_${number} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, amount REAL NOT NULL, owner_id INTEGER REFERENCES table_${next}(id), created_at TIMESTAMP NOT NULL, status TEXT, note TEXT, quantity INTEGER NOT NULL DEFAULT 1, active BOOLEAN);`;
  }).join("\n");
}

/** Procedures call the one before within groups of so many. */
const GROUP = 6;

/** A program of at least so many lines. `first` numbers its names, so that several programs differ. */
export function programText(lines: number, tables: number, first = 0): string {
  const parts: string[] = [];
  for (let number = first, count = 0; count < lines; number += 1) {
    const part = partText(number, number % tables, (number + 1) % tables, (number - first) % GROUP > 0);
    parts.push(part);
    count += part.split("\n").length;
  }
  return parts.join("\n");
}

function partText(number: number, table: number, next: number, callsBefore: boolean): string {
  return `--- Totals of owners, variant ${number}.
function total_${number} (owner int, minimum float = 0.0)
returns float?
{
    let total = SELECT sum(t.amount * t.quantity) FROM table_${table} t WHERE t.owner_id = owner AND t.amount > minimum
    return total
}

upsert procedure report_${number} (region string, limit_value int)
returns int
{
    let seen = 0
    for row in SELECT a.id, a.name, b.email, count(*) AS n
        FROM table_${table} a
        JOIN table_${next} b ON b.id = a.owner_id
        WHERE a.status = region
        GROUP BY a.id, a.name, b.email
        ORDER BY n DESC
        LIMIT limit_value {
        if row.email is not null {
            seen += 1
            UPDATE table_${table} SET note = row.email, quantity = quantity + 1 WHERE id = row.id
        } else {
            INSERT INTO table_${next} (name, amount, created_at) VALUES (row.name, 1.5, now())
        }
        let sum = total_${number}(row.id, minimum: 2.0) ?? 0.0
        if sum > 100.0 { print "big \${row.name}" }
    }
    ${callsBefore ? `let before = report_${number - 1}(region, limit_value - 1)` : "let before = 0"}
    return seen + before
}

test "report ${number}" {
    expect(report_${number}('north', 3) == 0)
}

upsert SCHEDULE as nightly_${number} (sched: '0 2 * * *', exe: 'procedure', call: 'report_${number}')
`;
}

/** What is typed into a procedure, character by character. */
export const TYPED = `
    let extra = SELECT a.name, a.email FROM table_7 a WHERE a.quantity > limit_value AND a.status = region
    for item in extra { print item.name }
    if seen > 10 { seen = len(region) }`;

/** Where in a program it is typed: behind a line of the procedures, in several places of the file. */
export function placesToType(text: string, count: number): readonly number[] {
  const line = "let seen = 0";
  return Array.from({ length: count }, (_, number) => {
    const from = Math.floor((text.length * number) / count);
    return text.indexOf(line, from) + line.length;
  }).filter((place) => place >= line.length);
}
