// Reads a socket outside of the event loop: a program or statement that keeps the lane from its events must not hide that a client has gone.
// What has come is taken by one system call; node knows nothing of it, so the bytes are the reader's to keep in order.
import { readSync } from "node:fs";
import type { Socket } from "node:net";

const READ_BYTES = 65_536;
// Not the buffer of direct-socket.ts: what runs now may have come from there.
const buffer = new Uint8Array(READ_BYTES);

interface Handled {
  readonly _handle?: { readonly fd?: number } | null;
}

/** Bytes that have come, overwritten by the next read; undefined when there are none for now, "gone" when the other end has closed. */
export function readNow(socket: Socket): Uint8Array | "gone" | undefined {
  const descriptor = (socket as unknown as Handled)._handle?.fd;
  if (descriptor === undefined || descriptor < 0 || socket.isPaused()) return undefined;
  try {
    const count = readSync(descriptor, buffer, 0, READ_BYTES, null);
    return count === 0 ? "gone" : buffer.subarray(0, count);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === "EAGAIN" || code === "EINTR" ? undefined : "gone";
  }
}
