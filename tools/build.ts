// Builds dist/: the command line, the REPL's worker and the daemon's processes (CommonJS bundles; what somebody waits for starts from a code cache), the library (ESM)
// and its type declarations. Native and heavy packages stay outside the bundles.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { lineStarts, positionAt } from "../base/source.ts";
import { startServer } from "../bench/lsp/client.ts";
import { programText, schemaText } from "../bench/lsp/program.ts";
import { COMMON, COMMON_JS } from "./bundle-options.ts";
import { CHILD_ENTRIES } from "../server/processes/child-entry.ts";

const root = resolve(import.meta.dirname, "..");
// Built beside and moved at the end, so that a build that fails leaves the last good one.
const finished = join(root, "dist");
const dist = join(root, "dist.new");

/** What CommonJS packages in ESM bundles need. */
const BANNER_ESM = {
  js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);',
};

/** Ink's door to React's development tools, which are not installed, and the web sockets that it needs: left out. */
const NO_DEVTOOLS: Plugin = {
  name: "no-devtools",
  setup: (bundle) => {
    bundle.onResolve({ filter: /^\.\/devtools\.js$/ }, ({ path }) => ({ path, namespace: "left-out" }));
    bundle.onLoad({ filter: /.*/, namespace: "left-out" }, () => ({ contents: "" }));
  },
};

