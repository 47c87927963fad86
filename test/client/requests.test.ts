// Requests of the client and their answers, against a double of the daemon.
import { afterEach, describe, expect, it } from "vitest";
import { FLAGS } from "../../protocol/frame.ts";
import { RowsEncoder } from "../../protocol/rows-encode.ts";
import { connect } from "../../protocol/client/client.ts";
import type { Client, ConnectOptions } from "../../protocol/client/types.ts";
import { type Asked, type Double, type DoubleOptions, type Reply, startDouble } from "./double.ts";

let double: Double;
let client: Client;

async function start(answer: DoubleOptions["answer"], options: ConnectOptions = {}): Promise<void> {
  double = await startDouble({ answer });
  client = await connect({ target: double.path, ...options });
}

afterEach(async () => {
  await client.close();
  await double.close();
});

/** Sends numbers from 0 as rows of one column, in parts. */
function rows(reply: Reply, parts: readonly number[], flags = 0): void {
  const encoder = new RowsEncoder({ columns: [{ name: "n", type: "int" }] });
  let next = 0;
  parts.forEach((length, index) => {
    const data = Float64Array.from({ length }, (_, row) => next + row);
    next += length;
    const last = index === parts.length - 1;
    const options = { ...reply.options, flags: last ? flags : 0 };
    reply.bytes(
      ...encoder.batch({ columns: [{ kind: "ints", type: "int", data, nulls: undefined }], length }, { last }, options),
    );
  });
}

const nothing = (_: Asked, reply: Reply): void => reply.done();

