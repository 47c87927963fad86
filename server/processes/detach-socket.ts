// Takes a socket out of this process's hands, so that another one can have it without losing or stealing bytes.
// Node has no public way to stop reading at once: `pause()` lets the next chunk in, a stream that was read from begins again by itself, and the handle goes
// on reading until the other process has said that it has the socket, while the client already talks to that one.
// So the handle itself is told to stop, as node's own cluster module does.
import type { Socket } from "node:net";

interface Handled {
  readonly _handle?: { readStart?(): number; readStop?(): number; reading?: boolean } | null;
  server?: unknown;
}

/** Stops reading from a socket. Inside a "data" event it may begin again in the next turn; see `takeSocket`. */
export function detachSocket(socket: Socket): void {
  socket.pause();
  const handled = socket as Handled;
  const handle = handled._handle;
  if (handle !== undefined && handle !== null) {
    handle.readStop?.();
    // Whoever resumes the socket after all, to tell the client why it is refused, reads on.
    handle.reading = false;
  }
  // Else each process keeps a list of the server's sockets for the other one.
  handled.server = undefined;
}

/**
 * Stops reading for good and gives the bytes that node has read and nobody has taken: they do not travel with the socket.
 * To be called right before the socket is sent to another process.
 */
export function takeSocket(socket: Socket): Uint8Array {
  // Asking for bytes begins to read.
  const early = (socket.read() as Uint8Array | null) ?? new Uint8Array(0);
  detachSocket(socket);
  return early;
}

/** Reads again from a socket that was taken and stays here after all: the stream believes that it reads already. To be called when somebody listens. */
export function readAgain(socket: Socket): void {
  const handle = (socket as Handled)._handle;
  if (handle === undefined || handle === null) return;
  handle.reading = true;
  handle.readStart?.();
}
