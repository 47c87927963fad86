// The registry of daemons that run on this machine: one small JSON file per instance in the runtime folder, which the daemon writes and clients read.
// A file whose process is gone is passed over here; the daemon's own commands clean it away.
import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** What is known of a running daemon. Paths are absolute. */
export interface RegistryEntry {
  /** Name of the file and of the daemon: the mount's name and a part of its folder's hash. */
  readonly instance: string;
  /** Name of the mount, as its owner chose it. */
  readonly name?: string;
  /** The mounted folder. */
  readonly folder: string;
  /** The database file. */
  readonly database: string;
  /** Path of the Unix socket. */
  readonly socket: string;
  /** Path of the socket that answers about the daemon itself, also while its lanes do not. */
  readonly control?: string;
  readonly tcp: { readonly host: string; readonly port: number; readonly tls: boolean } | null;
  readonly pid: number;
  /** Start of the process as the system tells it, so that a number that was given away again is not taken for the daemon. */
  readonly pidStartedAt: string;
  readonly startedAtMs: number;
  readonly version: string;
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of registry files, sockets and control files. GOBI_RUNTIME_DIR chooses another. */
export function runtimeFolder(environment: Environment): string {
  const chosen = environment["GOBI_RUNTIME_DIR"];
  if (chosen !== undefined && chosen !== "") return chosen;
  const session = environment["XDG_RUNTIME_DIR"];
  if (session !== undefined && session !== "") return join(session, "gobi");
  return join(environment["HOME"] ?? homedir(), ".gobi", "run");
}

/** The daemons that run, by name. A folder that does not exist holds none; a file that cannot be read as an entry is passed over. */
export function readRegistry(folder: string): readonly RegistryEntry[] {
  return registryFiles(folder)
    .map((name) => readEntry(join(folder, name)))
    .filter((entry) => entry !== undefined)
    .filter((entry) => isAlive(entry.pid))
    .sort((left, right) => (left.instance < right.instance ? -1 : 1));
}

function registryFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    // No folder, or not ours to read: nothing of ours runs.
    return [];
  }
}

function readEntry(path: string): RegistryEntry | undefined {
  try {
    const read: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isEntry(read) ? read : undefined;
  } catch {
    // The daemon may be taking it away at this moment, or it is being written by an older version.
    return undefined;
  }
}

function isEntry(read: unknown): read is RegistryEntry {
  if (typeof read !== "object" || read === null) return false;
  const entry = read as Partial<Record<keyof RegistryEntry, unknown>>;
  return (
    typeof entry.instance === "string" &&
    typeof entry.folder === "string" &&
    typeof entry.database === "string" &&
    typeof entry.socket === "string" &&
    typeof entry.pid === "number"
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
