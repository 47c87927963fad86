// PROFILE CALL: what each line took. Fuel is exact: the lines together took what the call takes, no unit more or less. Times of the clock are not looked at.
import { expect, it } from "vitest";
import { cell } from "../../base/value/column.ts";
import type { TableValue } from "../../base/value/value.ts";
import { open, type TestSession } from "./support.ts";

/** The profile as lines `line: times fuel rows`, with the routine's name before the first of each. */
function profile(db: TestSession, call: string): { readonly lines: readonly string[]; readonly fuel: number } {
  const lines: string[] = [];
  let fuel = 0;
  const outcome = db.session.executeStatement(`PROFILE CALL ${call}`, {
    onResult: ({ result }) => {
      if (result.kind !== "table") return;
      const { table } = result;
      const at = (row: number, name: string): string => String(column(table, name, row));
      for (let row = 0; row < table.length; row += 1) {
        if (row === 0 || at(row, "routine") !== at(row - 1, "routine")) lines.push(at(row, "routine"));
        lines.push(`${at(row, "line")}: ${at(row, "times")} ${at(row, "fuel")} ${at(row, "rows")}`);
        fuel += Number(at(row, "fuel"));
      }
    },
  });
  if (outcome.kind !== "completed") lines.push(JSON.stringify(outcome));
  return { lines, fuel };
}

function column(table: TableValue, name: string, row: number): unknown {
  const values = table.columns[table.shape.fields.indexOf(name)];
  return values === undefined ? undefined : cell(values, row);
}

/** The fuel that a call takes: with that limit it ends, with one less it does not (limits are looked at in loops and calls only). */
function takes(db: TestSession, name: string, args: readonly number[], fuel: number): boolean {
  db.session.setLimits({ fuelMax: fuel });
  const enough = db.session.call(name, args).kind === "returned";
  db.session.setLimits({ fuelMax: fuel - 1 });
  const tooLittle = db.session.call(name, args).kind === "failed";
  db.session.setLimits({});
  return enough && tooLittle;
}

const WORK = `upsert procedure work(n int) returns int {
    let total = 0
    for i in 1..n {
        total = total + i
        if total % 2 = 0 {
            total = total + 1
        }
    }
    for row in SELECT a FROM numbers {
        total = total + row.a
    }
    INSERT INTO results (total)
        VALUES (:total);
    return twice(total)
}`;

function prepared(): TestSession {
  const db = open();
  db.run(`CREATE TABLE numbers (a int NOT NULL);
INSERT INTO numbers VALUES (1), (2), (3);
CREATE TABLE results (total int);
upsert function twice(n int) returns int { return n * 2 }`);
  db.run(WORK);
  return db;
}

it("counts times, fuel and rows of each line", () => {
  const { lines } = profile(prepared(), "work(10)");
  expect(lines).toMatchInlineSnapshot(`
    [
      "work",
      "2: 1 4 0",
      "3: 1 4 0",
      "4: 10 10 0",
      "5: 10 20 0",
      "6: 4 20 0",
      "9: 1 19 3",
      "10: 3 11 0",
      "12: 1 11 1",
      "14: 1 6 0",
      "twice",
      "1: 1 5 0",
    ]
  `);
});

it("the fuel of the lines is the fuel of the call", () => {
  const db = prepared();
  for (const n of [1, 10, 1000]) {
    const { fuel } = profile(db, `work(${n})`);
    expect(takes(db, "work", [n], fuel)).toBe(true);
  }
});

it("nested loops, break, continue, errors and finally keep the sum", () => {
  const db = open();
  db.run(`upsert procedure knot(n int) returns int {
    let total = 0
    outer: for i in 1..n {
        let j = 0
        while true {
            j += 1
            if j > i { break }
            if j = 7 { continue outer }
            try {
                if j % 3 = 0 { raise Odd("x") }
                total += j
            } catch (Odd as e) {
                total += 100
            } finally {
                total += 1
            }
        }
        let parts = split("a,b,c", ",")
        total = total + len(parts |> filter(p => p != "b"))
    }
    while total > 10 { total = total - 10 }
    return total
}`);
  for (const n of [1, 5, 12]) {
    const { fuel, lines } = profile(db, `knot(${n})`);
    expect(lines[0]).toBe("knot");
    expect(takes(db, "knot", [n], fuel)).toBe(true);
  }
});

it("follows calls of other procedures, and gives work of what is not watched to the line that asked for it", () => {
  const db = prepared();
  db.run(`upsert procedure outside(n int) {
    print work(n)
    print (SELECT sum(twice(n.a)) FROM numbers n)
}`);
  const { lines } = profile(db, "outside(2)");
  expect(lines.filter((line) => !line.includes(":"))).toEqual(["outside", "work", "twice"]);
  expect(db.run("SELECT count(*) FROM results")).toEqual(["1"]);
});

it("a call that fails is undone, and the error is that of the call", () => {
  const db = prepared();
  db.run(`upsert procedure fails() { INSERT INTO results VALUES (1); raise Stop("no") }`);
  expect(db.fail("PROFILE CALL fails()")).toBe("Stop: no");
  expect(db.run("SELECT count(*) FROM results")).toEqual(["0"]);
});

it("fills in defaults, and is a statement of scripts only", () => {
  const db = open();
  db.run("upsert procedure greet(name string = 'you', times int = 2) { for i in 1..times { print name } }");
  expect(profile(db, "greet(times: 1)").lines.slice(0, 2)).toEqual(["greet", expect.stringMatching(/^1: 1 /)]);
  expect(db.printed).toEqual(["you"]);
  db.run("upsert procedure inner() { PROFILE CALL greet() }");
  expect(db.failCall("inner")).toMatch(/^PermissionDenied: /);
});
