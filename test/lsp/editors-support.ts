// What the tests with real editors share: the blocks of docs/editors.md as a reader copies them, and the server as a program on the PATH.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { required } from "../../base/failure.ts";

const root = resolve(import.meta.dirname, "../..");

/** The block of the page in that language. */
export function documented(language: string): string {
  const page = readFileSync(join(root, "docs/editors.md"), "utf8");
  return required(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1], `a block of ${language}`);
}

/** Puts a `grizzly-lsp` that runs the sources into a folder of programs, and gives the PATH with it. */
export function pathWithServer(folder: string): string {
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx/esm")).href;
  const program = join(bin, "grizzly-lsp");
  writeFileSync(
    program,
    `#!/bin/sh\nexec "${process.execPath}" --import "${tsx}" "${join(root, "cli/grizzly-lsp.ts")}" "$@"\n`,
  );
  chmodSync(program, 0o755);
  return `${bin}:${process.env["PATH"] ?? ""}`;
}

/** A file with a mistake, a name to rename and blanks too many. */
export const SOURCE = `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
let wanted = 3
SELECT emial FROM users WHERE id = wanted;
print   wanted
`;

/** The file after \`wanted\` was renamed to \`needed\` and it was formatted. */
export const CHANGED = [
  "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);",
  "let needed = 3",
  "SELECT emial FROM users WHERE id = needed;",
  "print needed",
];
