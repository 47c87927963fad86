// Reads quantities on the command line: times (500ms, 5s, 2m), sizes (256MB, 1GB), counts (1_000_000, 5e6) and values (JSON or text).
import type { SessionLimits } from "../server/session-types.ts";
import { type CommandInput, textOption, UsageError } from "./commands/context.ts";

const TIME_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };
const SIZE_UNITS: Readonly<Record<string, number>> = { "": 1, b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

function quantity(option: string, text: string, units: Readonly<Record<string, number>>, examples: string): number {
  const match = /^\s*(\d[\d_]*(?:\.\d+)?)\s*([a-z]*)\s*$/iu.exec(text);
  const factor = match === null ? undefined : units[(match[2] ?? "").toLowerCase()];
  if (match === null || factor === undefined) throw new UsageError(`${option} ${text}: write for example ${examples}.`);
  return Math.round(Number((match[1] ?? "").replaceAll("_", "")) * factor);
}

function count(option: string, text: string): number {
  const value = Number(text.replaceAll("_", ""));
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < 0) {
    throw new UsageError(`${option} ${text}: write a whole number, for example 1000000.`);
  }
  return value;
}

/** The limits that the options of a command set. @throws UsageError naming the option and a right spelling. */
export function limitsFrom(input: CommandInput): SessionLimits {
  const timeout = textOption(input, "timeout");
  const memory = textOption(input, "memory");
  const fuel = textOption(input, "fuel");
  const depth = textOption(input, "depth");
  const rows = textOption(input, "rows");
  return {
    ...(timeout === undefined ? {} : { timeoutMs: quantity("--timeout", timeout, TIME_UNITS, "500ms, 5s or 2m") }),
    ...(memory === undefined ? {} : { memoryBytesMax: quantity("--memory", memory, SIZE_UNITS, "256MB or 1GB") }),
    ...(fuel === undefined ? {} : { fuelMax: count("--fuel", fuel) }),
    ...(depth === undefined ? {} : { callDepthMax: count("--depth", depth) }),
    ...(rows === undefined ? {} : { rowsMax: count("--rows", rows) }),
  };
}

/** Splits `name=value`. @throws UsageError when there is no `=` or no name. */
export function splitAssignment(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at <= 0) throw new UsageError(`--arg ${text}: write name=value, for example --arg day=2026-01-31.`);
  return [text.slice(0, at), text.slice(at + 1)];
}
