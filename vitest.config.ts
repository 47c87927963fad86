// Test runner settings: no retries, no timing-dependent limits beyond a generous hang guard.
// Tests of functions share a process and what it has loaded, which takes a third of the work away; those that start programs or measure memory have one for each file.
import { defineConfig } from "vitest/config";

/** Folders whose files share a process. */
const TOGETHER = [
  "actions",
  "architecture",
  "base",
  "bytecode",
  "catalog",
  "check",
  "cron",
  "docs",
  "effects",
  "format",
  "grammar",
  "lsp/features",
  "migrations",
  "pipelines",
  "protocol",
  "run",
  "server",
  "statistics",
  "storage",
  "syntax",
  "triggers",
  "vm",
].map((folder) => `test/${folder}/**/*.test.ts`);

/** Files among them that measure what is left behind. */
const MEASURING = ["test/server/long-session.test.ts", "test/server/scheduler/loop.test.ts"];

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: "together", isolate: false, include: TOGETHER, exclude: MEASURING } },
      { extends: true, test: { name: "measuring", include: MEASURING } },
      {
        extends: true,
        test: { name: "apart", include: ["test/**/*.test.ts", "examples/**/*.test.ts"], exclude: TOGETHER },
      },
    ],
  },
});
