// The REPL without its terminal: takes lines, runs whole statements on a session, prints results as text.
// The same engine serves the terminal (in a worker thread, so that Ctrl-C reaches a running statement) and piped input.
import type { SourceFile } from "../../base/source.ts";
import type { Session } from "../../server/session-types.ts";
import { showDuration } from "../output/duration.ts";
import { drawError } from "../output/errors.ts";
import { drawProblems } from "../output/problems.ts";
import { type Format, printResult } from "../output/results.ts";
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

/** A running REPL. */
export interface Repl {
  /** Takes one line without its line end. */
  line(text: string): void;
  /** Input has ended: runs what is left. Gives true when no statement failed. */
  end(): boolean;
  /** What to show before the next line. */
  prompt(): string;
  readonly left: boolean;
  /** Lines typed so far that are not a whole statement yet. */
  readonly pending: string;
  runStatement(text: string): void;
  toggleTiming(): void;
  setFormat(format: Format): void;
  reset(): void;
  leave(): void;
  say(text: string): void;
  complain(text: string): void;
}

/** Makes a REPL on a session. `format` is what results are first printed in. */
export function createRepl(session: Session, output: ReplOutput, format: Format): Repl {
  let pending = "";
  let left = false;
  let timing = false;
  let failed = false;
  let shownFormat = format;

  function run(text: string): void {
    const file: SourceFile = { name: "<repl>", text };
    const started = output.elapsedMs();
    const outcome = session.executeStatement(text, {
      onResult: (event) =>
        printResult(
          {
            format: shownFormat,
            write: (part) => output.write(String(part)),
            style: output.style,
            width: output.width(),
            chatty: true,
          },
          event.result,
        ),
    });
    const problems = outcome.problems.filter((problem) => problem.severity !== "hint");
    if (problems.length > 0) output.writeError(`${drawProblems(output.style, file, problems)}\n`);
    if (outcome.kind === "failed") output.writeError(`${drawError(output.style, outcome.error)}\n`);
    if (outcome.kind !== "completed") failed = true;
    if (timing) output.write(`${output.style.dim(`time ${showDuration(output.elapsedMs() - started)}`)}\n`);
  }

  const repl: Repl = {
    line(text) {
      if (pending === "" && text.trimStart().startsWith("\\")) return command(text.trim());
      pending = pending === "" ? text : `${pending}\n${text}`;
      if (openInput(pending).last === "" && text.trim() === "") pending = "";
      if (pending !== "" && (isWhole(pending) || (text.trim() === "" && isWhole(`${pending}\n`)))) {
        const whole = pending;
        pending = "";
        if (openInput(whole).last !== "") run(whole);
      }
    },
    end() {
      if (pending.trim() !== "") run(pending);
      pending = "";
      return !failed;
    },
    prompt() {
      if (pending !== "") return `${output.style.dim("   ...")} `;
      return `grz${session.inTransaction ? output.style.yellow("*") : ""}> `;
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

  function command(text: string): void {
    const match = /^\\(\S+)\s*(.*)$/su.exec(text);
    const word = match?.[1] ?? "";
    const row = Object.hasOwn(REPL_COMMANDS, word) ? REPL_COMMANDS[word] : undefined;
    if (row === undefined) repl.complain(`there is no command \\${word}`);
    else row.run(repl, (match?.[2] ?? "").trim());
  }

  return repl;
}
