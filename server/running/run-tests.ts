// Runs `test` blocks: the file's other statements first, then each test or case, everything inside one transaction that is always undone.
// Each test starts from the same state: its writes, script variables and clock are put back when it ends.
import { InternalError, required } from "../../base/failure.ts";
import { lineStarts, positionAt, type SourceFile } from "../../base/source.ts";
import { cell } from "../../base/value/column.ts";
import { printQuoted } from "../../base/value/print.ts";
import { type ErrorValue, ListValue, StructValue, TableValue, type Value } from "../../base/value/value.ts";
import { Trap } from "../../bytecode/trap.ts";
import type { Item, TestDeclaration } from "../../compiler/syntax/tree.ts";
import {
  loadScript,
  presetGlobals,
  readGlobals,
  writeGlobals,
  type LoadedScript,
  type ScriptCode,
} from "../programs/pipeline.ts";
import { askForItem } from "../security/ask.ts";
import { refusalIn } from "../security/told-problems.ts";
import type { LoadedRoutine } from "../../vm/load.ts";
import type { LineCoverage, TestOutcome, TestResult } from "../session-types.ts";
import type { SessionCore } from "./core.ts";
import { rejection, scriptWorld } from "./execute.ts";
import { runItem, type ScriptFailure } from "./script.ts";

interface TestRun {
  readonly core: SessionCore;
  readonly file: SourceFile;
  readonly script: LoadedScript;
  readonly code: ScriptCode;
}

function isTest(item: Item): item is Item & { readonly statement: TestDeclaration } {
  return item.statement.kind === "test";
}

/** Opens the transaction and runs everything that is not a test. */
function setUp(run: TestRun): ScriptFailure | undefined {
  const { core, script, code } = run;
  core.runtime.transactions.beginAround();
  presetGlobals(code, []);
  const world = scriptWorld(core, {}, false);
  for (const item of script.checked.module.items) {
    if (isTest(item)) continue;
    try {
      runItem(world, script.checked, code, item);
    } catch (error) {
      if (!(error instanceof Trap)) throw error;
      return { item, error: error.value };
    }
  }
  return undefined;
}

function tearDown(core: SessionCore): void {
  core.runtime.setClock(undefined);
  core.runtime.transactions.endAround();
  core.changed("schema");
}

/** Line of the file where an error arose: the innermost frame in the file, else the test itself. */
function lineOf(run: TestRun, item: Item, error: ErrorValue): number {
  const frame = error.stack.find((candidate) => candidate.file === run.file.name);
  return frame?.line ?? positionAt(lineStarts(run.file.text), item.offset + item.statement.span.start).line;
}

function runOne(run: TestRun, item: Item, test: TestCase): TestResult {
  const { runtime } = run.core;
  const startedMs = runtime.elapsedMs();
  const token = runtime.transactions.savepoint();
  const variables = readGlobals(run.code);
  let error: ErrorValue | undefined;
  try {
    askForItem(runtime, run.script.checked, item);
    run.core.testing = true;
    runtime.outermost({ access: "write", keepJobs: true }, () => runtime.machine.call(test.routine, test.args));
  } catch (caught) {
    if (!(caught instanceof Trap)) throw caught;
    error = caught.value;
  }
  run.core.testing = false;
  runtime.takeEmitted();
  runtime.setClock(undefined);
  writeGlobals(run.code, variables);
  if (runtime.connection.inTransaction) runtime.transactions.rollbackTo(token);
  run.core.changed("schema");
  const durationMs = runtime.elapsedMs() - startedMs;
  const failure = error === undefined ? undefined : { message: error.message, line: lineOf(run, item, error), error };
  return { name: test.name, outcome: failure === undefined ? "passed" : "failed", durationMs, failure };
}

/** One test, or one per case: `name (1, 2)`. */
interface TestCase {
  readonly name: string;
  readonly routine: LoadedRoutine;
  readonly args: readonly Value[];
}

function casesOf(run: TestRun, item: Item & { readonly statement: TestDeclaration }): readonly TestCase[] {
  const name = item.statement.name.text;
  const test = required(run.code.tests.get(item), `code of test ${name}`);
  if (test.cases === undefined) return [{ name, routine: test.routine, args: [] }];
  const { runtime } = run.core;
  const cases = test.cases;
  const rows = runtime.outermost({ access: "write", keepJobs: false }, () => runtime.machine.call(cases, []));
  return rowsOfCases(rows).map((row) => {
    const args =
      test.routine.code.parameters.length === 1 && !(row instanceof StructValue || row instanceof ListValue)
        ? [row]
        : partsOf(row);
    return { name: `${name} (${args.map((arg) => printQuoted(arg)).join(", ")})`, routine: test.routine, args };
  });
}

function rowsOfCases(rows: Value): readonly Value[] {
  if (rows instanceof ListValue) return rows.items;
  if (rows instanceof TableValue) {
    return Array.from(
      { length: rows.length },
      (_, row) =>
        new StructValue(
          rows.shape,
          rows.columns.map((column) => cell(column, row)),
        ),
    );
  }
  throw new InternalError("tests: the cases are neither a list nor rows");
}

function partsOf(row: Value): readonly Value[] {
  if (row instanceof StructValue) return row.slots;
  return row instanceof ListValue ? row.items : [row];
}

/** Runs the tests; when the engine has ended the transaction, everything is set up again before the next. */
function runAll(run: TestRun, filter: string | undefined): readonly TestResult[] {
  const results: TestResult[] = [];
  for (const item of run.script.checked.module.items) {
    if (!isTest(item) || run.script.checked.broken.has(item)) continue;
    for (const test of casesOf(run, item)) {
      if (filter !== undefined && !test.name.toLowerCase().includes(filter.toLowerCase())) continue;
      results.push(runOne(run, item, test));
      if (run.core.runtime.connection.inTransaction) continue;
      tearDown(run.core);
      const failure = setUp(run);
      if (failure !== undefined)
        throw new InternalError(`tests: the set-up failed the second time: ${failure.error.message}`);
    }
  }
  return results;
}

/** Runs the tests of a file; see Session.runTests. */
export function runTests(core: SessionCore, file: SourceFile, filter: string | undefined): TestOutcome {
  core.begin();
  const script = loadScript(
    file,
    core.checkInput(core.gobi.view(core.catalog.view()), undefined),
    (program) => core.runtime.functions.addProgram(program),
    { coverage: true },
  );
  const { problems, code } = script;
  if (code === undefined) {
    try {
      return { kind: "rejected", problems: rejection(core, file, undefined, script) };
    } catch (error) {
      return { kind: "failed", problems: [], error: refusalIn(error).value };
    }
  }
  const run: TestRun = { core, file, script, code };
  try {
    const failure = setUp(run);
    if (failure !== undefined) return { kind: "failed", problems, error: failure.error };
    return { kind: "ran", problems, tests: runAll(run, filter), coverage: coverageOf(run) };
  } finally {
    tearDown(core);
  }
}

/** Counters per line; a line with several statements has the largest. */
function coverageOf(run: TestRun): LineCoverage {
  const hits = new Map<number, number>();
  run.code.coverage.lines.forEach((line, slot) => {
    hits.set(line, Math.max(hits.get(line) ?? 0, run.code.coverage.count(slot)));
  });
  return { file: run.file.name, hits };
}
