// Running and timing for the benchmarks: programs in processes of their own, interleaved rounds, medians.
import { spawnSync } from "node:child_process";
import { InternalError } from "../base/failure.ts";

/** Rounds per measurement; runners take turns within a round so that a busy moment hits all alike. */
const ROUNDS = 5;

/** One way to do the work. */
export interface Runner {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** How the time is taken: printed by the program as {"ms": …}, or the wall time of the whole process. */
  readonly time: "printed" | "wall";
}

/** Times of one benchmark by runner. */
export interface Measurement {
  readonly name: string;
  readonly medians: ReadonlyMap<string, number>;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Whether a program can be started. */
export function available(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function runOnce(runner: Runner): { readonly ms: number; readonly result: unknown } {
  const [command, ...args] = runner.command;
  const started = performance.now();
  const outcome = spawnSync(command, args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const wall = performance.now() - started;
  if (outcome.status !== 0)
    throw new InternalError(
      `${runner.name}: ${runner.command.join(" ")} ended with ${outcome.status}\n${outcome.stdout}${outcome.stderr}`,
    );
  if (runner.time === "wall") return { ms: wall, result: undefined };
  return JSON.parse(outcome.stdout.trim().split("\n").at(-1) ?? "") as { ms: number; result: unknown };
}

/** Runs all runners in turn, several rounds, and takes medians. All printed results must agree. */
export function measure(name: string, runners: readonly Runner[], rounds = ROUNDS): Measurement {
  const times = new Map<string, number[]>(runners.map((runner) => [runner.name, []]));
  const results = new Set<string>();
  for (let round = 0; round < rounds; round += 1) {
    for (const runner of runners) {
      const { ms, result } = runOnce(runner);
      times.get(runner.name)?.push(ms);
      if (result !== undefined) results.add(JSON.stringify(result));
    }
  }
  if (results.size > 1) throw new InternalError(`${name}: the runners disagree: ${[...results].join(" / ")}`);
  return { name, medians: new Map([...times].map(([runner, values]) => [runner, median(values)])) };
}
