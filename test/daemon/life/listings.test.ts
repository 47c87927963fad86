// Every command line of the founding documents' shell listings is one that gobi knows, up to the arguments it takes.
import { describe, expect, it } from "vitest";
import { PLAIN } from "../../../cli/output/style.ts";
import type { CommandContext } from "../../../cli/commands/context.ts";
import { buildProgram } from "../../../cli/main.ts";
import { GOBI } from "../../../cli/gobi/table.ts";

const LINES = [
  "gobi init --global /var/lib/gobi",
  "gobi daemon start",
  "gobi daemon status",
  "gobi mount /var/lib/my-lakehouse",
  "gobi daemon stop",
  "gobi mount <folder>",
  "gobi daemon",
  "gobi service start",
  "gobi service stop",
  "gobi service status",
  "gobi procedures list",
  "gobi functions list",
  "gobi triggers list",
  "gobi schedules list",
  "gobi tui",
  "gobi tui procedures",
  "gobi tui triggers",
  "gobi tui schedules",
];

const context: CommandContext = {
  cwd: "/",
  environment: {},
  write: () => undefined,
  writeError: () => undefined,
  readInput: () => Promise.resolve(""),
  stdin: process.stdin,
  stdout: process.stdout,
  style: PLAIN,
  errorStyle: PLAIN,
};

describe("listings", () => {
  it.each(LINES)("%s", async (line) => {
    const called: string[] = [];
    const program = buildProgram(context, GOBI, (row) => {
      called.push(row.summary);
      return Promise.resolve();
    });
    await program.parseAsync(line.split(" ").slice(1), { from: "user" });
    expect(called).toHaveLength(1);
  });
});
