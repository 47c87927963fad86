// Code lenses: tests and routines to run, callers, the next fire of a schedule.
import { describe, expect, test } from "vitest";
import { callersLens, codeLenses } from "../../../lsp/features/code-lenses.ts";
import { TEST_CRON } from "../../cron/port.ts";
import { fixture } from "../support.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const cron = { ...TEST_CRON, nowMs: () => NOW };

function shown(source: string): readonly string[] {
  const { document } = fixture(source);
  return codeLenses(document, cron).map((lens) =>
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

  test("callers", () => {
    const { workspace, document, cursor, marked, show } = fixture(
      "procedure p▮ () { print 1 }\nCALL ⟦p⟧();\nupsert SCHEDULE as s (sched: '0 2 * * *', exe: 'procedure', call: '⟦p⟧')\nDROP PROCEDURE p;",
    );
    expect(callersLens(workspace, document, cursor).map(show)).toEqual(marked);
  });
});
