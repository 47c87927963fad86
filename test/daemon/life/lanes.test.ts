// A mount with a lane for each kind of work: the order of its start and end in the log, numbers and labels, and processes and connections that stay.
import { constants, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { connect } from "../../../protocol/client/client.ts";
import { builtProgram } from "../../support/built.ts";
import { commandsOf, gobi, gobiHere, killAll, pidFile, processesOf, until } from "./mounted.ts";
import { logLines, makePlace, type Place } from "./support.ts";

const MINS = { slow: 2, medium: 1, fast: 3, cache: 1 };
const LANES = 7;
const QUERIES = 1000;
const TAGS = ["slow", "medium", "fast", "cache"] as const;

let place: Place;
beforeAll(() => void builtProgram("gobi"), 300_000);
beforeEach(() => {
  place = makePlace("Acuranzo");
});
afterEach(() => {
  killAll(place);
  place.remove();
});

/** Connections of a process to the database: descriptors by which its file may be written. */
function connectionsOf(pid: number): number {
  const folder = `/proc/${pid}`;
  return readdirSync(`${folder}/fd`).filter((name) => {
    try {
      if (readlinkSync(`${folder}/fd/${name}`) !== `${place.folder}/main.gobi`) return false;
      const flags = /^flags:\s+(\d+)/mu.exec(readFileSync(`${folder}/fdinfo/${name}`, "utf8"))?.[1] ?? "0";
      return (Number.parseInt(flags, 8) & constants.O_RDWR) !== 0;
    } catch {
      // Closed since.
      return false;
    }
  }).length;
}

/** Connections of each process of the mount that has any. */
function connections(): ReadonlyMap<number, number> {
  const counts = processesOf(place).map((pid) => [pid, connectionsOf(pid)] as const);
  return new Map(counts.filter(([, count]) => count > 0));
}

/** Lines of the log as a list of what is told of whom, without what differs from mount to mount. */
function told(): readonly string[] {
  return logLines(place)
    .map((line) => line.replace(/^\w+ +/u, "").replace(/ \(pid \d+\)/u, ""))
    .filter((line) => !line.startsWith("automation:"));
}

it("HY-02, HY-04, HY-05, HY-06, HY-17, HY-18 starts and ends its lanes in order, and keeps their processes and connections", async () => {
  const sets = Object.entries(MINS).flatMap(([tag, min]) => ["--set", `lanes.${tag}.min=${min}`]);
  expect((await gobi(place, "mount", "Acuranzo", ...sets)).code).toBe(0);
  // One of each lane, and one of the automation, which is none.
  const first = await until(() => (connections().size === LANES + 1 ? connections() : undefined));
  const client = await connect({ target: pidFile(place).socket, pool: { min: 4, max: 4 } });
  const lanes = (): Promise<readonly Record<string, unknown>[]> =>
    client.query("SELECT label, pid, state FROM system.lanes ORDER BY number");
  const before = await lanes();
  expect(before.map(({ label }) => label)).toEqual([
    "DQM-Acuranzo-00-L",
    "DQM-Acuranzo-01-C",
    "DQM-Acuranzo-02-F",
    "DQM-Acuranzo-03-F",
    "DQM-Acuranzo-04-F",
    "DQM-Acuranzo-05-M",
    "DQM-Acuranzo-06-S",
    "DQM-Acuranzo-07-S",
  ]);
  const pids = before.slice(1).map(({ pid }) => Number(pid));
  expect(new Set(pids).size).toBe(LANES);
  // The Lead's own, which only signs clients in and notes that it did, is the eighth.
  const eight = [Number(before[0]?.["pid"]), ...pids];
  const ofLanes = (): readonly (number | undefined)[] => eight.map((pid) => connections().get(pid));
  const one = eight.map(() => 1);
  await until(() => (ofLanes()[0] === 1 ? true : undefined));
  expect(ofLanes()).toEqual(one);
  const automation = [...first.keys()].filter((pid) => !pids.includes(pid));
  expect(automation).toHaveLength(1);
  const ask = (sql: string): Promise<unknown>[] =>
    Array.from({ length: QUERIES }, (_, at) => client.query(sql, [], { lane: TAGS[at % TAGS.length] ?? "medium" }));
  const found = await Promise.all(ask("SELECT count(*) AS n FROM system.routines"));
  expect(new Set(found.map((rows) => JSON.stringify(rows))).size).toBe(1);
  expect(await lanes()).toEqual(before);
  expect(ofLanes()).toEqual(one);
  expect(new Set(connections().keys())).toEqual(new Set([...eight, ...automation]));
  // What belongs to a session alone has a connection of its own for as long as it is there: here a transaction.
  await client.transaction(async (session) => {
    await session.query("SELECT count(*) AS n FROM system.routines");
    expect(ofLanes()).toEqual(one);
    await Promise.all(ask("SELECT 1 AS n"));
    expect(ofLanes().filter((count) => count !== 1)).toEqual([2]);
  });
  await client.close();
  expect((await gobiHere(place, "unmount", "Acuranzo")).code).toBe(0);
  await until(() => (commandsOf(place).length === 0 ? true : undefined));
  const log = told();
  expect(log.filter((line) => line.startsWith("launch:") || line.includes("[Lead]")).map(short)).toEqual([
    "launch: gobi",
    "launch: configuration",
    "launch: database",
    "[Lead] connecting",
    "[Lead] connected",
    "[Lead] heartbeat",
    "launch: ready,",
    "[Lead] shutting",
  ]);
  const of = (what: string): string =>
    log.flatMap((line) => new RegExp(`-0[1-7]-(\\w) ${what}`, "u").exec(line)?.[1] ?? []).join("");
  expect(of("connecting")).toBe("CFFFMSS");
  expect(of("ended with code 0")).toBe("SSMFFFC");
  expect(log.findIndex((line) => line.includes("-01-C connecting"))).toBeGreaterThan(
    log.findIndex((line) => line.startsWith("launch: database")),
  );
  expect(log.slice(-1)).toEqual(["landing: landed"]);
}, 60_000);

/** The first two words of what is told. */
function short(line: string): string {
  return line
    .replace(/^DQM-\S+ /u, "")
    .split(" ")
    .slice(0, 2)
    .join(" ");
}
