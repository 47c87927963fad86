// The pages of diagnostics hold: the failing example of each reports its code and no other, the mended one reports nothing.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DIAGNOSTICS } from "../../base/diagnostics/diagnostics.ts";
import { ROOT } from "../architecture/sources.ts";
import { testSession } from "../session.ts";

const FOLDER = join(ROOT, "docs", "diagnostics");

/** Code blocks of a page by the word behind the language: fails, fixed. `strict` may follow. */
function blocks(page: string): { readonly title: string; readonly text: string }[] {
  return [...page.matchAll(/^```grz ([a-z ]+)\n([\s\S]*?)^```$/gmu)].map((match) => ({
    title: match[1] ?? "",
    text: match[2] ?? "",
  }));
}

function codesOf(text: string, strict: boolean): string[] {
  const { session } = testSession({ strict });
  try {
    return [...new Set(session.check({ name: "example.grz", text }).map((problem) => problem.code as string))].sort();
  } finally {
    session.close();
  }
}

describe("pages of diagnostics", () => {
  for (const file of readdirSync(FOLDER).sort()) {
    const code = file.replace(".md", "");
    const row = Object.values(DIAGNOSTICS).find((candidate) => candidate.code === code);
    const page = readFileSync(join(FOLDER, file), "utf8");
    const found = blocks(page);

    it(`${code} belongs to a diagnostic`, () => expect(row).toBeDefined());
    if (/^<!-- no example: .+ -->$/mu.test(page)) continue;
    it(`${code} has an example that fails and one that is mended`, () => {
      expect(found.some((block) => block.title.startsWith("fails"))).toBe(true);
      expect(found.some((block) => block.title.startsWith("fixed"))).toBe(true);
    });
    for (const block of found) {
      const strict = block.title.includes("strict");
      if (block.title.startsWith("fails"))
        it(`${code}: the failing example reports it`, () => expect(codesOf(block.text, strict)).toEqual([code]));
      if (block.title.startsWith("fixed"))
        it(`${code}: the mended example is clean`, () => expect(codesOf(block.text, strict)).toEqual([]));
    }
  }
});
