// The pattern language of format(): C's and SQLite's printf with PostgreSQL's %I and %L.
// A place is `%`, then optionally `2$` (which value), flags `-` `0` `+`, a width, `.` and digits, and a letter.
import { pointLength } from "../../base/value/code-points.ts";
import { LIMITS } from "../../base/limits.ts";
import { decimalFromFloat, decimalOfInt, printDecimal, rescaleDecimal } from "../../base/value/decimal.ts";
import { castValue, CAST_FAILED } from "../../base/value/cast.ts";
import { isInt } from "../../base/value/kind.ts";
import { printFloat, printQuoted, printValue } from "../../base/value/print.ts";
import { Decimal, type Int, type Value } from "../../base/value/value.ts";
import { LimitPassed, type Work } from "../../base/value/work.ts";
import { floatOf, outOfRange, wrongKind } from "./arguments.ts";
import { hexOfInt } from "./number-text.ts";
import { quoteIdentifier, quoteLiteral } from "./quoting.ts";

const PLACE = /%(?:%|(?:(\d{1,3})\$)?([-0+]*)(\d{1,9})?(?:\.(\d{1,3}))?(.?))/gsu;
const DEFAULT_DIGITS = 6;

interface Place {
  readonly letter: string;
  readonly left: boolean;
  readonly zeros: boolean;
  readonly plus: boolean;
  readonly width: number;
  readonly digits: number | undefined;
}

/** Fills the places of a pattern. @throws Trap OutOfRange for an unknown place or a missing value, InvalidCast for a value that does not suit its place. */
export function formatText(pattern: string, values: readonly Value[], work: Work): string {
  let next = 0;
  let units = pattern.length;
  return pattern.replace(
    PLACE,
    (
      text,
      number: string | undefined,
      flags: string | undefined,
      width: string | undefined,
      digits: string | undefined,
      letter: string | undefined,
    ) => {
      if (text === "%%") return "%";
      const index = number === undefined ? next : Number(number) - 1;
      next = index + 1;
      if (index < 0 || index >= values.length)
        throw outOfRange(`format has no value for '${text}': it was given ${values.length}.`);
      const place: Place = {
        letter: letter ?? "",
        left: flags?.includes("-") === true,
        zeros: flags?.includes("0") === true,
        plus: flags?.includes("+") === true,
        width: Number(width ?? 0),
        digits: digits === undefined ? undefined : Number(digits),
      };
      const filled = fill(place, text, values[index] ?? null, work);
      units += Math.max(filled.length, place.width);
      if (units > LIMITS.stringBytesMax.value) throw new LimitPassed("stringBytesMax");
      return padded(place, filled);
    },
  );
}

function fill(place: Place, text: string, value: Value, work: Work): string {
  switch (place.letter) {
    case "s": {
      const printed = value === null ? "" : printValue(value, work);
      return place.digits === undefined ? printed : printed.slice(0, place.digits);
    }
    case "d":
    case "i":
      return signed(place, intText(value));
    case "f":
      return signed(place, fixedText(value, place.digits ?? DEFAULT_DIGITS));
    case "e":
      return signed(
        place,
        value === null ? "" : floatOf(value).toExponential(Math.min(place.digits ?? DEFAULT_DIGITS, 100)),
      );
    case "g":
      return signed(place, value === null ? "" : printFloat(floatOf(value)));
    case "x":
    case "X": {
      const hex = value === null ? "" : hexOfInt(intOf(value));
      return place.letter === "X" ? hex.toUpperCase() : hex;
    }
    case "q":
      return value === null ? "" : printValue(value, work).replaceAll("'", "''");
    case "Q":
    case "L":
      return quoteLiteral(value, work);
    case "I":
    case "w":
      return quoteIdentifier(printValue(value, work));
    case "J":
      return printQuoted(value, work);
    default:
      throw outOfRange(`format does not know '${text}'; write %% for a percent sign.`);
  }
}

function intOf(value: Value): Int {
  const int = castValue(value, { type: "int" });
  if (int === CAST_FAILED || !isInt(int)) throw wrongKind(value, "An int");
  return int;
}

function intText(value: Value): string {
  return value === null ? "" : String(intOf(value));
}

function fixedText(value: Value, digits: number): string {
  if (value === null) return "";
  const exact =
    value instanceof Decimal ? value : isInt(value) ? decimalOfInt(value) : decimalFromFloat(floatOf(value));
  const rounded = exact === undefined ? undefined : rescaleDecimal(exact, digits);
  return rounded === undefined ? printFloat(floatOf(value)) : printDecimal(rounded);
}

function signed(place: Place, text: string): string {
  return place.plus && text !== "" && !text.startsWith("-") ? `+${text}` : text;
}

const NUMBER_LETTERS = "difegxX";

function padded(place: Place, text: string): string {
  const missing = place.width - pointLength(text);
  if (missing <= 0) return text;
  if (place.left) return text + " ".repeat(missing);
  if (!place.zeros || !NUMBER_LETTERS.includes(place.letter)) return " ".repeat(missing) + text;
  const sign = /^[+-]/.test(text) ? text.slice(0, 1) : "";
  return sign + "0".repeat(missing) + text.slice(sign.length);
}
