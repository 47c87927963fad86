// The TextMate grammar as editors run it: words by their scopes, and every listing and example ends outside of strings and comments.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";
import { beforeAll, describe, expect, test } from "vitest";
import { InternalError } from "../../base/failure.ts";
import { KEYWORDS, RESERVED_WORDS } from "../../grammar/keywords.ts";

const root = resolve(import.meta.dirname, "../..");
const FILES: Readonly<Record<string, string>> = {
  "source.grizzly": "grizzly.tmLanguage.json",
  "markdown.grizzly.codeblock": "grizzly.markdown.tmLanguage.json",
};

let grammar: textmate.IGrammar;

beforeAll(async () => {
  const wasm = createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm");
  await oniguruma.loadWASM(new Uint8Array(readFileSync(wasm)).buffer);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: (scope) => {
      const file = FILES[scope];
      if (file === undefined) return Promise.resolve(null);
      const path = join(root, "editors/vscode/syntaxes", file);
      return Promise.resolve(textmate.parseRawGrammar(readFileSync(path, "utf8"), path));
    },
  });
  const loaded = await registry.loadGrammar("source.grizzly");
  if (loaded === null) throw new InternalError("the grammar did not load");
  grammar = loaded;
});

/** The words of a text with their innermost scope, without `.grizzly`. */
function scopes(text: string): readonly string[] {
  let state: textmate.StateStack = textmate.INITIAL;
  const found: string[] = [];
  for (const line of text.split("\n")) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    for (const token of tokens) {
      const word = line.slice(token.startIndex, token.endIndex).trim();
      const scope = token.scopes.at(-1)?.replace(/\.grizzly$/, "") ?? "";
      if (word !== "" && scope !== "source" && !scope.startsWith("meta.")) found.push(`${word} ${scope}`);
    }
  }
  return found;
}

describe("the TextMate grammar", () => {
  test("declarations, control words and types", () => {
    expect(scopes("upsert procedure daily (n int) returns string { if n > 1 { return 'a''b' } }")).toEqual([
      "upsert storage.type",
      "procedure storage.type",
      "daily entity.name.function",
      "int support.type",
      "returns storage.modifier",
      "string support.type",
      "if keyword.control",
      "> keyword.operator",
      "1 constant.numeric",
      "return keyword.control",
      "' string.quoted.single",
      "a string.quoted.single",
      "'' constant.character.escape",
      "b string.quoted.single",
      "' string.quoted.single",
    ]);
  });

  test("comments of every kind", () => {
    for (const [text, scope] of [
      ["--- doc", "comment.line.documentation"],
      ["-- x", "comment.line.double-dash"],
      ["// x", "comment.line.double-slash"],
      ["# x", "comment.line.number-sign"],
    ] as const)
      expect(scopes(text)).toEqual([`${text} ${scope}`]);
    expect(scopes("/* a\nb */ null")).toContain("null constant.language");
  });

  test("interpolation is code again, with braces inside", () => {
    expect(scopes('"a ${len({x: 1})} b"')).toEqual([
      '" string.quoted.double',
      "a string.quoted.double",
      "${ punctuation.section.interpolation.begin",
      "len entity.name.function.call",
      "1 constant.numeric",
      "} punctuation.section.interpolation.end",
      "b string.quoted.double",
      '" string.quoted.double',
    ]);
  });

  test("names stay names: behind a dot, as keys, and words that are keywords in capitals only", () => {
    expect(scopes("row.select")).toEqual([]);
    expect(scopes("{order: 1}")).toEqual(["1 constant.numeric"]);
    expect(scopes("let key = first")).toEqual(["let storage.type", "= keyword.operator"]);
    expect(scopes("PRIMARY KEY")).toEqual(["PRIMARY keyword.other", "KEY keyword.other"]);
    expect(scopes("x :: int")).toContain("int support.type");
  });

  test("every reserved word is coloured in any case", () => {
    for (const word of RESERVED_WORDS)
      for (const written of [word, word.toUpperCase()])
        expect(
          scopes(`( ${written} )`).some((line) => line.startsWith(`${written} `)),
          written,
        ).toBe(true);
    expect(Object.keys(KEYWORDS).filter((word) => scopes(`( ${word.toUpperCase()} )`).length === 0)).toEqual([]);
  });

  test("no example leaves a string or a comment open", () => {
    const folders = ["stdlib", "examples", "test/fixtures/listings"];
    const files = folders.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".grz"))
        .map((name) => join(root, folder, name)),
    );
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const text = `${readFileSync(file, "utf8")}\nzz_end`;
      let state: textmate.StateStack = textmate.INITIAL;
      let last: readonly string[] = [];
      for (const line of text.split("\n")) {
        const result = grammar.tokenizeLine(line, state);
        state = result.ruleStack;
        last = result.tokens.at(-1)?.scopes ?? [];
      }
      expect(
        last.filter((scope) => /string|comment/.test(scope)),
        file,
      ).toEqual([]);
    }
  });
});
