// Scopes: savepoints, autonomous transactions and open rows of the running frames, closed in the reverse order by normal ways out, returns and unwinding.
// A try's savepoint is taken from the host before the first write inside it, so a try block that only reads costs nothing.
import { CursorValue } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import { LINKS } from "./links.ts";
import { instructionOf } from "./registers.ts";
import type { MachineState, RowsState, Scope } from "./state.ts";

/** Opens a scope of the current frame. */
export function openScope(
  m: MachineState,
  kind: Scope["kind"],
  token: number,
  options: { readonly entry?: number; readonly rows?: RowsState } = {},
): void {
  m.scopes.push({
    kind,
    depth: m.depth,
    instruction: instructionOf(m.routine, m.pc),
    entry: options.entry ?? -1,
    token,
    rows: options.rows,
  });
  if (kind === "try" && token < 0) m.pendingSavepoints += 1;
}

/** Takes the savepoints of open tries, outermost first: called before everything that may write. */
export function beforeWrite(m: MachineState): void {
  if (m.pendingSavepoints === 0) return;
  for (const scope of m.scopes) if (scope.kind === "try" && scope.token < 0) scope.token = m.host.savepoint();
  m.pendingSavepoints = 0;
}

/** Ends the innermost try of a catch entry normally, and what was opened inside. Does nothing when it is not open. */
export function endTry(m: MachineState, entry: number): void {
  const position = m.scopes.findLastIndex(
    (scope) => scope.depth === m.depth && scope.kind === "try" && scope.entry === entry,
  );
  if (position >= 0) closeDownTo(m, position, "normal");
}

/** Ends the savepoint or autonomous transaction of a token of the current frame. @throws Trap InvalidCast when it is not open. */
export function endToken(
  m: MachineState,
  kind: "savepoint" | "autonomous",
  token: number,
  outcome: "normal" | "failed",
): void {
  const position = m.scopes.findLastIndex(
    (scope) => scope.depth === m.depth && scope.kind === kind && scope.token === token,
  );
  if (position < 0) throw trap("InvalidCast", `There is no open ${kind} ${token}.`);
  closeDownTo(m, position, outcome);
}

/** Closes what the current frame has opened: at a return (`normal`) or when it is unwound (`failed`). A cursor that a variable of the script holds stays open after a return. */
export function closeFrame(m: MachineState, outcome: "normal" | "failed"): void {
  if (outcome === "normal") keepScriptCursors(m);
  let position = m.scopes.length;
  while (position > 0 && m.scopes[position - 1]?.depth === m.depth) position -= 1;
  closeDownTo(m, position, outcome);
}

/** Rows were read as of the cursor's opening and need no transaction: who closes the variable, or drops it, ends them. */
function keepScriptCursors(m: MachineState): void {
  const { globals } = m.routine.owner;
  const isKept = (rows: RowsState): boolean =>
    globals.some((value) => value instanceof CursorValue && value.source === rows);
  for (let at = m.scopes.length - 1; at >= 0; at -= 1) {
    const scope = m.scopes[at];
    if (scope?.depth !== m.depth) return;
    if (scope.rows !== undefined && isKept(scope.rows)) m.scopes.splice(at, 1);
  }
}

/** Undoes what the current frame has opened inside the range of a catch entry (instructions), its own try included, before the handler runs. */
export function failRange(m: MachineState, entry: number, start: number, end: number): void {
  const position = m.scopes.findIndex(
    (scope) =>
      scope.depth === m.depth &&
      (scope.kind === "try" && scope.entry === entry ? true : scope.instruction >= start && scope.instruction < end),
  );
  if (position >= 0) closeDownTo(m, position, "failed");
}

/** Pops scopes until `position` remain. Each is off the list before the host hears of it, so that a failing host is not asked twice. */
function closeDownTo(m: MachineState, position: number, outcome: "normal" | "failed"): void {
  while (m.scopes.length > position) {
    const scope = m.scopes.pop();
    if (scope !== undefined) closeScope(m, scope, outcome);
  }
}

function closeScope(m: MachineState, scope: Scope, outcome: "normal" | "failed"): void {
  switch (scope.kind) {
    case "rows":
      closeRows(scope.rows);
      return;
    case "autonomous":
      m.host.endAutonomous(scope.token, outcome === "normal" ? "commit" : "rollback");
      return;
    case "try":
    case "savepoint":
      if (scope.token < 0) m.pendingSavepoints -= 1;
      else if (outcome === "normal") m.host.release(scope.token);
      else {
        m.host.rollbackTo(scope.token);
        // Routines that were stored inside are gone again.
        LINKS.visit(m.host);
      }
  }
}

/** Closes rows; again does nothing. */
export function closeRows(rows: RowsState | undefined): void {
  if (rows === undefined || rows.closed) return;
  rows.closed = true;
  rows.length = 0;
  if (!rows.ended) rows.source.close();
}
