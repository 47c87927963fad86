// Where gobic, gobi and grizzly-lsp are: a setting, the package of the workspace or of a folder above it, the PATH, the usual places of global packages, and for the language server at last the copy in the extension.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import * as vscode from "vscode";

/** A program and how it is started. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What the extension starts. */
export interface Programs {
  readonly server: Program;
  readonly gobic: Program;
  readonly gobi: Program;
}

type Name = "grizzly-lsp" | "gobic" | "gobi";

/** Finds them for the first workspace folder. */
export function findPrograms(context: vscode.ExtensionContext): Programs {
  const server = vscode.workspace.getConfiguration("grizzly").get<string>("server.path", "");
  const given = server === "" ? undefined : { command: server, args: ["--stdio"], env: {} };
  return {
    server: given ?? installed("grizzly-lsp", ["--stdio"]) ?? bundled(context),
    gobic: installed("gobic", []) ?? { command: "gobic", args: [], env: {} },
    gobi: installed("gobi", []) ?? { command: "gobi", args: [], env: {} },
  };
}

function installed(name: Name, args: readonly string[]): Program | undefined {
  const file = process.platform === "win32" ? `${name}.cmd` : name;
  const folders = (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => binariesAbove(uri.fsPath));
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const found = [...folders, ...path, ...globalFolders()]
    .map((folder) => join(folder, file))
    .find((each) => existsSync(each));
  return found === undefined ? undefined : { command: found, args, env: {} };
}

/** Where npm puts programs of a folder and of those above it. */
function binariesAbove(folder: string): readonly string[] {
  const above = dirname(folder);
  const own = join(folder, "node_modules", ".bin");
  return above === folder ? [own] : [own, ...binariesAbove(above)];
}

/** Where global packages usually have their programs. An editor that was not started from a terminal has a PATH without them. */
function globalFolders(): readonly string[] {
  if (process.platform === "win32") return [join(process.env["APPDATA"] ?? "", "npm")];
  const home = homedir();
  return ["/usr/local/bin", "/opt/homebrew/bin", join(home, ".npm-global", "bin"), join(home, ".local", "bin")];
}

/** The copy in the extension runs on the editor's own Node. It reads gobi.schema.json; for databases the package must be installed. */
function bundled(context: vscode.ExtensionContext): Program {
  return {
    command: process.execPath,
    args: [join(context.extensionPath, "server", "grizzly-lsp.cjs"), "--stdio"],
    env: { ELECTRON_RUN_AS_NODE: "1" },
  };
}

/** A command line for a terminal. */
export function shellLine(program: Program, args: readonly string[]): string {
  return [program.command, ...program.args, ...args].map(quoted).join(" ");
}

function quoted(word: string): string {
  if (/^[\w./:=@-]+$/u.test(word)) return word;
  return process.platform === "win32" ? `"${word.replaceAll('"', '""')}"` : `'${word.replaceAll("'", `'\\''`)}'`;
}