describe("requests", () => {
  it("sends values by position and by name, and gives what comes back", async () => {
    await start((_, reply) => reply.value(42));
    expect(await client.call("answer", [1, "two", null])).toBe(42);
    expect(await client.call("answer", { day: new Date(0) }, { deadlineMs: 1000, lane: "fast" })).toBe(42);
    const [first, second] = double.asked.filter(({ asked }) => asked.name === "CALL_PROCEDURE");
    expect(first?.asked.args.map(({ name, value }) => [name, value])).toEqual([
      ["$1", 1],
      ["$2", "two"],
      ["$3", null],
    ]);
    expect(first?.asked.fields).toEqual({ name: "answer" });
    expect(second?.asked.args[0]?.name).toBe("$day");
    expect(second?.asked.fields).toEqual({ name: "answer", deadline_ms: 1000, lane: "fast" });
  });

  it("takes no deadline and no limit that is not a number from 0", async () => {
    await start(nothing);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
      await expect(client.call("answer", [], { deadlineMs: value })).rejects.toMatchObject({ code: "WrongArguments" });
      await expect(client.query("SELECT 1", [], { rowsMax: value })).rejects.toMatchObject({ code: "WrongArguments" });
    }
    expect(double.asked.filter(({ asked }) => asked.name !== "CONNECT")).toEqual([]);
  });

  it("gives rows as objects, over several frames", async () => {
    await start((_, reply) => rows(reply, [2, 0, 3], FLAGS.END));
    expect(await client.query("SELECT n FROM t")).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
  });

  it("gives all results of a script", async () => {
    await start((_, reply) => {
      reply.send("STATEMENT", { text: "table t created" });
      reply.send("STATEMENT", { verb: "insert", changes: 3 });
      rows(reply, [1]);
      reply.value("text", 0);
      reply.done();
    });
    expect(await client.execute("…")).toEqual([
      { kind: "done", text: "table t created" },
      { kind: "changes", changes: 3 },
      { kind: "rows", rows: [{ n: 0 }], columns: [{ name: "n", type: "int" }] },
      { kind: "value", value: "text", type: "string" },
    ]);
  });

  it("rejects with the daemon's error, its problems and its stack", async () => {
    await start((_, reply) =>
      reply.send("ERROR", {
        code: "CheckFailed",
        message: "Line 1: nope.",
        help: "Mend it.",
        retryable: false,
        detail: '{"a":1}',
        problems: JSON.stringify([
          { code: "E2001", severity: "error", start: 0, end: 4, message: "nope.", help: "Mend it." },
        ]),
        stack: JSON.stringify([{ routine: "p", file: "p", line: 3, column: 5 }]),
      }),
    );
    await expect(client.execute("nope")).rejects.toMatchObject({
      name: "GrizzlyError",
      code: "CheckFailed",
      message: "Line 1: nope.",
      help: "Mend it.",
      detail: { a: 1 },
      problems: [{ code: "E2001", severity: "error", span: { start: 0, end: 4 } }],
      frames: [{ routine: "p", line: 3 }],
    });
    // The connection is as good as before.
    expect(double.connections.length).toBe(1);
  });

  it("tells what programs print", async () => {
    const said: string[] = [];
    await start(
      (_, reply) => {
        reply.send("NOTICE", { kind: "print", text: "hello" });
        reply.send("NOTICE", { kind: "warn", text: "careful" });
        reply.done();
      },
      { onNotice: (kind, text) => void said.push(`${kind} ${text}`) },
    );
    await client.execute("…");
    expect(said).toEqual(["print hello", "warn careful"]);
  });

  it("refuses what cannot be sent, and goes on", async () => {
    await start((_, reply) => reply.value(1));
    await expect(client.call("p", [() => 1])).rejects.toMatchObject({ code: "InvalidCast" });
    await expect(client.query("p", [2n ** 70n])).rejects.toMatchObject({ code: "InvalidCast" });
    expect(await client.call("p")).toBe(1);
    expect(double.connections.length).toBe(1);
  });

  it("says so when rows are wanted and none come", async () => {
    await start(nothing);
    await expect(client.query("CREATE TABLE t (a int)")).rejects.toMatchObject({ code: "NotAQuery" });
  });

  it("asks one connection one thing at a time, and no more than may be are opened", async () => {
    // Answers come when both connections have been asked.
    let waiting: Reply[] = [];
    await start(
      (_, reply) => {
        waiting.push(reply);
        if (waiting.length < 2) return;
        for (const asked of waiting) asked.value(asked.connection);
        waiting = [];
      },
      { pool: { max: 2 } },
    );
    const answers = await Promise.all(Array.from({ length: 50 }, async () => await client.call("p")));
    expect(answers.filter((answer) => answer === 0).length).toBe(25);
    expect(answers.filter((answer) => answer === 1).length).toBe(25);
    expect(double.connections.length).toBe(2);
  });

  it("lets nobody have the connection of a session that holds state", async () => {
    await start((asked, reply) => {
      const flags = asked.fields["text"] === "let x = 1" ? FLAGS.STATE : 0;
      reply.done({}, FLAGS.END | flags);
    });
    await client.execute("SELECT 1");
    await client.execute("let x = 1");
    await client.execute("SELECT 2");
    const asked = double.asked.map(
      ({ connection, asked: { name, fields } }) => `${connection} ${String(fields["text"] ?? name)}`,
    );
    expect(asked).toEqual(["0 CONNECT", "0 SELECT 1", "0 let x = 1", "0 DISCONNECT", "1 CONNECT", "1 SELECT 2"]);
  });

  it("begins, commits and rolls back", async () => {
    await start(nothing);
    await client.transaction(async (session) => void (await session.execute("INSERT")));
    await expect(
      client.transaction(async () => {
        throw new RangeError("no");
      }),
    ).rejects.toThrow("no");
    const texts = double.asked.map(({ asked }) => asked.fields["text"]).filter((text) => text !== undefined);
    expect(texts).toEqual(["BEGIN IMMEDIATE", "INSERT", "COMMIT", "BEGIN IMMEDIATE", "ROLLBACK"]);
  });

  it("tries a transaction again when an error says that it may succeed then", async () => {
    let tries = 0;
    await start((asked, reply) => {
      if (asked.fields["text"] !== "INSERT") return reply.done();
      tries += 1;
      if (tries === 3) return reply.done();
      return reply.send("ERROR", { code: "Deadlock", message: "A circle.", retryable: true });
    });
    await client.transaction(async (session) => void (await session.execute("INSERT")));
    expect(tries).toBe(3);
    tries = -100;
    await expect(
      client.transaction(async (session) => void (await session.execute("INSERT")), { retriesMax: 1 }),
    ).rejects.toMatchObject({ code: "Deadlock" });
    expect(tries).toBe(-98);
  });

  it("refuses a session after its work", async () => {
    await start((_, reply) => reply.value(1));
    const kept = await client.session((session) => Promise.resolve(session));
    await expect(kept.call("p")).rejects.toMatchObject({ code: "SessionEnded" });
  });

  it("lets running requests end when it is closed", async () => {
    const replies: Reply[] = [];
    await start((_, reply) => void replies.push(reply));
    const running = client.call("p");
    await expect.poll(() => replies.length).toBe(1);
    const closing = client.close();
    await expect(client.call("q")).rejects.toMatchObject({ code: "ClientClosed" });
    replies[0]?.value("done");
    expect(await running).toBe("done");
    await closing;
    await client.close();
  });
});

