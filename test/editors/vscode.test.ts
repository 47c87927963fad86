// The VS Code extension as it is packed: everything that its manifest names is there, every command has its code, and the file is built without the network.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SETTINGS } from "../../lsp/server/settings.ts";
import { CLIENT_COMMANDS } from "../../lsp/server/commands.ts";
import { vscodeManifest } from "../../tools/vscode-manifest.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const source = join(root, "editors/vscode");

interface Manifest {
  readonly main: string;
  readonly icon: string;
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, unknown>> };
    readonly languages: readonly { readonly configuration: string; readonly icon: { readonly light: string } }[];
    readonly grammars: readonly { readonly path: string }[];
    readonly snippets: readonly { readonly path: string }[];
  };
}

const manifest = JSON.parse(vscodeManifest().text) as Manifest;
const { contributes } = manifest;

describe("the manifest", () => {
  it("names a command for each that the code has, and no other", () => {
    const code = ["commands.ts", "daemon-tree.ts"]
      .map((name) => readFileSync(join(source, "src", name), "utf8"))
      .join("");
    const registered = [...code.matchAll(/"(grizzly\.\w+)"(?=:|, \()/gu)].map((found) => found[1] ?? "");
    expect(contributes.commands.map(({ command }) => command).toSorted()).toEqual([...new Set(registered)].toSorted());
    for (const { command } of Object.values(CLIENT_COMMANDS)) expect(registered).toContain(command);
  });

  it("has every setting of the server", () => {
    for (const name of Object.keys(SETTINGS))
      expect(contributes.configuration.properties).toHaveProperty([`grizzly.${name}`]);
  });

  it("names files that are there and can be read", () => {
    const files = [
      manifest.icon,
      ...contributes.languages.flatMap(({ configuration, icon }) => [configuration, icon.light]),
      ...contributes.grammars.map(({ path }) => path),
      ...contributes.snippets.map(({ path }) => path),
    ];
    for (const file of files) {
      const path = resolve(source, file);
      expect(existsSync(path), file).toBe(true);
      if (path.endsWith(".json")) JSON.parse(readFileSync(path, "utf8"));
    }
  });
});

describe("the package", () => {
  let dist: string;
  beforeAll(() => {
    dist = mkdtempSync(join(tmpdir(), "grizzly-vsix-"));
  });
  afterAll(() => rmSync(dist, { recursive: true, force: true }));

  it("holds the extension, the server and what the manifest names", () => {
    execFileSync(process.execPath, ["--import", "tsx", join(root, "tools/vscode-extension.ts")], {
      cwd: root,
      env: { ...process.env, GRIZZLY_DIST: dist },
      stdio: ["ignore", "ignore", "inherit"],
    });
    // File names stand as they are in the directory of a zip file.
    const packed = readFileSync(join(dist, "pl-grizzly.vsix"));
    for (const name of [
      "extension.cjs",
      "server/grizzly-lsp.cjs",
      "stdlib/list.grz",
      "docs/diagnostics/E1001.md",
      "syntaxes/grizzly.tmLanguage.json",
      "icon.png",
      "package.json",
    ])
      expect(packed.includes(`extension/${name}`), name).toBe(true);
    const code = readFileSync(join(dist, "vscode/extension.cjs"), "utf8");
    expect(code).toContain("exports");
    execFileSync(process.execPath, ["--check", join(dist, "vscode/extension.cjs")]);
  }, 60_000);

  it("its server starts by itself and answers, with no packages beside it", async () => {
    const child = spawn(process.execPath, [join(dist, "vscode/server/grizzly-lsp.cjs"), "--stdio"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const ended = new Promise<number | null>((end) => child.once("exit", end));
    const send = (message: object): void => {
      const text = JSON.stringify({ jsonrpc: "2.0", ...message });
      child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    };
    send({ id: 1, method: "initialize", params: { processId: null, rootUri: null, capabilities: {} } });
    // A cron text, a regular expression and the standard library are what the server reads late.
    const text =
      "import list\nupsert SCHEDULE as s (sched: '0 99 * * *', exe: 'procedure', call: 'p')\nprint regex_match('a', 'b')\n";
    const textDocument = { uri: "file:///late.grz", languageId: "grizzly", version: 1, text };
    let out = "";
    for await (const chunk of child.stdout.setEncoding("utf8")) {
      const before = out;
      out += String(chunk);
      if (out.includes('"capabilities"') && !before.includes('"capabilities"')) {
        send({ method: "initialized", params: {} });
        send({ method: "textDocument/didOpen", params: { textDocument } });
      }
      if (!out.includes("publishDiagnostics") || !out.includes("E7")) continue;
      send({ id: 2, method: "shutdown" });
      send({ method: "exit" });
      break;
    }
    expect(out).toContain('"renameProvider"');
    expect(out).not.toContain("Cannot find module");
    expect(out).not.toContain("no module named");
    expect(await ended).toBe(0);
  });
});
