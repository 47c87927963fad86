// What the client does when the daemon or the way to it fails: nothing is done twice, nobody waits for ever, and the error says what is known.
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LIMITS } from "../../base/limits.ts";
import { FLAGS } from "../../protocol/frame.ts";
import { encodeMessage } from "../../protocol/message-codec.ts";
import { RowsEncoder } from "../../protocol/rows-encode.ts";
import { connect } from "../../protocol/client/client.ts";
import type { Client, ConnectOptions } from "../../protocol/client/types.ts";
import { type Asked, type Double, type DoubleOptions, type Reply, startDouble } from "./double.ts";

let double: Double | undefined;
let client: Client | undefined;

async function start(options: DoubleOptions, connectOptions: ConnectOptions = {}): Promise<Client> {
  double = await startDouble(options);
  client = await connect({ target: double.path, ...connectOptions });
  return client;
}

/** The double of this test. */
function daemon(): Double {
  if (double === undefined) throw new RangeError("no double was started");
  return double;
}

afterEach(async () => {
  vi.useRealTimers();
  await client?.close();
  await double?.close();
  client = undefined;
  double = undefined;
});

/** Texts and names that were asked, without what the client asks by itself. */
function asked(name: string): readonly Asked[] {
  return daemon()
    .asked.filter((entry) => entry.asked.name === name)
    .map((entry) => entry.asked);
}

/** The frames of two parts of rows. */
function longAnswer(reply: Reply): readonly Uint8Array[] {
  const encoder = new RowsEncoder({ columns: [{ name: "n", type: "int" }] });
  const part = (first: number, last: boolean): readonly Uint8Array[] => {
    const data = Float64Array.from([first, first + 1]);
    const batch = { columns: [{ kind: "ints", type: "int", data, nulls: undefined }] as const, length: 2 };
    return encoder.batch(batch, { last }, reply.options);
  };
  return [...part(0, false), ...part(2, true)];
}

const EXPECTED = [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }];

/** Answers queries with rows, PREPARE as the test says. */
function answering(
  readOnly: boolean,
  send: (reply: Reply, frames: readonly Uint8Array[]) => void,
): DoubleOptions["answer"] {
  return (request, reply) => {
    if (request.name === "PREPARE")
      return reply.send(
        "PREPARED",
        { statement_id: 1, parameters: "[]", columns: "[]", read_only: readOnly },
        FLAGS.END,
      );
    if (request.name === "CLOSE_PREPARED") return reply.done();
    return send(reply, longAnswer(reply));
  };
}

