// A mount with a lane for each kind of work: the order of its start and end in the log, numbers and labels, and processes and connections that stay.
import { readdirSync, readlinkSync } from "node:fs";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { connect } from "../../../protocol/client/client.ts";
import { builtProgram } from "../../support/built.ts";
import { commandsOf, gobi, gobiHere, killAll, pidFile, until } from "./mounted.ts";
import { logLines, makePlace, type Place } from "./support.ts";

const MINS = { slow: 2, medium: 1, fast: 3, cache: 1 };
const QUERIES = 1000;

let place: Place;
beforeAll(() => void builtProgram("gobi"), 300_000);
beforeEach(() => {
  place = makePlace("Acuranzo");
});
afterEach(() => {
  killAll(place);
  place.remove();
});

/** Connections of a process to the database: descriptors of its file. */
function connectionsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((name) => {
    try {
      return readlinkSync(`${folder}/${name}`) === `${place.folder}/main.gobi`;
    } catch {
      // Closed since.
      return false;
    }
  }).length;
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
  const client = await connect({ target: pidFile(place).socket, pool: { min: 1, max: 1 } });
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
  expect(new Set(pids).size).toBe(7);
  const connections = pids.map(connectionsOf);
  expect(Math.min(...connections)).toBe(1);
  await Promise.all(Array.from({ length: QUERIES }, () => client.query("SELECT 1 AS n")));
  expect(await lanes()).toEqual(before);
  expect(pids.map(connectionsOf)).toEqual(connections);
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
