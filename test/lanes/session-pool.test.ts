// The server sessions of a lane: one is enough for all who keep nothing, who keeps something has one of his own, users never share one, and one stays open always.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Borrowed } from "../../server/lanes/borrowed.ts";
import { type Holder, SessionPool } from "../../server/lanes/session-pool.ts";
import { OWNER, type Principal } from "../../server/security/types.ts";
import { openSession } from "../../server/session.ts";
import type { Session } from "../../server/session-types.ts";
import { EngineError } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

const ALICE: Principal = { userId: "u1", name: "alice", superuser: true, scopes: undefined };

let folder: string;
let open: Session[];
let refuses: boolean;
let pool: SessionPool;

function holder(lines: string[] = [], rows: ReadonlyMap<string, string> = new Map()): Holder {
  return {
    busy: false,
    output: { print: (text) => void lines.push(text), log: () => undefined, notice: () => undefined },
    daemonRows: rows,
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  folder = mkdtempSync(join(tmpdir(), "session-pool-"));
  open = [];
  refuses = false;
  pool = new SessionPool(({ output, daemonRows, principal: { name } }) => {
    if (refuses) throw new EngineError("no more", { kind: "cannotOpen", code: "SQLITE_CANTOPEN" });
    const session = openSession({ engine: sqliteEngine, database: join(folder, "main.gobi"), output, daemonRows });
    expect(["owner", "alice"]).toContain(name);
    open.push(session);
    const { close } = session;
    return Object.assign(session, {
      close: () => {
        close();
        open = open.filter((each) => each !== session);
      },
    });
  });
});
afterEach(() => {
  for (const session of open) session.close();
  rmSync(folder, { recursive: true, force: true });
  vi.useRealTimers();
});

it("gives the same one to all who keep nothing", () => {
  const [first, ...others] = Array.from({ length: 5 }, () => {
    const lent = pool.lend(holder(), OWNER);
    lent.engine.executeStatement("SELECT 1");
    expect(pool.takeBack(lent)).toBe(true);
    return lent;
  });
  expect(others.every((lent) => lent === first)).toBe(true);
  expect(open.length).toBe(1);
});

it("leaves it to who keeps something, until he ends", () => {
  const kept = pool.lend(holder(), OWNER);
  kept.engine.executeStatement("BEGIN");
  expect(pool.takeBack(kept)).toBe(false);
  const other = pool.lend(holder(), OWNER);
  expect(other.engine).not.toBe(kept.engine);
  kept.engine.executeStatement("COMMIT");
  expect(pool.takeBack(kept)).toBe(true);
  expect(pool.takeBack(other)).toBe(true);
  const writer = pool.lend(holder(), OWNER);
  writer.engine.executeStatement("CREATE TABLE t (a INT); INSERT INTO t VALUES (1)");
  expect(pool.takeBack(writer)).toBe(false);
  pool.end(writer);
  expect(open.includes(writer.engine)).toBe(false);
});

it("never gives one user's to another", () => {
  const owners = pool.lend(holder(), OWNER);
  pool.takeBack(owners);
  const alices = pool.lend(holder(), ALICE);
  pool.takeBack(alices);
  expect(alices.engine).not.toBe(owners.engine);
  expect(pool.lend(holder(), { ...ALICE, scopes: ["read"] }).engine).not.toBe(alices.engine);
  expect(pool.lend(holder(), { ...ALICE, tokenId: "t1" }).engine).not.toBe(alices.engine);
  expect(pool.lend(holder(), ALICE).engine).toBe(alices.engine);
});

it("has one open whoever ends, unless there is no database any more", () => {
  const writer = pool.lend(holder(), OWNER);
  writer.engine.executeStatement("CREATE TABLE t (a INT); INSERT INTO t VALUES (1)");
  pool.end(writer);
  expect(open.length).toBe(1);
  const last = pool.lend(holder(), OWNER);
  last.engine.executeStatement("INSERT INTO t VALUES (1)");
  refuses = true;
  pool.end(last);
  expect(open.length).toBe(0);
  expect(() => pool.bystander()).toThrow(EngineError);
});

it("closes those that nobody has used for a while, but one", () => {
  const many = Array.from({ length: 4 }, () => pool.lend(holder(), OWNER));
  for (const lent of many) pool.takeBack(lent);
  expect(open.length).toBe(4);
  vi.advanceTimersByTime(9_000);
  const used = pool.lend(holder(), OWNER);
  pool.takeBack(used);
  vi.advanceTimersByTime(60_000);
  expect(open.length).toBe(1);
  expect(open[0] === used.engine).toBe(true);
});

it("gives nobody one in which something went wrong that nobody foresaw (GR-115)", () => {
  const ends = new Borrowed(() => pool.lend(holder(), OWNER), pool);
  const { engine } = ends;
  ends.distrust();
  ends.giveBack(false);
  expect(ends.ifOpen).toBe(engine);
  ends.end();
  expect(open.includes(engine)).toBe(false);
  expect(open.length).toBe(1);
});

it("has back what a session borrows that has ended meanwhile (GR-115)", () => {
  const late = new Borrowed(() => pool.lend(holder(), OWNER), pool);
  late.engine.executeStatement("CREATE TABLE t (a INT); INSERT INTO t VALUES (1)");
  late.giveBack(true);
  expect(late.ifOpen).toBeUndefined();
  expect(open.length).toBe(1);
});

it("prints to who has it now, with his lists", () => {
  const lines = { one: [] as string[], two: [] as string[] };
  const one = pool.lend(holder(lines.one), OWNER);
  one.engine.executeStatement("print 'for one'");
  pool.takeBack(one);
  const two = pool.lend(holder(lines.two), OWNER);
  two.engine.executeStatement("print 'for two'");
  expect(lines).toEqual({ one: ["for one"], two: ["for two"] });
});

it("looks through one that sees every commit, and knows which rest", () => {
  const writer = pool.lend(holder(), OWNER);
  writer.engine.executeStatement("CREATE TABLE t (a INT); INSERT INTO t VALUES (1)");
  expect(pool.resting).toBe(writer.engine.connection);
  const before = pool.bystander().dataVersion();
  writer.engine.executeStatement("INSERT INTO t VALUES (2)");
  expect(pool.bystander().dataVersion()).not.toBe(before);
  const busy = pool.lend({ ...holder(), busy: true }, OWNER);
  pool.end(writer);
  expect(pool.resting).toBeUndefined();
  pool.takeBack(busy);
  expect(pool.resting).toBe(busy.engine.connection);
});
