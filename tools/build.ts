// Builds dist/: the command line and the REPL's worker (CommonJS bundles; the command line starts from a code cache), the library (ESM)
// and its type declarations. Native and heavy packages stay outside the bundles.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build, type BuildOptions } from "esbuild";

const root = resolve(import.meta.dirname, "..");
// Built beside and moved at the end, so that a build that fails leaves the last good one.
const finished = join(root, "dist");
const dist = join(root, "dist.new");

const COMMON: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  external: ["better-sqlite3", "apache-arrow"],
  charset: "ascii",
  legalComments: "none",
  logLevel: "warning",
};

const COMMON_JS: BuildOptions = {
  ...COMMON,
  format: "cjs",
  minifySyntax: true,
  minifyWhitespace: true,
  supported: { "dynamic-import": false },
  define: { "import.meta.url": "urlOfBundle" },
  banner: { js: 'const urlOfBundle = require("node:url").pathToFileURL(__filename).href;' },
};

/** Runs the fresh command line once so that V8's compiled code of what every command needs goes into the cache. */
function writeCodeCache(): void {
  const folder = mkdtempSync(join(tmpdir(), "gobic-build-"));
  const source = join(folder, "sample.grz");
  writeFileSync(
    source,
    "CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT);\nfunction f (a int) returns int {\n  for r in SELECT id, n FROM t WHERE id > a { if r.n is not null { return r.id } }\n  return [1, 2][0]\n}\n",
  );
  try {
    execFileSync(process.execPath, [join(dist, "cli/gobic.cjs"), "check", source], {
      env: { ...process.env, GOBIC_WRITE_CACHE: "1" },
      stdio: ["ignore", "ignore", "inherit"],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, "cli"), { recursive: true });
await build({ ...COMMON_JS, entryPoints: ["cli/gobic.ts"], outfile: join(dist, "cli/gobic-bundle.cjs") });
await build({ ...COMMON_JS, entryPoints: ["cli/repl/worker.ts"], outfile: join(dist, "cli/repl-worker.cjs") });
await build({
  ...COMMON,
  entryPoints: ["index.ts"],
  outfile: join(dist, "index.js"),
  format: "esm",
  banner: {
    js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);',
  },
});
copyFileSync(join(root, "cli/launcher.cjs"), join(dist, "cli/gobic.cjs"));
chmodSync(join(dist, "cli/gobic.cjs"), 0o755);
writeCodeCache();
execFileSync(
  process.execPath,
  [
    join(root, "node_modules/typescript/bin/tsc"),
    "-p",
    join(root, "tsconfig.build.json"),
    "--outDir",
    join(dist, "types"),
  ],
  { stdio: "inherit" },
);
rmSync(finished, { recursive: true, force: true });
renameSync(dist, finished);
