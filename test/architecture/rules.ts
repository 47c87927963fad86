// The structure of the project as data: who may import whom, which packages belong to whom, and the exceptions with their reasons.
// An exception that is no longer needed fails its test, so this file only shrinks.
import type { Layer } from "./sources.ts";

/** Folders that each folder may import besides itself. */
export const MAY_IMPORT: Readonly<Record<Layer, readonly Layer[]>> = {
  base: [],
  grammar: ["base"],
  bytecode: ["base"],
  compiler: ["base", "grammar", "bytecode"],
  vm: ["base", "bytecode"],
  storage: ["base"],
  protocol: ["base"],
  server: ["base", "bytecode", "compiler", "vm", "storage", "protocol"],
  lsp: ["base", "grammar", "compiler", "protocol", "storage"],
  cli: ["base", "grammar", "bytecode", "compiler", "vm", "storage", "protocol", "server", "lsp"],
};

/** Packages and the only places that may import them. */
export const PACKAGE_OWNERS: Readonly<Record<string, RegExp>> = {
  "ohm-js": /^(grammar\/|compiler\/syntax\/)/u,
  "better-sqlite3": /^storage\/sqlite\//u,
  "apache-arrow": /^protocol\/arrow-/u,
  re2js: /^(vm|storage|base)\//u,
  commander: /^cli\//u,
  "string-width": /^cli\//u,
  ink: /^cli\/tui\/screen\//u,
  react: /^cli\/tui\/screen\//u,
  "vscode-languageserver": /^lsp\/server\//u,
  hono: /^server\/gateway\//u,
  "@hono/node-server": /^server\/gateway\//u,
  "smol-toml": /^server\/config\//u,
  "cron-parser": /^server\/scheduler\/cron-library/u,
};

/** Folders without a door to the machine: no node modules, no clock, no randomness, no process. */
export const PURE_LAYERS: readonly Layer[] = ["base", "grammar", "bytecode", "compiler", "vm"];

/** What must not stand in a source, and why. */
export const BANNED: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /\bthrow new Error\(/u, reason: "use InternalError, Trap, EngineError or a Problem" },
  { pattern: /\b(FIXME|TODO|XXX)\b/u, reason: "finish it, or say so in behaviour and in the changelog" },
  { pattern: /\bexport default\b/u, reason: "no default exports" },
  { pattern: /@ts-(ignore|nocheck|expect-error)/u, reason: "mend the type" },
];

/** Lines a file may have. */
export const FILE_LINES_MAX = 350;

/** Files that may be longer, each with its reason. */
export const LONG_FILES: Readonly<Record<string, string>> = {
  "vm/interpreter/run.ts": "one switch over all hot operations, which V8 optimises as one function",
};
