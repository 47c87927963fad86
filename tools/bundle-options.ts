// How our bundles are made: what all have in common, and what those have that run as programs.
import { resolve } from "node:path";
import type { BuildOptions } from "esbuild";

const root = resolve(import.meta.dirname, "..");

/** For all. Native and heavy packages stay outside. */
export const COMMON: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  external: ["better-sqlite3", "apache-arrow", "vscode-languageserver"],
  charset: "ascii",
  legalComments: "none",
  logLevel: "warning",
};

/** For programs: CommonJS, which starts faster and can be kept in V8's code cache. */
export const COMMON_JS: BuildOptions = {
  ...COMMON,
  format: "cjs",
  minifySyntax: true,
  minifyWhitespace: true,
  supported: { "dynamic-import": false },
  define: { "import.meta.url": "urlOfBundle" },
  banner: { js: 'const urlOfBundle = require("node:url").pathToFileURL(__filename).href;' },
};
