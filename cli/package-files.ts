// Finds files that travel with the package (diagnostic pages, the standard library), from sources and from the bundle alike.
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { InternalError } from "../base/failure.ts";

function packageRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (statSync(join(folder, "package.json"), { throwIfNoEntry: false })?.isFile() === true) return folder;
    if (dirname(folder) === folder) throw new InternalError("the package has lost its package.json");
  }
}

/** Absolute path of a file below the package's folder. */
export function packageFile(...parts: readonly string[]): string {
  return join(packageRoot(), ...parts);
}
