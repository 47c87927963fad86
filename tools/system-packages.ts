// Debian packages that tests take from the system: what is missing is installed when we are root and there is apt-get.
// Elsewhere, and when the installation fails, the tests that need them are skipped and say so.
import { spawnSync } from "node:child_process";

interface SystemProgram {
  readonly packages: readonly string[];
  /** Ends with 0 where the program is there. */
  readonly probe: readonly [string, ...string[]];
}

const PROGRAMS: readonly SystemProgram[] = [
  { packages: ["neovim"], probe: ["nvim", "--version"] },
  { packages: ["emacs-nox", "elpa-eglot"], probe: ["emacs", "--batch", "--eval", "(require 'eglot)"] },
];

const succeeds = ([command, ...args]: readonly [string, ...string[]]): boolean =>
  spawnSync(command, args, {
    stdio: "ignore",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  }).status === 0;

/** Installs what is missing and can be. @returns What is missing still, as names of packages. */
export function installSystemPackages(): readonly string[] {
  const missing = PROGRAMS.filter((program) => !succeeds(program.probe));
  if (missing.length > 0 && process.getuid?.() === 0 && succeeds(["apt-get", "--version"])) {
    succeeds(["apt-get", "update"]);
    const packages = missing.flatMap((program) => program.packages);
    succeeds(["apt-get", "install", "--yes", "--no-install-recommends", ...packages]);
  }
  return missing.filter((program) => !succeeds(program.probe)).flatMap((program) => program.packages);
}
