// The command line without a process: help, wrong calls, exit codes, completion, explain.
import { describe, expect, it } from "vitest";
import type { CommandContext } from "../../cli/commands/context.ts";
import { COMMANDS } from "../../cli/commands/table.ts";
import { main } from "../../cli/main.ts";
import { PLAIN } from "../../cli/output/style.ts";

/** Runs a command line and gives what it printed. */
async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const context: CommandContext = {
    cwd: process.cwd(),
    environment: {},
    write: (text) => {
      out += typeof text === "string" ? text : Buffer.from(text).toString("latin1");
    },
    writeError: (text) => {
      err += text;
    },
    readInput: () => Promise.resolve(""),
    stdin: process.stdin,
    stdout: process.stdout,
    style: PLAIN,
    errorStyle: PLAIN,
  };
  const code = await main(context, argv);
  return { code, out, err };
}

describe("gobic", () => {
  it("shows every command in its help", async () => {
    const { code, out } = await run("--help");
    expect(code).toBe(0);
    for (const words of Object.keys(COMMANDS)) expect(out).toContain(words.split(" ")[0]);
  });

  it.each(Object.keys(COMMANDS))("%s has help with examples", async (words) => {
    const { code, out } = await run(...words.split(" "), "--help");
    expect(code).toBe(0);
    expect(out).toContain("Examples:");
  });

  it.each([
    [["frobnicate"], "unknown command"],
    [["chek"], "check"],
    [["check", "--nonsense"], "unknown option"],
    [["run"], "give a file to run"],
    [["run", "no-such-file.grz"], "cannot read no-such-file.grz: it does not exist"],
    [["run", "-e", "print 1", "--timeout", "soon"], "--timeout soon"],
    [["run", "-e", "print 1", "--arg", "x"], "write name=value"],
    [["run", "-e", "print 1", "--format", "xml"], "Allowed choices"],
    [["explain", "E9999999"], "there is no diagnostic"],
    [["completion", "powershell"], "bash, zsh, fish"],
    [["call", "p"], "--db FILE"],
  ])("%j is refused with exit 2", async (argv, message) => {
    const { code, err } = await run(...argv);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });

  it.each(["bash", "zsh", "fish"])("prints a completion script for %s", async (shell) => {
    const { code, out } = await run("completion", shell);
    expect(code).toBe(0);
    expect(out).toContain("strict");
  });
});
