// Child processes of the product: which file each kind runs, from the sources (by tsx) or from dist/, as the asking program itself was started.
// One table: tools/build.ts makes a bundle of each row.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { required } from "../../base/failure.ts";

interface ChildEntryRow {
  /** From the root of the sources. */
  readonly source: string;
  /** In dist/. */
  readonly built: string;
  /** True: it starts from V8's code cache (cli/launcher.cjs), because somebody waits for its start. */
  readonly cached: boolean;
}

/** Every kind of child process. */
export const CHILD_ENTRIES = {
  "run-worker": { source: "server/runs/worker-process.ts", built: "run-worker.cjs", cached: false },
  prepare: { source: "server/daemon/database-process.ts", built: "prepare.cjs", cached: true },
  fill: { source: "server/daemon/fill-process.ts", built: "fill.cjs", cached: true },
  automation: { source: "server/daemon/automation-process.ts", built: "automation.cjs", cached: true },
  gateway: { source: "server/gateway/gateway-process.ts", built: "gateway.cjs", cached: true },
  lane: { source: "server/lanes/lane-process.ts", built: "lane.cjs", cached: true },
  daemon: { source: "server/daemon/daemon-process.ts", built: "daemon.cjs", cached: true },
  /** A file of a thread, not of a process. */
  "lane-thread": { source: "server/lanes/lane-thread.ts", built: "lane-thread.cjs", cached: true },
} as const satisfies Readonly<Record<string, ChildEntryRow>>;

export type ChildEntryName = keyof typeof CHILD_ENTRIES;

/** How a child process is started. */
export interface ChildEntry {
  readonly file: string;
  readonly execArgv: readonly string[];
  /** Folder to start it in; undefined: anyone. tsx is found from the folder of the sources only. */
  readonly cwd: string | undefined;
}

/** The file that a kind of child process runs. */
export function childEntry(name: ChildEntryName): ChildEntry {
  const { source, built } = CHILD_ENTRIES[name];
  const own = fileURLToPath(import.meta.url);
  const folder = dirname(own);
  if (own.endsWith(".ts")) {
    const root = join(folder, "../..");
    return { file: join(root, source), execArgv: ["--import", "tsx"], cwd: root };
  }
  // A bundle lies in dist/ or in a folder of it.
  const file = [folder, dirname(folder)].map((each) => join(each, built)).find((path) => existsSync(path));
  return { file: required(file, `dist/${built}`), execArgv: [], cwd: undefined };
}
