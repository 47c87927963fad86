// The short way out of a socket: bytes leave by one system call, without a request object and its callbacks.
// What the socket does not take at once goes node's ordinary way, and all that follows until it is empty again.
import { writeSync } from "node:fs";
import type { Socket } from "node:net";

interface Handled {
  readonly _handle?: { readonly fd?: number } | null;
  /** Of TLS sockets, whose descriptor must see encrypted bytes only. */
  readonly encrypted?: boolean;
}

/**
 * Writes bytes; false when the socket has more to do first.
 * @param later Called when bytes that the socket did not take at once are out, or lost.
 */
export function writeDirect(socket: Socket, bytes: Uint8Array, later?: (error?: Error | null) => void): boolean {
  const { _handle: handle, encrypted } = socket as unknown as Handled;
  const descriptor = encrypted === true ? undefined : handle?.fd;
  if (descriptor === undefined || descriptor < 0 || socket.writableLength > 0 || !socket.writable)
    return socket.write(bytes, later);
  let written = 0;
  try {
    written = writeSync(descriptor, bytes);
  } catch (error) {
    // Full (EAGAIN), or gone: node's own way waits for room, or says what is wrong.
    if (!(error instanceof Error)) throw error;
  }
  return written === bytes.length || socket.write(written === 0 ? bytes : bytes.subarray(written), later);
}
