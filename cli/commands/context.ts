// What a command gets from its surroundings, so that tests can run commands in process with streams of their own.
import type { Style } from "../output/style.ts";

/** Exit codes of all commands. `notRunning`: there is no daemon. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notRunning: 3 } as const;

/** Streams, folder, environment. `write` and `writeError` add no line end. */
export interface CommandContext {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly write: (text: string | Uint8Array) => void;
  readonly writeError: (text: string) => void;
  /** Reads all of standard input as text. @throws UsageError for what is not UTF-8. */
  readonly readInput: () => Promise<string>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly style: Style;
  readonly errorStyle: Style;
  /** From here on the command goes on when nobody reads what it prints any more, instead of ending then. */
  readonly finishUnread?: () => void;
}

/** Positional arguments in the table's order (a variadic one last, as a list) and options by their long name in camel case. */
export interface CommandInput {
  readonly arguments: readonly (string | readonly string[] | undefined)[];
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
}

/** Carries a command out and gives the exit code. */
export type CommandHandler = (context: CommandContext, input: CommandInput) => Promise<number> | number;

/** A mistake in how the command was called: the message goes to stderr, the exit code is 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The text value of an option, or undefined. */
export function textOption(input: CommandInput, name: string): string | undefined {
  const value = input.options[name];
  return typeof value === "string" ? value : undefined;
}

/** Whether a flag is set. */
export function flag(input: CommandInput, name: string): boolean {
  return input.options[name] === true;
}

/** All values of a repeatable option or a variadic argument. */
export function list(value: string | boolean | readonly string[] | undefined): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" ? value : [];
}
