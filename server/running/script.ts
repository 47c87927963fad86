// Runs the top-level statements of a checked script in order: each in its own transaction unless inside BEGIN … COMMIT, stopping at the first uncaught error.
import { InternalError } from "../../base/failure.ts";
import type { ErrorValue } from "../../base/value/value.ts";
import { HandleValue } from "../../base/value/value.ts";
import { Trap } from "../../bytecode/trap.ts";
import type { CheckedModule } from "../../compiler/check/checked.ts";
import {
  isDeclaration,
  type Declaration,
  type Expression,
  type Item,
  type Statement,
} from "../../compiler/syntax/tree.ts";
import type { LoadedRoutine } from "../../vm/load.ts";
import { importsOf } from "../programs/module-catalog.ts";
import type { ScriptCode } from "../programs/pipeline.ts";
import { askForItem, storeFor } from "../security/ask.ts";
import type { ResultEvent, StatementResult } from "../session-types.ts";
import { storeDeclaration, type DeclarationWorld } from "./declarations.ts";
import { resultOf, tableResult } from "./results.ts";
import { accessOf, type CallOptions, type Runtime } from "./runtime.ts";

/** What running a script needs. */
export interface ScriptWorld extends DeclarationWorld {
  readonly runtime: Runtime;
  readonly onResult: ((event: ResultEvent) => void) | undefined;
  /** The value of any expression is a result (REPL). */
  readonly everything: boolean;
  /** Imported modules whose declarations this run has stored. */
  readonly importsStored: Set<CheckedModule>;
  /** Results of a statement that another database does; undefined: it is done here. @throws Trap. */
  elsewhere(checked: CheckedModule, code: ScriptCode, item: Item): readonly StatementResult[] | undefined;
  /** Told before each statement that goes straight to the session, so that BEGIN and its kin know where they stand. */
  setDirect(direct: boolean): void;
}

/** A script that stopped. */
export interface ScriptFailure {
  readonly error: ErrorValue;
  readonly item: Item;
}

const SESSION_STATEMENTS: ReadonlySet<string> = new Set(["transactionControl", "explain", "pragma", "maintenance"]);

/** Statements that the session carries out itself: they open what transactions they need. */
export function isDirect(statement: Statement): boolean {
  return (
    statement.kind === "management" || (statement.kind === "sql" && SESSION_STATEMENTS.has(statement.statement.kind))
  );
}

/** Whether the statement's own code, not a routine that it calls, starts jobs: those are kept when it ends (LANGUAGE.md 15.15). */
function startsJobs(checked: CheckedModule, item: Item): boolean {
  return checked.effects.get(item)?.jobs === true && hasAsyncCall(checked, item.statement);
}

function hasAsyncCall(checked: CheckedModule, node: object): boolean {
  if ("kind" in node && node.kind === "async") return true;
  const call = checked.calls.get(node as Expression);
  if (call?.kind === "routine" && call.asynchronous) return true;
  return Object.values(node).some(
    (part: unknown) => typeof part === "object" && part !== null && hasAsyncCall(checked, part),
  );
}

function callOptions(
  { runtime }: ScriptWorld,
  checked: CheckedModule,
  item: Item,
  routine: LoadedRoutine,
): CallOptions {
  const { statement } = item;
  const sql = statement.kind === "sql" ? statement.statement.kind : undefined;
  const keepJobs = startsJobs(checked, item);
  if (sql === "transactionControl") return { access: "none", keepJobs };
  // One query is consistent by itself; in a transaction it is one of those that must agree.
  const reads = runtime.connection.inTransaction ? "read" : "none";
  if (isDirect(statement)) return { access: reads, keepJobs };
  const access = accessOf(routine);
  return { access: sql === "select" && access === "read" ? reads : access, keepJobs };
}

