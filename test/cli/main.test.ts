// The command line without a process: help, wrong calls, exit codes, completion, explain.
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../cli/commands/table.ts";
import { runCommandLine as run } from "./run-command-line.ts";

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

  it("run says that a transaction without COMMIT is undone", async () => {
    const { code, err } = await run("run", "-e", "BEGIN; CREATE TABLE t (a INT)");
    expect([code, err]).toEqual([0, expect.stringContaining("there was no COMMIT")]);
    expect((await run("run", "-e", "BEGIN; CREATE TABLE t (a INT); COMMIT")).err).toBe("");
  });

  it.each(["bash", "zsh", "fish"])("prints a completion script for %s", async (shell) => {
    const { code, out } = await run("completion", shell);
    expect(code).toBe(0);
    expect(out).toContain("strict");
  });
});