/** Sockets that keep this process. */
function keeping(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "PipeWrap").length;
}

describe("prepared statements", () => {
  const describe42 = {
    parameters: JSON.stringify([{ name: "a", type: "int", nullable: false }]),
    columns: JSON.stringify([{ name: "n", type: "int", nullable: true }]),
    read_only: true,
  };
  it("keep the process until the daemon has forgotten them, and no longer", async () => {
    let answerClose: () => void = () => undefined;
    let arrived: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    await start((request, reply) => {
      if (request.name === "PREPARE") return reply.send("PREPARED", { statement_id: 1, ...describe42 }, FLAGS.END);
      answerClose = () => reply.done();
      return arrived();
    });
    const statement = await client.prepare("SELECT n FROM t WHERE a = ?");
    const before = keeping();
    const closed = statement.close();
    expect(keeping()).toBe(before + 1);
    await asked;
    answerClose();
    await closed;
    expect(keeping()).toBe(before);
  });

  it("are prepared on each connection once, and again where they are not known (GR-28)", async () => {
    const known = [new Set<number>(), new Set<number>()];
    let next = 10;
    // The first answer waits for the second request, so that both connections are needed.
    let held: (() => void)[] | undefined = [];
    await start(
      (asked, reply) => {
        const ids = known[reply.connection];
        if (asked.name === "PREPARE") {
          next += 1;
          ids?.add(next);
          return reply.send("PREPARED", { statement_id: next, ...describe42 }, FLAGS.END);
        }
        if (asked.name === "CLOSE_PREPARED") return reply.done();
        const id = Number(asked.fields["statement_id"]);
        if (ids?.has(id) === true) {
          const answer = (): void => rows(reply, [1], FLAGS.END);
          if (held === undefined) return answer();
          if (held.push(answer) < 2) return undefined;
          for (const answerHeld of held) answerHeld();
          held = undefined;
          return undefined;
        }
        return reply.send("ERROR", { code: "NoSuchStatement", message: "Not known.", retryable: true });
      },
      { pool: { max: 2 } },
    );
    const statement = await client.prepare("SELECT n FROM t WHERE a = ?");
    expect(statement.parameters).toEqual([{ name: "a", type: "int", nullable: false }]);
    expect(statement.readOnly).toBe(true);
    await Promise.all([statement.all([1]), statement.all([2])]);
    expect(double.asked.filter(({ asked }) => asked.name === "PREPARE").length).toBe(2);
    for (const ids of known) ids.clear();
    expect(await statement.all([3])).toEqual([{ n: 0 }]);
    expect(double.asked.filter(({ asked }) => asked.name === "PREPARE").length).toBe(3);
    await statement.close();
  });
});

