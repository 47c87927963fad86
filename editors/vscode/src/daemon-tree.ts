// The tree of mounted daemons: procedures, functions, schedules, triggers, pipelines and the newest runs of each, as `gobi sql` tells them.
import * as vscode from "vscode";
import { findPrograms } from "./programs.ts";
import { runProgram } from "./run.ts";

type Row = Readonly<Record<string, unknown>>;

interface Group {
  readonly label: string;
  readonly icon: string;
  readonly statement: string;
  readonly describe: (row: Row) => { readonly label: string; readonly description: string };
}

const text = (value: unknown): string => (value === null || value === undefined ? "" : String(value));

const GROUPS: readonly Group[] = [
  group("Procedures", "symbol-method", "LIST PROCEDURES"),
  group("Functions", "symbol-function", "LIST FUNCTIONS"),
  group("Triggers", "zap", "LIST TRIGGERS"),
  group("Schedules", "clock", "LIST SCHEDULES"),
  group("Pipelines", "git-merge", "LIST PIPELINES"),
  {
    label: "Runs",
    icon: "history",
    statement: "LIST RUNS",
    describe: (row) => ({
      label: text(row["schedule"] ?? row["calls"] ?? row["run_id"]),
      description: [row["status"], row["started_at"], row["error"]]
        .map(text)
        .filter((each) => each !== "")
        .join(" · "),
    }),
  },
];

function group(label: string, icon: string, statement: string): Group {
  return {
    label,
    icon,
    statement,
    describe: (row) => {
      const [first, ...others] = Object.entries(row);
      const { name } = row;
      return {
        label: text(name ?? first?.[1]),
        description: others
          .filter(([key, value]) => key !== "name" && typeof value !== "object")
          .map(([, value]) => text(value))
          .filter((value) => value !== "")
          .slice(0, 3)
          .join(" · "),
      };
    },
  };
}

type Node =
  | { readonly kind: "daemon"; readonly name: string; readonly folder: string }
  | { readonly kind: "group"; readonly folder: string; readonly group: Group }
  | { readonly kind: "row"; readonly label: string; readonly description: string; readonly icon: string }
  | { readonly kind: "message"; readonly label: string };

class DaemonTree implements vscode.TreeDataProvider<Node> {
  readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  readonly #context: vscode.ExtensionContext;

  constructor(context: vscode.ExtensionContext) {
    this.#context = context;
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const open = node.kind === "daemon" || node.kind === "group";
    const item = new vscode.TreeItem(
      node.kind === "daemon" ? node.name : node.kind === "group" ? node.group.label : node.label,
      open ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None,
    );
    if (node.kind === "daemon") {
      item.iconPath = new vscode.ThemeIcon("database");
      item.description = node.folder;
    } else if (node.kind === "group") item.iconPath = new vscode.ThemeIcon(node.group.icon);
    else if (node.kind === "row") {
      item.iconPath = new vscode.ThemeIcon(node.icon);
      item.description = node.description;
      item.tooltip = `${node.label}\n${node.description}`;
    }
    return item;
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node === undefined) return await this.#daemons();
    if (node.kind === "daemon") return GROUPS.map((each) => ({ kind: "group", folder: node.folder, group: each }));
    return node.kind === "group" ? await this.#rows(node.folder, node.group) : [];
  }

  async #daemons(): Promise<Node[]> {
    const found = await this.#ask(["daemon", "list", "--json"]);
    if (typeof found === "string") return [{ kind: "message", label: found }];
    return found.map((row) => ({ kind: "daemon", name: text(row["instance"]), folder: text(row["folder"]) }));
  }

  async #rows(folder: string, { statement, describe, icon }: Group): Promise<Node[]> {
    const rows = await this.#ask(["sql", folder, "-c", statement, "--format", "json"]);
    if (typeof rows === "string") return [{ kind: "message", label: rows }];
    if (rows.length === 0) return [{ kind: "message", label: "none" }];
    return rows.map((row) => ({ kind: "row", icon, ...describe(row) }));
  }

  /** Rows of JSON that a command prints, or what is wrong. */
  async #ask(args: readonly string[]): Promise<readonly Row[] | string> {
    const { code, out, err } = await runProgram(findPrograms(this.#context).gobi, args, { cwd: undefined });
    if (code !== 0) return code === -1 ? "gobi was not found: npm install -g pl-grizzly" : err.trim();
    try {
      const data: unknown = JSON.parse(out);
      return Array.isArray(data) ? (data as readonly Row[]) : [];
    } catch {
      return out.trim();
    }
  }
}

/** Registers the view and its refresh. */
export function registerDaemonTree(context: vscode.ExtensionContext): void {
  const tree = new DaemonTree(context);
  context.subscriptions.push(
    vscode.window.registerTreeDataProvider("grizzly.daemons", tree),
    vscode.commands.registerCommand("grizzly.refreshDaemons", () => tree.changed.fire(undefined)),
  );
}
