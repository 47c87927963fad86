// Decimals of more than 15 digits inside SQLite: kept as text, computed by these functions, sorted by an order-preserving key.
// better-sqlite3 cannot register collations, so comparison goes through gobi_decimal_compare and sorting through gobi_decimal_key.
import {
  addDecimal,
  compareDecimal,
  cutDecimal,
  type DecimalCut,
  decimalFromFloat,
  divideDecimal,
  fitDecimal,
  multiplyDecimal,
  negateDecimal,
  parseDecimalText,
  printDecimal,
  remainderDecimal,
  rescaleDecimal,
  subtractDecimal,
  trimDecimal,
} from "../../base/value/decimal.ts";
import { Decimal } from "../../base/value/value.ts";
import { EngineError } from "../engine.ts";
import type { RawValue } from "./bind.ts";
import type { RegisteredFunction } from "./raw-function.ts";

/** @throws EngineError `invalidCast` for what is no decimal. */
function decimalIn(value: RawValue | undefined): Decimal {
  const decimal =
    typeof value === "bigint"
      ? new Decimal(value, 0)
      : typeof value === "string"
        ? parseDecimalText(value)
        : typeof value === "number"
          ? decimalFromFloat(Number(value.toPrecision(15)))
          : undefined;
  if (decimal === undefined)
    throw new EngineError(`${String(value)} cannot be read as decimal.`, { kind: "invalidCast", code: "GOBI_CAST" });
  return decimal;
}

function printed(value: Decimal | undefined): string {
  if (value === undefined)
    throw new EngineError("The decimal has too many digits.", { kind: "limit", code: "GOBI_DECIMAL_DIGITS" });
  return printDecimal(value);
}

function binary(operation: (left: Decimal, right: Decimal) => Decimal | undefined): RegisteredFunction {
  return {
    counts: [2],
    deterministic: true,
    call: (left, right) => printed(operation(decimalIn(left), decimalIn(right))),
  };
}

/** Division by zero is null inside SQL, as SQLite has it. */
function dividing(operation: (left: Decimal, right: Decimal) => Decimal | undefined): RegisteredFunction {
  return {
    counts: [2],
    deterministic: true,
    call: (left, right) => {
      const divisor = decimalIn(right);
      return divisor.unscaled === 0n ? null : printed(operation(decimalIn(left), divisor));
    },
  };
}

const EXPONENT_WIDTH = 4;

/**
 * A text that sorts as the decimal does: sign, number of digits before the point, digits. Those of a negative one are complemented, so that a larger magnitude
 * comes first, and end in `~`, which sorts after digits.
 */
export function decimalKey(value: Decimal): string {
  const { unscaled, scale } = trimDecimal(value);
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale, "0");
  const whole = digits.slice(0, digits.length - scale).replace(/^0+/, "");
  const body = String(whole.length).padStart(EXPONENT_WIDTH, "0") + whole + digits.slice(digits.length - scale);
  if (unscaled >= 0n) return `1${body}`;
  return `0${[...body].map((digit) => String(9 - Number(digit))).join("")}~`;
}

/** The decimal of a key, with the fewest digits after the point. */
export function decimalOfKey(key: string): Decimal | undefined {
  const negative = key.startsWith("0");
  const body = negative ? Array.from(key.slice(1, -1), (digit) => String(9 - Number(digit))).join("") : key.slice(1);
  const whole = Number(body.slice(0, EXPONENT_WIDTH));
  const digits = body.slice(EXPONENT_WIDTH);
  return parseDecimalText(`${negative ? "-" : ""}0${digits.slice(0, whole)}.${digits.slice(whole)}`);
}

function cutting(cut: DecimalCut): RegisteredFunction {
  return { counts: [1], deterministic: true, call: (value) => printDecimal(cutDecimal(decimalIn(value), 0, cut)) };
}

function outermost(isBetter: (order: number) => boolean): RegisteredFunction {
  return {
    counts: [2, 3, 4, 5, 6, 7, 8],
    deterministic: true,
    call: (...values) =>
      printDecimal(
        values
          .map((value) => decimalIn(value))
          .reduce((best, next) => (isBetter(compareDecimal(next, best)) ? next : best)),
      ),
  };
}

