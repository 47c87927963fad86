// The TextMate grammars of editors, made from the keyword table: of `.grz` files, and of ```grz blocks in Markdown.
// Reserved words and words that start or end something are keywords in any case; other words of the grammar are names as often, so they count only in capitals.
import { CLOSING_WORDS, KEYWORDS, NO_ALIAS_WORDS, RESERVED_WORDS, STATEMENT_WORDS } from "../grammar/keywords.ts";
import { SCALARS } from "../base/scalar.ts";

/** A file that is made. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

const CONTROL: ReadonlySet<string> = new Set(
  (
    "if then else elsif end while loop for match case when try catch finally begin return break continue exit raise throw yield " +
    "await async call skip assert emit execute"
  ).split(" "),
);
const DECLARATIONS: ReadonlySet<string> = new Set(
  (
    "function procedure trigger schedule pipeline test error struct enum type let const declare import export table view index " +
    "upsert create drop alter"
  ).split(" "),
);
const MODIFIERS: ReadonlySet<string> = new Set(["returns", "raises", "throws", "sync"]);
const CONSTANTS: ReadonlySet<string> = new Set(["true", "false", "null"]);
const WORD_OPERATORS: ReadonlySet<string> = new Set([
  "and",
  "or",
  "not",
  "in",
  "is",
  "between",
  "like",
  "as",
  "exists",
  "contains",
]);

type Rule = Readonly<Record<string, unknown>>;

/** A rule for whole words; `exact` does not ignore their case. Not behind a dot, and not as a key before a colon. */
function words(name: string, list: readonly string[], exact = false): Rule {
  const sorted = [...list].sort((left, right) => right.length - left.length || (left < right ? -1 : 1));
  const alternatives = sorted.map((word) => (exact ? word.toUpperCase() : word)).join("|");
  return { name, match: `${exact ? "" : "(?i)"}(?<![\\w.@:$])(?:${alternatives})\\b(?!\\s*:(?!:))` };
}

function keywordRules(): readonly Rule[] {
  const all = Object.keys(KEYWORDS);
  const sure = new Set([...RESERVED_WORDS, ...STATEMENT_WORDS, ...NO_ALIAS_WORDS, ...CLOSING_WORDS]);
  const groups: readonly (readonly [string, ReadonlySet<string>])[] = [
    ["constant.language.grizzly", CONSTANTS],
    ["keyword.operator.wordlike.grizzly", WORD_OPERATORS],
    ["keyword.control.grizzly", CONTROL],
    ["storage.type.grizzly", DECLARATIONS],
    ["storage.modifier.grizzly", MODIFIERS],
  ];
  const grouped = new Set(groups.flatMap(([, group]) => [...group]));
  const rest = all.filter((word) => !grouped.has(word));
  return [
    ...groups.map(([name, group]) =>
      words(
        name,
        all.filter((word) => group.has(word)),
      ),
    ),
    words(
      "keyword.other.sql.grizzly",
      rest.filter((word) => sure.has(word)),
    ),
    words(
      "keyword.other.grizzly",
      rest.filter((word) => !sure.has(word)),
      true,
    ),
  ];
}

const ESCAPES: Rule = {
  name: "constant.character.escape.grizzly",
  match: String.raw`\\(?:u\{[0-9A-Fa-f]+\}|u[0-9A-Fa-f]{4}|.)`,
};

const INTERPOLATION: Rule = {
  name: "meta.interpolation.grizzly",
  begin: String.raw`\$\{`,
  end: String.raw`\}`,
  beginCaptures: { 0: { name: "punctuation.section.interpolation.begin.grizzly" } },
  endCaptures: { 0: { name: "punctuation.section.interpolation.end.grizzly" } },
  patterns: [{ include: "#braces" }, { include: "$self" }],
};

function comment(name: string, begin: string): Rule {
  return { name, match: `${begin}.*$` };
}

