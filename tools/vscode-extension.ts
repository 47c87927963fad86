// Builds the VS Code extension with a language server of its own and packs it: dist/pl-grizzly.vsix, without the network.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { COMMON_JS } from "./bundle-options.ts";

const root = resolve(import.meta.dirname, "..");

/** Takes in what the code asks for when it first needs it: an extension has no packages beside it. */
const withLatePackages: Plugin = {
  name: "late packages",
  setup: ({ onLoad }) =>
    onLoad({ filter: /(?:server|storage).*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll(
        /createRequire\(import\.meta\.url\)\("([^"]+)"\)/gu,
        'require("$1")',
      ),
      loader: "ts",
    })),
};
const source = join(root, "editors/vscode");
const dist = resolve(process.env["GRIZZLY_DIST"] ?? join(root, "dist"));
const folder = join(dist, "vscode");
rmSync(folder, { recursive: true, force: true });
mkdirSync(join(folder, "server"), { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: ["editors/vscode/src/extension.ts"],
  outfile: join(folder, "extension.cjs"),
  bundle: true,
  platform: "node",
  format: "cjs",
  // The oldest VS Code of the manifest runs Node 20.
  target: "node20",
  external: ["vscode"],
  minify: true,
  legalComments: "none",
  logLevel: "warning",
});
// The editor's Node is not the one that the engine was compiled for: this server reads schemas, not databases, and says so.
await build({
  ...COMMON_JS,
  external: ["apache-arrow"],
  alias: { "better-sqlite3": join(source, "src/no-engine.ts") },
  plugins: [withLatePackages],
  entryPoints: ["cli/grizzly-lsp.ts"],
  outfile: join(folder, "server/grizzly-lsp.cjs"),
});
copyFileSync(join(source, "manifest.json"), join(folder, "package.json"));
for (const name of ["language-configuration.json", "icon.png", "file-icon.svg", "README.md"])
  copyFileSync(join(source, name), join(folder, name));
for (const name of ["syntaxes", "snippets"]) cpSync(join(source, name), join(folder, name), { recursive: true });
// What the server reads of the package: the standard library, and the pages of the diagnostics.
for (const name of ["stdlib", "docs/diagnostics"]) cpSync(join(root, name), join(folder, name), { recursive: true });
copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
execFileSync(
  process.execPath,
  [
    join(root, "node_modules/@vscode/vsce/vsce"),
    "package",
    "--no-dependencies",
    "--allow-missing-repository",
    "--skip-license",
    "--out",
    join(dist, "pl-grizzly.vsix"),
  ],
  { cwd: folder, stdio: ["ignore", "ignore", "inherit"] },
);
console.log(`packed ${join(dist, "pl-grizzly.vsix")}`);
