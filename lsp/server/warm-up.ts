// What a process does slowly the first time (loading the grammar, the functions of SQL, the reader of cron texts; compiling its own code) is done
// while the client waits for the server to start, so that the first completion and the first check do not pay for it.
import { finished } from "../../base/steps.ts";
import { type EditedWorkspace, makeWorkspace } from "../workspace/workspace.ts";
import type { WorkspacePorts } from "../workspace/ports.ts";
import { completion, type CompletionOptions } from "../features/completion.ts";
import { hover } from "../features/hover.ts";

const PATH = "/warm-up.grz";
const LONG_PATH = "/warm-up-long.grz";

/** A little of everything that most programs have. */
const TEXT = `CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL);
--- Counts.
function twice (amount int, rate float = 1.0) returns float? {
    return SELECT sum(i.price) * rate FROM items i WHERE i.id > amount
}
procedure report (name string?) {
    let seen = 0
    for row in SELECT a.id, count(*) AS n FROM items a JOIN items b ON b.id = a.id GROUP BY a.id ORDER BY n LIMIT 3 {
        if name is not null { UPDATE items SET name = name WHERE id = row.id } else { print "none \${row.n}" }
        seen += row.id
    }
    try { raise Missing("no \${seen}") } catch { print twice(seen, rate: 2.0) ?? 0.0 }
}
test "twice" { expect(twice(1) is null) }
upsert SCHEDULE as nightly (sched: '0 2 * * *', exe: 'procedure', call: 'report')
`;

/** Has done once what will be done often. Nothing of it is kept. */
export function warmUp(ports: Omit<WorkspacePorts, "warn">): void {
  const workspace = makeWorkspace({
    ...ports,
    files: { read: () => undefined, sources: () => [], names: () => [], stamp: () => undefined },
    warn: () => undefined,
  });
  workspace.open(PATH, TEXT, 1);
  const at = TEXT.indexOf("seen += row.id");
  const unchecked = workspace.atHand(PATH, () => at);
  const options = { max: 100, mayGoOn: () => true, isDue: () => false };
  if (unchecked !== undefined) completion(workspace, unchecked, at, options);
  const document = workspace.document(PATH);
  if (document === undefined) return;
  document.problems();
  completion(workspace, document, at + "seen += row.".length, options);
  finished(hover(workspace, document, at, ports.cron));
  warmUpLong(workspace, options);
  workspace.dispose();
}

/** So many times the text is a long one, of which only the declaration at the cursor is parsed before a completion is answered. */
const REPEATED = 12;

function warmUpLong(workspace: EditedWorkspace, options: CompletionOptions): void {
  const text = Array.from({ length: REPEATED }, (_, number) => TEXT.replaceAll("report", `report_${number}`)).join("");
  workspace.open(LONG_PATH, text, 1);
  for (const place of ["seen += row.id", "a.id, count(*)", "name is not null"]) {
    const at = text.lastIndexOf(place) + 2;
    const sketch = workspace.atHand(LONG_PATH, () => at);
    if (sketch !== undefined) completion(workspace, sketch, at, options);
  }
}
