// Where clients come in: the Unix socket (0600, in a folder that is ours alone), and TCP when the configuration asks for it.
// TLS ends here: its connections cannot be given to another process, so that their bytes are piped through a socket of this machine.
import { randomBytes } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { createServer, connect, isIP, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { GrizzlyError } from "../../../base/library/grizzly-error.ts";
import { isLoopback } from "../../../protocol/client/loopback.ts";
import { detachSocket } from "../../processes/detach-socket.ts";
import type { Arrival } from "./greeting.ts";

/** Called with each connection that came in. */
export type OnConnection = (arrival: Arrival) => void;

/** A door that is open. */
export interface Door {
  /** `unix:<path>`, `tcp://host:port`, `tls://host:port`. */
  readonly address: string;
  readonly port: number | undefined;
  /** Nobody comes in any more; who is in stays. */
  close(): void;
}

/** Connections that the system keeps for us while we are busy. More are told to try again by the system itself. */
const BACKLOG = 1024;
/** Silence after which the system asks whether the other machine is there: once a second, ten times on Linux. */
const KEEP_ALIVE_MS = 1000;

/** Opens the Unix socket. @throws GrizzlyError ServiceUnavailable when its folder is not ours alone, or the socket cannot be made. */
export async function openUnixDoor(path: string, onConnection: OnConnection): Promise<Door> {
  checkFolder(dirname(path));
  const server = createServer((connection) => onConnection({ connection, transport: "unix", peer: "", tls: false }));
  // From its first moment on: between listen and chmod others could come in where the folder lets them.
  const before = process.umask(0o177);
  try {
    await listen(server, { path, backlog: BACKLOG });
  } finally {
    process.umask(before);
  }
  chmodSync(path, 0o600);
  return { address: `unix:${path}`, port: undefined, close: () => void server.close() };
}

/** Opens a TCP port, with TLS when there are options for it. @throws GrizzlyError ServiceUnavailable. */
export async function openTcpDoor(
  address: string,
  tls: TlsOptions | undefined,
  handshakeMs: number,
  onConnection: OnConnection,
): Promise<Door> {
  const { host, port } = readAddress(address);
  if (tls === undefined && !isLoopback(host))
    throw new GrizzlyError("ServiceUnavailable", `${address} can be reached from other machines, and has no TLS.`, {
      help: "Set listen.tls_cert and listen.tls_key, or listen on 127.0.0.1.",
    });
  const arrived = (connection: Socket): void => {
    // Small frames leave at once.
    connection.setNoDelay(true);
    // A machine that vanished says nothing: the system asks it, and closes the connection when no answer comes.
    connection.setKeepAlive(true, KEEP_ALIVE_MS);
    onConnection({ connection, transport: "tcp", peer: connection.remoteAddress ?? "", tls: tls !== undefined });
  };
  const server =
    tls === undefined ? createServer(arrived) : createTlsServer({ ...tls, handshakeTimeout: handshakeMs }, arrived);
  // A handshake that fails is the client's matter: its connection is closed by node.
  server.on("tlsClientError", () => undefined);
  await listen(server, { host, port, backlog: BACKLOG });
  const bound = server.address();
  const boundPort = typeof bound === "object" && bound !== null ? bound.port : port;
  const shown = isIP(host) === 6 ? `[${host}]` : host;
  return {
    address: `${tls === undefined ? "tcp" : "tls"}://${shown}:${String(boundPort)}`,
    port: boundPort,
    close: () => void server.close(),
  };
}

/** Two ends of a connection within this machine. */
export interface SocketPair {
  readonly near: Socket;
  readonly far: Socket;
}

/** Makes pairs of sockets. */
export interface SocketPairs {
  make(): Promise<SocketPair>;
  close(): void;
}

const TICKET_BYTES = 16;

/** Opens a private socket for pairs. Who comes in without a ticket that was given out is closed. */
export async function openSocketPairs(path: string): Promise<SocketPairs> {
  const awaited = new Map<string, (far: Socket) => void>();
  const door = await openUnixDoor(path, ({ connection: far }) => {
    const ticket = (chunk: Buffer): void => {
      const known = chunk.length === TICKET_BYTES ? awaited.get(chunk.toString("hex")) : undefined;
      if (known === undefined) return void far.destroy();
      awaited.delete(chunk.toString("hex"));
      far.off("data", ticket);
      const socket = far as Socket;
      detachSocket(socket);
      known(socket);
    };
    far.on("error", () => undefined);
    far.on("data", ticket);
  });
  return {
    make: () =>
      new Promise((resolve, reject) => {
        const ticket = randomBytes(TICKET_BYTES);
        const near = connect(path, () => near.write(ticket));
        awaited.set(ticket.toString("hex"), (far) => {
          near.off("error", reject);
          resolve({ near, far });
        });
        near.once("error", reject);
      }),
    close: () => door.close(),
  };
}

function readAddress(address: string): { readonly host: string; readonly port: number } {
  const parts = /^(?:\[(?<six>[^\]]+)\]|(?<name>[^:]*)):(?<port>\d{1,5})$/u.exec(address)?.groups;
  const port = Number(parts?.["port"]);
  if (parts === undefined || port > 65_535)
    throw new GrizzlyError("ServiceUnavailable", `${address} is no address; listen.tcp is written host:port.`);
  return { host: parts["six"] ?? (parts["name"] === "" ? "127.0.0.1" : (parts["name"] ?? "127.0.0.1")), port };
}

function checkFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const own = process.getuid?.();
  const why = !found.isDirectory()
    ? "is not a folder"
    : own !== undefined && found.uid !== own
      ? "belongs to another user"
      : (found.mode & 0o077) !== 0
        ? "can be entered by other users"
        : undefined;
  if (why === undefined) return;
  throw new GrizzlyError("ServiceUnavailable", `The folder of sockets ${folder} ${why}.`, {
    help: `chmod 700 ${folder}, or choose another with GOBI_RUNTIME_DIR.`,
  });
}

function listen(
  server: Server,
  options: { path?: string; host?: string; port?: number; backlog: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      reject(
        new GrizzlyError(
          "ServiceUnavailable",
          `Cannot listen on ${options.path ?? `${options.host ?? ""}:${String(options.port)}`}: ${error.message}.`,
          {
            cause: error,
          },
        ),
      );
    server.once("error", failed);
    server.listen(options, () => {
      server.off("error", failed);
      // Out of file descriptors, say: the next connection may do better.
      server.on("error", () => undefined);
      resolve();
    });
  });
}
