// Implementations of the regular expression intrinsics on re2js: an automaton without backtracking, so the time is linear in the text.
// Compiled patterns are kept in a small cache, because loops use the same few; the cache changes nothing that a program can see.
import { RE2JS, RE2JSException } from "re2js";
import { LIMITS } from "../../base/limits.ts";
import type { Value } from "../../base/value/value.ts";
import type { REGEX_INTRINSICS } from "../../bytecode/intrinsics/regex.ts";
import { limitTrap } from "../../bytecode/trap.ts";
import type { IntrinsicContext, IntrinsicFunction } from "../intrinsic-context.ts";
import { madeList, madeText, madeTexts, outOfRange, textAt } from "./arguments.ts";

/** Implementations by key. */
export const REGEX_FUNCTIONS: Readonly<Record<keyof typeof REGEX_INTRINSICS, IntrinsicFunction>> = {
  regex_match_flags: (context, args) => {
    const { text, pattern } = prepare(context, args, 2);
    return pattern.matcher(text).find();
  },
  regex_replace: (context, args) => {
    const { text, pattern } = prepare(context, args, 3);
    return replaced(context, pattern, text, replacementParts(pattern, textAt(args, 2)));
  },
  regex_find: (context, args) => {
    const { text, pattern } = prepare(context, args, 2);
    const matcher = pattern.matcher(text);
    return matcher.find() ? madeText(context, text.slice(matcher.start(0), matcher.end(0))) : null;
  },
  regex_find_all: (context, args) => {
    const { text, pattern } = prepare(context, args, 2);
    return madeTexts(
      context,
      matchesOf(context, pattern, text).map(([start, end]) => text.slice(start, end)),
    );
  },
  regex_groups: (context, args) => {
    const { text, pattern } = prepare(context, args, 2);
    const matcher = pattern.matcher(text);
    if (!matcher.find()) return null;
    return madeList(
      context,
      Array.from({ length: pattern.groupCount() }, (_, index) => matcher.group(index + 1) ?? null),
    );
  },
  regex_split: (context, args) => {
    const { text, pattern } = prepare(context, args, 2);
    const pieces: string[] = [];
    let from = 0;
    for (const [start, end] of matchesOf(context, pattern, text)) {
      if (start === end) continue;
      pieces.push(text.slice(from, start));
      from = end;
    }
    pieces.push(text.slice(from));
    return madeTexts(context, pieces);
  },
  regex_count: (context, args) => {
    const { text, pattern } = prepare(context, args, 2);
    return matchesOf(context, pattern, text).length;
  },
  regex_quote: (context, args) => madeText(context, RE2JS.quote(textAt(args, 0))),
};

const PATTERN_CHARACTERS_MAX = 4096;
const PROGRAM_STEPS_MAX = 20_000;
const CACHED_MAX = 200;
const CACHE = new Map<string, RE2JS>();
const FLAGS: ReadonlyMap<string, number> = new Map([
  ["i", RE2JS.CASE_INSENSITIVE],
  ["m", RE2JS.MULTILINE],
  ["s", RE2JS.DOTALL],
  ["g", 0],
]);

/** Reads text, pattern and flags and charges for a search: the work is text times the size of the automaton at worst. */
function prepare(
  context: IntrinsicContext,
  args: readonly Value[],
  flagsIndex: number,
): { readonly text: string; readonly pattern: RE2JS } {
  const text = textAt(args, 0);
  const pattern = compiled(context, textAt(args, 1), textAt(args, flagsIndex));
  if (text.length * pattern.programSize() > LIMITS.regexStepsMax.value) {
    throw limitTrap(
      "LimitExceeded",
      `A pattern of ${pattern.programSize()} steps on a text of ${text.length} characters needs more than ${LIMITS.regexStepsMax.value} steps (regexStepsMax).`,
    );
  }
  context.chargeFuel((text.length >> 4) * (1 + (pattern.programSize() >> 5)));
  context.checkLimits();
  return { text, pattern };
}

function compiled(context: IntrinsicContext, source: string, flagLetters: string): RE2JS {
  const key = `${flagLetters}/${source}`;
  const known = CACHE.get(key);
  if (known !== undefined) return known;
  context.chargeFuel(source.length * 4);
  if (source.length > PATTERN_CHARACTERS_MAX)
    throw outOfRange(`A pattern has at most ${PATTERN_CHARACTERS_MAX} characters.`);
  let flags = 0;
  for (const letter of flagLetters) {
    const flag = FLAGS.get(letter);
    if (flag === undefined) throw outOfRange(`'${letter}' is no flag of a pattern: i, m, s.`, flagLetters);
    flags |= flag;
  }
  const pattern = compile(source, flags);
  if (pattern.programSize() > PROGRAM_STEPS_MAX)
    throw outOfRange("The pattern is too large: its repetitions multiply.", source);
  if (CACHE.size >= CACHED_MAX) CACHE.clear();
  CACHE.set(key, pattern);
  return pattern;
}

function compile(source: string, flags: number): RE2JS {
  try {
    return RE2JS.compile(source, flags);
  } catch (error) {
    if (error instanceof RE2JSException)
      throw outOfRange(`'${source.slice(0, 80)}' is no pattern: ${error.message}.`, source);
    throw error;
  }
}

function matchesOf(context: IntrinsicContext, pattern: RE2JS, text: string): (readonly [number, number])[] {
  const matcher = pattern.matcher(text);
  const found: (readonly [number, number])[] = [];
  // One search is linear, all of them together need not be (`a.*b|a` looks at the rest each time): the limits are looked at after each.
  while (matcher.find()) {
    context.chargeFuel(2);
    context.checkLimits();
    found.push([matcher.start(0), matcher.end(0)]);
  }
  return found;
}

type ReplacementPart = string | { readonly group: number };

const REFERENCE = /\$\$|\$(\d{1,2})|\$\{(\w+)\}|\\(\d)|\\\\/g;

/** Literal texts and group numbers. @throws Trap OutOfRange for a group that the pattern lacks. */
function replacementParts(pattern: RE2JS, by: string): ReplacementPart[] {
  const parts: ReplacementPart[] = [];
  const names = pattern.namedGroups();
  let from = 0;
  for (const match of by.matchAll(REFERENCE)) {
    parts.push(by.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[0] === "$$" || match[0] === "\\\\") {
      parts.push(match[0].slice(1));
      continue;
    }
    const [, dollar, name, backslash] = match;
    const named =
      name === undefined
        ? undefined
        : Object.hasOwn(names, name)
          ? names[name]
          : /^\d+$/.test(name)
            ? Number(name)
            : -1;
    const group = named ?? Number(dollar ?? backslash);
    if (group < 0 || group > pattern.groupCount()) throw outOfRange(`The pattern has no group '${match[0]}'.`, by);
    parts.push({ group });
  }
  parts.push(by.slice(from));
  return parts.filter((part) => part !== "");
}

function replaced(context: IntrinsicContext, pattern: RE2JS, text: string, parts: readonly ReplacementPart[]): string {
  const matcher = pattern.matcher(text);
  let result = "";
  let from = 0;
  while (matcher.find()) {
    result += text.slice(from, matcher.start(0));
    for (const part of parts) result += typeof part === "string" ? part : (matcher.group(part.group) ?? "");
    from = matcher.end(0);
    context.chargeFuel(2);
    context.checkLimits();
  }
  return madeText(context, result + text.slice(from));
}
