// Everything that must hold before a change lands: format, lint, types, unused code, generated files, tests.
// Runs all steps even when one fails, so that one run shows everything; ends with the line `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { installSystemPackages } from "./system-packages.ts";

const root = resolve(import.meta.dirname, "..");
const bin = (name: string): string => join(root, "node_modules", ".bin", name);

interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly help: string;
}

const STEPS: readonly Step[] = [
  { name: "format", command: [bin("biome"), "format", "."], help: "npm run fix" },
  { name: "lint", command: [bin("oxlint"), "--type-aware"], help: "npm run fix" },
  { name: "types", command: [bin("tsc"), "-p", "."], help: "read the first error" },
  { name: "unused code", command: [bin("knip")], help: "delete what nothing uses" },
  { name: "generated files", command: [bin("tsx"), "tools/generate.ts", "--check"], help: "npm run generate" },
  { name: "build", command: [bin("tsx"), "tools/build.ts"], help: "npm run build" },
  { name: "package", command: [bin("publint"), "--strict"], help: "mend package.json" },
];

/** The counts of vitest's JSON report. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
}

function runStep(step: Step): boolean {
  const [command, ...args] = step.command;
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const passed = result.status === 0;
  console.log(`${passed ? "ok  " : "FAIL"} ${step.name}`);
  if (!passed) console.log(`${result.stdout}${result.stderr}${result.error?.message ?? ""}\n(to mend: ${step.help})`);
  return passed;
}

function runTests(): Report {
  const folder = mkdtempSync(join(tmpdir(), "grizzly-check-"));
  const file = join(folder, "report.json");
  try {
    spawnSync(bin("vitest"), ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const missing = installSystemPackages();
if (missing.length > 0) console.log(`note: tests that need ${missing.join(", ")} are skipped`);
const steps = STEPS.map(runStep);
const report = runTests();
const failedSteps = steps.filter((passed) => !passed).length;
// A test file that does not even load counts no test: it is added so that it cannot pass unseen.
const failedFiles = report.numFailedTests === 0 ? report.numFailedTestSuites : 0;
const passed = report.numPassedTests + steps.length - failedSteps;
const failed = report.numFailedTests + failedSteps + failedFiles;
console.log(
  `\n${passed} passed, ${failed} failed${report.numPendingTests > 0 ? `, ${report.numPendingTests} skipped` : ""}`,
);
process.exitCode = failed === 0 ? 0 : 1;
