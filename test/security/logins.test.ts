// Logins of the owner and what is done with the daemon itself stand in the audit log, in its chain, without anybody waiting for it; nothing is lost when the daemon ends in order.
import { expect, it } from "vitest";
import { connect } from "../../protocol/client/client.ts";
import { verifyAudit } from "../../server/security/audit.ts";
import { type Authenticator, openAuthenticator } from "../../server/security/authenticate.ts";
import { auditedService } from "../../server/daemon/service-audit.ts";
import { OWNER } from "../../server/security/types.ts";
import { startTestDaemon } from "../support/daemon.ts";
import { type Town, town } from "./support.ts";

const ROWS = `SELECT action || ' ' || outcome || ' ' || coalesce(CAST(details AS TEXT), '') AS row FROM system.audit_log
  WHERE action <> 'create_user' ORDER BY seq`;
const LOGIN = { transport: "unix", peer: "", socketKey: "key" } as const;
const DONE = 'login done {"transport":"unix"}';

interface Timer {
  readonly ms: number;
  readonly then: () => void;
}

/** Somebody who lets connections in to the database of a town; his timers are run by hand. */
function door({ file }: Town): {
  readonly authenticator: Authenticator;
  readonly timers: Timer[];
  readonly log: readonly string[];
} {
  const timers: Timer[] = [];
  const log: string[] = [];
  const authenticator = openAuthenticator({
    database: file,
    socketKey: "key",
    log: (level, text) => void log.push(`${level} ${text}`),
    nowMs: () => 1_800_000_000_000,
    later: (ms, then) => void timers.push({ ms, then }),
  });
  return { authenticator, timers, log };
}

function rowsOf({ owner }: Town): readonly string[] {
  expect(verifyAudit(owner.session.connection, undefined)).toMatchObject({ kind: "whole" });
  return owner
    .run(ROWS)
    .split("\n")
    .filter((row) => row !== "");
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

it("GR-123: logins of the owner are written together within a second", async () => {
  const place = town("CREATE USER ann");
  const { authenticator, timers } = door(place);
  for (let login = 0; login < 250; login += 1)
    expect(await authenticator.authenticate(LOGIN)).toMatchObject({ kind: "principal" });
  expect(timers.map(({ ms }) => ms)).toEqual([1000]);
  expect(rowsOf(place)).toEqual([]);
  timers.shift()?.then();
  while (rowsOf(place).length < 250) await turn();
  expect(rowsOf(place)).toEqual(Array.from({ length: 250 }, () => DONE));
  expect(place.owner.run("SELECT DISTINCT CAST(at AS TEXT) FROM system.audit_log WHERE action = 'login'")).toBe(
    "2027-01-15T08:00:00.000000Z",
  );
  await authenticator.close();
});

it("GR-123: those that wait are written at an orderly end, also when the database is locked for a while", async () => {
  const place = town("CREATE USER ann");
  const { authenticator, timers, log } = door(place);
  await authenticator.authenticate(LOGIN);
  authenticator.note({ action: "kill_lane", outcome: "done", userId: undefined, sessionId: undefined });
  place.owner.run("BEGIN IMMEDIATE; CREATE USER bob");
  const closed = authenticator.close();
  while (timers.every(({ ms }) => ms === 1000)) await turn();
  place.owner.run("ROLLBACK");
  timers.find(({ ms }) => ms !== 1000)?.then();
  await closed;
  expect(rowsOf(place)).toEqual([DONE, "kill_lane done "]);
  expect(log).toEqual([]);
});

it("GR-123: a database that stays locked at the end is told in the log", async () => {
  const place = town("CREATE USER ann");
  const { authenticator, timers, log } = door(place);
  await authenticator.authenticate(LOGIN);
  place.owner.run("BEGIN IMMEDIATE; CREATE USER bob");
  let closed = false;
  const closing = authenticator.close().then(() => {
    closed = true;
  });
  while (!closed) {
    for (const { ms, then } of timers.splice(0)) if (ms !== 1000) then();
    await turn();
  }
  await closing;
  expect(log).toEqual(["error 1 rows could not be written to the audit log: the database stays locked."]);
});

it("GR-123: wrong keys and connections that show nothing are noted as refused", async () => {
  const place = town("CREATE USER ann");
  const { authenticator } = door(place);
  await authenticator.authenticate({ ...LOGIN, socketKey: "guess" });
  await authenticator.authenticate({ transport: "tcp", peer: "10.0.0.1" });
  await authenticator.close();
  expect(rowsOf(place)).toEqual([
    'login denied {"transport":"unix","code":"AuthenticationFailed"}',
    'login denied {"transport":"tcp","peer":"10.0.0.1","code":"TokenNeeded"}',
  ]);
});

it("GR-123: a database without an audit log is left as it is", async () => {
  const place = town();
  const { authenticator, timers } = door(place);
  await authenticator.authenticate(LOGIN);
  timers.shift()?.then();
  for (let turns = 0; turns < 20; turns += 1) await turn();
  expect(timers).toEqual([]);
  await authenticator.close();
  expect(place.owner.run("SELECT count(*) FROM sqlite_schema")).toBe("0");
});

it("GR-123: what is done with the daemon is noted with who did it; what only shows something is not", async () => {
  const place = town("CREATE USER ann");
  const { authenticator } = door(place);
  const note = (event: Parameters<Authenticator["note"]>[0]): void => authenticator.note(event);
  const ask = { principal: OWNER, sessionId: undefined };
  await auditedService(note, { ...ask, action: "status", argument: undefined }, () => Promise.resolve(1));
  await auditedService(note, { ...ask, action: "reload", argument: undefined }, () => Promise.resolve(1));
  const scale = { ...ask, sessionId: 7n, action: "scale", argument: { tag: "fast", min: 1, secret: "s" } };
  await expect(auditedService(note, scale, () => Promise.reject(new TypeError("no")))).rejects.toThrow("no");
  await authenticator.close();
  expect(rowsOf(place)).toEqual(["reload done {}", 'scale failed {"by_session":"7","tag":"fast","min":1}']);
});

it("GR-123: a daemon notes its owner's logins, what SERVICE_CONTROL does, and who may not", async () => {
  const daemon = await startTestDaemon({ script: "CREATE USER ann" });
  const client = await connect({ target: daemon.place.socket });
  const ann = await connect({ target: daemon.place.socket, user: "ann" });
  try {
    await client.session((session) => session.control("scale", { tag: "fast", max: 2 }));
    await expect(ann.session((session) => session.control("scale", { tag: "fast", max: 3 }))).rejects.toMatchObject({
      code: "PermissionDenied",
    });
    const said = async (): Promise<readonly unknown[]> =>
      await client.query(
        "SELECT DISTINCT action, outcome, user_id IS NULL AS owner FROM system.audit_log WHERE action <> 'create_user' ORDER BY 1, 2",
      );
    const expected = [
      { action: "denied", outcome: "denied", owner: false },
      { action: "login", outcome: "done", owner: false },
      { action: "login", outcome: "done", owner: true },
      { action: "scale", outcome: "done", owner: true },
    ];
    await expect.poll(said, { timeout: 20_000 }).toHaveLength(expected.length);
    expect(await said()).toEqual(expect.arrayContaining(expected));
  } finally {
    await ann.close();
    await client.close();
    await daemon.stop();
  }
}, 30_000);
