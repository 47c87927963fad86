// The programs of docs/client.md, run against a daemon, print what the page says.
import { spawn, type ChildProcess, execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { required } from "../../base/failure.ts";
import { ROOT } from "../architecture/sources.ts";
import { blocksOf } from "../docs/examples.ts";

const PAGE = "docs/client.md";

let child: ChildProcess;
let runtimeFolder = "";
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gobi-docs-"));
  const script = required(
    blocksOf(PAGE).find((block) => block.language === "grz"),
    "the database of the page",
  ).text;
  child = spawn(process.execPath, ["--import", "tsx", join(import.meta.dirname, "daemon-child.ts"), script], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: required(child.stdout, "the output of the daemon") });
  const told = await new Promise<string>((resolve) => lines.once("line", resolve));
  ({ runtimeFolder } = JSON.parse(told) as { readonly runtimeFolder: string });
}, 60_000);
afterAll(async () => {
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.stdin?.end();
  await exited;
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

it("the programs of the page print what it says", async () => {
  const blocks = blocksOf(PAGE);
  const programs = blocks.flatMap((block, index) =>
    block.language === "ts" ? [{ text: block.text, wanted: blocks[index + 1]?.text ?? "" }] : [],
  );
  expect(programs.length).toBeGreaterThan(4);
  const header = `import { connect } from ${JSON.stringify(join(ROOT, "index.ts"))};\n`;
  const bodies = programs.map(({ text }) => {
    expect(text).toContain('import { connect } from "pl-grizzly";');
    return `{\n${text.replace(/^import .*$/gmu, "")}\nconsole.log("<end>");\n}\n`;
  });
  const file = join(folder, "page.mts");
  writeFileSync(file, header + bodies.join(""));
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", file], {
    cwd: ROOT,
    env: { ...process.env, GOBI_RUNTIME_DIR: runtimeFolder },
  });
  expect(stdout.split("<end>\n").slice(0, -1)).toEqual(programs.map(({ wanted }) => wanted));
}, 60_000);
