// Text functions and regular expressions inside SQL. Lengths are in code points; regular expressions run without backtracking.
import { createRequire } from "node:module";
import type * as Re2 from "re2js";
import { LIMITS } from "../../base/limits.ts";
import { CAST_FAILED, castValue, parseUuid } from "../../base/value/cast.ts";
import { EngineError } from "../engine.ts";
import type { RawValue } from "./bind.ts";
import { castError, define, type RegisteredFunction, textOf } from "./raw-function.ts";
import { describeRaw } from "./read.ts";

function countOf(value: RawValue): number {
  return Math.trunc(Number(value));
}

function checkedText(text: string): string {
  if (text.length > LIMITS.stringBytesMax.value)
    throw new EngineError("The text would be longer than the limit.", { kind: "limit", code: "GOBI_TEXT_LENGTH" });
  return text;
}

function pad(value: RawValue, length: RawValue, fill: RawValue, side: "left" | "right"): string {
  const points = [...textOf(value)];
  const wanted = Math.max(0, countOf(length));
  if (points.length >= wanted) return points.slice(0, wanted).join("");
  const filler = [...textOf(fill)];
  if (filler.length === 0) return points.join("");
  if (wanted > LIMITS.stringBytesMax.value)
    throw new EngineError("The text would be longer than the limit.", { kind: "limit", code: "GOBI_TEXT_LENGTH" });
  const missing = wanted - points.length;
  const padding = Array.from({ length: missing }, (_, i) => filler[i % filler.length]).join("");
  return side === "left" ? padding + points.join("") : points.join("") + padding;
}

function repeat(value: RawValue, count: RawValue): string {
  const text = textOf(value);
  const times = Math.max(0, countOf(count));
  if (text.length * times > LIMITS.stringBytesMax.value)
    throw new EngineError("The text would be longer than the limit.", { kind: "limit", code: "GOBI_TEXT_LENGTH" });
  return checkedText(text.repeat(times));
}

function splitPart(value: RawValue, separator: RawValue, number: RawValue): string {
  const parts = textOf(separator) === "" ? [textOf(value)] : textOf(value).split(textOf(separator));
  const index = countOf(number);
  return (index > 0 ? parts[index - 1] : parts.at(index)) ?? "";
}

type Pattern = Re2.RE2JS;
const PATTERNS_MAX = 100;
const patterns = new Map<string, Pattern>();

/** Loaded when first used: it costs 10 ms at start, and most programs have no regular expression. */
let re2: typeof Re2 | undefined;

function patternOf(text: string): Pattern {
  const known = patterns.get(text);
  if (known !== undefined) return known;
  re2 ??= createRequire(import.meta.url)("re2js") as typeof Re2;
  let pattern: Pattern;
  try {
    pattern = re2.RE2JS.compile(text);
  } catch (error) {
    throw new EngineError(`${describeRaw(text)} is no regular expression.`, {
      kind: "other",
      code: "GOBI_PATTERN",
      help: error instanceof Error ? error.message : undefined,
      cause: error,
    });
  }
  if (patterns.size >= PATTERNS_MAX) patterns.clear();
  patterns.set(text, pattern);
  return pattern;
}

function booleanOf(text: string): bigint {
  const value = castValue(text, { type: "bool" });
  if (value === CAST_FAILED) throw castError(text, "bool");
  return value === true ? 1n : 0n;
}

/** Text functions by the name under which they are registered. */
export const TEXT_FUNCTIONS: Readonly<Record<string, RegisteredFunction>> = {
  gobi_lpad: define([2, 3], (text, length, fill = " ") => pad(text ?? "", length ?? 0n, fill, "left")),
  gobi_rpad: define([2, 3], (text, length, fill = " ") => pad(text ?? "", length ?? 0n, fill, "right")),
  gobi_repeat: define(2, (text, count) => repeat(text ?? "", count ?? 0n)),
  gobi_reverse: define(1, (text) => [...textOf(text ?? "")].reverse().join("")),
  gobi_initcap: define(1, (text) =>
    textOf(text ?? "")
      .toLowerCase()
      .replace(/\p{L}[\p{L}\p{N}]*/gu, (word) => word.slice(0, 1).toUpperCase() + word.slice(1)),
  ),
  gobi_split_part: define(3, (text, separator, number) => splitPart(text ?? "", separator ?? "", number ?? 1n)),
  gobi_bool: define(1, (text) => booleanOf(textOf(text ?? ""))),
  gobi_uuid_text: define(1, (value) => {
    const uuid = typeof value === "string" ? parseUuid(value) : undefined;
    if (uuid === undefined) throw castError(value ?? null, "uuid");
    return uuid;
  }),
  regexp: define(2, (pattern, text) =>
    patternOf(textOf(pattern ?? ""))
      .matcher(textOf(text ?? ""))
      .find()
      ? 1n
      : 0n,
  ),
  gobi_regex_replace: define(3, (text, pattern, replacement) =>
    patternOf(textOf(pattern ?? ""))
      .matcher(textOf(text ?? ""))
      .replaceAll(textOf(replacement ?? "")),
  ),
};
