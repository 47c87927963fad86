// Every example of the README runs, its commands included.
import { describe, expect, it } from "vitest";
import { runCommandLine } from "../cli/run-command-line.ts";
import { blocksOf, runPage } from "./examples.ts";

describe("README", () => {
  it("its programs print what it says", () => {
    const { problems, printed } = runPage("README.md");
    expect(problems).toEqual([]);
    expect(printed.length).toBeGreaterThan(0);
    for (const { found, wanted } of printed) expect(found).toBe(wanted);
  });

  it("its commands print what it says", async () => {
    for (const block of blocksOf("README.md").filter((candidate) => candidate.language === "console")) {
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
