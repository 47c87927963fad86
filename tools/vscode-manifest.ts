// The manifest of the VS Code extension: settings from the server's table, commands from one list, the rest as it is.
import { VERSION } from "../base/version.ts";
import { SETTINGS } from "../lsp/server/settings.ts";

/** A file to write. */
export interface ManifestFile {
  readonly path: string;
  readonly text: string;
}

interface CommandRow {
  readonly title: string;
  /** Where it is offered: everywhere, in .grz files, or only by lenses. */
  readonly when: "always" | "grizzly" | "never";
  readonly icon?: string;
}

const COMMANDS: Readonly<Record<string, CommandRow>> = {
  "grizzly.checkWorkspace": { title: "Check Workspace", when: "always" },
  "grizzly.runFile": { title: "Run File", when: "grizzly", icon: "$(play)" },
  "grizzly.showEffects": { title: "Show Effects", when: "grizzly" },
  "grizzly.showBytecode": { title: "Show Bytecode", when: "grizzly" },
  "grizzly.selectDatabase": { title: "Select Database", when: "always" },
  "grizzly.restartServer": { title: "Restart Language Server", when: "always" },
  "grizzly.refreshDaemons": { title: "Refresh", when: "never", icon: "$(refresh)" },
  "grizzly.runTest": { title: "Run Test", when: "never" },
  "grizzly.runRoutine": { title: "Run Routine", when: "never" },
  "grizzly.showReferences": { title: "Show References", when: "never" },
};

const WHEN = { always: "true", grizzly: "editorLangId == grizzly", never: "false" } as const;

function properties(): Readonly<Record<string, unknown>> {
  const rows = Object.entries(SETTINGS).map(([name, { type, default: value, doc }]) => [
    `grizzly.${name}`,
    { type, default: value, markdownDescription: doc, scope: "resource" },
  ]);
  return {
    ...Object.fromEntries(rows),
    "grizzly.server.path": {
      type: "string",
      default: "",
      markdownDescription:
        "Program of the language server. Empty: `grizzly-lsp` of the workspace, then of the PATH, then the one in the extension (which reads `gobi.schema.json`, not databases).",
      scope: "machine-overridable",
    },
    "grizzly.trace.server": {
      type: "string",
      enum: ["off", "messages", "verbose"],
      default: "off",
      description: "What the extension and the server say to each other is written to the output.",
    },
  };
}

/** The manifest. */
export function vscodeManifest(): ManifestFile {
  const manifest = {
    name: "pl-grizzly",
    displayName: "PL-GRIZZLY",
    description:
      "Typed procedures, triggers, schedules and pipelines for databases: types, errors and effects while you write.",
    version: VERSION,
    publisher: "pl-grizzly",
    license: "MIT",
    private: true,
    engines: { vscode: "^1.90.0" },
    categories: ["Programming Languages", "Linters", "Formatters", "Testing", "Snippets"],
    keywords: ["sql", "sqlite", "stored procedures", "triggers", "schedules"],
    icon: "icon.png",
    main: "./extension.cjs",
    activationEvents: ["onLanguage:grizzly", "workspaceContains:**/*.grz", "onView:grizzly.daemons"],
    contributes: {
      languages: [
        {
          id: "grizzly",
          aliases: ["PL-GRIZZLY", "grizzly", "grz"],
          extensions: [".grz"],
          configuration: "./language-configuration.json",
          icon: { light: "./file-icon.svg", dark: "./file-icon.svg" },
        },
      ],
      grammars: [
        { language: "grizzly", scopeName: "source.grizzly", path: "./syntaxes/grizzly.tmLanguage.json" },
        {
          scopeName: "markdown.grizzly.codeblock",
          path: "./syntaxes/grizzly.markdown.tmLanguage.json",
          injectTo: ["text.html.markdown"],
          embeddedLanguages: { "meta.embedded.block.grizzly": "grizzly" },
        },
      ],
      snippets: [{ language: "grizzly", path: "./snippets/grizzly.json" }],
      configuration: { title: "PL-GRIZZLY", properties: properties() },
      commands: Object.entries(COMMANDS).map(([command, { title, icon }]) => ({
        command,
        title,
        category: "PL-GRIZZLY",
        ...(icon === undefined ? {} : { icon }),
      })),
      menus: {
        commandPalette: Object.entries(COMMANDS).map(([command, { when }]) => ({ command, when: WHEN[when] })),
        "editor/title/run": [{ command: "grizzly.runFile", when: "resourceLangId == grizzly", group: "navigation@1" }],
        "view/title": [{ command: "grizzly.refreshDaemons", when: "view == grizzly.daemons", group: "navigation" }],
      },
      views: { explorer: [{ id: "grizzly.daemons", name: "PL-GRIZZLY Daemons", visibility: "collapsed" }] },
      viewsWelcome: [
        {
          view: "grizzly.daemons",
          contents: "No daemon is running.\nMount a folder with `gobi mount <folder>`, then refresh.",
        },
      ],
    },
  };
  return { path: "editors/vscode/manifest.json", text: `${JSON.stringify(manifest, undefined, 2)}\n` };
}
