// What leaves a session, over a socket that takes what it is told to take.
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { beforeEach, expect, it } from "vitest";
import { Outlet } from "../../server/lanes/outlet.ts";

/** Takes nothing until it is told to take all that waits. */
class SlowSocket extends EventEmitter {
  readonly writable = true;
  writableLength = 0;
  taken = 0;
  #later: ((error?: Error | null) => void)[] = [];

  isPaused(): boolean {
    return false;
  }

  write(bytes: Uint8Array, later?: (error?: Error | null) => void): boolean {
    this.writableLength += bytes.length;
    if (later !== undefined) this.#later.push(later);
    return false;
  }

  /** As node does it: the callbacks of writes first, then `drain` when nothing waits any more. */
  take(): void {
    this.taken += this.writableLength;
    this.writableLength = 0;
    for (const later of this.#later.splice(0)) later();
    if (this.writableLength === 0) this.emit("drain");
  }
}

const FRAME = new Uint8Array(20_000);
let socket: SlowSocket;
let outlet: Outlet;
let rooms: number;

beforeEach(() => {
  socket = new SlowSocket();
  rooms = 0;
  outlet = new Outlet(socket as unknown as Socket, () => {
    rooms += 1;
  });
});

/** Puts frames until no more may be sent; gives their bytes. */
function fill(): number {
  let bytes = 0;
  for (; !outlet.stuck; bytes += FRAME.length) outlet.put(FRAME);
  return bytes;
}

it.each([
  ["let go without a word of its end", () => outlet.flush()],
  ["pumped", () => outlet.pump()],
])("frames that wait behind one that was %s leave when the socket has taken that", (_, leave) => {
  outlet.put(FRAME);
  leave();
  const bytes = FRAME.length + fill();
  for (let turn = 0; turn < 1000 && socket.taken < bytes; turn += 1) socket.take();
  expect([socket.taken, outlet.stuck]).toEqual([bytes, false]);
  expect(rooms).toBeGreaterThan(0);
});
