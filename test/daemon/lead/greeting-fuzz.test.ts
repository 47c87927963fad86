// Whatever bytes come before a session: the greeting answers or closes, never throws, and nobody gets in by chance.
import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { encodeMessage } from "../../../protocol/message-codec.ts";
import { greet } from "../../../server/daemon/lead/greeting.ts";

/** A connection whose other end is the test. */
class Wire extends Duplex {
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
}

/** A small generator with a seed, so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const GOOD: readonly Uint8Array[] = [
  encodeMessage("PING", { messageId: 1, sessionId: 0 }, {}),
  encodeMessage("CONNECT", { messageId: 2, sessionId: 0 }, { protocol_version: 1, client_name: "x", lane: "fast" }),
  encodeMessage("CANCEL", { messageId: 3, sessionId: 0 }, { session_id: 1, secret: new Uint8Array(16), message_id: 5 }),
  encodeMessage("EXECUTE_SQL", { messageId: 4, sessionId: 0 }, { text: "SELECT 1" }),
  encodeMessage("DISCONNECT", { messageId: 5, sessionId: 0 }, {}),
];

function mutated(next: (below: number) => number): Uint8Array {
  const parts = Array.from({ length: 1 + next(3) }, () => GOOD[next(GOOD.length)] ?? new Uint8Array(0));
  const bytes = Uint8Array.from(Buffer.concat(parts));
  for (let change = next(4); change > 0; change -= 1) bytes[next(bytes.length)] = next(256);
  return next(4) === 0 ? bytes.subarray(0, next(bytes.length)) : bytes;
}

test("20,000 mutated beginnings, cut at random places (GR-28)", () => {
  const next = random(20_261_121);
  const failures: unknown[] = [];
  const ends = { connected: 0, closed: 0, refused: 0 };
  for (let round = 0; round < 20_000; round += 1) {
    const connection = new Wire();
    greet(
      { connection, transport: "unix", peer: "", tls: false },
      {
        timeoutMs: 60_000,
        onConnect: () => undefined,
        onCancel: () => "nobody",
        onFailure: (error) => void failures.push(error),
        onEnd: (reason) => {
          ends[reason] += 1;
        },
      },
    );
    const bytes = mutated(next);
    const cut = next(bytes.length + 1);
    connection.emit("data", Buffer.from(bytes.subarray(0, cut)));
    connection.emit("data", Buffer.from(bytes.subarray(cut)));
    connection.emit("close");
    connection.destroy();
  }
  expect(failures).toEqual([]);
  expect(ends.connected + ends.closed + ends.refused).toBe(20_000);
  expect(Math.min(ends.connected, ends.closed, ends.refused)).toBeGreaterThan(500);
});
