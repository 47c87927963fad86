// The status bar: the database that the file in the editor is checked against, or why there is none. A click chooses another.
import { basename } from "node:path";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

/** Answer of the request `grizzly/database`. */
interface DatabaseInUse {
  readonly path: string | null;
  readonly kind: "database" | "schema" | "none";
  readonly message?: string;
}

/** Shows it for .grz files. */
export function registerStatus(context: vscode.ExtensionContext, client: () => LanguageClient | undefined): void {
  const item = vscode.window.createStatusBarItem("grizzly.database", vscode.StatusBarAlignment.Right, 90);
  item.name = "PL-GRIZZLY database";
  item.command = "grizzly.selectDatabase";
  const refresh = async (): Promise<void> => {
    const document = vscode.window.activeTextEditor?.document;
    if (document?.languageId !== "grizzly") return item.hide();
    const found = await ask(client(), document.uri);
    if (found === undefined) return item.hide();
    const icon = found.message === undefined ? "database" : "warning";
    item.text = `$(${icon}) ${found.path === null ? "no database" : basename(found.path)}`;
    item.backgroundColor =
      found.message === undefined ? undefined : new vscode.ThemeColor("statusBarItem.warningBackground");
    item.tooltip = found.message ?? found.path ?? "No database or gobi.schema.json was found; click to choose one.";
    item.show();
  };
  const soon = (): void => void refresh();
  context.subscriptions.push(
    item,
    vscode.window.onDidChangeActiveTextEditor(soon),
    vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration("grizzly") && soon()),
    vscode.workspace.onDidSaveTextDocument(soon),
    // Diagnostics come when the server has looked: also after a change of the schema.
    vscode.languages.onDidChangeDiagnostics(soon),
  );
  soon();
}

async function ask(client: LanguageClient | undefined, uri: vscode.Uri): Promise<DatabaseInUse | undefined> {
  if (client?.isRunning() !== true) return undefined;
  try {
    return await client.sendRequest<DatabaseInUse>("grizzly/database", { uri: uri.toString() });
  } catch {
    // An older server does not know the request: then nothing is shown.
    return undefined;
  }
}
