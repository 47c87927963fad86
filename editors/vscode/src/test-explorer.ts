// The test explorer: `test` blocks of open and saved .grz files; runs are `gobic test --json`, each test rolled back.
import * as vscode from "vscode";
import { databaseOption, folderOf } from "./commands.ts";
import { findPrograms } from "./programs.ts";
import { runProgram } from "./run.ts";

/** One test of `gobic test --json`. */
interface TestResult {
  readonly name: string;
  readonly outcome: "passed" | "failed";
  readonly durationMs?: number;
  readonly message?: string;
  /** From 1. */
  readonly line?: number;
}

/** The report of a file: its tests, or what kept them from running. */
interface FileReport {
  readonly tests?: readonly TestResult[];
  readonly error?: { readonly code: string; readonly message: string };
  readonly problems?: readonly {
    readonly line: number;
    readonly column: number;
    readonly severity: string;
    readonly code: string;
    readonly message: string;
  }[];
}

const TEST = /^\s*test\s+(?:'((?:[^']|'')*)'|"((?:[^"]|"")*)"|([A-Za-z_]\w*))/iu;

/** Registers the controller. */
export function registerTests(context: vscode.ExtensionContext): void {
  const controller = vscode.tests.createTestController("grizzly", "PL-GRIZZLY");
  const read = (document: vscode.TextDocument): void => {
    if (document.languageId === "grizzly" && document.uri.scheme === "file") readTests(controller, document);
  };
  controller.createRunProfile(
    "Run",
    vscode.TestRunProfileKind.Run,
    (request, token) => run(context, controller, request, token),
    true,
  );
  context.subscriptions.push(
    controller,
    vscode.workspace.onDidOpenTextDocument(read),
    vscode.workspace.onDidChangeTextDocument(({ document }) => read(document)),
    vscode.workspace.onDidDeleteFiles(({ files }) => files.forEach((uri) => controller.items.delete(uri.toString()))),
  );
  vscode.workspace.textDocuments.forEach(read);
}

function readTests(controller: vscode.TestController, document: vscode.TextDocument): void {
  const id = document.uri.toString();
  const file =
    controller.items.get(id) ??
    controller.createTestItem(id, vscode.workspace.asRelativePath(document.uri), document.uri);
  const tests: vscode.TestItem[] = [];
  for (let line = 0; line < document.lineCount; line += 1) {
    const found = TEST.exec(document.lineAt(line).text);
    const name = found?.[1]?.replaceAll("''", "'") ?? found?.[2]?.replaceAll('""', '"') ?? found?.[3];
    if (name === undefined) continue;
    const test = controller.createTestItem(`${id}#${name}`, name, document.uri);
    test.range = document.lineAt(line).range;
    tests.push(test);
  }
  file.children.replace(tests);
  if (tests.length === 0) controller.items.delete(id);
  else controller.items.add(file);
}

async function run(
  context: vscode.ExtensionContext,
  controller: vscode.TestController,
  request: vscode.TestRunRequest,
  token: vscode.CancellationToken,
): Promise<void> {
  const stop = new AbortController();
  token.onCancellationRequested(() => stop.abort());
  const testRun = controller.createTestRun(request);
  const wanted = request.include ?? [...controller.items].map(([, item]) => item);
  for (const [file, tests] of byFile(wanted, request.exclude ?? [])) {
    for (const test of tests) testRun.started(test);
    const results = await resultsOf(context, file, stop.signal);
    for (const test of tests) tell(testRun, test, results);
  }
  testRun.end();
}

function byFile(
  items: readonly vscode.TestItem[],
  without: readonly vscode.TestItem[],
): Map<string, vscode.TestItem[]> {
  const files = new Map<string, vscode.TestItem[]>();
  for (const item of items.flatMap((each) =>
    each.children.size > 0 ? [...each.children].map(([, test]) => test) : [each],
  )) {
    if (item.uri === undefined || without.includes(item)) continue;
    const known = files.get(item.uri.fsPath);
    if (known === undefined) files.set(item.uri.fsPath, [item]);
    else known.push(item);
  }
  return files;
}

/** Results by name, or what kept the tests from running. */
async function resultsOf(
  context: vscode.ExtensionContext,
  file: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TestResult> | string> {
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.fsPath === file);
  if (document?.isDirty === true) await document.save();
  const { gobic } = findPrograms(context);
  const { out, err } = await runProgram(gobic, ["test", file, "--json", ...databaseOption(file)], {
    cwd: folderOf(file),
    signal,
  });
  try {
    const parsed = JSON.parse(out) as FileReport | readonly FileReport[];
    const reports: readonly FileReport[] = Array.isArray(parsed)
      ? (parsed as readonly FileReport[])
      : [parsed as FileReport];
    const refusal = reports.map(refusalOf).find((each) => each !== undefined);
    if (refusal !== undefined) return refusal;
    return new Map(reports.flatMap(({ tests = [] }) => tests).map((test) => [test.name, test]));
  } catch {
    return (err === "" ? out : err).trim();
  }
}

/** Why the tests of a file were not run: its errors, or the error that its own statements raised. */
function refusalOf({ problems = [], error }: FileReport): string | undefined {
  if (error !== undefined) return `The statements before the tests failed: ${error.code}: ${error.message}`;
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return undefined;
  const lines = errors.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`);
  return ["The file has errors, so its tests were not run:", ...lines].join("\r\n");
}

function tell(testRun: vscode.TestRun, test: vscode.TestItem, results: ReadonlyMap<string, TestResult> | string): void {
  if (typeof results === "string") {
    testRun.appendOutput(`${results}\r\n`, undefined, test);
    return testRun.errored(test, new vscode.TestMessage(results));
  }
  const result = results.get(test.label);
  if (result === undefined) return testRun.skipped(test);
  if (result.outcome === "passed") return testRun.passed(test, result.durationMs);
  const message = new vscode.TestMessage(result.message ?? "It failed.");
  if (test.uri !== undefined && result.line !== undefined)
    message.location = new vscode.Location(test.uri, new vscode.Position(Math.max(0, result.line - 1), 0));
  testRun.failed(test, message, result.durationMs);
}
