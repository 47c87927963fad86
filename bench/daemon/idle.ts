// What a daemon costs that has nothing to do: `npm run build && npx tsx bench/daemon/idle.ts [seconds]`. Linux only: reads /proc.
// Prints resident memory (RSS, and PSS, where what processes share counts once) and processor time of each of its processes.
// Target: Lead and one lane together under 120 MB of RSS and under 1 % of one processor.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { required } from "../../base/failure.ts";

/** V8 gives back what the start took of the young generation after about eight seconds of rest. */
const SECONDS = Number(process.argv[2] ?? 20);
/** Of the kernel's accounting. */
const TICKS_PER_SECOND = 100;
const gobi = resolve(import.meta.dirname, "../../dist/cli/gobi.cjs");
const root = mkdtempSync(join(tmpdir(), "gobi-idle-"));
const environment = { ...process.env, GOBI_RUNTIME_DIR: join(root, "run"), GOBI_CONFIG_DIR: join(root, "settings") };
const run = (...args: string[]): string =>
  execFileSync(process.execPath, [gobi, ...args], { env: environment, encoding: "utf8" });

interface Cost {
  readonly pid: number;
  readonly what: string;
  readonly rssMb: number;
  readonly pssMb: number;
  readonly ticks: number;
}

function statOf(pid: number): { readonly parent: number; readonly ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}

function costs(lead: number): readonly Cost[] {
  const pids = readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && (pid === lead || statOf(pid)?.parent === lead));
  return pids.map((pid) => {
    const memory = readFileSync(`/proc/${String(pid)}/smaps_rollup`, "utf8");
    const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "mu").exec(memory)?.[1]);
    const command = readFileSync(`/proc/${String(pid)}/cmdline`, "utf8").split("\0");
    const file = required(
      command.find((part) => part.endsWith(".cjs")),
      "a program of ours",
    );
    return {
      pid,
      what: file.slice(file.lastIndexOf("/") + 1, -".cjs".length),
      rssMb: kilobytes("Rss") / 1024,
      pssMb: kilobytes("Pss") / 1024,
      ticks: statOf(pid)?.ticks ?? 0,
    };
  });
}

const folder = join(root, "shop");
run("mount", folder);
try {
  const { pid } = JSON.parse(run("daemon", "status", folder, "--json")) as { readonly pid: number };
  // What a start leaves to do is done by then.
  await new Promise((done) => setTimeout(done, 2000));
  const before = costs(pid);
  await new Promise((done) => setTimeout(done, SECONDS * 1000));
  const after = costs(pid);
  const percent = (cost: Cost): number =>
    ((cost.ticks - (before.find((each) => each.pid === cost.pid)?.ticks ?? cost.ticks)) / TICKS_PER_SECOND / SECONDS) *
    100;
  for (const cost of after)
    console.log(
      `${cost.what}: ${cost.rssMb.toFixed(1)} MB RSS, ${cost.pssMb.toFixed(1)} MB PSS, ${percent(cost).toFixed(2)} % of a processor`,
    );
  const ours = after.filter(({ what }) => what === "daemon" || what === "lane");
  const sum = (of: (cost: Cost) => number): number => ours.reduce((total, cost) => total + of(cost), 0);
  console.log(
    `Lead and lane together: ${sum(({ rssMb }) => rssMb).toFixed(1)} MB RSS (target 120), ${sum(({ pssMb }) => pssMb).toFixed(1)} MB PSS, ${sum(percent).toFixed(2)} % (target 1)`,
  );
} finally {
  run("unmount", folder);
  rmSync(root, { recursive: true, force: true });
}
