// The recorder (IT-20 to IT-23) and the store below it: batches, order, replays, a database that is locked or full, messages that it refuses.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeRecorder, replayLetter } from "../../../server/runs/recorder.ts";
import { readRun } from "../../../server/runs/reads.ts";
import { makeRunStore, writeNow, type RunStore } from "../../../server/runs/store.ts";
import type { RunUpdate } from "../../../server/runs/writes/rows.ts";
import { EngineError, type Connection } from "../../../storage/engine.ts";
import { sqliteEngine } from "../../../storage/sqlite/engine.ts";
import { virtualClock } from "../../virtual-clock.ts";
import { bench, NOON_MS, scheduleOf } from "./support.ts";

const OWNER = { runId: "r", instanceId: "me", fencing: 1 };

function update(n: number): RunUpdate {
  return { owner: OWNER, attempt: 1, logs: [{ at: n, level: "info", message: `line ${n}`, seq: n }] };
}

/** A store that keeps what it is given, and fails when told to. */
function fakeStore(fails: () => EngineError | undefined = () => undefined): {
  readonly store: Pick<RunStore, "write">;
  readonly written: { readonly name: string; readonly count: number }[];
  hold: Promise<void> | undefined;
} {
  const fake = {
    written: [] as { readonly name: string; readonly count: number }[],
    hold: undefined as Promise<void> | undefined,
    store: {
      write: async (name: string, input: unknown) => {
        await fake.hold;
        const error = name === "deadLetter" ? undefined : fails();
        if (error !== undefined) throw error;
        fake.written.push({ name, count: Array.isArray(input) ? input.length : 1 });
      },
    } as unknown as Pick<RunStore, "write">,
  };
  return fake;
}

const VIOLATION = {
  violation: { id: "v", typeId: 1, message: "m", currentValue: null, threshold: null },
  runId: "r",
  attempt: 1,
  setId: undefined,
  at: 0,
};
const ACTION = {
  id: "a",
  runId: "r",
  scheduleActionId: undefined,
  actionTypeId: 1,
  fireOn: "manual",
  violationId: undefined,
  at: 0,
  durationMs: 0,
  success: true,
  error: undefined,
  details: null,
} as const;

describe("batches (IT-20)", () => {
  it("are written at a hundred, or a second after the first; violations and actions at fifty or two seconds", async () => {
    const clock = virtualClock(NOON_MS);
    const { store, written } = fakeStore();
    const recorder = makeRecorder({ store, clock });
    for (let n = 0; n < 100; n += 1) await recorder.add("runs", update(n));
    await clock.settle();
    expect(written).toEqual([{ name: "recordRuns", count: 100 }]);
    await recorder.add("runs", update(100));
    await clock.advance(999);
    expect(written.length).toBe(1);
    await clock.advance(1);
    expect(written[1]).toEqual({ name: "recordRuns", count: 1 });
    await recorder.add("violations", VIOLATION);
    await recorder.add("actions", ACTION);
    await clock.advance(1999);
    expect(written.length).toBe(2);
    await clock.advance(1);
    expect(written.slice(2).map(({ name }) => name)).toEqual(["recordViolations", "recordActions"]);
    for (let n = 0; n < 50; n += 1) await recorder.add("violations", VIOLATION);
    await clock.settle();
    expect(written.at(-1)).toEqual({ name: "recordViolations", count: 50 });
  });

  it("come in the order of importance when several wait", async () => {
    const clock = virtualClock(NOON_MS);
    const fake = fakeStore();
    const recorder = makeRecorder({ store: fake.store, clock });
    let release: () => void = () => undefined;
    fake.hold = new Promise((resolve) => {
      release = resolve;
    });
    await recorder.add("runs", update(1));
    const first = recorder.flush();
    await clock.settle();
    await recorder.add("actions", ACTION);
    await recorder.add("violations", VIOLATION);
    await recorder.add("runs", update(2));
    const all = recorder.flush();
    release();
    await Promise.all([first, all]);
    expect(fake.written.map(({ name }) => name)).toEqual([
      "recordRuns",
      "recordRuns",
      "recordViolations",
      "recordActions",
    ]);
  });
});

