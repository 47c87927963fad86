// Code lenses: tests and routines to run, callers, the next fire of a schedule.
import { finished } from "../../../base/steps.ts";
import { describe, expect, test } from "vitest";
import { snapshotToJson } from "../../../compiler/catalog/snapshot.ts";
import { callersLens, codeLenses, triggerLens } from "../../../lsp/features/code-lenses.ts";
import { sqliteEngine } from "../../../storage/sqlite/engine.ts";
import { TEST_CRON } from "../../cron/port.ts";
import { fixture } from "../support.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const cron = { ...TEST_CRON, nowMs: () => NOW };

function shown(source: string): readonly string[] {
  const { document } = fixture(source);
  return finished(codeLenses(document, cron)).map((lens) =>
    [lens.kind, "name" in lens ? lens.name : lens.title, document.text.slice(lens.span.start, lens.span.end)].join(
      " | ",
    ),
  );
}

describe("code lenses", () => {
  test("tests and routines; what needs arguments is not run", () => {
    expect(
      shown(
        'test "adds" { expect(1 == 1) }\nprocedure p (a int = 1) { print a }\nfunction f (a int) returns int { return a }',
      ),
    ).toEqual(['runTest | adds | "adds"', "runRoutine | p | p", "callers | p | p", "callers | f | f"]);
  });

  test("the next fire in the zone of the schedule", () => {
    expect(
      shown(
        "upsert SCHEDULE as nightly (sched: ['0 4 * * *', '0 2 * * *'], tz: 'Europe/Berlin', exe: 'procedure', call: 'p')",
      ),
    ).toEqual(["text | next: Sun 2026-11-22 02:00:00 +01:00 | nightly"]);
  });

  test("a schedule that is off, and one whose text is wrong", () => {
    expect(shown("upsert SCHEDULE as s (sched: '0 2 * * *', enabled: false, exe: 'procedure', call: 'p')")).toEqual([
      "text | disabled | s",
    ]);
    expect(shown("upsert SCHEDULE as s (sched: 'often', exe: 'procedure', call: 'p')")).toEqual([]);
  });

  const SHOP = `CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER NOT NULL, note TEXT);
CREATE TABLE audit (id INTEGER PRIMARY KEY, order_id INTEGER, total INTEGER);
`;
  const COPY = "INSERT INTO audit (order_id, total) VALUES (NEW.id, NEW.total);";

  test.each([
    [`CREATE TRIGGER t▮ AFTER INSERT ON orders FOR EACH ROW AS BEGIN ${COPY} END`, "rewritten to native trigger"],
    [
      `procedure copy () { ${COPY} }\nupsert TRIGGER as t▮ (timing: 'after', event: 'insert', target: 'orders', call: 'copy')`,
      "rewritten to native trigger",
    ],
    [
      `CREATE TRIGGER t▮ AFTER INSERT ON orders FOR EACH ROW AS BEGIN print NEW.id; END`,
      "captured: it needs the machine (output)",
    ],
    [
      `CREATE TRIGGER t▮ BEFORE INSERT ON orders FOR EACH ROW AS BEGIN SET NEW.note = 'new'; END`,
      "managed: it fires before the row is written",
    ],
    [
      `procedure copy () { ${COPY} }\nupsert TRIGGER as t▮ (timing: 'after', event: 'insert', target: 'orders', call: 'copy', async: true)`,
      "after the commit",
    ],
    [
      `CREATE TRIGGER other AFTER INSERT ON orders FOR EACH ROW AS BEGIN print NEW.id; END;\nCREATE TRIGGER t▮ AFTER INSERT ON orders FOR EACH ROW AS BEGIN ${COPY} END`,
      "captured: other on orders is not native",
    ],
    [
      `CREATE TRIGGER own AFTER INSERT ON audit BEGIN DELETE FROM audit WHERE id < 0; END;\nCREATE TRIGGER t▮ AFTER INSERT ON orders FOR EACH ROW AS BEGIN ${COPY} END`,
      "captured: audit has triggers of the engine's own",
    ],
    [`upsert TRIGGER as t▮ (timing: 'after', event: 'insert', target: 'orders')`, "captured: it calls no procedure"],
    [
      `CREATE TRIGGER t▮ AFTER INSERT ON nowhere FOR EACH ROW AS BEGIN ${COPY} END`,
      "captured: nowhere is not there yet",
    ],
  ])("how a trigger fires: %s", (source, title) => {
    const { workspace, document, cursor } = fixture(SHOP + source);
    expect(finished(triggerLens(workspace, document, cursor))).toBe(title);
  });

  const connection = sqliteEngine.connect({ target: ":memory:", readOnly: false, create: true, busyTimeoutMs: 0 });
  for (const text of SHOP.split("\n").filter((line) => line !== "")) connection.runText(text, []);
  const SCHEMA = snapshotToJson(connection.introspect());
  connection.close();
  const COPIES = `CREATE TRIGGER t▮ AFTER INSERT ON orders FOR EACH ROW AS BEGIN ${COPY} END`;

  test.each([
    [
      "a trigger on its table",
      "CREATE TRIGGER other AFTER INSERT ON orders FOR EACH ROW AS BEGIN print NEW.id; END",
      COPIES,
      "captured: other on orders is not native",
    ],
    [
      "a trigger that its own takes the place of",
      "CREATE TRIGGER t AFTER INSERT ON orders FOR EACH ROW AS BEGIN print NEW.id; END",
      COPIES,
      "rewritten to native trigger",
    ],
    [
      "a trigger on what it writes",
      "CREATE TRIGGER other AFTER INSERT ON audit FOR EACH ROW AS BEGIN print 1; END",
      COPIES,
      "captured: audit has triggers",
    ],
    [
      "a trigger on another table",
      "CREATE TRIGGER other AFTER INSERT ON quiet FOR EACH ROW AS BEGIN print 1; END",
      COPIES,
      "rewritten to native trigger",
    ],
    [
      "the procedure that it calls",
      `procedure copy () { ${COPY} }`,
      "upsert TRIGGER as t▮ (timing: 'after', event: 'insert', target: 'orders', call: 'copy')",
      "rewritten to native trigger",
    ],
    [
      "a procedure that names it",
      "procedure tell as <{ trig: ['t'] }> () { print 1 }",
      "upsert TRIGGER as t▮ (timing: 'after', event: 'insert', target: 'orders')",
      "captured: it needs the machine (output)",
    ],
  ])("how a trigger fires, by another file of the workspace: %s", (_, other, source, title) => {
    const { workspace, document, cursor } = fixture(
      `=== gobi.schema.json\n${SCHEMA}\n=== main.grz\n${source}\n=== other.grz\n${other}\n`,
    );
    expect(finished(triggerLens(workspace, document, cursor))).toBe(title);
  });

  test("callers", () => {
    const { workspace, document, cursor, marked, show } = fixture(
      "procedure p▮ () { print 1 }\nCALL ⟦p⟧();\nupsert SCHEDULE as s (sched: '0 2 * * *', exe: 'procedure', call: '⟦p⟧')\nDROP PROCEDURE p;",
    );
    expect(finished(callersLens(workspace, document, cursor)).map(show)).toEqual(marked);
  });
});
