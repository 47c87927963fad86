// Every diagnostic is whole: a code of its own in the range of its file, a message in the house style, a page, and a place that reports it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DIAGNOSTICS } from "../../base/diagnostics/diagnostics.ts";
import { ROOT, SOURCES } from "./sources.ts";

const ROWS = Object.entries(DIAGNOSTICS);

describe("diagnostics", () => {
  it("have codes of their own", () => {
    const codes = ROWS.map(([, row]) => row.code);
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });

  it("each have a page that names them", () => {
    const wrong = ROWS.filter(([, row]) => {
      const page = join(ROOT, "docs", "diagnostics", `${row.code}.md`);
      return !existsSync(page) || !readFileSync(page, "utf8").startsWith(`# ${row.code} `);
    });
    expect(wrong.map(([name, row]) => `${row.code} ${name}`)).toEqual([]);
  });

  it("are reported somewhere", () => {
    const text = SOURCES.filter((source) => !source.path.startsWith("base/diagnostics/"))
      .map((source) => source.text)
      .join("\n");
    expect(ROWS.filter(([name]) => !text.includes(`"${name}"`)).map(([name]) => name)).toEqual([]);
  });
});
