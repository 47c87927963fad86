// Every example of the README runs: grz blocks one after the other in one session, their output compared; console blocks as commands.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { drawError } from "../../cli/output/errors.ts";
import { PLAIN } from "../../cli/output/style.ts";
import { ROOT } from "../architecture/sources.ts";
import { runCommandLine } from "../cli/run-command-line.ts";
import { testSession } from "../session.ts";

const README = readFileSync(join(ROOT, "README.md"), "utf8");
const BLOCKS = [...README.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gmu)].map((match) => ({
  language: match[1] ?? "",
  text: match[2] ?? "",
}));

describe("README", () => {
  it("its programs print what it says", () => {
    const { session, printed } = testSession();
    const wrong: string[] = [];
    let seen = 0;
    BLOCKS.forEach((block, index) => {
      if (block.language !== "grz") return;
      const outcome = session.executeStatement(block.text);
      wrong.push(
        ...outcome.problems.filter((problem) => problem.severity === "error").map((problem) => problem.message),
      );
      if (outcome.kind === "failed") wrong.push(drawError(PLAIN, outcome.error));
      const next = BLOCKS[index + 1];
      if (next?.language !== "text") return;
      expect(`${printed.slice(seen).join("\n")}\n`).toBe(next.text);
      seen = printed.length;
    });
    session.close();
    expect(wrong).toEqual([]);
    expect(seen).toBeGreaterThan(0);
  });

  it("its commands print what it says", async () => {
    for (const block of BLOCKS.filter((candidate) => candidate.language === "console")) {
      let printed = "";
      for (const line of block.text.split("\n").filter((candidate) => candidate.startsWith("$ "))) {
        const words = [...line.slice(2).matchAll(/"([^"]*)"|(\S+)/gu)].map((match) => match[1] ?? match[2] ?? "");
        expect(words[0]).toBe("gobic");
        const { out, err } = await runCommandLine(...words.slice(1));
        printed += `${line}\n${out}${err}`;
      }
      expect(printed).toBe(block.text);
    }
  });
});