/** The grammar of `.grz` files. */
export function textMateGrammar(): Rule {
  const types = [
    ...Object.keys(SCALARS),
    "list",
    "map",
    "table",
    "handle",
    "any",
    "void",
    "integer",
    "text",
    "boolean",
    "varchar",
    "double",
  ];
  return {
    name: "PL-GRIZZLY",
    scopeName: "source.grizzly",
    fileTypes: ["grz"],
    patterns: [
      { include: "#comments" },
      { include: "#strings" },
      { include: "#declarations" },
      { include: "#numbers" },
      { include: "#parameters" },
      { include: "#keywords" },
      { include: "#types" },
      { include: "#calls" },
      { include: "#operators" },
    ],
    repository: {
      comments: {
        patterns: [
          comment("comment.line.documentation.grizzly", String.raw`---(?=\s|$)`),
          comment("comment.line.double-dash.grizzly", "--"),
          comment("comment.line.double-slash.grizzly", "//"),
          comment("comment.line.number-sign.grizzly", "#"),
          { name: "comment.block.documentation.grizzly", begin: String.raw`/\*\*(?!/)`, end: String.raw`\*/` },
          { name: "comment.block.grizzly", begin: String.raw`/\*`, end: String.raw`\*/` },
        ],
      },
      strings: {
        patterns: [
          { name: "constant.other.bytes.grizzly", match: "(?i)\\bx'[0-9a-f]*'" },
          {
            name: "string.quoted.single.grizzly",
            begin: "'",
            end: "'(?!')",
            patterns: [{ name: "constant.character.escape.grizzly", match: "''" }],
          },
          { name: "string.quoted.double.grizzly", begin: '"', end: '"', patterns: [ESCAPES, INTERPOLATION] },
          { name: "variable.other.quoted.grizzly", match: "`[^`]*`" },
        ],
      },
      braces: { begin: String.raw`\{`, end: String.raw`\}`, patterns: [{ include: "#braces" }, { include: "$self" }] },
      declarations: {
        patterns: [
          {
            match: String.raw`(?i)\b(function|procedure|trigger|schedule|pipeline)(\s+as)?\s+(?!as\b|<)([A-Za-z_]\w*)`,
            captures: {
              1: { name: "storage.type.grizzly" },
              2: { name: "keyword.operator.wordlike.grizzly" },
              3: { name: "entity.name.function.grizzly" },
            },
          },
          {
            match: String.raw`(?i)\b(type)\s+(struct|enum)\s+(as)\s+([A-Za-z_]\w*)`,
            captures: {
              1: { name: "storage.type.grizzly" },
              2: { name: "storage.type.grizzly" },
              3: { name: "keyword.operator.wordlike.grizzly" },
              4: { name: "entity.name.type.grizzly" },
            },
          },
        ],
      },
      numbers: {
        name: "constant.numeric.grizzly",
        match: String.raw`(?i)(?<![\w.])(?:0x[0-9a-f_]+|\d[\d_]*(?:\.(?!\.)\d[\d_]*)?(?:e[+-]?\d+)?d?)\b`,
      },
      parameters: {
        name: "variable.parameter.grizzly",
        match: String.raw`(?<![:\w])(?::|@|\$)[A-Za-z_]\w*|\?\d*(?=[\s,)])`,
      },
      keywords: { patterns: keywordRules() },
      types: words("support.type.grizzly", [...new Set(types)]),
      calls: { name: "entity.name.function.call.grizzly", match: String.raw`[A-Za-z_]\w*(?=\()` },
      operators: {
        name: "keyword.operator.grizzly",
        match: String.raw`\|>|=>|->>?|::|\?\?|\|\||<<|>>|<>|[<>=!]=|\.\.\.?|[-+*/%=<>~!&|]`,
      },
    },
  };
}

/** ```grz blocks in Markdown. */
export function markdownInjection(): Rule {
  return {
    scopeName: "markdown.grizzly.codeblock",
    injectionSelector: "L:text.html.markdown",
    patterns: [{ include: "#block" }],
    repository: {
      block: {
        begin: String.raw`(^|\G)(\s*)(\x60{3,}|~{3,})\s*(?i:(grz|grizzly|pl-grizzly)(\s+[^\x60~]*)?$)`,
        name: "markup.fenced_code.block.markdown",
        end: String.raw`(^|\G)(\2|\s{0,3})(\3)\s*$`,
        beginCaptures: {
          3: { name: "punctuation.definition.markdown" },
          4: { name: "fenced_code.block.language" },
          5: { name: "fenced_code.block.language.attributes" },
        },
        endCaptures: { 3: { name: "punctuation.definition.markdown" } },
        patterns: [
          {
            begin: String.raw`(^|\G)(\s*)(.*)`,
            while: String.raw`(^|\G)(?!\s*([\x60~]{3,})\s*$)`,
            contentName: "meta.embedded.block.grizzly",
            patterns: [{ include: "source.grizzly" }],
          },
        ],
      },
    },
  };
}

/** The files of editors that are made from tables, by their path from the root of the project. */
export function editorFiles(): readonly GeneratedFile[] {
  const json = (path: string, value: Rule): GeneratedFile => ({
    path: `editors/vscode/syntaxes/${path}`,
    text: `${JSON.stringify(value, undefined, 2)}\n`,
  });
  return [
    json("grizzly.tmLanguage.json", textMateGrammar()),
    json("grizzly.markdown.tmLanguage.json", markdownInjection()),
  ];
}