describe("a connection that is cut", () => {
  it("at every byte of an answer: a text that only reads is asked again, another is not (GR-28)", async () => {
    // The first connection of each round is cut after so many bytes of the answer.
    let cutAfter = 0;
    const send = (reply: Reply, frames: readonly Uint8Array[]): void => {
      const whole = Buffer.concat([...frames, ...doneOf(reply)]);
      total = whole.length;
      if (reply.connection % 2 === 1) return reply.bytes(whole);
      return void reply.socket.write(whole.subarray(0, cutAfter), () => reply.socket.destroy());
    };
    let total = 1;
    for (let step = 0; cutAfter < total; step += 1, cutAfter += step % 3 === 0 ? 61 : 7) {
      double = await startDouble({ answer: answering(true, send) });
      client = await connect({ target: double.path, pool: { max: 1 } });
      expect(await client.query("SELECT n FROM t")).toEqual(EXPECTED);
      expect(asked("EXECUTE_SQL").length).toBe(2);
      await client.close();
      await double.close();
    }
    cutAfter = Math.floor(total / 2);
    const writing = await start({ answer: answering(false, send) });
    await expect(writing.query("SELECT n FROM t")).rejects.toMatchObject({ code: "ConnectionLost" });
    expect(asked("EXECUTE_SQL").length).toBe(1);
    // Afterwards the client works as before.
    expect(await writing.query("SELECT n FROM t")).toEqual(EXPECTED);
  });

  it("when a key was given, is asked again with the key whatever it does", async () => {
    const clientWithKey = await start({
      answer: (request, reply) => {
        if (reply.connection === 0) return void reply.socket.destroy();
        return reply.value(String(request.fields["idempotency_key"]));
      },
    });
    expect(await clientWithKey.call("pay", [5], { idempotencyKey: "order-7" })).toBe("order-7");
    expect(asked("CALL_PROCEDURE").map(({ args }) => args[0]?.value)).toEqual([5, 5]);
    expect(asked("PREPARE")).toEqual([]);
  });

  it("takes no key that the daemon would refuse, and sends nothing then", async () => {
    const most = LIMITS.idempotencyKeyBytesMax.value;
    const one = await start({ answer: (_, reply) => reply.value(1) });
    for (const idempotencyKey of ["", "k".repeat(most + 1), `${"é".repeat((most + 1) / 2)}`]) {
      const refused = {
        code: "WrongArguments",
        message: `idempotencyKey must have 1 to ${most} bytes, not ${Buffer.byteLength(idempotencyKey)}.`,
      };
      await expect(one.call("pay", [5], { idempotencyKey })).rejects.toMatchObject(refused);
      await expect(one.execute("DELETE FROM t", [], { idempotencyKey })).rejects.toMatchObject(refused);
    }
    expect([...asked("CALL_PROCEDURE"), ...asked("EXECUTE_SQL")]).toEqual([]);
    expect(await one.call("pay", [5], { idempotencyKey: "k".repeat(most) })).toBe(1);
  });

  it("asks again only while the catalog is as it was", async () => {
    const reading = await start({
      answer: answering(true, (reply, frames) => {
        if (reply.connection === 0) {
          daemon().catalogEpoch += 1;
          reply.socket.destroy();
        } else reply.bytes(...frames, ...doneOf(reply));
      }),
    });
    await expect(reading.query("SELECT n FROM t")).rejects.toMatchObject({ code: "ConnectionLost" });
    expect(asked("EXECUTE_SQL").length).toBe(1);
  });

  it("asks a call whether it only reads by its text", async () => {
    const reading = await start({
      answer: (request, reply) => {
        if (request.name === "CALL_PROCEDURE" && reply.connection === 0) return void reply.socket.destroy();
        if (request.name === "CALL_PROCEDURE") return reply.value(1);
        if (request.name === "CLOSE_PREPARED") return reply.done();
        return reply.send("PREPARED", { statement_id: 1, parameters: "[]", columns: "[]", read_only: true }, FLAGS.END);
      },
    });
    expect(await reading.call("total", { day: 1, shop: "x" })).toBe(1);
    expect(asked("PREPARE")[0]?.fields["text"]).toBe("CALL total(day: :day, shop: :shop)");
  });

  it("within a session ends it, since its state is gone", async () => {
    const sessions = await start({
      answer: (request, reply) => (request.fields["text"] === "cut" ? void reply.socket.destroy() : reply.done()),
    });
    await sessions.session(async (session) => {
      await session.execute("let x = 1");
      await expect(session.execute("cut")).rejects.toMatchObject({ code: "ConnectionLost" });
      await expect(session.execute("print x")).rejects.toMatchObject({ code: "ConnectionLost" });
    });
    expect(asked("EXECUTE_SQL").length).toBe(2);
  });

  it("within a transaction before COMMIT runs the work again, after COMMIT does not", async () => {
    let cutAt = "INSERT";
    const working = await start({
      answer: (request, reply) => {
        const cut = request.fields["text"] === cutAt;
        if (cut) cutAt = "";
        return cut ? void reply.socket.destroy() : reply.done();
      },
    });
    let works = 0;
    const work = (): Promise<void> =>
      working.transaction(async (session) => {
        works += 1;
        await session.execute("INSERT");
      });
    await work();
    expect(works).toBe(2);
    cutAt = "COMMIT";
    await expect(work()).rejects.toMatchObject({ code: "ConnectionLost" });
    expect(works).toBe(3);
  });

  it("in the middle of a stream ends it with an error behind the rows that came", async () => {
    const streaming = await start({
      answer: answering(true, (reply, [first = new Uint8Array()]) => {
        reply.socket.write(first, () => reply.socket.destroy());
      }),
    });
    const rows: unknown[] = [];
    await expect(
      (async () => {
        for await (const row of streaming.stream("SELECT n FROM t")) rows.push(row);
      })(),
    ).rejects.toMatchObject({ code: "ConnectionLost" });
    expect(rows).toEqual([{ n: 0 }, { n: 1 }]);
  });
});

