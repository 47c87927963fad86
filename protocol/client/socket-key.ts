// The key of a Unix socket: a secret that a daemon makes anew at each launch and keeps in a file beside the socket, for its owner's eyes alone.
// Who shows it in CONNECT can read the owner's files, so that it is he, or root: Node has no call that tells the user at the other end of a socket.
import { readFileSync, realpathSync } from "node:fs";

/** The file with the key of a socket. */
export function socketKeyFile(socket: string): string {
  return `${socket}.key`;
}

/**
 * The key of a socket; undefined where there is none that this process may read: the daemon then asks for a token.
 * Read it when the connection is open: the daemon writes it before it listens, so that it is that of the daemon at the other end.
 */
export function readSocketKey(socket: string): string | undefined {
  return readKey(socket) ?? readKey(realPath(socket));
}

function readKey(socket: string): string | undefined {
  try {
    return readFileSync(socketKeyFile(socket), "latin1").trim();
  } catch {
    return undefined;
  }
}

function realPath(socket: string): string {
  try {
    return realpathSync(socket);
  } catch {
    return socket;
  }
}
