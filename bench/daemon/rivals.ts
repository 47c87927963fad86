// PostgreSQL and MariaDB on temporary folders, for the benchmarks of the daemon: started when their programs are installed, ended and removed afterwards.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InternalError } from "../../base/failure.ts";

/** A server that runs. */
export interface Rival {
  /** Folder of its Unix socket (PostgreSQL) or the socket itself (MariaDB). */
  readonly socket: string;
  readonly user: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Servers refuse to run as the superuser: then they run as the user that their package made. */
function userOf(name: string): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(":") ?? [];
  return uid === undefined ? {} : { uid: Number(uid), gid: Number(gid) };
}

function folderFor(name: string, owner: { readonly uid?: number; readonly gid?: number }): string {
  const folder = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid ?? owner.uid);
  return folder;
}

function run(command: string, args: readonly string[], owner: { readonly uid?: number; readonly gid?: number }): void {
  const { status, stderr } = spawnSync(command, args, { ...owner, encoding: "utf8" });
  if (status !== 0) throw new InternalError(`${command} ended with ${status}: ${stderr}`);
}

async function until(condition: () => boolean, child: ChildProcess, name: string): Promise<void> {
  while (!condition()) {
    if (child.exitCode !== null) throw new InternalError(`${name} ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function rival(child: ChildProcess, folder: string, socket: string, user: string, signal: NodeJS.Signals): Rival {
  const ended = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  return {
    socket,
    user,
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill(signal);
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function postgresPrograms(): string | undefined {
  const { status, stdout } = spawnSync("pg_config", ["--bindir"], { encoding: "utf8" });
  const found = status === 0 ? [stdout.trim()] : [];
  for (let version = 19; version >= 12; version -= 1) found.push(`/usr/lib/postgresql/${version}/bin`);
  return found.find((folder) => existsSync(join(folder, "initdb")));
}

/** A PostgreSQL server, or undefined when it is not installed. */
export async function startPostgres(): Promise<Rival | undefined> {
  const programs = postgresPrograms();
  if (programs === undefined) return undefined;
  const owner = userOf("postgres");
  const folder = folderFor("postgres", owner);
  const data = join(folder, "data");
  run(join(programs, "initdb"), ["-D", data, "-A", "trust", "-U", "bench", "-E", "UTF8", "--no-sync"], owner);
  const child = spawn(join(programs, "postgres"), ["-D", data, "-k", folder, "-c", "listen_addresses="], {
    ...owner,
    stdio: "ignore",
  });
  const isReady = (): boolean =>
    spawnSync(join(programs, "pg_isready"), ["-h", folder, "-q"], { stdio: "ignore" }).status === 0;
  await until(isReady, child, "postgres");
  return rival(child, folder, folder, "bench", "SIGINT");
}

/** A MariaDB server, or undefined when it is not installed. */
export async function startMariadb(): Promise<Rival | undefined> {
  const server = ["/usr/sbin/mariadbd", "/usr/bin/mariadbd"].find((path) => existsSync(path));
  if (server === undefined) return undefined;
  const owner = userOf("mysql");
  const folder = folderFor("mariadb", owner);
  const data = join(folder, "data");
  mkdirSync(data);
  if (owner.uid !== undefined) chownSync(data, owner.uid, owner.gid ?? owner.uid);
  run("mariadb-install-db", ["--no-defaults", `--datadir=${data}`, "--auth-root-authentication-method=normal"], owner);
  const socket = join(folder, "socket");
  const child = spawn(
    server,
    [
      "--no-defaults",
      `--datadir=${data}`,
      `--socket=${socket}`,
      "--skip-networking",
      `--pid-file=${join(folder, "pid")}`,
    ],
    { ...owner, stdio: "ignore" },
  );
  await until(() => existsSync(socket), child, "mariadbd");
  return rival(child, folder, socket, "root", "SIGTERM");
}
