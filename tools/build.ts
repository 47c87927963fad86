// Builds dist/: the command line and the library, bundled so that they start fast, and the library's type declarations.
// Parts that few commands need (REPL, arrow) stay separate chunks that are loaded on demand. Native and heavy packages stay outside.
import { execFileSync } from "node:child_process";
import { chmodSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { "cli/gobic": "cli/gobic.ts", "cli/repl/worker": "cli/repl/worker.ts", index: "index.ts" },
  outdir: dist,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["better-sqlite3", "apache-arrow"],
  sourcemap: "linked",
  sourcesContent: false,
  legalComments: "none",
  // CommonJS packages in an ESM bundle ask for require.
  banner: { js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);' },
  logLevel: "warning",
});
chmodSync(join(dist, "cli/gobic.js"), 0o755);
execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", join(root, "tsconfig.build.json")], { stdio: "inherit" });
