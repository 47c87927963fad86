// npm run generate: writes everything that is made from tables. With --check nothing is written, and a stale file fails.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { editorFiles } from "./editor-grammar.ts";
import { editorSettingsPage } from "./editor-settings.ts";
import { referencePages } from "./reference.ts";
import { vscodeManifest } from "./vscode-manifest.ts";

const root = resolve(import.meta.dirname, "..");
const check = process.argv.includes("--check");
const stale: string[] = [];

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

// The grammar goes first and in a process of its own: other modules load what it writes.
const grammar = spawnSync(
  process.execPath,
  ["--import", "tsx", join(root, "tools/generate-grammar.ts"), ...(check ? ["--check"] : [])],
  { stdio: "inherit" },
);
if (grammar.status !== 0) stale.push("grammar/recipe.ts");

const pages = referencePages().map(({ path, text }) => ({ path: `docs/reference/${path}`, text }));
for (const file of [...pages, ...editorFiles(), vscodeManifest(), editorSettingsPage()]) {
  const path = join(root, file.path);
  if (textOf(path) === file.text) continue;
  if (check) stale.push(file.path);
  else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.text);
    console.log(`wrote ${file.path}`);
  }
}

if (stale.length > 0) {
  console.error(`stale: ${stale.join(", ")}; run npm run generate`);
  process.exitCode = 1;
}
