// Call hierarchy: callers include triggers, schedules, pipelines and tests.
import { finished } from "../../../base/steps.ts";
import { describe, expect, test } from "vitest";
import { callable, calleesOf, callersOf, type CallEdge } from "../../../lsp/features/calls.ts";
import { fixture } from "../support.ts";

const shown = (edges: readonly CallEdge[]): readonly string[] =>
  edges.map(({ caller, places }) => `${caller.kind} ${caller.name} ${places.length}`).sort();

const SOURCE = `CREATE TABLE t (id int);
procedure tidy▮ () { print helper(1) + helper(2) }
function helper (n int) returns int { return n }
procedure other () { CALL tidy(); CALL tidy() }
upsert TRIGGER as on_t (timing: 'after', event: 'insert', target: 't', exe: 'procedure', call: 'tidy')
upsert SCHEDULE as nightly (sched: '0 2 * * *', exe: 'procedure', call: 'tidy')
upsert PIPELINE as pipe (steps: [tidy, other(after: tidy)])
test "tidies" { CALL tidy() }
CALL tidy();
=== other.grz
import main
CALL tidy();
`;

describe("call hierarchy", () => {
  test("callers", () => {
    const { workspace, document, cursor } = fixture(SOURCE);
    const [callee] = finished(callable(workspace, document, cursor));
    expect(callee).toMatchObject({ name: "tidy", kind: "routine" });
    if (callee === undefined) return;
    expect(shown(finished(callersOf(workspace, callee)))).toEqual([
      "pipeline pipe 1",
      "routine other 2",
      "schedule nightly 1",
      "script script 1",
      "script script 1",
      "test tidies 1",
      "trigger on_t 1",
    ]);
  });

  test("callees, also of what runs a routine", () => {
    const { workspace, document, cursor } = fixture(SOURCE);
    const [tidy] = finished(callable(workspace, document, cursor));
    if (tidy === undefined) return expect.unreachable();
    expect(shown(finished(calleesOf(workspace, tidy)))).toEqual(["routine helper 2"]);
    const [trigger] = finished(callable(workspace, document, document.text.indexOf("on_t")));
    if (trigger === undefined) return expect.unreachable();
    expect(shown(finished(calleesOf(workspace, trigger)))).toEqual(["routine tidy 1"]);
  });

  test("from a call to the routine", () => {
    const { workspace, document, cursor } = fixture("function f () returns int { return 1 }\nprint f▮()");
    expect(finished(callable(workspace, document, cursor))).toMatchObject([
      { name: "f", nameSpan: { start: 9, end: 10 } },
    ]);
  });

  test("a variable calls nothing", () => {
    const { workspace, document, cursor } = fixture("let a▮ = 1");
    expect(finished(callable(workspace, document, cursor))).toEqual([]);
  });
});