describe("streams", () => {
  it("gives rows one by one and asks for more as they are taken", async () => {
    // About 8 KB a part: 300 of them are more than is allowed at first.
    await start((asked, reply) => {
      if (asked.name === "EXECUTE_SQL")
        rows(
          reply,
          Array.from({ length: 300 }, () => 1000),
          FLAGS.END,
        );
    });
    let sum = 0;
    let count = 0;
    for await (const row of client.stream("SELECT n FROM t")) {
      sum += Number(row["n"]);
      count += 1;
    }
    expect(count).toBe(300_000);
    expect(sum).toBe((300_000 * 299_999) / 2);
    const allowed = double.asked.filter(({ asked }) => asked.name === "FETCH");
    expect(allowed.length).toBeGreaterThan(1);
    expect(await client.stream("SELECT n FROM t").columns).toEqual([{ name: "n", type: "int" }]);
  });

  it("tells columns, refuses what is no single query, and is read once", async () => {
    await start((asked, reply) => {
      if (asked.fields["text"] === "none") return reply.done();
      rows(reply, [1]);
      if (asked.fields["text"] === "two") rows(reply, [1]);
      return reply.done();
    });
    const stream = client.stream("one");
    expect(await stream.columns).toEqual([{ name: "n", type: "int" }]);
    const taken: unknown[] = [];
    for await (const row of stream) taken.push(row);
    expect(taken).toEqual([{ n: 0 }]);
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "StreamRead" });
    await expect(client.stream("none")[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "NotAQuery" });
    const two = client.stream("two")[Symbol.asyncIterator]();
    expect(await two.next()).toEqual({ done: false, value: { n: 0 } });
    await expect(two.next()).rejects.toMatchObject({ code: "NotAQuery" });
  });

  it.each(["rows", "batches", "bytes"] as const)("cancels on the daemon when the loop over %s is left", async (way) => {
    const running: Reply[] = [];
    await start((asked, reply) => {
      if (asked.name === "EXECUTE_SQL") {
        running.push(reply);
        rows(reply, [10, 10]);
      } else if (asked.name === "CANCEL") {
        reply.done();
        running[0]?.send("ERROR", { code: "Cancelled", message: "Cancelled.", retryable: false });
      } else reply.value(1);
    });
    const stream = client.stream("SELECT n FROM t");
    let seen = 0;
    for await (const _ of { rows: stream, batches: stream.batches(), bytes: stream.bytes() }[way]) {
      seen += 1;
      break;
    }
    expect(seen).toBe(1);
    await expect.poll(() => double.asked.some(({ asked }) => asked.name === "CANCEL")).toBe(true);
    const cancel = double.asked.find(({ asked }) => asked.name === "CANCEL");
    expect(cancel?.asked.fields).toMatchObject({ session_id: 1000, message_id: 2 });
    // The connection is given back when its answer has ended.
    expect(await client.call("p")).toBe(1);
  });

  it("gives Arrow's batches and the bytes as they came", async () => {
    await start((_, reply) => rows(reply, [2, 3], FLAGS.END));
    const { tableFromIPC } = await import("apache-arrow");
    const chunks: Uint8Array[] = [];
    for await (const chunk of client.stream("SELECT n FROM t").bytes()) chunks.push(chunk);
    expect(tableFromIPC(Buffer.concat(chunks)).getChild("n")?.toArray()).toEqual(
      BigInt64Array.from([0n, 1n, 2n, 3n, 4n]),
    );
    const lengths: number[] = [];
    for await (const batch of client.stream("SELECT n FROM t").batches())
      lengths.push((batch as { readonly numRows: number }).numRows);
    expect(lengths).toEqual([2, 3]);
  });
});

describe("cancelling", () => {
  it("cancels by signal over a connection of its own, and gives what the daemon says", async () => {
    const running: Reply[] = [];
    await start((asked, reply) => {
      if (asked.name !== "CANCEL") return void running.push(reply);
      reply.done();
      return running[0]?.send("ERROR", {
        code: "Cancelled",
        message: "The statement was cancelled.",
        retryable: false,
      });
    });
    const controller = new AbortController();
    const call = client.call("slow", [], { signal: controller.signal });
    await expect.poll(() => running.length).toBe(1);
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: "Cancelled", message: "The statement was cancelled." });
    await expect(client.call("slow", [], { signal: controller.signal })).rejects.toMatchObject({ code: "Cancelled" });
    expect(running.length).toBe(1);
  });
});
