// The folder that `gobi init --global` registers: what `gobi daemon start` mounts when nothing else is named.
import { mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../protocol/client/registry.ts";
import { writeWhole } from "./pid-file.ts";

/** The user's folder of settings: GOBI_CONFIG_DIR, $XDG_CONFIG_HOME/gobi or ~/.config/gobi. */
function userFolder(environment: Environment): string {
  const chosen = environment["GOBI_CONFIG_DIR"];
  if (chosen !== undefined && chosen !== "") return chosen;
  const base = environment["XDG_CONFIG_HOME"];
  if (base !== undefined && base !== "") return join(base, "gobi");
  return join(environment["HOME"] ?? homedir(), ".config", "gobi");
}

/** The registered folder; undefined when there is none. */
export function defaultFolder(environment: Environment): string | undefined {
  try {
    const read = JSON.parse(readFileSync(join(userFolder(environment), "global.json"), "utf8")) as {
      readonly folder?: unknown;
    } | null;
    return typeof read?.folder === "string" ? read.folder : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Registers a folder; gives the file that says so. */
export function registerDefaultFolder(environment: Environment, folder: string): string {
  const own = userFolder(environment);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const path = join(own, "global.json");
  writeWhole(path, { folder });
  return path;
}
