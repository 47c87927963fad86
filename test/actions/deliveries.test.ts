// Delivery of webhooks in virtual time: IT-61 and IT-62, resumption after a restart, what is kept in the database.
import { beforeEach, describe, expect, test } from "vitest";
import {
  makeDeliveries,
  DELIVERY_LIMITS,
  type Deliveries,
  type DeliveryWorld,
} from "../../server/actions/deliveries.ts";
import type { OutgoingResult } from "../../server/actions/outgoing.ts";
import type { DeliveryRow } from "../../server/runs/writes/deliveries.ts";
import { readRows } from "../../server/sql/rows.ts";
import { answered, schedule, stage, type Stage } from "./fixture.ts";

const START_OF_2100 = Date.UTC(2100, 0, 1);

let on: Stage;
let deliveries: Deliveries;
let logs: string[];
let runId: string;

function make(options: Partial<DeliveryWorld> = {}): Deliveries {
  return makeDeliveries({
    store: on.store,
    clock: on.clock,
    outgoing: on.outgoing,
    limits: DELIVERY_LIMITS,
    log: (_level, message) => logs.push(message),
    ...options,
  });
}

function row(id: string, url = "https://example.org/a"): DeliveryRow {
  return {
    id,
    runId,
    actionRunId: "action",
    webhookType: "custom",
    fireOn: "on_failure",
    url,
    headers: { "x-key": "${env.KEY}" },
    payload: { text: id },
    at: on.clock.nowMs(),
  };
}

/** Enqueues and lets virtual time go on, so that the store can answer. */
async function enqueue(given: DeliveryRow): Promise<void> {
  const kept = deliveries.enqueue(given);
  await on.clock.settle();
  await kept;
  await on.clock.settle();
}

function stored(): readonly unknown[] {
  return readRows(
    on.connection,
    "SELECT id, attempt_count, status_code, iif(success, 'delivered', 'not delivered'), error, iif(next_attempt_at IS NULL, 'ended', 'waits') FROM gobi_webhook_deliveries ORDER BY id",
  );
}

beforeEach(() => {
  on = stage();
  logs = [];
  runId = on.addRun(schedule("nightly"), "failed").id;
  deliveries = make();
});

test("is kept, sent with an idempotency key and marked as delivered", async () => {
  await enqueue(row("d1"));
  expect(on.sent).toEqual([
    {
      url: "https://example.org/a",
      headers: { "x-key": "${env.KEY}", "idempotency-key": "d1" },
      body: '{"text":"d1"}',
      timeoutMs: 10_000,
    },
  ]);
  expect(stored()).toEqual([["d1", 1, 200, "delivered", null, "ended"]]);
});

describe("IT-61 trying again", () => {
  test("a broken receiver is tried five times with growing waits, then given up", async () => {
    on.answers.set("/a", answered(503));
    await enqueue(row("d1"));
    const counts = [on.sent.length];
    for (const wait of [1000, 2000, 4000, 8000, 60_000]) {
      await on.clock.advance(wait - 1);
      counts.push(on.sent.length);
      await on.clock.advance(1);
      counts.push(on.sent.length);
    }
    expect(counts).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5]);
    expect(stored()).toEqual([["d1", 5, 503, "not delivered", "it answered 503", "ended"]]);
    expect(logs).toEqual(["The webhook to example.org was given up after 5 attempts: it answered 503."]);
  });
  test.each([400, 404, 410])("%d is not tried again", async (status) => {
    on.answers.set("/a", answered(status));
    await enqueue(row("d1"));
    await on.clock.advance(100_000);
    expect(on.sent).toHaveLength(1);
    expect(stored()).toEqual([["d1", 1, status, "not delivered", `it answered ${status}`, "ended"]]);
  });
  test("408 is tried again, 429 when it says so", async () => {
    const replies: OutgoingResult[] = [answered(408), answered(429, { retryAfter: "30" }), answered(200)];
    on.answers.set("/a", () => replies.shift() ?? answered(500));
    await enqueue(row("d1"));
    await on.clock.advance(1000);
    expect(on.sent).toHaveLength(2);
    await on.clock.advance(29_999);
    expect(on.sent).toHaveLength(2);
    await on.clock.advance(1);
    expect(stored()).toEqual([["d1", 3, 200, "delivered", null, "ended"]]);
  });
  test.each(["7200", "99999999999999", new Date(START_OF_2100).toUTCString()])(
    "Retry-After %s is an hour at most",
    async (retryAfter) => {
      const replies: OutgoingResult[] = [answered(429, { retryAfter })];
      on.answers.set("/a", () => replies.shift() ?? answered(200));
      await enqueue(row("d1"));
      await on.clock.advance(3_599_999);
      expect(on.sent).toHaveLength(1);
      await on.clock.advance(1);
      expect(on.sent).toHaveLength(2);
    },
  );
  test("what can never work is tried once", async () => {
    on.answers.set("/a", { kind: "failed", reason: "ftp is not http or https", final: true });
    await enqueue(row("d1"));
    await on.clock.advance(100_000);
    expect(on.sent).toHaveLength(1);
  });
  test("what waited when the process ended is taken up by the next", async () => {
    on.answers.set("/a", answered(500));
    await enqueue(row("d1"));
    await deliveries.close();
    on.answers.set("/a", answered(200));
    await on.clock.advance(5000);
    expect(on.sent).toHaveLength(1);
    deliveries = make();
    const resumed = deliveries.resume();
    await on.clock.advance(0);
    await resumed;
    await on.clock.settle();
    expect(on.sent).toHaveLength(2);
    expect(on.sent[1]?.headers).toEqual(on.sent[0]?.headers);
    expect(stored()).toEqual([["d1", 2, 200, "delivered", null, "ended"]]);
  });
});

