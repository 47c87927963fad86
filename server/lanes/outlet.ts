// What leaves a session: frames are put together and go out in one write; rows no faster than the socket takes them, and no more than the client's window.
import type { Socket } from "node:net";
import { writeDirect } from "../../protocol/direct-write.ts";

/** Bytes of rows under way where the client names no window. */
export const WINDOW_BYTES = 4 * 1024 * 1024;
/** Bytes that may wait for the socket: enough that the next rows are made while the client reads those before. */
const WAITING_BYTES_MAX = 768 * 1024;
/** Frames that are put together before they leave. */
const OUT_BYTES_MAX = 256 * 1024;

/** The way out of one session. */
export class Outlet {
  readonly #socket: Socket;
  #frames: Uint8Array[] = [];
  #bytes = 0;
  #credit = WINDOW_BYTES;
  #closed = false;

  /** @param onRoom Told when the socket takes more again. */
  constructor(socket: Socket, onRoom: () => void) {
    this.#socket = socket;
    socket.on("drain", onRoom);
  }

  /** True while no more rows may be sent. */
  get full(): boolean {
    // Who is not read from cannot send FETCH: then the socket alone holds back.
    return this.stuck || (this.#credit <= 0 && !this.#socket.isPaused());
  }

  /** True while the client takes less than it has asked for. */
  get stuck(): boolean {
    return this.#socket.writableLength > WAITING_BYTES_MAX;
  }

  put(frame: Uint8Array): void {
    this.#frames.push(frame);
    this.#bytes += frame.length;
    if (this.#bytes > OUT_BYTES_MAX) this.flush();
  }

  /** Lets go what was put. */
  flush(): void {
    if (this.#frames.length === 0) return;
    const [first] = this.#frames;
    const bytes = this.#frames.length === 1 && first !== undefined ? first : Buffer.concat(this.#frames, this.#bytes);
    this.#frames = [];
    this.#bytes = 0;
    if (!this.#closed) writeDirect(this.#socket, bytes);
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