/** Runs a fresh program once so that V8's compiled code of what every command needs goes into the cache. */
function writeCodeCache(program: "gobic" | "gobi"): void {
  const folder = mkdtempSync(join(tmpdir(), "gobic-build-"));
  const source = join(folder, "sample.grz");
  writeFileSync(
    source,
    "CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT);\nfunction f (a int) returns int {\n  for r in SELECT id, n FROM t WHERE id > a { if r.n is not null { return r.id } }\n  return [1, 2][0]\n}\n",
  );
  try {
    const run = (name: "gobic" | "gobi", ...args: string[]): void =>
      void execFileSync(process.execPath, [join(dist, `cli/${name}.cjs`), ...args], {
        env: { ...process.env, ...(name === program ? { GOBIC_WRITE_CACHE: "1" } : {}) },
        stdio: ["ignore", "ignore", "inherit"],
      });
    if (program === "gobic") run("gobic", "check", source);
    else {
      const database = join(folder, "sample.db");
      run("gobic", "run", source, "--db", database);
      run("gobi", "procedures", "list", "--db", database);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Mounts a folder once, so that V8's compiled code of the daemon's processes goes into their caches: they are what a start waits for. */
function writeDaemonCaches(): void {
  const folder = mkdtempSync(join(tmpdir(), "gobi-build-"));
  const gobi = (...args: string[]): void =>
    void execFileSync(process.execPath, [join(dist, "cli/gobi.cjs"), ...args], {
      env: {
        ...process.env,
        GOBIC_WRITE_CACHE: "1",
        GOBI_RUNTIME_DIR: join(folder, "run"),
        GOBI_CONFIG_DIR: join(folder, "settings"),
      },
      stdio: ["ignore", "ignore", "inherit"],
    });
  const mounted = join(folder, "sample");
  try {
    // With a lane of each kind, a gateway and a migration.
    mkdirSync(join(mounted, "migrations"), { recursive: true });
    writeFileSync(join(mounted, "migrations", "1_sample.sql"), "CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT);\n");
    const kinds = ["lanes.fast.min=1", "lanes.fast.host=thread", "gateway.listen=127.0.0.1:0"];
    gobi("mount", mounted, ...kinds.flatMap((each) => ["--set", each]));
    gobi("unmount", mounted);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Has the language server do once what an editor asks of it, for the same reason: the first completion waits for what it must compile. */
async function writeLanguageServerCache(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "grizzly-lsp-build-"));
  try {
    const client = await startServer(folder, {
      program: join(dist, "cli/grizzly-lsp.cjs"),
      environment: { GOBIC_WRITE_CACHE: "1" },
    });
    const uri = pathToFileURL(join(folder, "sample.grz")).href;
    const text = `${schemaText(3)}\n${programText(300, 3)}`;
    await client.connection.sendNotification("textDocument/didOpen", {
      textDocument: { uri, languageId: "grizzly", version: 1, text },
    });
    await client.diagnosed(uri, 1);
    const { line, column } = positionAt(lineStarts(text), text.indexOf("row.email"));
    const place = { line: line - 1, character: column + "row.".length - 1 };
    const whole = { start: { line: 0, character: 0 }, end: { line: 300, character: 0 } };
    for (const [method, more] of [
      ["completion", { position: place }],
      ["hover", { position: place }],
      ["definition", { position: place }],
      ["references", { position: place, context: { includeDeclaration: true } }],
      ["semanticTokens/full", {}],
      ["inlayHint", { range: whole }],
      ["codeLens", {}],
      ["documentSymbol", {}],
      ["foldingRange", {}],
      ["codeAction", { range: whole, context: { diagnostics: [] } }],
      ["formatting", { options: { tabSize: 4, insertSpaces: true } }],
    ] as const)
      await client.connection.sendRequest(`textDocument/${method}`, { textDocument: { uri }, ...more });
    await client.stop();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, "cli"), { recursive: true });
await build({ ...COMMON_JS, entryPoints: ["cli/gobic.ts"], outfile: join(dist, "cli/gobic-bundle.cjs") });
await build({ ...COMMON_JS, entryPoints: ["cli/gobi.ts"], outfile: join(dist, "cli/gobi-bundle.cjs") });
// The language server holds all that it needs but the engine, so that it can travel in an editor's extension.
await build({
  ...COMMON_JS,
  external: ["better-sqlite3", "apache-arrow"],
  entryPoints: ["cli/grizzly-lsp.ts"],
  outfile: join(dist, "cli/grizzly-lsp-bundle.cjs"),
});
// The screen of `gobi tui`: ESM, since ink waits at its top level; loaded by that command alone. React's development half stays out.
await build({
  ...COMMON,
  entryPoints: ["cli/tui/screen/main.tsx"],
  outfile: join(dist, "tui/main.js"),
  format: "esm",
  jsx: "automatic",
  minifySyntax: true,
  minifyWhitespace: true,
  define: { "process.env.NODE_ENV": '"production"', "process.env.DEV": '"false"' },
  plugins: [NO_DEVTOOLS],
  banner: BANNER_ESM,
});
copyFileSync(join(root, "cli/tui/load-screen.cjs"), join(dist, "tui/load-screen.cjs"));
await build({ ...COMMON_JS, entryPoints: ["cli/repl/worker.ts"], outfile: join(dist, "cli/repl-worker.cjs") });
for (const { source, built, cached } of Object.values(CHILD_ENTRIES)) {
  const outfile = join(dist, cached ? built.replace(".cjs", "-bundle.cjs") : built);
  await build({ ...COMMON_JS, entryPoints: [source], outfile });
  if (cached) copyFileSync(join(root, "cli/launcher.cjs"), join(dist, built));
}
// In pieces, so that what is imported on demand (apache-arrow above all) is loaded on demand.
await build({
  ...COMMON,
  entryPoints: ["index.ts"],
  outdir: dist,
  splitting: true,
  chunkNames: "chunk-[name]-[hash]",
  format: "esm",
  banner: BANNER_ESM,
});
copyFileSync(join(root, "protocol/client/socket-thread.cjs"), join(dist, "socket-thread.cjs"));
for (const program of ["gobic", "gobi", "grizzly-lsp"] as const) {
  copyFileSync(join(root, "cli/launcher.cjs"), join(dist, `cli/${program}.cjs`));
  chmodSync(join(dist, `cli/${program}.cjs`), 0o755);
}
writeDaemonCaches();
for (const program of ["gobic", "gobi"] as const) writeCodeCache(program);
await writeLanguageServerCache();
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