describe("replays (IT-21)", () => {
  it("change nothing, and a late message never moves an ended run back", async () => {
    const b = bench();
    const id = await b.request(scheduleOf("s"));
    await b.clock.advance(3000);
    const dump = (): readonly string[] => [
      ...b.rows("SELECT * FROM gobi_runs"),
      ...b.rows("SELECT * FROM gobi_run_attempts"),
      ...b.rows("SELECT * FROM gobi_run_transitions"),
    ];
    const before = dump();
    const owner = { runId: id, instanceId: "here", fencing: 1 };
    const late: RunUpdate = {
      owner,
      attempt: 1,
      transitions: [{ seq: 4, attempt: 1, from: "starting", to: "running", at: NOON_MS }],
      run: { status: "running", errorCode: "late" },
    };
    for (let n = 0; n < 2; n += 1) writeNow(b.connection, "recordRuns", [late]);
    expect(dump()).toEqual(before);
  });

  it("of a message that comes after a newer one keep the newer state", () => {
    const b = bench();
    const request = {
      kind: "manual",
      target: { kind: "procedure", name: "p" },
      scheduleId: undefined,
      args: null,
      scheduledAt: 0,
      priority: 5,
    } as const;
    writeNow(b.connection, "enqueue", { id: "r", request, at: 0, instanceId: "me", chainDepthMax: 16 });
    const to = (seq: number, state: "starting" | "running", status: "running" | "pending"): RunUpdate => ({
      owner: OWNER,
      attempt: 1,
      transitions: [{ seq, attempt: 1, from: "pending", to: state, at: 0 }],
      run: { status },
    });
    writeNow(b.connection, "recordRuns", [to(4, "running", "running"), to(3, "starting", "pending")]);
    expect(b.rows("SELECT status FROM gobi_runs")).toEqual(["running"]);
    expect(b.rows("SELECT seq FROM gobi_run_transitions ORDER BY seq")).toEqual(["1", "3", "4"]);
  });
});