function runEntry(world: ScriptWorld, checked: CheckedModule, item: Item, routine: LoadedRoutine): void {
  const { runtime } = world;
  world.setDirect(isDirect(item.statement));
  try {
    const options = callOptions(world, checked, item, routine);
    const returned = runtime.outermost(options, () => runtime.machine.call(routine, []));
    for (const table of runtime.takeEmitted()) send(world, item, tableResult(table));
    // A job of a top-level CALL has run after the commit; its value is wanted here.
    const value =
      returned instanceof HandleValue && item.statement.kind === "callStatement"
        ? runtime.jobs.await(returned)
        : returned;
    const result = resultOf(checked, item.statement, value, world.everything);
    if (result !== undefined) send(world, item, result);
  } finally {
    world.setDirect(false);
    runtime.takeEmitted();
  }
}

function send(world: ScriptWorld, item: Item, result: StatementResult): void {
  world.onResult?.({
    result,
    start: item.offset + item.statement.span.start,
    end: item.offset + item.statement.span.end,
  });
}

/** Stores a declaration in a transaction, for whom the session acts. @throws Trap. */
function stored(
  world: ScriptWorld,
  checked: CheckedModule,
  item: Item,
  declaration: Declaration,
  imported = false,
): StatementResult | undefined {
  return world.runtime.outermost({ access: "write", keepJobs: false }, () =>
    storeFor(world.runtime, checked, item, declaration, () =>
      storeDeclaration(world, checked, item, declaration, imported),
    ),
  );
}

/** Runs one item. @throws Trap. */
export function runItem(world: ScriptWorld, checked: CheckedModule, code: ScriptCode, item: Item): void {
  // A hole is checked, never run or stored.
  if (checked.broken.has(item)) return;
  const done = world.elsewhere(checked, code, item);
  if (done !== undefined) {
    for (const result of done) send(world, item, result);
    return;
  }
  askForItem(world.runtime, checked, item);
  if (isDeclaration(item.statement)) {
    const declaration = item.statement;
    const stores = declaration.kind !== "test" && declaration.kind !== "import";
    if (NEEDS_ROUTINES.has(declaration.kind)) storeImports(world, checked);
    const result = stores
      ? stored(world, checked, item, declaration)
      : storeDeclaration(world, checked, item, declaration);
    if (stores) world.changed();
    if (result !== undefined) send(world, item, result);
    return;
  }
  if (item.statement.kind === "hole" || item.statement.kind === "skipped") return;
  const routine = code.entries.get(item);
  if (routine === undefined) throw new InternalError(`script: no code for a ${item.statement.kind} statement`);
  runEntry(world, checked, item, routine);
}

const KEPT_KINDS: ReadonlySet<Statement["kind"]> = new Set<Statement["kind"]>(["struct", "enum", "error", "routine"]);

/** Declarations that, stored, call routines. */
const NEEDS_ROUTINES: ReadonlySet<Statement["kind"]> = new Set<Statement["kind"]>([
  "routine",
  "trigger",
  "schedule",
  "pipeline",
]);

/** What is stored can call only what is stored: the declarations of imported modules go with the first one that is. */
function storeImports(world: ScriptWorld, checked: CheckedModule): void {
  for (const used of importsOf(checked)) {
    if (world.importsStored.has(used)) continue;
    world.importsStored.add(used);
    storeImports(world, used);
    for (const item of used.module.items) {
      const declaration = item.statement;
      if (!KEPT_KINDS.has(declaration.kind) || used.broken.has(item) || !isDeclaration(declaration)) continue;
      stored(world, used, item, declaration, true);
      world.changed();
    }
  }
}

/** Runs all items in order; gives the failure that stopped it. */
export function runScript(world: ScriptWorld, checked: CheckedModule, code: ScriptCode): ScriptFailure | undefined {
  for (const item of checked.module.items) {
    try {
      runItem(world, checked, code, item);
    } catch (error) {
      if (!(error instanceof Trap)) throw error;
      return { error: error.value, item };
    }
  }
  return undefined;
}
