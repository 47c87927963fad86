// The REPL without its terminal: takes lines, has whole statements run, prints what they gave as text.
// The same engine serves the terminal and piped input, a session of this process (target.ts) and one of a daemon (remote-target.ts).
import { showDuration } from "../output/duration.ts";
import type { Format, ResultPrinter } from "../output/results.ts";
import type { Style } from "../output/style.ts";
import { REPL_COMMANDS } from "./commands.ts";
import { isWhole, openInput } from "./whole.ts";

/** Where a REPL prints, and how. */
export interface ReplOutput {
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly style: Style;
  /** Terminal cells, undefined for a pipe. */
  readonly width: () => number | undefined;
  readonly elapsedMs: () => number;
}

/** Where statements run. */
export interface ReplTarget {
  /** Runs a text, prints its results, and its problems and errors to `writeError`. Gives false when it failed. */
  run(text: string, printer: ResultPrinter, writeError: (text: string) => void): Promise<boolean> | boolean;
  readonly inTransaction: boolean;
  /** First word of the prompt. */
  readonly prompt: string;
}

/** A running REPL. What it is asked for runs in order; each call is awaited before the next one. */
export interface Repl {
  /** Takes one line without its line end. */
  line(text: string): Promise<void>;
  /** Input has ended: runs what is left. Gives true when no statement failed. */
  end(): Promise<boolean>;
  /** What to show before the next line. */
  prompt(): string;
  readonly left: boolean;
  /** Lines typed so far that are not a whole statement yet. */
  readonly pending: string;
  runStatement(text: string): Promise<void>;
  toggleTiming(): void;
  setFormat(format: Format): void;
  reset(): void;
  leave(): void;
  say(text: string): void;
  complain(text: string): void;
}

/** Makes a REPL. `format` is what results are first printed in. */
export function createRepl(target: ReplTarget, output: ReplOutput, format: Format): Repl {
  let pending = "";
  let left = false;
  let timing = false;
  let failed = false;
  let shownFormat = format;

  async function run(text: string): Promise<void> {
    const started = output.elapsedMs();
    const printer: ResultPrinter = {
      format: shownFormat,
      write: (part) => output.write(String(part)),
      style: output.style,
      width: output.width(),
      chatty: true,
    };
    if (!(await target.run(text, printer, output.writeError))) failed = true;
    if (timing) output.write(`${output.style.dim(`time ${showDuration(output.elapsedMs() - started)}`)}\n`);
  }

  const repl: Repl = {
    async line(text) {
      if (pending === "" && text.trimStart().startsWith("\\")) return await command(text.trim());
      pending = pending === "" ? text : `${pending}\n${text}`;
      if (openInput(pending).last === "" && text.trim() === "") pending = "";
      if (pending !== "" && (isWhole(pending) || (text.trim() === "" && isWhole(`${pending}\n`)))) {
        const whole = pending;
        pending = "";
        if (openInput(whole).last !== "") await run(whole);
      }
    },
    async end() {
      const rest = pending;
      pending = "";
      if (rest.trim() !== "") await run(rest);
      return !failed;
    },
    prompt() {
      if (pending !== "") return `${output.style.dim("   ...")} `;
      return `${target.prompt}${target.inTransaction ? output.style.yellow("*") : ""}> `;
    },
    get left() {
      return left;
    },
    get pending() {
      return pending;
    },
    runStatement: run,
    toggleTiming() {
      timing = !timing;
      repl.say(`timing is ${timing ? "on" : "off"}`);
    },
    setFormat(next) {
      shownFormat = next;
      repl.say(`results are printed as ${next}`);
    },
    reset() {
      pending = "";
    },
    leave() {
      left = true;
    },
    say: (text) => output.write(`${text}\n`),
    complain(text) {
      failed = true;
      output.writeError(`${output.style.red("error")}: ${text}. \\? lists the commands.\n`);
    },
  };

  async function command(text: string): Promise<void> {
    const match = /^\\(\S+)\s*(.*)$/su.exec(text);
    const word = match?.[1] ?? "";
    const row = Object.hasOwn(REPL_COMMANDS, word) ? REPL_COMMANDS[word] : undefined;
    if (row === undefined) repl.complain(`there is no command \\${word}`);
    else await row.run(repl, (match?.[2] ?? "").trim());
  }

  return repl;
}