describe("a database that cannot be written", () => {
  it("for thirty seconds loses nothing: senders wait at ten thousand messages (IT-22)", async () => {
    const clock = virtualClock(NOON_MS);
    const fake = fakeStore();
    const recorder = makeRecorder({ store: fake.store, clock });
    let release: () => void = () => undefined;
    fake.hold = new Promise((resolve) => {
      release = resolve;
    });
    let accepted = 0;
    const senders = Array.from({ length: 30_000 }, (_, n) =>
      recorder.add("runs", update(n)).then(() => {
        accepted += 1;
      }),
    );
    await clock.advance(30_000);
    expect(accepted).toBe(10_000);
    expect(recorder.counts().waiting).toBe(10_000);
    fake.hold = undefined;
    release();
    await Promise.all(senders);
    await recorder.flush();
    expect(fake.written.reduce((sum, { count }) => sum + count, 0)).toBe(30_000);
    expect(recorder.counts()).toMatchObject({ written: 30_000, dead: 0, waiting: 0 });
  });

  it("because another program has it locked is waited for, and nothing is lost", async () => {
    const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
    const file = join(folder, "data.db");
    const clock = virtualClock(NOON_MS);
    const told: (string | undefined)[] = [];
    const store = makeRunStore({
      connection: sqliteEngine.connect({ target: file, busyTimeoutMs: 0 }),
      shared: false,
      clock,
      onWaiting: (reason) => void told.push(reason),
    });
    const prepared = store.write("prepareCatalog", { at: NOON_MS });
    const asked = { kind: "manual", target: { kind: "procedure", name: "p" }, args: null, priority: 5 } as const;
    const request = { ...asked, scheduleId: undefined, scheduledAt: NOON_MS };
    const queued = store.write("enqueue", { id: "r", at: NOON_MS, request, instanceId: "me", chainDepthMax: 16 });
    await clock.settle();
    await Promise.all([prepared, queued]);
    const other = sqliteEngine.connect({ target: file });
    other.begin("immediate");
    let done = false;
    const owner = { runId: "r", instanceId: "me", fencing: 1 };
    const start = { owner, attempt: 1, maxAttempts: 1, worker: "me", transitions: [] };
    const begun = store.write("beginAttempt", { ...start, now: () => clock.nowMs() });
    const skipped = store.write("skipNext", { scheduleId: "s" }).then(() => {
      done = true;
    });
    await clock.advance(30_000);
    expect(done).toBe(false);
    expect(told.length).toBe(1);
    other.rollback();
    await clock.advance(300);
    await skipped;
    expect(told.at(-1)).toBeUndefined();
    // What had to wait starts when it may, not when it asked: else two runs that may not overlap would seem to (IT-32).
    expect(await begun).toBe("begun");
    const read = store.read((connection) => readRun(connection, "r")?.startedAt);
    await clock.settle();
    expect(await read).toBeGreaterThanOrEqual(NOON_MS + 30_000);
    other.close();
    const closed = store.close();
    await clock.settle();
    await closed;
    rmSync(folder, { recursive: true, force: true });
  });

  it("because the disk is full is waited for, one refused write does not take others with it", async () => {
    const b = bench();
    const clock = virtualClock(NOON_MS);
    let full = 3;
    const failing = new Proxy(b.connection, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          if (key === "commit" && full > 0) {
            full -= 1;
            throw new EngineError("database or disk is full", { kind: "diskFull", code: "SQLITE_FULL" });
          }
          return Reflect.apply(value, target, args);
        };
      },
    }) as Connection;
    const store = makeRunStore({ connection: failing, shared: false, clock });
    const good = store.write("deadLetter", { at: NOON_MS, component: "x", message: { a: 1 }, error: "e" });
    const bad = store.write("stepStarted", { runId: "nobody", attempt: 1, stepNo: 1, name: "s", at: NOON_MS });
    const failure = expect(bad).rejects.toMatchObject({ kind: "foreignKey" });
    await clock.advance(2000);
    await Promise.all([good, failure]);
    expect(full).toBe(0);
    expect(b.rows("SELECT count(*) FROM gobi_dead_letters")).toEqual(["1"]);
  });

  it("while the session has a transaction open, in memory, is waited for", async () => {
    const b = bench();
    b.connection.begin("immediate");
    let done = false;
    const written = b.store.write("skipNext", { scheduleId: "s" }).then(() => {
      done = true;
    });
    await b.clock.advance(1000);
    expect(done).toBe(false);
    b.connection.rollback();
    await b.clock.advance(300);
    await written;
  });
});

it("keeps what the database refuses for good as dead letters, writes the rest, and can replay them (IT-23)", async () => {
  const b = bench();
  const dead: string[] = [];
  const id = await b.request(scheduleOf("s"), { scheduledAt: NOON_MS + 60_000 });
  const recorder = makeRecorder({ store: b.store, clock: b.clock, onDead: (kind) => void dead.push(kind) });
  const good = { ...ACTION, id: "good", runId: id };
  const bad = { ...ACTION, id: "bad", runId: id, actionTypeId: 99 };
  await recorder.add("actions", bad);
  await recorder.add("actions", good);
  const flushed = recorder.flush();
  await b.clock.advance(10_000);
  await flushed;
  expect(b.rows("SELECT id FROM gobi_action_runs")).toEqual(["good"]);
  expect(dead).toEqual(["actions"]);
  expect(b.rows("SELECT component, json_extract(message, '$.id'), resolved_at FROM gobi_dead_letters")).toEqual([
    "recorder.actions|bad|null",
  ]);
  b.connection.runText("INSERT INTO gobi_action_types (id, name, deprecated) VALUES (99, 'late', 0)", []);
  const replayed = replayLetter(b.store, "recorder.actions", {
    ...bad,
    scheduleActionId: null,
    violationId: null,
    error: null,
  });
  await b.clock.settle();
  expect(await replayed).toBe(true);
  expect(b.rows("SELECT id FROM gobi_action_runs ORDER BY id")).toEqual(["bad", "good"]);
  expect(await replayLetter(b.store, "somebody else", null)).toBe(false);
});