test("a try that the database refuses to record is told and taken up again", async () => {
  const refusing: DeliveryWorld["store"] = {
    ...on.store,
    write: async (kind, row) => {
      if (kind === "recordDelivery") throw new TypeError("refused");
      return await on.store.write(kind, row);
    },
  };
  deliveries = make({ store: refusing });
  await enqueue(row("d1"));
  await deliveries.close();
  expect(logs).toEqual(["The webhook to example.org waits for the next start, its try was not recorded: refused"]);
  deliveries = make();
  const resumed = deliveries.resume();
  await on.clock.settle();
  await resumed;
  await on.clock.settle();
  expect(stored()).toEqual([["d1", 1, 200, "delivered", null, "ended"]]);
});

test("the log names the host only", async () => {
  on.answers.set("/services/T0/secret", answered(404));
  await enqueue(row("d1", "https://user:pw@Example.org:444/services/T0/secret?key=1"));
  expect(logs).toEqual(["The webhook to example.org:444 was given up after 1 attempts: it answered 404."]);
});

describe("IT-62 limits", () => {
  test("at most ten at a time", async () => {
    let open = 0;
    let most = 0;
    const ends: (() => void)[] = [];
    deliveries = make({
      limits: { ...DELIVERY_LIMITS, perHostAndSecond: 1000 },
      outgoing: {
        post: (request) => {
          on.sent.push(request);
          open += 1;
          most = Math.max(most, open);
          return new Promise((resolve) =>
            ends.push(() => {
              open -= 1;
              resolve(answered(200));
            }),
          );
        },
      },
    });
    await Promise.all(Array.from({ length: 25 }, (_, number) => enqueue(row(`d${number}`))));
    expect(on.sent).toHaveLength(10);
    while (ends.length > 0) {
      for (const end of ends.splice(0)) end();
      await on.clock.settle();
    }
    expect([on.sent.length, most]).toEqual([25, 10]);
  });
  test("a name and a password make no other host", async () => {
    for (let number = 0; number < 6; number += 1)
      await enqueue(row(`d${number}`, `https://u${number}:pw@example.org/a`));
    expect(on.sent).toHaveLength(5);
  });
  test("at most five a second to one host; another host does not wait", async () => {
    for (let number = 0; number < 12; number += 1) await enqueue(row(`d${number}`));
    await enqueue(row("other", "https://example.com/a"));
    const hosts = (): number => on.sent.filter((request) => request.url.includes("example.org")).length;
    expect([hosts(), on.sent.length]).toEqual([5, 6]);
    await on.clock.advance(1000);
    expect(hosts()).toBe(10);
    await on.clock.advance(1000);
    expect(hosts()).toBe(12);
  });
});
