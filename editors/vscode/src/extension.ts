// The VS Code extension: starts the language server, and joins what the editor shows beside it: commands, tests, status bar, the tree of a daemon.
import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from "vscode-languageclient/node";
import { registerCommands } from "./commands.ts";
import { registerDaemonTree } from "./daemon-tree.ts";
import { findPrograms } from "./programs.ts";
import { registerStatus } from "./status.ts";
import { registerTests } from "./test-explorer.ts";

let client: LanguageClient | undefined;

/** Called by VS Code when a .grz file is opened first. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel("PL-GRIZZLY", { log: true });
  context.subscriptions.push(output);
  const current = (): LanguageClient | undefined => client;
  registerCommands(context, { client: current, restart: () => restart(context, output) });
  registerTests(context);
  registerDaemonTree(context);
  registerStatus(context, current);
  await start(context, output);
}

/** Called by VS Code at its end. */
export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function restart(context: vscode.ExtensionContext, output: vscode.LogOutputChannel): Promise<void> {
  await client?.stop();
  client = undefined;
  await start(context, output);
}

async function start(context: vscode.ExtensionContext, output: vscode.LogOutputChannel): Promise<void> {
  const { server } = findPrograms(context);
  output.info(`language server: ${server.command} ${server.args.join(" ")}`);
  const executable = {
    command: server.command,
    args: [...server.args],
    options: { env: { ...process.env, ...server.env } },
  };
  const serverOptions: ServerOptions = { run: executable, debug: executable };
  const clientOptions: LanguageClientOptions = {
    documentSelector: [{ language: "grizzly" }],
    outputChannel: output,
    synchronize: { configurationSection: "grizzly" },
    initializationOptions: {},
  };
  const made = new LanguageClient("grizzly", "PL-GRIZZLY", serverOptions, clientOptions);
  made.registerFeature({
    fillClientCapabilities: (capabilities) => {
      capabilities.experimental = { ...(capabilities.experimental as object | undefined), grizzlyCommands: true };
    },
    initialize: () => undefined,
    getState: () => ({ kind: "static" }),
    clear: () => undefined,
  });
  client = made;
  try {
    await made.start();
  } catch (error) {
    client = undefined;
    const set = "Open settings";
    const message = `The language server of PL-GRIZZLY did not start (${error instanceof Error ? error.message : String(error)}). Install it with \`npm install -g pl-grizzly\`, or set grizzly.server.path.`;
    void vscode.window.showErrorMessage(message, set).then((chosen) => {
      if (chosen === set) void vscode.commands.executeCommand("workbench.action.openSettings", "grizzly.server.path");
    });
  }
}