/** The end of an answer. */
function doneOf({ options }: Reply): readonly Uint8Array[] {
  const { messageId, sessionId, catalogEpoch } = options;
  return [encodeMessage("DONE", { messageId, sessionId, catalogEpoch, flags: FLAGS.END }, {})];
}

describe("a slow way", () => {
  it("that brings one byte at a time changes nothing", async () => {
    const dribbling = await start({
      answer: answering(true, (reply, frames) => reply.bytes(...frames, ...doneOf(reply))),
      write: (socket, bytes) => {
        for (const byte of bytes) socket.write(Uint8Array.of(byte));
      },
    });
    expect(await dribbling.query("SELECT n FROM t")).toEqual(EXPECTED);
  });

  it("on which nothing comes in time is given up, and the error says that the outcome is not known", async () => {
    const waiting = await start({ answer: () => undefined });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const call = waiting.call("sleepy", [], { deadlineMs: 1000 });
    const refused = expect(call).rejects.toMatchObject({ code: "Timeout" });
    await vi.advanceTimersByTimeAsync(5_999);
    expect(daemon().connections[0]?.destroyed).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    await refused;
  });

  it("on which an earlier request is still at work is not given up for one that waits behind it", async () => {
    const answers: (() => void)[] = [];
    const waiting = await start({ answer: (_, reply) => void answers.push(() => reply.value(answers.length)) });
    await waiting.session(async (session) => {
      const first = session.call("slow");
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const second = session.call("quick", [], { deadlineMs: 1000 });
      await vi.advanceTimersByTimeAsync(30_000);
      expect(daemon().connections[0]?.destroyed).toBe(false);
      vi.useRealTimers();
      await vi.waitFor(() => expect(answers.length).toBe(2));
      for (const answer of answers) answer();
      expect(await Promise.all([first, second])).toEqual([2, 2]);
    });
  });

  it("on which nothing comes is not given up before a deadline that no timer can wait for", async () => {
    const waiting = await start({ answer: () => undefined });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const controller = new AbortController();
    const call = waiting.call("sleepy", [], { deadlineMs: 2 ** 40, signal: controller.signal });
    const refused = expect(call).rejects.toMatchObject({ code: "Cancelled" });
    await vi.advanceTimersByTimeAsync(100_000);
    expect(daemon().connections[0]?.destroyed).toBe(false);
    controller.abort();
    await vi.advanceTimersByTimeAsync(5_001);
    await refused;
  });

  it("on which a cancellation brings nothing is given up too", async () => {
    const waiting = await start({
      answer: (request, reply) => (request.name === "CANCEL" ? reply.done() : undefined),
    });
    const controller = new AbortController();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const call = waiting.call("sleepy", [], { signal: controller.signal });
    const refused = expect(call).rejects.toMatchObject({ code: "Cancelled" });
    controller.abort();
    await vi.advanceTimersByTimeAsync(5_001);
    await refused;
  });
});