/** Scalar functions over decimals of any width; arguments are texts, integers or REALs. */
export const DECIMAL_FUNCTIONS: Readonly<Record<string, RegisteredFunction>> = {
  gobi_decimal_add: binary(addDecimal),
  gobi_decimal_subtract: binary(subtractDecimal),
  gobi_decimal_multiply: binary(multiplyDecimal),
  gobi_decimal_divide: dividing(divideDecimal),
  gobi_decimal_remainder: dividing(remainderDecimal),
  gobi_decimal_compare: {
    counts: [2],
    deterministic: true,
    call: (left, right) => BigInt(compareDecimal(decimalIn(left), decimalIn(right))),
  },
  gobi_decimal_key: { counts: [1], deterministic: true, call: (value) => decimalKey(decimalIn(value)) },
  gobi_decimal_of_key: {
    counts: [1],
    deterministic: true,
    call: (key) => printed(typeof key === "string" ? decimalOfKey(key) : undefined),
  },
  gobi_decimal_ceil: cutting("ceiling"),
  gobi_decimal_floor: cutting("floor"),
  gobi_decimal_trunc: cutting("down"),
  gobi_decimal_least: outermost((order) => order < 0),
  gobi_decimal_greatest: outermost((order) => order > 0),
  gobi_decimal_abs: {
    counts: [1],
    deterministic: true,
    call: (value) => {
      const decimal = decimalIn(value);
      return printDecimal(decimal.unscaled < 0n ? negateDecimal(decimal) : decimal);
    },
  },
  gobi_decimal_round: {
    counts: [1, 2],
    deterministic: true,
    call: (value, scale = 0n) => printed(rescaleDecimal(decimalIn(value), Number(scale))),
  },
  gobi_decimal_cast: {
    counts: [3],
    deterministic: true,
    call: (value, precision, scale) => {
      const fitted = fitDecimal(decimalIn(value), Number(precision), Number(scale));
      if (fitted === undefined)
        throw new EngineError(`${String(value)} does not fit decimal(${String(precision)}, ${String(scale)}).`, {
          kind: "invalidCast",
          code: "GOBI_CAST",
        });
      return printDecimal(fitted);
    },
  },
};

/** Running state of an aggregate. A window that moves on takes values out again. */
export interface DecimalTotal {
  count: number;
  value: Decimal;
}

/** One aggregate, in the shape that better-sqlite3 takes. */
export interface RegisteredAggregate {
  readonly start: () => DecimalTotal | null;
  readonly step: (state: DecimalTotal | null, value: RawValue) => DecimalTotal | null;
  readonly inverse: (state: DecimalTotal | null, value: RawValue) => DecimalTotal | null;
  readonly result: (state: DecimalTotal | null) => RawValue;
}

function summing(finish: (total: DecimalTotal) => string): RegisteredAggregate {
  return {
    start: () => null,
    step: (state, value) => {
      if (value === null) return state;
      const next = decimalIn(value);
      if (state === null) return { count: 1, value: next };
      const sum = addDecimal(state.value, next);
      if (sum === undefined) printed(undefined);
      return { count: state.count + 1, value: sum ?? next };
    },
    inverse: (state, value) => {
      if (value === null || state === null || state.count === 1) return value === null ? state : null;
      const rest = subtractDecimal(state.value, decimalIn(value));
      if (rest === undefined) printed(undefined);
      return { count: state.count - 1, value: rest ?? state.value };
    },
    result: (state) => (state === null ? null : finish(state)),
  };
}

/** Aggregates over decimals of any width; nulls do not count, and no value gives null. */
export const DECIMAL_AGGREGATES: Readonly<Record<string, RegisteredAggregate>> = {
  gobi_decimal_sum: summing((total) => printDecimal(total.value)),
  gobi_decimal_avg: summing((total) => printed(divideDecimal(total.value, new Decimal(BigInt(total.count), 0)))),
};
