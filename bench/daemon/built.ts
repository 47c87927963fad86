// Runs a benchmark of the daemon on bundles, as the product is built: `npx tsx bench/daemon/built.ts calls|rows [ours|all] [rounds]`.
// From the sources tsx's helper for names of functions costs each call a tenth to a fifth more.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build, type BuildOptions } from "esbuild";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "bench-daemon-"));
const COMMON: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  external: ["better-sqlite3", "apache-arrow", "pg", "mysql2", "lz4-napi"],
  logLevel: "warning",
};
try {
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const program of ["calls", "rows", "rows-reader"])
    await build({
      ...COMMON,
      entryPoints: [`bench/daemon/${program}.ts`],
      format: "esm",
      outfile: join(folder, `${program}.mjs`),
      banner: {
        js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);',
      },
    });
  await build({
    ...COMMON,
    entryPoints: ["server/lanes/lane-process.ts"],
    format: "cjs",
    outfile: join(folder, "lane.cjs"),
    define: { "import.meta.url": "urlOfBundle" },
    banner: { js: 'const urlOfBundle = require("node:url").pathToFileURL(__filename).href;' },
  });
  const [, , program = "calls", ...args] = process.argv;
  const { status } = spawnSync(process.execPath, [join(folder, `${program}.mjs`), ...args], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
