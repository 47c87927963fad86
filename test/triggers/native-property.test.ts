// Random audit triggers over columns of every type: fired by the engine and by the machine they leave the same rows, values and storage types.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { StatementResult } from "../../server/session-types.ts";
import { open, tableLines } from "../server/support.ts";

const LITERALS: Readonly<Record<string, readonly string[]>> = {
  INT: ["1", "-7", "null", "9007199254740993"],
  TEXT: ["'x'", "''", "null", "'a''b'", "'12'"],
  REAL: ["1.5", "2.0", "null", "1e300"],
  BOOLEAN: ["true", "false", "null"],
  TIMESTAMP: ["TIMESTAMP '2026-01-01 00:00:00'", "null"],
  "DECIMAL(10, 2)": ["1.25", "3", "null"],
  BLOB: ["x'00ff'", "null"],
  DATE: ["DATE '2026-02-03'", "null"],
};
const TYPES = Object.keys(LITERALS);
const EVENTS: Readonly<Record<string, readonly string[]>> = {
  INSERT: ["NEW"],
  "UPDATE OF c1": ["NEW", "OLD"],
  UPDATE: ["NEW", "OLD"],
  DELETE: ["OLD"],
};

/** A database with one audit trigger, and statements that fire it. */
const PROGRAMS = fc
  .record({
    event: fc.constantFrom(...Object.keys(EVENTS)),
    columns: fc.array(fc.constantFrom(...TYPES), { minLength: 4, maxLength: 4 }),
    own: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    others: fc.array(fc.constantFrom(...TYPES), { minLength: 3, maxLength: 3 }),
    picks: fc.array(fc.nat(1000), { minLength: 40, maxLength: 40 }),
  })
  .map(({ event, columns, own, others, picks }) => {
    let at = 0;
    const pick = (choices: readonly string[]): string => {
      const choice = choices[(picks[at % picks.length] ?? 0) % choices.length] ?? "null";
      at += 1;
      return choice;
    };
    const literal = (type: string): string => pick(LITERALS[type] ?? ["null"]);
    const kept = others.map((type, index) => (own[index] === true ? (columns[index] ?? type) : type));
    const row = (): string => pick(EVENTS[event] ?? ["NEW"]);
    const value = (index: number): string =>
      pick([
        `${row()}.c${index}`,
        `${row()}.${pick(["c0", "c1", "c2", "c3"])}`,
        literal(kept[index] ?? "INT"),
        `${row()}.id + 3`,
        `'p' || ${row()}.id`,
        `${row()}.id * 2 || 'k'`,
      ]);
    const when = pick([
      "",
      ` WHEN (${row()}.id > 1)`,
      ` WHEN (${row()}.c2 IS NOT NULL)`,
      ` WHEN (NOT (${row()}.id = 2))`,
    ]);
    return {
      schema: `CREATE TABLE t (id INTEGER PRIMARY KEY, ${columns.map((type, index) => `c${index} ${type}`).join(", ")}); CREATE TABLE audit (${kept.map((type, index) => `a${index} ${type}`).join(", ")})`,
      trigger: `CREATE TRIGGER x AFTER ${event} ON t FOR EACH ROW${when} AS BEGIN INSERT INTO audit (a0, a1, a2) VALUES (${value(0)}, ${value(1)}, ${value(2)}); END;`,
      statements: [
        `INSERT INTO t VALUES ${[1, 2, 3].map((id) => `(${id}, ${columns.map(literal).join(", ")})`).join(", ")}`,
        "UPDATE t SET c1 = c1, c2 = null WHERE id < 3",
        "INSERT OR REPLACE INTO t (id) VALUES (2), (9)",
        "DELETE FROM t WHERE id <> 1",
      ],
    };
  });

function outcome(
  program: { readonly schema: string; readonly trigger: string; readonly statements: readonly string[] },
  triggerWay: "captured" | undefined,
): { readonly lines: readonly string[]; readonly way: string } | undefined {
  const db = open(triggerWay === undefined ? {} : { triggerWay });
  try {
    db.run(program.schema);
    // A program that does not fit its types is no trigger.
    if (db.session.check({ name: "x.grz", text: program.trigger }).some((problem) => problem.severity === "error"))
      return undefined;
    db.run(program.trigger);
    const lines: string[] = [];
    for (const statement of program.statements) {
      const result = db.session.execute({ name: "x.grz", text: statement });
      lines.push(result.kind === "failed" ? `${result.error.code}: ${result.error.message}` : result.kind);
    }
    const rows = db.session.execute(
      { name: "x.grz", text: "SELECT a0, typeof(a0), a1, typeof(a1), a2, typeof(a2) FROM audit ORDER BY rowid" },
      { onResult: ({ result }) => void lines.push(...linesOf(result)) },
    );
    lines.push(rows.kind);
    return { lines, way: db.run("SHOW TRIGGER x")[0]?.split("|")[2] ?? "" };
  } finally {
    db.session.close();
  }
}

function linesOf(result: StatementResult): readonly string[] {
  return result.kind === "table" ? tableLines(result.table) : [result.kind];
}

it("agree", () => {
  let native = 0;
  fc.assert(
    fc.property(PROGRAMS, (program) => {
      const chosen = outcome(program, undefined);
      if (chosen?.way !== "native") return;
      native += 1;
      expect(chosen.lines).toEqual(outcome(program, "captured")?.lines);
    }),
    { numRuns: 40, seed: 7 },
  );
  // Programs whose values do not fit their columns are none.
  expect(native).toBeGreaterThan(5);
});
