// Implementations of the text intrinsics (bytecode/intrinsics/text.ts), the format patterns and LIKE aside.
import { LIMITS } from "../../base/limits.ts";
import { utf8Length } from "../../base/value/bytes-text.ts";
import {
  hasSurrogates,
  pointLength,
  pointList,
  pointOffset,
  slicePoints,
  unitOffset,
} from "../../base/value/code-points.ts";
import { printValue } from "../../base/value/print.ts";
import type { Value } from "../../base/value/value.ts";
import type { TEXT_INTRINSICS } from "../../bytecode/intrinsics/text.ts";
import type { IntrinsicContext, IntrinsicFunction } from "../intrinsic-context.ts";
import {
  chargeText,
  countAt,
  itemsAt,
  madeText,
  madeTexts,
  optionalCount,
  optionalText,
  outOfRange,
  textAt,
  valueAt,
  workOf,
} from "./arguments.ts";
import { formatText } from "./format.ts";
import { matchesGlob, matchesLike } from "./like.ts";

/** Implementations by key. */
export const TEXT_FUNCTIONS: Readonly<Record<keyof typeof TEXT_INTRINSICS, IntrinsicFunction>> = {
  len_string: (context, args) => {
    const text = textAt(args, 0);
    context.chargeFuel(text.length >> 6);
    return pointLength(text);
  },
  upper: (context, args) => madeText(context, textAt(args, 0).toUpperCase()),
  lower: (context, args) => madeText(context, textAt(args, 0).toLowerCase()),
  trim: (context, args) => madeText(context, trimmed(textAt(args, 0), optionalText(args, 1), true, true)),
  ltrim: (context, args) => madeText(context, trimmed(textAt(args, 0), optionalText(args, 1), true, false)),
  rtrim: (context, args) => madeText(context, trimmed(textAt(args, 0), optionalText(args, 1), false, true)),
  replace: (context, args) => replaceAll(context, textAt(args, 0), textAt(args, 1), textAt(args, 2)),
  split: (context, args) => {
    const [text, by] = [textAt(args, 0), textAt(args, 1)];
    return madeTexts(context, by === "" ? pointList(text) : text.split(by));
  },
  join: (context, args) => joinPrinted(context, itemsAt(args, 0), textAt(args, 1)),
  substring: (context, args) => madeText(context, substring(textAt(args, 0), countAt(args, 1), optionalCount(args, 2))),
  starts_with: (_context, args) => textAt(args, 0).startsWith(textAt(args, 1)),
  ends_with: (_context, args) => textAt(args, 0).endsWith(textAt(args, 1)),
  contains_string: (context, args) => find(context, textAt(args, 0), textAt(args, 1), 0) >= 0,
  lpad: (context, args) => pad(context, args, "start"),
  rpad: (context, args) => pad(context, args, "end"),
  reverse_string: (context, args) => {
    const text = textAt(args, 0);
    chargeText(context, text.length);
    return pointList(text).reverse().join("");
  },
  repeat_string: (context, args) => {
    const [text, times] = [textAt(args, 0), Math.max(0, countAt(args, 1))];
    if (text === "" || times === 0) return "";
    chargeText(context, text.length * times);
    return text.repeat(times);
  },
  instr: (context, args) => place(textAt(args, 0), find(context, textAt(args, 0), textAt(args, 1), 0)) + 1,
  position: (context, args) => place(textAt(args, 1), find(context, textAt(args, 1), textAt(args, 0), 0)) + 1,
  index_of_string: (context, args) => {
    const text = textAt(args, 0);
    const start = countAt(args, 2);
    const from = unitOffset(text, start < 0 ? Math.max(0, pointLength(text) + start) : start);
    return placeOrNull(text, find(context, text, textAt(args, 1), from));
  },
  last_index_of_string: (context, args) => {
    context.chargeFuel(textAt(args, 0).length >> 4);
    return placeOrNull(textAt(args, 0), textAt(args, 0).lastIndexOf(textAt(args, 1)));
  },
  left: (context, args) => {
    const count = countAt(args, 1);
    return madeText(context, slicePoints(textAt(args, 0), 0, count));
  },
  right: (context, args) => {
    const text = textAt(args, 0);
    const count = countAt(args, 1);
    if (count === 0) return "";
    return madeText(context, slicePoints(text, -count, undefined));
  },
  initcap: (context, args) =>
    madeText(
      context,
      textAt(args, 0)
        .toLowerCase()
        .replace(/(?<![\p{L}\p{N}])\p{L}/gu, (letter) => letter.toUpperCase()),
    ),
  format: (context, args) => madeText(context, formatText(textAt(args, 0), itemsAt(args, 1), workOf(context))),
  translate: (context, args) =>
    translate(context, textAt(args, 0), pointList(textAt(args, 1)), pointList(textAt(args, 2))),
  concat: (context, args) => joinPrinted(context, itemsAt(args, 0), ""),
  concat_ws: (context, args) => joinPrinted(context, itemsAt(args, 1), textAt(args, 0)),
  codepoint: (_context, args) => textAt(args, 0).codePointAt(0) ?? null,
  chr: (_context, args) => {
    const point = countAt(args, 0);
    if (point < 1 || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
      throw outOfRange(`${point} is not the number of a Unicode character.`, point);
    return String.fromCodePoint(point);
  },
  levenshtein: (context, args) => levenshtein(context, pointList(textAt(args, 0)), pointList(textAt(args, 1))),
  split_part: (context, args) => {
    const number = countAt(args, 2);
    if (number === 0) throw outOfRange("split_part counts its pieces from 1, or from -1 at the end; 0 is no piece.");
    const by = textAt(args, 1);
    const pieces = by === "" ? [textAt(args, 0)] : textAt(args, 0).split(by);
    return madeText(context, pieces.at(number > 0 ? number - 1 : number) ?? "");
  },
  lines: (context, args) => {
    const lines = textAt(args, 0).split(/\r\n|\n|\r/);
    if (lines.at(-1) === "") lines.pop();
    return madeTexts(context, lines);
  },
  chars: (context, args) => madeTexts(context, pointList(textAt(args, 0))),
  words: (context, args) =>
    madeTexts(
      context,
      textAt(args, 0)
        .split(/\s+/)
        .filter((word) => word !== ""),
    ),
  overlay: (context, args) =>
    overlay(context, textAt(args, 0), textAt(args, 1), countAt(args, 2), optionalCount(args, 3)),
  normalize: (context, args) => {
    const form = textAt(args, 1).toUpperCase();
    if (form !== "NFC" && form !== "NFD" && form !== "NFKC" && form !== "NFKD")
      throw outOfRange(`'${form}' is no Unicode normal form: NFC, NFD, NFKC, NFKD.`, form);
    return madeText(context, textAt(args, 0).normalize(form));
  },
  remove_prefix: (context, args) => {
    const [text, prefix] = [textAt(args, 0), textAt(args, 1)];
    return text.startsWith(prefix) ? madeText(context, text.slice(prefix.length)) : text;
  },
  remove_suffix: (context, args) => {
    const [text, suffix] = [textAt(args, 0), textAt(args, 1)];
    return text.endsWith(suffix) ? madeText(context, text.slice(0, text.length - suffix.length)) : text;
  },
  count_string: (context, args) => {
    const [text, part] = [textAt(args, 0), textAt(args, 1)];
    let count = 0;
    for (let at = part === "" ? -1 : find(context, text, part, 0); at >= 0; at = text.indexOf(part, at + part.length))
      count += 1;
    return count;
  },
  octet_length_string: (context, args) => {
    context.chargeFuel(textAt(args, 0).length >> 4);
    return utf8Length(textAt(args, 0));
  },
  is_blank: (_context, args) => valueAt(args, 0) === null || textAt(args, 0).trim() === "",
  like: (context, args) => matchesLike(textAt(args, 0), textAt(args, 1), optionalText(args, 2), workOf(context)),
  glob: (context, args) => matchesGlob(textAt(args, 0), textAt(args, 1), workOf(context)),
  unaccent: (context, args) =>
    madeText(
      context,
      textAt(args, 0)
        .normalize("NFD")
        .replace(/\p{M}/gu, "")
        .replace(/[ŁłØøĐđĦħŦŧßÆæŒœ]/g, (letter) => PLAIN_LETTERS.get(letter) ?? letter)
        .normalize("NFC"),
    ),
};

/** Letters whose stroke or ligature is not an accent by Unicode. */
const PLAIN_LETTERS: ReadonlyMap<string, string> = new Map([
  ["Ł", "L"],
  ["ł", "l"],
  ["Ø", "O"],
  ["ø", "o"],
  ["Đ", "D"],
  ["đ", "d"],
  ["Ħ", "H"],
  ["ħ", "h"],
  ["Ŧ", "T"],
  ["ŧ", "t"],
  ["ß", "ss"],
  ["Æ", "AE"],
  ["æ", "ae"],
  ["Œ", "OE"],
  ["œ", "oe"],
]);

function find(context: IntrinsicContext, text: string, part: string, from: number): number {
  context.chargeFuel((text.length + part.length) >> 4);
  return text.indexOf(part, from);
}

/** Code point place of a unit place; -1 stays. */
function place(text: string, unit: number): number {
  return unit <= 0 ? unit : pointOffset(text, unit);
}

function placeOrNull(text: string, unit: number): Value {
  return unit < 0 ? null : place(text, unit);
}

/** Without `characters` white space as JavaScript and Unicode have it. */
function trimmed(text: string, characters: string | undefined, start: boolean, end: boolean): string {
  if (characters === undefined) return start ? (end ? text.trim() : text.trimStart()) : text.trimEnd();
  const set = new Set(pointList(characters));
  const points = pointList(text);
  let from = 0;
  let to = points.length;
  while (start && from < to && set.has(points[from] ?? "")) from += 1;
  while (end && to > from && set.has(points[to - 1] ?? "")) to -= 1;
  return points.slice(from, to).join("");
}

function replaceAll(context: IntrinsicContext, text: string, part: string, by: string): string {
  if (part === "") return text;
  let count = 0;
  for (let at = find(context, text, part, 0); at >= 0; at = text.indexOf(part, at + part.length)) count += 1;
  if (count === 0) return text;
  chargeText(context, text.length + count * (by.length - part.length));
  return text.split(part).join(by);
}

function joinPrinted(context: IntrinsicContext, items: readonly Value[], by: string): string {
  const work = workOf(context);
  const pieces: string[] = [];
  let units = 0;
  for (const item of items) {
    if (item === null) continue;
    const piece = printValue(item, work);
    units += piece.length + by.length;
    if (units > LIMITS.stringBytesMax.value) break;
    pieces.push(piece);
  }
  chargeText(context, units);
  return pieces.join(by);
}

/** SQLite's substr: a negative start counts from the end, position 0 is the one before the first. A negative length is refused. */
function substring(text: string, start: number, length: number | undefined): string {
  if (length !== undefined && length < 0) throw outOfRange(`A substring cannot have ${length} characters.`, length);
  const total = pointLength(text);
  const first = start > 0 ? start - 1 : start < 0 ? total + start : -1;
  const from = start === 0 && length === undefined ? 0 : first;
  const to = length === undefined ? total : from + length;
  return slicePoints(text, Math.max(0, from), Math.max(0, to));
}

function pad(context: IntrinsicContext, args: readonly Value[], side: "start" | "end"): string {
  const text = textAt(args, 0);
  const length = Math.max(0, countAt(args, 1));
  const fill = textAt(args, 2);
  const missing = length - pointLength(text);
  if (missing <= 0) return slicePoints(text, 0, length);
  if (fill === "") return text;
  chargeText(context, text.length + missing * (hasSurrogates(fill) ? 2 : 1));
  const filler = slicePoints(fill.repeat(Math.ceil(missing / pointLength(fill))), 0, missing);
  return side === "start" ? filler + text : text + filler;
}

function translate(
  context: IntrinsicContext,
  text: string,
  characters: readonly string[],
  by: readonly string[],
): string {
  const partners = new Map<string, string>();
  characters.forEach((character, index) => {
    if (!partners.has(character)) partners.set(character, by[index] ?? "");
  });
  chargeText(context, text.length * 2);
  return pointList(text)
    .map((character) => partners.get(character) ?? character)
    .join("");
}

const LEVENSHTEIN_POINTS_MAX = 4096;

function levenshtein(context: IntrinsicContext, left: readonly string[], right: readonly string[]): number {
  if (left.length > LEVENSHTEIN_POINTS_MAX || right.length > LEVENSHTEIN_POINTS_MAX)
    throw outOfRange(`levenshtein takes texts of at most ${LEVENSHTEIN_POINTS_MAX} characters.`);
  context.chargeFuel((left.length * right.length) >> 3);
  context.checkLimits();
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 0; i < left.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < right.length; j += 1) {
      const replaced = (row[j] ?? 0) + (left[i] === right[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

function overlay(
  context: IntrinsicContext,
  text: string,
  by: string,
  start: number,
  length: number | undefined,
): string {
  if (start < 1 || (length ?? 0) < 0)
    throw outOfRange("overlay starts at position 1 or later and replaces 0 or more characters.");
  const from = unitOffset(text, start - 1);
  const to = unitOffset(text, start - 1 + (length ?? pointLength(by)));
  return madeText(context, text.slice(0, from) + by + text.slice(to));
}
