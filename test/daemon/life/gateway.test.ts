// The built gobi mounts folders with a gateway: bootstrap and migrations before anybody asks, the number of templates in the status, an address that is taken (HY-40, HY-40a, HY-72).
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { builtProgram } from "../../support/built.ts";
import { gobi, gobiHere, killAll, statusOf, until } from "./mounted.ts";
import { makePlace, type Place } from "./support.ts";

let place: Place;
beforeAll(() => void builtProgram("gobi"), 300_000);
beforeEach(() => {
  place = makePlace();
});
afterEach(() => {
  killAll(place);
  place.remove();
});

const httpOf = (out: string): string => /listening (http:\S+)/u.exec(out)?.[1] ?? "none";

async function rowsAt(url: string): Promise<unknown> {
  return ((await (await fetch(url)).json()) as { rows?: unknown }).rows;
}

it("HY-40, HY-72: from an empty folder with migrations and a bootstrap query to an answer, a kept one, and a new one after a write", async () => {
  writeFileSync(
    join(place.folder, "gobi.toml"),
    `[gateway]\nlisten = "127.0.0.1:0"\nbootstrap = "SELECT n AS query_id, name, text AS sql_text, 'cache' AS lane, 'public' AS visibility FROM mine WHERE mount = :database"\n`,
  );
  mkdirSync(join(place.folder, "migrations"));
  writeFileSync(
    join(place.folder, "migrations", "1_all.sql"),
    "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\nCREATE TABLE mine (n int, mount text, name text, text text);\nINSERT INTO mine VALUES (1, 'shop', 'sum', 'SELECT sum(a) AS s FROM t'), (2, 'shop', 'wrong', 'SELECT b FROM t');",
  );
  const { code, out } = await gobi(place, "mount", "shop");
  const http = httpOf(out);
  const answer = `${http}/api/query/shop/1/cache/-`;
  expect([code, await rowsAt(answer)]).toEqual([0, [{ s: 1 }]]);
  // The automation of the mount commits now and then, which makes kept answers old.
  await expect
    .poll(async () => (await fetch(answer)).json(), { timeout: 10_000 })
    .toMatchObject({ cached: true, rows: [{ s: 1 }] });
  expect((await gobi(place, "sql", "shop", "-c", "INSERT INTO t VALUES (2)")).code).toBe(0);
  expect(await rowsAt(answer)).toEqual([{ s: 3 }]);
  const { templates, migrations } = await until(async () => {
    const status = await statusOf(place);
    return (status.templates?.rejected.length ?? 0) > 0 ? status : undefined;
  });
  expect(templates).toMatchObject({ entries: 1, rejected: [expect.stringContaining("Query 2 (wrong): E5002")] });
  expect(migrations).toEqual({ avail: 1, load: 1, apply: 1 });
  const status = await gobiHere(place, "daemon", "status", "shop");
  expect(status.out).toContain("templates  1 serve");
  expect(status.out).toContain("AVAIL=1, LOAD=1, APPLY=1");
  expect((await gobi(place, "unmount", "shop")).code).toBe(0);
  // The gateway writes what was used when it ends.
  const used = await gobi(place, "mount", "shop");
  expect(used.code).toBe(0);
  const counts = await gobi(
    place,
    "sql",
    "shop",
    "-c",
    "SELECT usage_count FROM system.query_template_usage",
    "--format",
    "json",
  );
  const [count] = JSON.parse(counts.out) as { usage_count: number }[];
  expect(count?.usage_count).toBeGreaterThanOrEqual(3);
}, 60_000);

it("HY-40a: a database whose host is not mounted says so, is not ready, and answers when the host has come", async () => {
  const other = join(place.root, "b");
  mkdirSync(other);
  writeFileSync(join(other, "gobi.toml"), '[gateway]\nlisten = "127.0.0.1:0"\nhost_database = "../shop"\n');
  writeFileSync(join(place.root, "q.sql"), "-- @query 9 nine\n-- @public\nSELECT 9 AS nine");
  writeFileSync(join(place.root, "empty.grz"), "CREATE TABLE t (a int)");
  expect((await gobiHere(place, "init", "shop")).code).toBe(0);
  const mounted = await gobi(place, "mount", "b");
  const http = httpOf(mounted.out);
  expect((await fetch(`${http}/api/query/b/9/medium/-`)).status).toBe(503);
  const health = await fetch(`${http}/health`);
  expect([health.status, await health.text()]).toEqual([503, expect.stringContaining("host database")]);
  expect((await gobiHere(place, "daemon", "status", "b")).code).toBe(1);
  const database = join(place.folder, "main.gobi");
  expect((await gobiHere(place, "queries", "load", "q.sql", "--db", database, "--for", "b")).code).toBe(0);
  expect((await gobi(place, "mount", "shop")).code).toBe(0);
  await expect.poll(() => rowsAt(`${http}/api/query/b/9/medium/-`), { timeout: 15_000 }).toEqual([{ nine: 9 }]);
  // The Lead answers for all parts, and hears of the templates, or of a lane, a moment after a query was answered.
  await expect.poll(async () => (await fetch(`${http}/health`)).status, { timeout: 20_000 }).toBe(200);
}, 60_000);

it("a gateway whose address is taken does not keep the mount from serving, which says so", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  try {
    const { port } = taken.address() as AddressInfo;
    const { code, out } = await gobi(place, "mount", "shop", "--set", `gateway.listen=127.0.0.1:${port}`);
    expect([code, out]).toEqual([0, expect.stringContaining("The gateway does not answer yet")]);
    expect(out).toContain(`127.0.0.1:${port} is in use`);
    expect((await gobi(place, "sql", "shop", "-c", "SELECT 1 AS one")).code).toBe(0);
  } finally {
    taken.close();
  }
}, 60_000);

it("HY-47: templates that are loaded for the mount itself, by its name, are its own", async () => {
  writeFileSync(join(place.folder, "gobi.toml"), `[gateway]\nlisten = "127.0.0.1:0"\n`);
  writeFileSync(join(place.folder, "q.sql"), "-- @query 7 seven\n-- @public\nSELECT 7 AS n;\n");
  const mounted = await gobi(place, "mount", "shop");
  const load = ["queries", "load", join(place.folder, "q.sql"), "--db", join(place.folder, "main.gobi")];
  expect((await gobi(place, ...load, "--for", "shop")).out).toContain("query 7 seven: stored as version 1");
  expect((await gobi(place, ...load)).out).toContain("query 7 seven: unchanged, still version 1");
  expect((await gobi(place, ...load, "--for", "other")).out).toContain("query 7 seven: stored as version 1");
  expect(await until(() => rowsAt(`${httpOf(mounted.out)}/api/query/shop/7/medium/-`))).toEqual([{ n: 7 }]);
});
