// npm run bench: what PL-GRIZZLY costs, as ratios against rivals that do the same work in the same run.
// Absolute times depend on the machine; ratios are what counts. The targets are those that the project has set itself.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { available, measure, type Measurement, type Runner } from "./measure.ts";
import { writeCheckInputs, writeRowsDatabase } from "./inputs.ts";

const root = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "grizzly-bench-"));
const node = process.execPath;
const file = (...parts: string[]): string => join(root, "bench", ...parts);
const only = process.argv[2];

/** One ratio to be reached: time of `of` divided by time of `over`. */
interface Target {
  readonly of: string;
  readonly over: string;
  readonly max: number;
}
interface Bench {
  readonly name: string;
  readonly runners: readonly Runner[];
  readonly targets: readonly Target[];
}

const hasLua = available("lua5.4", "-v");
const COMPUTE: Readonly<Record<string, { readonly size: number; readonly max: number }>> = {
  loop: { size: 5_000_000, max: 1.5 },
  fib: { size: 30, max: 1.5 },
  float: { size: 300, max: 1.5 },
  sieve: { size: 1_000_000, max: 1.5 },
  closures: { size: 3_000_000, max: 1.5 },
  strings: { size: 50_000, max: 1 },
  records: { size: 1_000_000, max: 1 },
};

function printed(name: string, ...command: [string, ...string[]]): Runner {
  return { name, command, time: "printed" };
}

function computeBenches(): Bench[] {
  return Object.entries(COMPUTE).map(([name, { size, max }]) => ({
    name: `compute: ${name}`,
    runners: [
      printed("grizzly", node, file("runners/grz.mjs"), file("programs", `${name}.grz`), String(size)),
      printed("node", node, file("runners/js.mjs"), file("programs", `${name}.js`), String(size)),
      printed(
        "node --jitless",
        node,
        "--jitless",
        file("runners/js.mjs"),
        file("programs", `${name}.js`),
        String(size),
      ),
      ...(hasLua
        ? [printed("lua 5.4", "lua5.4", file("runners/lua.lua"), file("programs", `${name}.lua`), String(size))]
        : []),
    ],
    targets: hasLua ? [{ of: "grizzly", over: "lua 5.4", max }] : [],
  }));
}

function databaseBenches(): Bench[] {
  const rows = join(folder, "rows.db");
  writeRowsDatabase(rows);
  const both = (name: string, max: number): Bench => ({
    name: `database: ${name}`,
    runners: [
      printed("grizzly", node, file("runners", "database-grz.mjs"), name, rows),
      printed("node better-sqlite3", node, file("runners", "database-node.mjs"), name, rows),
    ],
    targets: [{ of: "grizzly", over: "node better-sqlite3", max }],
  });
  return [both("rows", 0.9), both("updates", 1.3)];
}

/** Triggers, on one INSERT … SELECT of 100,000 rows; PL/pgSQL beside it where GRIZZLY_BENCH_POSTGRES names a database. */
function triggerBenches(): Bench[] {
  const runner = (work: string, who: string, name: string): Runner =>
    printed(name, node, "--import", "tsx", file("runners", "triggers.ts"), work, who);
  const postgres = process.env["GRIZZLY_BENCH_POSTGRES"];
  const plpgsql = (work: string): Runner[] =>
    postgres === undefined ? [] : [printed("PL/pgSQL", node, file("runners", "triggers-postgres.mjs"), work, postgres)];
  const cheaper = (of: string): Target[] => (postgres === undefined ? [] : [{ of, over: "PL/pgSQL", max: 1 }]);
  return [
    {
      name: "triggers: an audit row after each insert",
      runners: [
        runner("audit", "grizzly", "native"),
        runner("audit", "captured", "captured"),
        runner("audit", "sqlite", "trigger written for SQLite"),
        ...plpgsql("audit"),
      ],
      targets: [
        { of: "native", over: "trigger written for SQLite", max: 1.1 },
        { of: "captured", over: "trigger written for SQLite", max: 2.5 },
        ...cheaper("captured"),
      ],
    },
    {
      name: "triggers: a column set before each insert",
      runners: [runner("set", "grizzly", "grizzly"), runner("set", "node", "node loop"), ...plpgsql("set")],
      targets: [{ of: "grizzly", over: "node loop", max: 1.3 }, ...cheaper("grizzly")],
    },
    {
      name: "triggers: a column computed before each insert",
      runners: [runner("pure", "grizzly", "grizzly"), runner("pure", "plain", "no trigger")],
      targets: [{ of: "grizzly", over: "no trigger", max: 2 }],
    },
    {
      name: "triggers: a table without, one insert at a time",
      runners: [runner("none", "other", "trigger elsewhere"), runner("none", "grizzly", "no trigger anywhere")],
      targets: [{ of: "trigger elsewhere", over: "no trigger anywhere", max: 1.03 }],
    },
  ];
}

