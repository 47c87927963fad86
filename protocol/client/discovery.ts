// Which daemon is meant: a socket, a mounted folder, a name, an address; without any, GOBI_HOME, the mounted folder that holds the current one, the only daemon.
// Nothing is connected to here.
import { realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { isLoopback } from "./loopback.ts";
import { type Environment, readRegistry, type RegistryEntry, runtimeFolder } from "./registry.ts";

/** Where a daemon listens. */
export type Address =
  | { readonly kind: "unix"; readonly path: string; readonly entry: RegistryEntry | undefined }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls: boolean };

/** Where the asking process stands. */
export interface Place {
  readonly cwd: string;
  readonly environment: Environment;
}

/** Port of a daemon whose address gives none. */
export const PORT_DEFAULT = 7171;

/**
 * Finds the daemon.
 * @throws GrizzlyError `ServiceUnavailable` when there is none, `AmbiguousInstance` when several run and none is named, `WrongArguments` for an address that cannot be read.
 */
export function findDaemon(target: string | undefined, place: Place, wantsTls: boolean): Address {
  if (target !== undefined && /^gobis?:/iu.test(target)) return addressOf(target, wantsTls);
  const folder = runtimeFolder(place.environment);
  const running = readRegistry(folder);
  if (target !== undefined) return named(target, running, place);
  const home = place.environment["GOBI_HOME"];
  if (home !== undefined && home !== "") {
    const entry = mountedAt(home, running, place);
    if (entry === undefined) throw notMounted(home, "GOBI_HOME names the folder");
    return socketOf(entry);
  }
  const above = mountedAbove(place.cwd, running);
  if (above !== undefined) return socketOf(above);
  const [only, second] = running;
  if (only === undefined)
    throw new GrizzlyError("ServiceUnavailable", "No gobi daemon is running on this machine.", {
      help: "Start one with `gobi mount <folder>`, or name another machine's: gobi://host:port.",
    });
  if (second !== undefined) throw ambiguous(running);
  return socketOf(only);
}

/** The daemon whose mounted folder holds the current one, or that GOBI_HOME names; undefined when there is none. Never fails. */
export function daemonAround(place: Place): RegistryEntry | undefined {
  const running = readRegistry(runtimeFolder(place.environment));
  const home = place.environment["GOBI_HOME"];
  if (home !== undefined && home !== "") return mountedAt(home, running, place);
  return mountedAbove(place.cwd, running);
}

function socketOf(entry: RegistryEntry): Address {
  return { kind: "unix", path: entry.socket, entry };
}

function addressOf(target: string, wantsTls: boolean): Address {
  let url: URL;
  try {
    // `gobi:` is no scheme that URL knows the rules of; with http's, hosts and ports are checked.
    url = new URL(target.replace(/^gobis?:/iu, "http:"));
  } catch (error) {
    throw new GrizzlyError("WrongArguments", `${target} is no address; write gobi://host:port.`, { cause: error });
  }
  if (url.hostname === "" || url.username !== "" || url.pathname.length > 1 || url.search !== "")
    throw new GrizzlyError("WrongArguments", `${target} is no address; write gobi://host:port, the token apart.`);
  const host = url.hostname.replace(/^\[|\]$/gu, "");
  // What http takes for its default is written out by nobody else.
  const written = /:(\d+)\/?$/u.exec(target.slice(target.indexOf("//")))?.[1];
  const port = written === undefined ? PORT_DEFAULT : Number(written);
  // A token must not cross a network in the clear: only this machine is spoken to without TLS.
  const tls = wantsTls || /^gobis:/iu.test(target) || !isLoopback(host);
  return { kind: "tcp", host, port, tls };
}

function named(target: string, running: readonly RegistryEntry[], place: Place): Address {
  const byInstance = running.find((entry) => entry.instance === target);
  if (byInstance !== undefined) return socketOf(byInstance);
  const [byName, another] = running.filter((entry) => entry.name === target);
  if (byName !== undefined && another !== undefined) throw ambiguous([byName, another]);
  if (byName !== undefined) return socketOf(byName);
  const path = resolve(place.cwd, target);
  const kind = kindOfPath(path);
  if (kind === "socket") return { kind: "unix", path, entry: running.find((entry) => entry.socket === path) };
  if (kind === "folder") {
    const entry = mountedAt(path, running, place);
    if (entry === undefined) throw notMounted(target, "The target is the folder");
    return socketOf(entry);
  }
  const names = running.map((entry) => entry.instance);
  throw new GrizzlyError(
    "ServiceUnavailable",
    `There is no daemon ${target}: it is no name of a running one, no socket and no mounted folder.`,
    {
      help:
        names.length === 0
          ? "None is running; start one with `gobi mount <folder>`."
          : `Running: ${names.join(", ")}. Another folder is mounted with \`gobi mount <folder>\`.`,
    },
  );
}

function kindOfPath(path: string): "socket" | "folder" | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  return found.isSocket() ? "socket" : found.isDirectory() ? "folder" : undefined;
}

function mountedAt(folder: string, running: readonly RegistryEntry[], place: Place): RegistryEntry | undefined {
  const real = realPath(resolve(place.cwd, folder));
  return running.find((entry) => realPath(entry.folder) === real);
}

function mountedAbove(start: string, running: readonly RegistryEntry[]): RegistryEntry | undefined {
  if (running.length === 0) return undefined;
  const folders = new Map(running.map((entry) => [realPath(entry.folder), entry]));
  for (let at = realPath(start); ; at = dirname(at)) {
    const entry = folders.get(at);
    if (entry !== undefined || dirname(at) === at) return entry;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function notMounted(folder: string, what: string): GrizzlyError {
  return new GrizzlyError("ServiceUnavailable", `${what} ${folder}, where no daemon is mounted.`, {
    help: `Start it with \`gobi mount ${folder}\`.`,
  });
}

function ambiguous(running: readonly RegistryEntry[]): GrizzlyError {
  const list = running.map((entry) => `${entry.instance} (${entry.folder})`).join(", ");
  return new GrizzlyError("AmbiguousInstance", `Several gobi daemons are running: ${list}.`, {
    help: `Name one, for example ${running[0]?.instance ?? ""}, or set GOBI_HOME to its folder.`,
  });
}