describe("a daemon that goes and comes", () => {
  it("is connected to again, with growing pauses (GR-28)", async () => {
    const patient = await start({ answer: (_, reply) => reply.value(reply.connection) });
    expect(await patient.call("p")).toBe(0);
    await daemon().stop();
    const call = patient.call("p", [], { idempotencyKey: "k" });
    await new Promise((resolve) => setImmediate(resolve));
    await daemon().start();
    expect(await call).toBe(1);
  });

  it("that stays away is said to be away", async () => {
    const impatient = await start({ answer: (_, reply) => reply.value(1) }, { reconnectMax: 1 });
    await daemon().stop();
    // The first may have been on its way when the daemon went.
    await expect(impatient.call("p", [], { idempotencyKey: "k" })).rejects.toMatchObject({ code: "ConnectionLost" });
    await expect(impatient.call("p")).rejects.toMatchObject({ code: "ServiceUnavailable" });
  });

  it("that says goodbye is not asked on that connection again", async () => {
    const polite = await start({
      answer: (_, reply) => {
        reply.value(reply.connection);
        if (reply.connection === 0) {
          reply.send("GOODBYE", { code: "shutting_down", message: "The daemon is shutting down." });
          reply.socket.end();
        }
      },
    });
    expect(await polite.call("p")).toBe(0);
    expect(await polite.call("p")).toBe(1);
  });

  it("that says why it ends a request's session is quoted", async () => {
    const cut = await start({
      answer: (_, reply) => {
        reply.send("GOODBYE", { code: "lane_lost", message: "The lane was killed." });
        reply.socket.end();
      },
    });
    await expect(cut.call("p", [], { signal: new AbortController().signal })).rejects.toThrow(
      "The lane was killed before the answer came; whether the request was carried out is not known.",
    );
  });
});

describe("a session that the daemon has ended", () => {
  it("says why when it is asked again", async () => {
    const idle = await start({
      answer: (_, reply) => {
        reply.value(1);
        reply.send("GOODBYE", { code: "idle", message: "The session was idle for 2 s." });
        reply.socket.end();
      },
    });
    await idle.session(async (session) => {
      expect(await session.call("p")).toBe(1);
      await vi.waitFor(() => expect(daemon().connections[0]?.destroyed).toBe(true));
      const ended = { code: "ConnectionLost", message: "The session was idle for 2 s." };
      await expect(session.call("p")).rejects.toMatchObject(ended);
      await expect(session.control("lanes")).rejects.toMatchObject(ended);
    });
  });
});

describe("the first words", () => {
  it("are refused with the daemon's reason", async () => {
    double = await startDouble({
      answer: () => undefined,
      greet: (_, reply) =>
        reply.send("ERROR", { code: "AuthenticationFailed", message: "The token is not known.", retryable: false }),
    });
    await expect(connect({ target: double.path, token: "wrong" })).rejects.toMatchObject({
      code: "AuthenticationFailed",
      message: "The token is not known.",
    });
    expect(daemon().asked[0]?.asked.fields["token"]).toBe("wrong");
  });

  it("that are not answered, or by something else, are no daemon", async () => {
    double = await startDouble({ answer: () => undefined, greet: (_, reply) => void reply.socket.destroy() });
    await expect(connect({ target: double.path })).rejects.toMatchObject({ code: "ServiceUnavailable" });
    await double.close();
    double = await startDouble({
      answer: () => undefined,
      greet: (_, reply) => void reply.socket.write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
    });
    await expect(connect({ target: double.path })).rejects.toMatchObject({ code: "ProtocolError" });
    await expect(connect({ target: "/nowhere/gobi.sock" })).rejects.toMatchObject({ code: "ServiceUnavailable" });
  });
});

describe("answers that are no answers", () => {
  it("never bring the client down, and never leave a request without an end", async () => {
    let mutate = (bytes: Uint8Array): Uint8Array => bytes;
    const brave = await start(
      {
        answer: answering(false, (reply, frames) => {
          reply.bytes(mutate(Buffer.concat([...frames, ...doneOf(reply)])));
          // What is too short is waited for: a daemon that stops in the middle closes.
          reply.socket.end();
        }),
      },
      { pool: { max: 1 } },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        async (changes, cut) => {
          mutate = (bytes) => {
            const changed = Uint8Array.from(bytes);
            for (const [at, value] of changes) changed[at % changed.length] = value;
            return changed.subarray(0, changed.length - (cut % 7));
          };
          const outcome = await brave.query("SELECT n FROM t").then(
            () => "rows",
            (error: unknown) => (error as { readonly name: string }).name,
          );
          expect(["rows", "GrizzlyError"]).toContain(outcome);
        },
      ),
      { numRuns: 200 },
    );
  });
});
