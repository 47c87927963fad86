// The console sessions of docs/daemon.md and the commands of the README's tour, done by the built gobi: they print what the pages say.
import { afterAll, beforeAll, expect, it } from "vitest";
import { builtProgram } from "../../support/built.ts";
import { blocksOf } from "../../docs/examples.ts";
import { readConfigText } from "../../../server/config/file.ts";
import { commandsOf, gobi, killAll } from "./mounted.ts";
import { makePlace, type Place } from "./support.ts";

let place: Place;
beforeAll(() => {
  builtProgram("gobi");
  place = makePlace("unused");
}, 300_000);
afterAll(() => {
  killAll(place);
  place.remove();
});

/** Words of a command line; texts between double quotes are one. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/gu)].map((match) => match[1] ?? match[2] ?? "");
}

/** What differs between machines, as the page writes it. */
function likeThePage(text: string): string {
  return text
    .replaceAll(place.runtime, "/run/gobi")
    .replaceAll(place.root, "/srv")
    .replaceAll(/shop-[\da-f]{8}/gu, "shop-5c0f1d2a")
    .replaceAll(/process \d+/gu, "process 4711")
    .replaceAll(/ready after [\dms]+/gu, "ready after 310ms");
}

it("docs/daemon.md", async () => {
  const sessions = blocksOf("docs/daemon.md").filter((block) => block.language === "console");
  expect(sessions.length).toBeGreaterThan(0);
  for (const { text } of sessions) {
    let printed = "";
    for (const line of text.split("\n").filter((each) => each.startsWith("$ "))) {
      const [program, ...args] = wordsOf(line.slice(2));
      expect(program).toBe("gobi");
      const { out, err } = await gobi(place, ...args);
      printed += `${line}\n${likeThePage(out + err)}`;
    }
    expect(printed).toBe(text);
  }
  expect(commandsOf(place)).toEqual([]);
});

it("the configuration on the page has no mistakes", () => {
  const files = blocksOf("docs/daemon.md").filter((block) => block.language === "toml");
  expect(files.length).toBeGreaterThan(0);
  for (const { text } of files)
    expect(readConfigText(text, "gobi.toml", { SHOP_CERT: "cert.pem", SHOP_KEY: "key.pem" }).problems).toEqual([]);
});

it("the README's tour of the daemon", async () => {
  const lines = blocksOf("README.md")
    .filter((block) => block.language === "sh")
    .flatMap(({ text }) => text.trimEnd().split("\n"))
    .filter((line) => line.startsWith("gobi "));
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect((await gobi(place, ...wordsOf(line).slice(1))).code, line).toBeLessThan(2);
});
