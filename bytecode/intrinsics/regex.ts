// Intrinsics on regular expressions. They run on an engine without backtracking (RE2 syntax), in time linear in the text: no look-around, no back-references.
// Flags: i ignores case, m lets ^ and $ match at lines, s lets `.` match line ends. A pattern that is not one raises OutOfRange.
import type { IntrinsicDefinition } from "../intrinsic-row.ts";

/** Ids 600 to 649. */
export const REGEX_INTRINSICS = {
  regex_match_flags: {
    id: 600,
    signature: "fn regex_match(text: string, pattern: string, flags: string = '') -> bool",
    aliases: ["regexp_like", "regexp_matches"],
    raises: ["OutOfRange"],
    fuel: 8,
    sql: "udf",
    doc: "True when the pattern is found somewhere in the text; `^` and `$` tie it to the ends.",
    example: "regex_match('order-42', '^order-\\d+$')  -- true",
  },
  regex_replace: {
    id: 601,
    signature: "fn regex_replace(text: string, pattern: string, by: string, flags: string = '') -> string",
    aliases: ["regexp_replace"],
    raises: ["OutOfRange"],
    fuel: 8,
    sql: "udf",
    doc: "The text with every match replaced; `$1` or `\\1` stands for a group, `${name}` for a named one, `$0` for the whole match, `$$` for a dollar sign.",
    example: "regex_replace('2026-01-31', '(\\d+)-(\\d+)-(\\d+)', '$3.$2.$1')  -- 31.01.2026",
  },
  regex_find: {
    id: 602,
    signature: "fn regex_find(text: string, pattern: string, flags: string = '') -> string?",
    aliases: ["regexp_substr"],
    raises: ["OutOfRange"],
    fuel: 8,
    sql: "udf",
    doc: "The first match, null when there is none.",
    example: "regex_find('a12b3', '\\d+')  -- 12",
  },
  regex_find_all: {
    id: 603,
    signature: "fn regex_find_all(text: string, pattern: string, flags: string = '') -> list<string>",
    raises: ["OutOfRange"],
    fuel: 8,
    doc: "All matches from left to right, without overlaps.",
    example: "regex_find_all('a12b3', '\\d+')  -- [\"12\", \"3\"]",
  },
  regex_groups: {
    id: 604,
    signature: "fn regex_groups(text: string, pattern: string, flags: string = '') -> list<string?>?",
    raises: ["OutOfRange"],
    fuel: 8,
    doc: "The groups of the first match in their order, null for a group that took no part; null when nothing matches.",
    example: "regex_groups('k=v', '(\\w+)=(\\w+)(;)?')  -- [\"k\", \"v\", null]",
  },
  regex_split: {
    id: 605,
    signature: "fn regex_split(text: string, pattern: string, flags: string = '') -> list<string>",
    aliases: ["regexp_split_to_array"],
    raises: ["OutOfRange"],
    fuel: 8,
    doc: "The pieces of a text between matches; a match of nothing does not split.",
    example: 'regex_split(\'a, b;c\', \'[,;]\\s*\')  -- ["a", "b", "c"]',
  },
  regex_count: {
    id: 606,
    signature: "fn regex_count(text: string, pattern: string, flags: string = '') -> int",
    aliases: ["regexp_count"],
    raises: ["OutOfRange"],
    fuel: 8,
    sql: "udf",
    doc: "Number of matches, without overlaps.",
    example: "regex_count('a12b3', '\\d')  -- 3",
  },
  regex_quote: {
    id: 607,
    signature: "fn regex_quote(text: string) -> string",
    doc: "A pattern that matches exactly this text.",
    example: "regex_quote('1.5')  -- 1\\.5",
  },
} as const satisfies Record<string, IntrinsicDefinition>;