function checkBenches(): Bench[] {
  const { small, large, schema } = writeCheckInputs(folder);
  const gobic = join(root, "dist/cli/gobic.cjs");
  const baseline: Runner = {
    name: "require('better-sqlite3')",
    command: [node, "-e", `require(${JSON.stringify(join(root, "node_modules/better-sqlite3"))})`],
    time: "wall",
  };
  const check = (path: string): Runner => ({
    name: "gobic check",
    command: [node, gobic, "check", path, "--schema", schema],
    time: "wall",
  });
  return [
    {
      name: "cold check, 40 lines",
      runners: [check(small), baseline],
      targets: [{ of: "gobic check", over: baseline.name, max: 3 }],
    },
    {
      name: "cold check, 2000 lines",
      runners: [check(large), { ...check(small), name: "gobic check, 40 lines" }],
      targets: [],
    },
  ];
}

function show(measurement: Measurement, targets: readonly Target[]): void {
  const width = Math.max(...[...measurement.medians.keys()].map((name) => name.length));
  console.log(`\n${measurement.name}`);
  const first = [...measurement.medians.values()][0] ?? Number.NaN;
  for (const [name, ms] of measurement.medians)
    console.log(`  ${name.padEnd(width)} ${ms.toFixed(1).padStart(9)} ms   ${(first / ms).toFixed(2).padStart(6)}x`);
  for (const target of targets) {
    const ratio =
      (measurement.medians.get(target.of) ?? Number.NaN) / (measurement.medians.get(target.over) ?? Number.NaN);
    console.log(
      `  ${ratio <= target.max ? "reached" : "MISSED "}: ${target.of} takes ${ratio.toFixed(2)}x of ${target.over}, at most ${target.max}x wanted`,
    );
  }
}

try {
  console.log(`node ${process.version}${hasLua ? "" : "; lua5.4 is not installed, so its ratios are left out"}`);
  const benches = [...computeBenches(), ...databaseBenches(), ...triggerBenches(), ...checkBenches()].filter(
    (bench) => only === undefined || bench.name.includes(only),
  );
  for (const bench of benches) show(measure(bench.name, bench.runners), bench.targets);
  if (only === undefined || "calls".includes(only)) {
    const calls = measure("calls", [
      printed("warm call, µs", node, file("runners/calls.mjs"), "call"),
      printed("compile and verify 30 lines, ms", node, file("runners/calls.mjs"), "compile"),
    ]);
    console.log(
      `\ncalls\n${[...calls.medians].map(([name, value]) => `  ${name.padEnd(34)} ${value.toFixed(2)}`).join("\n")}`,
    );
  }
  if (only === undefined || "schedules".includes(only)) {
    console.log("\nschedules");
    const { status } = spawnSync(node, ["--expose-gc", "--import", "tsx", join(root, "bench/scheduler/schedules.ts")], {
      cwd: root,
      stdio: "inherit",
    });
    if (status !== 0) process.exitCode = 1;
  }
  if (only === undefined || "daemon".includes(only)) {
    console.log("\ndaemon");
    // On bundles, beside PostgreSQL and MariaDB where they are installed.
    for (const args of [["built.ts", "calls"], ["built.ts", "rows"], ["idle.ts"], ["isolation.ts"]]) {
      const [script = "", ...words] = args;
      const { status } = spawnSync(node, ["--import", "tsx", join(root, "bench/daemon", script), ...words], {
        cwd: root,
        stdio: "inherit",
      });
      if (status !== 0) process.exitCode = 1;
    }
  }
  if (only === undefined || "gateway".includes(only)) {
    console.log("\ngateway");
    const { status } = spawnSync(node, ["--import", "tsx", join(root, "bench/daemon/gateway.ts")], {
      cwd: root,
      stdio: "inherit",
    });
    if (status !== 0) process.exitCode = 1;
  }
  if (only === undefined || "editor".includes(only)) {
    console.log("\neditor");
    for (const script of ["editor.ts", "waits.ts", "memory.ts"]) {
      const { status } = spawnSync(node, ["--expose-gc", "--import", "tsx", join(root, "bench/lsp", script)], {
        cwd: root,
        stdio: "inherit",
      });
      if (status !== 0) process.exitCode = 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
