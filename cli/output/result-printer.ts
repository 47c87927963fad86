// The printer of a command's results, as its options say.
import { type CommandContext, type CommandInput, textOption, UsageError } from "../commands/context.ts";
import type { ArrowEncoder, Format, ResultPrinter } from "./results.ts";

/** The printer for results of a command. */
export function resultPrinter(context: CommandContext, input: CommandInput): ResultPrinter {
  const format = (textOption(input, "format") ?? "table") as Format;
  const isTerminal = context.stdout.isTTY;
  return {
    format,
    write: context.write,
    style: context.style,
    width: isTerminal ? context.stdout.columns : undefined,
    chatty: isTerminal && format === "table",
  };
}

/** The format in which a REPL begins. @throws UsageError for arrow, which is no text; `instead` is what to use. */
export function replFormat(input: CommandInput, instead: string): Format {
  const format = (textOption(input, "format") ?? "table") as Format;
  if (format === "arrow") throw new UsageError(`the REPL prints table, json or csv; use ${instead}.`);
  return format;
}

/** The arrow encoder when the format asks for it; the library is loaded only then. */
export async function arrowEncoder(format: Format): Promise<ArrowEncoder | undefined> {
  return format === "arrow" ? (await import("../../protocol/rows-encode.ts")).encodeArrowStream : undefined;
}
