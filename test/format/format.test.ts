// The formatter keeps the tree and the comments, gives the same text when run twice, and prints the golden files of test/fixtures/format.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { format } from "../../compiler/format/format.ts";
import { comments } from "../../compiler/syntax/comments.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { dumpModule } from "../syntax/dump.ts";

const root = join(import.meta.dirname, "../..");
const folders = ["test/fixtures/parse", "test/fixtures/listings", "test/fixtures/format", "stdlib", "examples"];

function sources(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".grz"))
    .map((entry) => join(entry.parentPath, entry.name));
}

const files = folders.flatMap((folder) => {
  try {
    return sources(folder);
  } catch {
    // A folder that another part of the project brings later.
    return [];
  }
});

const formatText = (text: string): string => format(parse({ name: "fixture", text }).value);
/** The line of `typeText` holds blanks as written. */
const treeOf = (text: string): string => dumpModule(parse({ name: "fixture", text }).value).replaceAll(/\s+/g, " ");
const commentsOf = (text: string): readonly string[] => comments(text).map((comment) => comment.text.trimEnd());

describe("format", () => {
  it.each(files.map((file) => [file.slice(root.length + 1), file]))("%s", (_, file) => {
    const text = readFileSync(file, "utf8");
    const once = formatText(text);
    expect(treeOf(once)).toBe(treeOf(text));
    expect(commentsOf(once)).toEqual(commentsOf(text));
    expect(formatText(once)).toBe(once);
    expect(once.split("\n").filter((line) => /[ \t]$/.test(line))).toEqual([]);
  });

  const goldens = readdirSync(join(root, "test/fixtures/format")).filter((name) => name.endsWith(".grz"));
  it.each(goldens)("prints %s", async (name) => {
    const text = readFileSync(join(root, "test/fixtures/format", name), "utf8");
    await expect(formatText(text)).toMatchFileSnapshot(
      join(root, "test/fixtures/format", name.replace(".grz", ".formatted")),
    );
  });

  it("keeps the tree of every statement of the corpus", () => {
    const text = readFileSync(join(root, "test/fixtures/corpora/sqllogictest.sql"), "utf8");
    const once = formatText(text);
    expect(treeOf(once)).toBe(treeOf(text));
    expect(formatText(once)).toBe(once);
  });

  it("leaves a broken statement as it is and formats the others", () => {
    expect(formatText("let   a=1\nlet b = = 2\nprint   a\n")).toBe("let a = 1\nlet b = = 2\nprint a\n");
  });

  it("keeps a comment inside an expression", () => {
    expect(formatText("let a = f(1, -- one\n  2)\n")).toBe("let a = f(1, -- one\n  2)\n");
  });

  it("gives nothing for an empty file", () => {
    expect(formatText(" \n\n")).toBe("");
  });
});
