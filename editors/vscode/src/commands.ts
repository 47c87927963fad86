// Commands: check the workspace, run files, tests and routines, show effects and bytecode, choose the database, restart the server, places behind a lens.
import { basename, dirname } from "node:path";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { findPrograms, type Program, shellLine } from "./programs.ts";
import { runProgram } from "./run.ts";

/** What commands act on. */
export interface CommandWorld {
  readonly client: () => LanguageClient | undefined;
  readonly restart: () => Promise<void>;
}

type Handler = (context: vscode.ExtensionContext, world: CommandWorld, ...args: never[]) => unknown;

const HANDLERS: Readonly<Record<string, Handler>> = {
  "grizzly.checkWorkspace": (context) => inTerminal(findPrograms(context).gobic, ["check", "."]),
  "grizzly.runFile": (context, _world, uri?: vscode.Uri) =>
    withFile(uri, (file) => runIn(context, file, ["run", file])),
  "grizzly.runTest": (context, _world, uri: string, name: string) => {
    const file = vscode.Uri.parse(uri).fsPath;
    return runIn(context, file, ["test", file, "--filter", name]);
  },
  "grizzly.runRoutine": (context, _world, uri: string, name: string) => {
    const file = vscode.Uri.parse(uri).fsPath;
    return runIn(context, file, ["run", "-e", `import '${file.replaceAll("'", "''")}'\nCALL ${name}()`]);
  },
  "grizzly.showEffects": (context, _world, uri?: vscode.Uri) =>
    withFile(uri, (file) => show(context, file, ["effects", file])),
  "grizzly.showBytecode": (context, _world, uri?: vscode.Uri) =>
    withFile(uri, (file) => show(context, file, ["disassemble", file])),
  "grizzly.restartServer": (_context, world) => world.restart(),
  "grizzly.selectDatabase": () => selectDatabase(),
  "grizzly.showReferences": (_context, world, uri: string, position: never, locations: never[]) => {
    const client = world.client();
    if (client === undefined) return undefined;
    const { protocol2CodeConverter: converter } = client;
    return vscode.commands.executeCommand(
      "editor.action.showReferences",
      vscode.Uri.parse(uri),
      converter.asPosition(position),
      locations.map((location) => converter.asLocation(location)),
    );
  },
};

/** Registers all. */
export function registerCommands(context: vscode.ExtensionContext, world: CommandWorld): void {
  for (const [name, handler] of Object.entries(HANDLERS))
    context.subscriptions.push(
      vscode.commands.registerCommand(name, (...args: never[]) => handler(context, world, ...args)),
    );
}

/** The file of an argument, or the one in the editor. Unsaved changes are saved first: programs read files. */
async function withFile(uri: vscode.Uri | undefined, work: (file: string) => unknown): Promise<void> {
  const target = uri ?? vscode.window.activeTextEditor?.document.uri;
  if (target === undefined || target.scheme !== "file") {
    void vscode.window.showInformationMessage("Open a .grz file first.");
    return;
  }
  const document = vscode.workspace.textDocuments.find((each) => each.uri.toString() === target.toString());
  if (document?.isDirty === true) await document.save();
  await work(target.fsPath);
}

/** `--db` as the settings say it. */
export function databaseOption(file: string): readonly string[] {
  const database = vscode.workspace.getConfiguration("grizzly", vscode.Uri.file(file)).get<string>("database", "");
  return database === "" || database.endsWith(".json") ? [] : ["--db", database];
}

function runIn(context: vscode.ExtensionContext, file: string, args: readonly string[]): void {
  inTerminal(findPrograms(context).gobic, [...args, ...databaseOption(file)], folderOf(file));
}

/** The workspace folder of a file, or its own. */
export function folderOf(file: string): string {
  return vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file))?.uri.fsPath ?? dirname(file);
}

function inTerminal(program: Program, args: readonly string[], cwd?: string): void {
  const name = "PL-GRIZZLY";
  const open = vscode.window.terminals.find((terminal) => terminal.name === name && terminal.exitStatus === undefined);
  const terminal = open ?? vscode.window.createTerminal({ name, ...(cwd === undefined ? {} : { cwd }) });
  terminal.show(true);
  terminal.sendText(shellLine(program, args));
}

/** Shows what a program prints as a document beside the file. */
async function show(context: vscode.ExtensionContext, file: string, args: readonly string[]): Promise<void> {
  const printed = await runProgram(findPrograms(context).gobic, [...args, ...databaseOption(file)], {
    cwd: folderOf(file),
  });
  if (printed.code === -1) {
    void vscode.window.showErrorMessage(`gobic did not run: ${printed.err.trim()}`);
    return;
  }
  const document = await vscode.workspace.openTextDocument({
    content: `-- gobic ${args[0] ?? ""} ${basename(file)}\n${printed.out}${printed.err}`,
    language: "plaintext",
  });
  await vscode.window.showTextDocument(document, {
    viewColumn: vscode.ViewColumn.Beside,
    preview: true,
    preserveFocus: true,
  });
}

const NEAREST = "The nearest one";

async function selectDatabase(): Promise<void> {
  const files = await vscode.workspace.findFiles(
    "**/{*.gobi,*.db,*.sqlite,gobi.schema.json}",
    "**/node_modules/**",
    100,
  );
  const paths = files.map((uri) => vscode.workspace.asRelativePath(uri)).toSorted();
  const chosen = await vscode.window.showQuickPick([NEAREST, ...paths], {
    placeHolder: "Database or schema that files are checked against",
  });
  if (chosen === undefined) return;
  await vscode.workspace
    .getConfiguration("grizzly")
    .update("database", chosen === NEAREST ? undefined : chosen, vscode.ConfigurationTarget.Workspace);
}
