// Checks the constant table: every constant has a known kind and is well formed, so that neither machine nor host needs to look again.
import { LIMITS } from "../base/limits.ts";
import { DAY_MICROS, dateOfDays, splitTimestamp, timestampOf } from "../base/value/calendar.ts";
import { makeInterval } from "../base/value/interval.ts";
import { jsonDocument } from "../base/value/json.ts";
import { INT_MAX, INT_MIN } from "../base/value/int.ts";
import { Timestamp } from "../base/value/value.ts";
import type { Constant } from "./program.ts";
import { isRegisterType } from "./register-type.ts";
import { refuse } from "./refusal.ts";
import { type Broken, fieldsOf, verifyPlain, verifySqlForm, verifyTypeForm } from "./verify-forms.ts";

/** @throws Refusal ConstantMalformed, BytecodeTooLarge. */
export function verifyConstants(constants: readonly Constant[]): void {
  if (constants.length > LIMITS.constantsMax.value)
    refuse("BytecodeTooLarge", { section: "constant table", count: constants.length, max: LIMITS.constantsMax.value });
  for (const [index, constant] of constants.entries()) {
    verifyConstant(constant, (what) => refuse("ConstantMalformed", { index, what }));
  }
}

function verifyConstant(constant: Constant, broken: Broken): void {
  switch (constant.kind) {
    case "int":
      return verifyInt(constant.value, broken);
    case "float":
      if (typeof constant.value !== "number") broken("a float is not a number");
      return;
    case "string":
      if (typeof constant.value !== "string") broken("a string is not text");
      return;
    case "bytes":
      if (!(constant.value instanceof Uint8Array)) broken("bytes are not bytes");
      return;
    case "decimal":
    case "date":
    case "time":
    case "timestamp":
    case "interval":
    case "json":
      return verifyScalar(constant, broken);
    case "shape":
      return verifyNames(constant.name, constant.fields, "a shape", broken);
    case "error":
      return verifyNames(constant.name, constant.parents, "an error type", broken);
    case "type":
      return verifyTypeForm(constant.type, broken);
    case "sql":
      return verifySqlForm(constant.form, broken);
    case "names":
      if (!Array.isArray(constant.names) || !constant.names.every((name) => name === null || typeof name === "string"))
        broken("parameter names are not names");
      return;
    case "import":
      return verifyImport(constant.reference, broken);
    case "job":
      return verifyJob(constant.job, broken);
    case "management": {
      const management = fieldsOf(constant.management, "a management statement", broken);
      const form = fieldsOf(management["form"], "a management statement", broken);
      if (!isCount(management["argumentCount"]) || typeof form["verb"] !== "string")
        broken("a management statement is not complete");
      return verifyPlain(form, broken);
    }
    default:
      return broken("its kind is unknown");
  }
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= LIMITS.registersMax.value;
}

function verifyNames(name: unknown, names: readonly unknown[], what: string, broken: Broken): void {
  if (typeof name !== "string" || !Array.isArray(names) || !names.every((item) => typeof item === "string"))
    broken(`${what} has a name that is not text`);
  if (names.length > LIMITS.registersMax.value) broken(`${what} has too many names`);
}

function verifyInt(value: unknown, broken: Broken): void {
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) broken("an int is not a safe integer");
    return;
  }
  if (typeof value !== "bigint" || value < INT_MIN || value > INT_MAX) return broken("an int does not fit 64 bits");
  if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER))
    broken("a safe int is stored as a big one");
}

type ScalarConstant = Extract<
  Constant,
  { readonly kind: "decimal" | "date" | "time" | "timestamp" | "interval" | "json" }
>;

const DECIMAL_MAX = 10n ** BigInt(LIMITS.decimalDigitsMax.value);

function verifyScalar(constant: ScalarConstant, broken: Broken): void {
  switch (constant.kind) {
    case "decimal": {
      const { unscaled, scale } = constant;
      const fits = typeof unscaled === "bigint" && unscaled < DECIMAL_MAX && unscaled > -DECIMAL_MAX;
      if (!fits || !Number.isInteger(scale) || scale < 0 || scale > LIMITS.decimalDigitsMax.value)
        broken("a decimal has too many digits or no scale");
      return;
    }
    case "date":
      if (!Number.isInteger(constant.days) || dateOfDays(constant.days) === undefined)
        broken("a date is outside of the calendar");
      return;
    case "time":
      if (!Number.isInteger(constant.micros) || constant.micros < 0 || constant.micros >= DAY_MICROS)
        broken("a time is outside of the day");
      return;
    case "timestamp":
      return verifyTimestamp(constant.micros, broken);
    case "interval":
      if (makeInterval(constant.months, constant.days, constant.micros) === undefined)
        broken("an interval is too long");
      return;
    case "json":
      if (typeof constant.text !== "string" || jsonDocument(constant.text).fault !== undefined)
        broken("a JSON document is not JSON");
      return;
  }
}

function verifyTimestamp(micros: number | bigint, broken: Broken): void {
  verifyInt(micros, broken);
  const { days, micros: clock } = splitTimestamp(new Timestamp(micros));
  if (timestampOf(days, clock) === undefined) broken("a timestamp is outside of the calendar");
}

function verifyJob(form: unknown, broken: Broken): void {
  const job = fieldsOf(form, "a job", broken);
  const callee = fieldsOf(job["callee"], "a job's callee", broken);
  if (!isCount(job["argumentCount"]) || typeof job["detached"] !== "boolean") broken("a job is not complete");
  if (callee["kind"] === "import") return verifyImport(callee["reference"], broken);
  if (callee["kind"] !== "routine" || !isCount(callee["routine"])) broken("a job names no routine");
}

function verifyImport(form: unknown, broken: Broken): void {
  const reference = fieldsOf(form, "an import", broken);
  if (typeof reference["name"] !== "string" || reference["name"] === "") broken("an import has no name");
  if (reference["receiver"] !== undefined && typeof reference["receiver"] !== "string")
    broken("an import's receiver is not a name");
  if (reference["version"] !== undefined && !isCount(reference["version"]))
    broken("an import's version is not a number");
  const types = reference["argumentTypes"];
  if (!Array.isArray(types) || !types.every(isRegisterType)) broken("an import's argument types are unknown");
}
