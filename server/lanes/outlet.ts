// What leaves a session: small frames are put together and go out in one write, large ones by themselves without being copied; rows no faster than the socket takes
// them, and no more than the client's window. Frames wait here and not in node, which would join all that waits into one write and tell only of its end.
import type { Socket } from "node:net";
import { writeDirect } from "../../protocol/direct-write.ts";

/** Bytes of rows under way where the client names no window. */
export const WINDOW_BYTES = 4 * 1024 * 1024;
/** Bytes that may wait for the socket: enough that the next rows are made while the client reads those before. */
const WAITING_BYTES_MAX = 3 * 1024 * 1024;
/** So many bytes leave at once; smaller frames wait for others up to it. */
const LARGE_BYTES = 64 * 1024;

/** The way out of one session. */
export class Outlet {
  readonly #socket: Socket;
  #frames: Uint8Array[] = [];
  #bytes = 0;
  #credit = WINDOW_BYTES;
  #closed = false;
  /** Called when the socket has taken what it had not taken at once. */
  readonly #taken: (error?: Error | null) => void;

  /** @param onRoom Told when the socket takes more again. */
  constructor(socket: Socket, onRoom: () => void) {
    this.#socket = socket;
    const room = (): void => {
      this.pump();
      onRoom();
    };
    // Of what was let go without `#taken`, too: frames may wait behind it.
    socket.on("drain", room);
    this.#taken = (error) => {
      // What is wrong with a socket is told by its end.
      if (error === undefined || error === null) room();
    };
  }

  /** True while no more rows may be sent. */
  get full(): boolean {
    // Who is not read from cannot send FETCH: then the socket alone holds back.
    return this.stuck || (this.#credit <= 0 && !this.#socket.isPaused());
  }

  /** True while the client takes less than it has asked for. */
  get stuck(): boolean {
    return this.#bytes + this.#socket.writableLength > WAITING_BYTES_MAX;
  }

  put(frame: Uint8Array): void {
    this.#frames.push(frame);
    this.#bytes += frame.length;
    if (this.#bytes >= LARGE_BYTES) this.pump();
  }

  /** Lets go what the socket takes; the rest follows as it takes more. */
  pump(): void {
    while (this.#socket.writableLength === 0 && this.#frames.length > 0) {
      const bytes = this.#next();
      if (!this.#closed) writeDirect(this.#socket, bytes, this.#taken);
    }
  }

  /** Lets go all that was put: what the socket does not take waits in node. */
  flush(): void {
    while (this.#frames.length > 0) {
      const bytes = this.#next();
      if (!this.#closed) writeDirect(this.#socket, bytes);
    }
  }

  /** The first frame, or the first ones when they are small. */
  #next(): Uint8Array {
    let count = 0;
    let length = 0;
    for (const frame of this.#frames) {
      if (count > 0 && length + frame.length > LARGE_BYTES) break;
      count += 1;
      length += frame.length;
    }
    const frames = this.#frames.splice(0, count);
    const [first] = frames;
    this.#bytes -= length;
    return count === 1 && first !== undefined ? first : Buffer.concat(frames, length);
  }

  /** A request begins with this window. */
  openWindow(bytes: number): void {
    this.#credit = bytes;
  }

  /** The client has taken so many bytes. */
  fetched(bytes: number): void {
    this.#credit += bytes;
  }

  /** Counts bytes of rows as under way. */
  sent(bytes: number): void {
    this.#credit -= bytes;
  }

  /** Nothing leaves any more. */
  close(): void {
    this.#closed = true;
  }
}
