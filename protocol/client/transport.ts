// Opens the socket to a daemon: a Unix socket, TCP, or TLS over TCP. What comes goes to an inlet; knows nothing of messages.
import { connect as connectSocket, isIP, type Socket } from "node:net";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { Address } from "./discovery.ts";
import { daemonUnreachable } from "./failures.ts";
import type { FrameInlet } from "./frame-inlet.ts";
import type { ConnectOptions } from "./types.ts";

/** How long a daemon may take to accept a connection and, again, to greet. */
export const HANDSHAKE_MS_MAX = 10_000;

/** How an address is written in messages. */
export function addressText(address: Address): string {
  if (address.kind === "unix") return address.path;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${address.tls ? "gobis" : "gobi"}://${host}:${address.port}`;
}

async function plainSocket(address: Address, inlet: FrameInlet): Promise<Socket> {
  const { onread } = inlet;
  const socket =
    address.kind === "unix"
      ? connectSocket({ path: address.path, onread })
      : connectSocket({ host: address.host, port: address.port, noDelay: true, keepAlive: true, onread });
  // Nothing flows through the stream itself but its end.
  return (await opened(socket, "connect", address)).resume();
}

async function secureSocket(
  address: Address & { kind: "tcp" },
  tls: ConnectOptions["tls"],
  inlet: FrameInlet,
): Promise<Socket> {
  const { connect: connectTls } = await import("node:tls");
  const options = Object.fromEntries(Object.entries(tls ?? {}).filter(([, value]) => value !== undefined));
  // An address by numbers is no name that a server could be told (RFC 6066).
  const named = isIP(address.host) === 0 ? { servername: address.host } : {};
  const socket = connectTls({ host: address.host, port: address.port, ...named, ...options });
  socket.setNoDelay(true).setKeepAlive(true);
  return (await opened(socket, "secureConnect", address)).on("data", (chunk: Uint8Array) => inlet.push(chunk));
}

/** Waits for the event that says that the socket can be used. @throws GrizzlyError `ServiceUnavailable`, `PermissionDenied`. */
async function opened(socket: Socket, event: "connect" | "secureConnect", address: Address): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy();
      reject(daemonUnreachable(addressText(address), undefined));
    }, HANDSHAKE_MS_MAX);
    const fail = (cause: Error): void => {
      clearTimeout(timer);
      reject(failureOf(address, cause));
    };
    socket.once("error", fail);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.removeListener("error", fail);
      resolve(socket);
    });
  });
}

function failureOf(address: Address, cause: Error): GrizzlyError {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  if (/^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO|HOSTNAME_)/u.test(code))
    return new GrizzlyError(
      "ServiceUnavailable",
      `The daemon at ${addressText(address)} could not be trusted: ${cause.message} (${code}).`,
      { cause, help: "Give the certificate of its authority: connect({tls: {ca}}), or --ca FILE on the command line." },
    );
  return daemonUnreachable(addressText(address), cause);
}

/** Opens it. @throws GrizzlyError `ServiceUnavailable` (retryable), `PermissionDenied`; nothing was sent. */
export async function openSocket(address: Address, tls: ConnectOptions["tls"], inlet: FrameInlet): Promise<Socket> {
  return address.kind === "tcp" && address.tls
    ? await secureSocket(address, tls, inlet)
    : await plainSocket(address, inlet);
}
