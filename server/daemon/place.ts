// Where a mount is: names and paths that follow from its folder, its configuration and the runtime folder of the user.
import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, realpathSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { Configuration } from "../config/types.ts";
import type { MountPlace } from "./types.ts";

/** Bytes of the path of a Unix socket that all systems take. */
const SOCKET_PATH_BYTES_MAX = 103;

/** Name of the configuration file in a mounted folder. */
export const CONFIG_FILE = "gobi.toml";

/** The folder inside a mounted folder that holds what the daemon keeps for itself. */
export function innerFolder(folder: string): string {
  return join(folder, ".gobi");
}

/** The place of a folder that exists. @throws GrizzlyError when a socket cannot have its path. */
export function mountPlace(folder: string, runtimeFolder: string, configuration: Configuration): MountPlace {
  const real = realpathSync(folder);
  const name = mountName(real, configuration);
  const instance = `${name}-${createHash("sha256").update(real).digest("hex").slice(0, 8)}`;
  const runtime = resolve(runtimeFolder);
  const socket = join(runtime, `${instance}.sock`);
  const controlSocket = join(runtime, `${instance}.control`);
  if (Buffer.byteLength(controlSocket) > SOCKET_PATH_BYTES_MAX)
    throw new GrizzlyError("WrongPlace", `The path ${controlSocket} is too long for a socket.`, {
      help: "Set GOBI_RUNTIME_DIR to a folder with a shorter path, or give the mount a shorter name in gobi.toml.",
    });
  return {
    name,
    instance,
    folder: real,
    database: resolve(real, configuration.get("database.file")),
    socket,
    controlSocket,
    runtimeFolder: runtime,
    logFolder: join(real, "logs"),
  };
}

/** The name by which a mount of this folder goes; links of its path are resolved. */
export function mountName(folder: string, configuration: Configuration): string {
  return configuration.get("name") ?? nameOf(folder);
}

/** Where lanes note their commits (server/lanes/commit-journal.ts). */
export function commitJournalPath({ runtimeFolder, instance }: MountPlace): string {
  return join(runtimeFolder, `${instance}.commits`);
}

function nameOf(folder: string): string {
  const name = basename(folder)
    .replace(/[^\w.-]+/gu, "-")
    .replace(/^[.-]+/u, "")
    .slice(0, 32);
  return name === "" ? "gobi" : name;
}

/** Makes the runtime folder if needed and shuts it to others. @throws GrizzlyError when it belongs to somebody else or is no folder. */
export function prepareRuntimeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  const own = process.getuid?.() ?? found.uid;
  if (!found.isDirectory() || found.uid !== own)
    throw new GrizzlyError("WrongPlace", `The runtime folder ${path} is not a folder of yours.`, {
      help: "Set GOBI_RUNTIME_DIR to a folder that only you may write.",
    });
  if ((found.mode & 0o077) !== 0) chmodSync(path, 0o700);
}
