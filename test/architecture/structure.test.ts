// Tests of the structure: layers, package owners, purity, headers, sizes, banned words. The rules are data in rules.ts.
import { describe, expect, it } from "vitest";
import { BANNED, FILE_LINES_MAX, LONG_FILES, MAY_IMPORT, PACKAGE_OWNERS, PURE_LAYERS } from "./rules.ts";
import { SOURCES } from "./sources.ts";

const TABLE_FILE = /(opcodes|diagnostics\/|keywords|functions|intrinsics\/|system-tables|recipe|syntax\/tree\/)/u;

/** Text without comments and string contents is not needed: the patterns are specific enough; comment lines are left out. */
function codeLines(text: string): string[] {
  return text.split("\n").map((line) => (/^\s*(\/\/|\*|\/\*)/u.test(line) ? "" : line));
}

describe("structure", () => {
  it("every import obeys the table of layers", () => {
    const wrong = SOURCES.flatMap((source) =>
      source.imports.flatMap((entry) => {
        const target = entry.target?.split("/")[0];
        if (target === undefined || target === source.layer) return [];
        return (MAY_IMPORT[source.layer] as readonly string[]).includes(target)
          ? []
          : [`${source.path} imports ${entry.target}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it("packages are imported by their owners only", () => {
    const wrong = SOURCES.flatMap((source) =>
      source.imports.flatMap((entry) => {
        if (entry.target !== undefined || entry.specifier.startsWith("node:")) return [];
        const name = entry.specifier
          .split("/")
          .slice(0, entry.specifier.startsWith("@") ? 2 : 1)
          .join("/");
        const owner = PACKAGE_OWNERS[name];
        return owner?.test(source.path) === true ? [] : [`${source.path} imports ${entry.specifier}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it("pure layers reach nothing outside", () => {
    const effects = /\b(Date\.now|Math\.random|setTimeout|setInterval|process\.|globalThis\.fetch)\b|\bfetch\(/u;
    const wrong = SOURCES.filter((source) => PURE_LAYERS.includes(source.layer)).flatMap((source) => [
      ...source.imports
        .filter((entry) => entry.specifier.startsWith("node:"))
        .map((entry) => `${source.path} imports ${entry.specifier}`),
      ...codeLines(source.text).flatMap((line, index) =>
        effects.test(line) ? [`${source.path}:${index + 1} ${line.trim()}`] : [],
      ),
    ]);
    expect(wrong).toEqual([]);
  });

  it("every file says its job first", () => {
    const wrong = SOURCES.filter((source) => !/^(#!.*\n)?\/\/ \S/u.test(source.text)).map((source) => source.path);
    expect(wrong).toEqual([]);
  });

  it("files stay small, and exceptions are needed", () => {
    const lines = new Map(SOURCES.map((source) => [source.path, source.text.split("\n").length]));
    const long = [...lines]
      .filter(([path, count]) => count > FILE_LINES_MAX && !TABLE_FILE.test(path))
      .map(([path]) => path);
    expect(long.filter((path) => LONG_FILES[path] === undefined)).toEqual([]);
    expect(Object.keys(LONG_FILES).filter((path) => !long.includes(path))).toEqual([]);
  });

  it("banned words do not occur", () => {
    const wrong = SOURCES.flatMap((source) =>
      codeLines(source.text).flatMap((line, index) =>
        BANNED.filter((ban) => ban.pattern.test(line)).map((ban) => `${source.path}:${index + 1} ${ban.reason}`),
      ),
    );
    expect(wrong).toEqual([]);
  });
});
