// Options that several commands of gobi share: counts, durations, how results are printed.
import { durationMs } from "../../base/quantity.ts";
import { type CommandContext, type CommandInput, flag, textOption, UsageError } from "../commands/context.ts";
import type { ResultPrinter } from "../output/results.ts";

/** A whole number from 0 to `most`, or the default. @throws UsageError. */
export function countOption(input: CommandInput, option: string, otherwise: number, most: number): number {
  const text = textOption(input, option);
  if (text === undefined) return otherwise;
  if (!/^\d{1,9}$/u.test(text) || Number(text) > most)
    throw new UsageError(`--${option} ${text}: write a whole number up to ${most}, for example 10.`);
  return Number(text);
}

/** Milliseconds of an option; undefined when it is not given. @throws UsageError. */
export function durationOption(input: CommandInput, option: string): number | undefined {
  const text = textOption(input, option);
  if (text === undefined) return undefined;
  const ms = durationMs(text);
  if (ms === undefined) throw new UsageError(`--${option} ${text}: write for example 30s, 5m or 1h30m.`);
  return ms;
}

/** Prints tables for people, or JSON with --json. */
export function printerFor(context: CommandContext, input: CommandInput): ResultPrinter {
  const isTerminal = context.stdout.isTTY;
  return {
    format: flag(input, "json") ? "json" : "table",
    write: context.write,
    style: context.style,
    width: isTerminal ? context.stdout.columns : undefined,
    chatty: !flag(input, "json"),
  };
}
