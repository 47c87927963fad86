// The built programs for tests that need real processes. Builds when dist/ is missing or older than a source; `npm run check` builds before it tests.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { InternalError } from "../../base/failure.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const SOURCES = ["base", "grammar", "bytecode", "compiler", "vm", "storage", "protocol", "server", "cli", "stdlib"];

function newest(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((time, entry) => Math.max(time, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);
}

/** The path of a built program, to be run by node. GRIZZLY_DIST names a build elsewhere, which is taken as it is. @throws InternalError when the build fails. */
export function builtProgram(name: "gobic" | "gobi"): string {
  const elsewhere = process.env["GRIZZLY_DIST"];
  if (elsewhere !== undefined) return join(elsewhere, "cli", `${name}.cjs`);
  const program = join(ROOT, "dist/cli", `${name}.cjs`);
  const built = statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (SOURCES.every((folder) => newest(join(ROOT, folder)) <= built)) return program;
  const build = spawnSync(process.execPath, ["--import", "tsx", join(ROOT, "tools/build.ts")], {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (build.status !== 0) throw new InternalError(`the build failed: ${build.stdout}${build.stderr}`);
  return program;
}
