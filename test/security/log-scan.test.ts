// A daemon's whole life with secrets in it: users with passwords, tokens that are right and wrong, texts with mistakes, statements that run while they are listed.
// Afterwards no file below the mount, its runtime folder and its settings holds one of them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { connect } from "../../protocol/client/client.ts";
import { gobi, killAll, statusOf } from "../daemon/life/mounted.ts";
import { makePlace, type Place } from "../daemon/life/support.ts";

const PASSWORD = "Tr0ub4dor-and-3";
const WRONG = "gbz_wrongwrongwrongwrongwrongwrongwrongwrongwro";

let place: Place;

afterEach(() => {
  killAll(place);
  place.remove();
});

/** Every file below a folder with its bytes as text. */
function filesBelow(folder: string): readonly { readonly path: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, text: readFileSync(path, "latin1") }));
}

it("GR-122: leaves no secret in any file", async () => {
  place = makePlace();
  const mounted = await gobi(
    place,
    "mount",
    place.folder,
    "--set",
    "listen.tcp=127.0.0.1:0",
    "--set",
    "logging.level=debug",
  );
  expect(mounted.code, mounted.err).toBe(0);
  const status = await statusOf(place);
  const target = (scheme: string): string => status.listening.find((each) => each.startsWith(scheme)) ?? "";
  const owner = await connect({ target: target("unix:").replace("unix:", "") });
  await owner.execute(`CREATE USER ann PASSWORD '${PASSWORD}'; CREATE USER bob;`);
  // Mistakes in texts with secrets: of the grammar, of names, of rights, of values.
  for (const text of [
    `CREATE USER eve PASSWORD '${PASSWORD}' AND MORE`,
    `ALTER USER nobody PASSWORD '${PASSWORD}'`,
    `CREATE USER ann PASSWORD '${PASSWORD}'`,
    `print '${WRONG}' + 1`,
  ])
    await expect(owner.execute(text), text).rejects.toThrow();
  const made = await owner.query("CREATE TOKEN laptop FOR ann");
  const token = String(made[0]?.["token"]);
  expect(token).toHaveLength(47);
  const address = target("tcp:").replace("tcp:", "gobi:");
  const ann = await connect({ target: address, token, reconnectMax: 0 });
  // While it runs, its text is in the lists of sessions.
  await ann.query(`SELECT 'PASSWORD ''${PASSWORD}''' AS text, '${token}' AS token`);
  await ann.close();
  for (const wrong of [{ token: WRONG }, { token: token.slice(0, -2) }])
    await expect(connect({ target: address, reconnectMax: 0, ...wrong })).rejects.toMatchObject({
      code: "AuthenticationFailed",
    });
  expect(await owner.query("SELECT count(*) > 3 AS several FROM system.audit_log")).toEqual([{ several: true }]);
  await owner.close();
  expect((await gobi(place, "unmount", place.folder)).code).toBe(0);
  const found = filesBelow(place.root).flatMap(({ path, text }) =>
    [PASSWORD, token, token.slice(0, -2), WRONG]
      .filter((secret) => text.includes(secret))
      .map((secret) => `${path}: ${secret.slice(0, 8)}…`),
  );
  expect(found).toEqual([]);
  // The scan looked at something.
  const log = filesBelow(place.root).filter(({ path }) => path.endsWith(".log"));
  expect(log.length).toBeGreaterThan(0);
}, 120_000);
