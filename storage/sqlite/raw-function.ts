// What the files of registered functions share: their shape, reading of arguments, the error of a failed cast.
import { EngineError } from "../engine.ts";
import type { RawValue } from "./bind.ts";
import { describeRaw } from "./read.ts";

/** One registered function; `call` never sees null. `counts`: accepted numbers of arguments. */
export interface RegisteredFunction {
  readonly counts: readonly number[];
  readonly deterministic: boolean;
  readonly call: (...args: Exclude<RawValue, null>[]) => RawValue;
}

/** A deterministic function with these numbers of arguments. */
export function define(counts: number | readonly number[], call: RegisteredFunction["call"]): RegisteredFunction {
  return { counts: typeof counts === "number" ? [counts] : counts, deterministic: true, call };
}

/** A value that cannot be cast. */
export function castError(value: RawValue, type: string): EngineError {
  return new EngineError(`${describeRaw(value)} cannot be read as ${type}.`, {
    kind: "invalidCast",
    code: "GOBI_CAST",
  });
}

/** A value as text. */
export function textOf(value: RawValue): string {
  return typeof value === "string"
    ? value
    : value instanceof Uint8Array
      ? Buffer.from(value).toString("utf8")
      : String(value);
}
