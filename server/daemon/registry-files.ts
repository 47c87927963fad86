// The daemon's side of the registry (protocol/client/registry.ts reads it): its own entry, and cleaning up after daemons that went without order.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { VERSION } from "../../base/version.ts";
import type { RegistryEntry } from "../../protocol/client/registry.ts";
import { HOST_AND_PORT } from "../config/rules.ts";
import type { Configuration } from "../config/types.ts";
import { takeFolderLock } from "./folder-lock.ts";
import { endOrphanedLanes, laneRecordPath } from "./lane-record.ts";
import { folderState, writeWhole } from "./pid-file.ts";
import { isSameProcess } from "./process-start.ts";
import type { MountPlace } from "./types.ts";

/** The entry of this process. */
export function registryEntry(
  place: MountPlace,
  configuration: Configuration,
  started: { readonly at: string; readonly atMs: number },
): RegistryEntry {
  const tcp = configuration.get("listen.tcp");
  const port = HOST_AND_PORT.exec(tcp ?? "")?.[1];
  return {
    instance: place.instance,
    name: place.name,
    folder: place.folder,
    database: place.database,
    socket: place.socket,
    control: place.controlSocket,
    tcp:
      tcp === undefined || port === undefined
        ? null
        : {
            host: tcp.slice(0, -port.length - 1).replace(/^\[|\]$/gu, ""),
            port: Number(port),
            tls: configuration.get("listen.tls_cert") !== undefined,
          },
    pid: process.pid,
    pidStartedAt: started.at,
    startedAtMs: started.atMs,
    version: VERSION,
  };
}

/** Writes an entry. */
export function writeRegistryEntry(runtimeFolder: string, entry: RegistryEntry): void {
  writeWhole(join(runtimeFolder, `${entry.instance}.json`), entry);
}

/** Takes away all files of an instance: entry, sockets, control files of lanes. */
export function removeInstanceFiles(runtimeFolder: string, instance: string): void {
  for (const name of namesIn(runtimeFolder))
    if (name.startsWith(`${instance}.`)) rmSync(join(runtimeFolder, name), { force: true, recursive: true });
}

/**
 * Takes away what dead daemons left in the runtime folder, and gives their names.
 * An entry whose folder is being mounted at this moment is left alone: it is about to be replaced.
 */
export function cleanRegistry(runtimeFolder: string): readonly string[] {
  const cleaned: string[] = [];
  for (const entry of allEntries(runtimeFolder)) {
    if (isSameProcess(entry.pid, entry.pidStartedAt)) continue;
    const lock = lockOf(entry.folder);
    if (lock === "taken") continue;
    try {
      // Between the look and the lock a new daemon may have come and even gone.
      if (folderState(entry.folder).kind === "running") continue;
      endOrphanedLanes(laneRecordPath(runtimeFolder, entry.instance));
      removeInstanceFiles(runtimeFolder, entry.instance);
      cleaned.push(entry.instance);
    } finally {
      lock?.release();
    }
  }
  return cleaned;
}

/** Undefined: the folder is gone, and with it everybody who could mount it. */
function lockOf(folder: string): ReturnType<typeof takeFolderLock> | "taken" {
  try {
    return takeFolderLock(folder) ?? "taken";
  } catch {
    return undefined;
  }
}

function allEntries(runtimeFolder: string): readonly RegistryEntry[] {
  return namesIn(runtimeFolder)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => {
      try {
        const read = JSON.parse(readFileSync(join(runtimeFolder, name), "utf8")) as Partial<RegistryEntry> | null;
        return typeof read?.pid === "number" && typeof read.folder === "string" && `${read.instance}.json` === name
          ? [read as RegistryEntry]
          : [];
      } catch {
        // Taken away at this moment, or no entry of ours.
        return [];
      }
    });
}

/** A runtime folder goes with a restart of the machine, and with it everything in it. */
function namesIn(runtimeFolder: string): readonly string[] {
  try {
    return readdirSync(runtimeFolder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
