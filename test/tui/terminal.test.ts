// The built gobi tui in a real pseudo terminal: opens, answers keys, hears of what others do, and gives the terminal back however it ends (GR-100).
// The pseudo terminal is that of script(1) of util-linux, which every Linux has; elsewhere it takes other arguments.
import { type ChildProcess, spawn } from "node:child_process";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Ran, gobi } from "../daemon/life/mounted.ts";
import { makePlace, type Place } from "../daemon/life/support.ts";
import { builtProgram } from "../support/built.ts";
import { BYTES } from "./support.ts";

const ENTER_SCREEN = "\u001b[?1049h";
const LEAVE_SCREEN = "\u001b[?1049l";
const SHOW_CURSOR = "\u001b[?25h";

let place: Place;
let open: ChildProcess | undefined;
beforeAll(async () => {
  place = makePlace();
  const mounted = await gobi(place, "mount", place.folder);
  expect(mounted.code, mounted.err).toBe(0);
  const made = await gobi(place, "sql", place.folder, "-c", "upsert procedure first_one() { print 'x' }");
  expect(made.code, made.err).toBe(0);
}, 300_000);
afterEach(() => {
  open?.kill("SIGKILL");
  open = undefined;
});
afterAll(async () => {
  await gobi(place, "unmount", place.folder);
  place.remove();
});

interface Terminal {
  /** Everything that was written to it. */
  text(): string;
  press(keys: string): void;
  until(what: string | RegExp): Promise<void>;
  /** The exit code of what ran in it. */
  readonly ended: Promise<number | null>;
}

function terminal(command: string, environment: Readonly<Record<string, string>> = {}): Terminal {
  const child = spawn("script", ["-qefc", `stty rows 24 cols 80; exec ${command}`, "/dev/null"], {
    cwd: place.root,
    // CI: a terminal is a terminal, also where this is set.
    env: { PATH: process.env["PATH"], CI: "true", TERM: "xterm-256color", ...place.environment, ...environment },
    stdio: ["pipe", "pipe", "inherit"],
  });
  open = child;
  let text = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (data: string) => {
    text += data;
  });
  return {
    text: () => text,
    press: (keys) => void child.stdin.write(keys),
    until: (what) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (typeof what === "string" ? !text.includes(what) : !what.test(text)) return;
          child.stdout.off("data", look);
          resolve();
        };
        child.stdout.on("data", look);
        look();
      }),
    ended: new Promise((resolve) => child.on("close", resolve)),
  };
}

function tui(...args: readonly string[]): string {
  return [process.execPath, builtProgram("gobi"), "tui", ...args].join(" ");
}

/** Everything after the terminal was left; what is drawn there would stay. */
function afterwards(text: string): string {
  return text.slice(text.lastIndexOf(LEAVE_SCREEN));
}

describe.skipIf(process.platform !== "linux")("gobi tui in a terminal", () => {
  it("GR-100: opens on the page that is named, hears of a new procedure, runs it, and q gives the terminal back", async () => {
    const shown = terminal(tui("procedures"));
    await shown.until(/▸ .*first_one/u);
    await gobi(place, "sql", place.folder, "-c", "upsert procedure second_one() returns int { return 4242 }");
    await shown.until("second_one");
    shown.press("j");
    await shown.until(/▸ .*second_one/u);
    shown.press("r");
    await shown.until("CALL `second_one`()");
    shown.press("y");
    await shown.until("4242");
    shown.press("q");
    expect(await shown.ended).toBe(0);
    expect(shown.text().indexOf(ENTER_SCREEN)).toBeGreaterThanOrEqual(0);
    expect(afterwards(shown.text())).toContain(SHOW_CURSOR);
    expect(afterwards(shown.text())).not.toMatch(/procedures/u);
  });

  it.each([
    ["Ctrl-C", BYTES.ctrlC, 0],
    ["SIGTERM", undefined, 143],
  ])("GR-100: %s gives the terminal back", async (_name, key, code) => {
    const shown = terminal(`sh -c 'echo pid=$$.; exec ${tui("triggers")}'`);
    await shown.until("─ triggers");
    // Once a key has had its effect, keys no longer go through the terminal, which would make Ctrl-C a signal.
    shown.press("?");
    await shown.until("─ help");
    if (key !== undefined) shown.press(key);
    else process.kill(Number(/pid=(\d+)\./u.exec(shown.text())?.[1]), "SIGTERM");
    expect(await shown.ended).toBe(code);
    expect(afterwards(shown.text())).toContain(SHOW_CURSOR);
  });

  it("works on a file, without colours when NO_COLOR is set", async () => {
    const database = `${place.folder}/main.gobi`;
    const shown = terminal(tui("procedures", "--db", database), { NO_COLOR: "1" });
    await shown.until("no daemon");
    await shown.until("valid");
    shown.press("q");
    expect(await shown.ended).toBe(0);
    // oxlint-disable-next-line no-control-regex
    expect(shown.text()).not.toMatch(/\u001b\[3[0-7]m/u);
  });
});

describe("gobi tui without a terminal", () => {
  it("what can be ended on the screen can be ended by commands", async () => {
    const lanes = JSON.parse((await gobi(place, "lanes", "list", place.folder, "--json")).out) as readonly {
      readonly label: string;
      readonly tags: string;
    }[];
    const lane = lanes.find(({ tags }) => tags === "medium")?.label ?? "";
    expect(await gobi(place, "lanes", "kill", lane, place.folder)).toEqual({
      code: 0,
      out: `Ended the lane ${lane}.\n`,
      err: "",
    });
    expect(await gobi(place, "lanes", "kill", "DQM-none", place.folder)).toMatchObject({ code: 1, out: "" });
    expect(await gobi(place, "sessions", "kill", "99", place.folder)).toEqual({
      code: 1,
      out: "",
      err: "There is no session 99.\n",
    });
    expect((await gobi(place, "sessions", "list", place.folder)).out).toContain("session_id");
    expect(JSON.parse((await gobi(place, "locks", "list", place.folder, "--json")).out)).toEqual([]);
  });

  it.each([
    ["procedures", "gobi procedures list --json"],
    ["lanes", "gobi lanes list --json"],
    ["overview", "gobi daemon status --json"],
  ])("says so, and what programs use: %s", async (section, instead) => {
    const ran: Ran = await gobi(place, "tui", section);
    expect(ran).toEqual({
      code: 2,
      out: "",
      err: `gobi: gobi tui needs a terminal. Programs get the same with: ${instead}\n`,
    });
  });
});
