// The backslash commands of the REPL as a table: \d \l \timing \explain \effects \format … Help is made from it.
import { LIMITS } from "../../base/limits.ts";
import type { Repl } from "./engine.ts";

/** One backslash command. */
interface ReplCommandRow {
  readonly usage: string;
  readonly doc: string;
  readonly run: (repl: Repl, argument: string) => Promise<void> | void;
}

/** Runs a statement for a command. */
function statement(text: string): (repl: Repl) => Promise<void> {
  return (repl) => repl.runStatement(text);
}

const FORMATS = ["table", "json", "csv"] as const;

/** Every command by its word. */
export const REPL_COMMANDS: Readonly<Record<string, ReplCommandRow>> = {
  d: {
    usage: "\\d [name]",
    doc: "Tables and views, or the columns of one.",
    run: (repl, argument) => repl.runStatement(argument === "" ? "LIST TABLES;" : `DESCRIBE ${argument};`),
  },
  df: { usage: "\\df", doc: "Functions.", run: statement("LIST FUNCTIONS;") },
  dp: { usage: "\\dp", doc: "Procedures.", run: statement("LIST PROCEDURES;") },
  l: { usage: "\\l", doc: "Databases of this session.", run: statement("PRAGMA database_list;") },
  timing: {
    usage: "\\timing",
    doc: "Show how long statements take, or stop showing it.",
    run: (repl) => repl.toggleTiming(),
  },
  explain: {
    usage: "\\explain statement",
    doc: "How the database would carry a query out.",
    run: (repl, argument) =>
      argument === ""
        ? repl.complain("write a query behind \\explain")
        : repl.runStatement(`EXPLAIN QUERY PLAN ${argument.replace(/;\s*$/u, "")};`),
  },
  effects: {
    usage: "\\effects call",
    doc: "What a call reads, writes and raises: \\effects daily_etl('a', 'b').",
    run: (repl, argument) =>
      argument === ""
        ? repl.complain("write a call behind \\effects")
        : repl.runStatement(`EXPLAIN EFFECTS CALL ${argument.replace(/;\s*$/u, "")};`),
  },
  format: {
    usage: "\\format table|json|csv",
    doc: "How results are printed.",
    run: (repl, argument) => {
      const format = FORMATS.find((candidate) => candidate === argument);
      if (format === undefined) repl.complain(`write ${FORMATS.join(", ")} behind \\format`);
      else repl.setFormat(format);
    },
  },
  limits: {
    usage: "\\limits",
    doc: "The limits table.",
    run: (repl) =>
      repl.say(
        Object.entries(LIMITS)
          .map(
            ([name, row]) =>
              `${name.padEnd(20)} ${String(row.value ?? "none").padStart(12)} ${row.unit.padEnd(12)} ${row.doc}`,
          )
          .join("\n"),
      ),
  },
  r: { usage: "\\r", doc: "Forget the lines typed so far.", run: (repl) => repl.reset() },
  q: { usage: "\\q", doc: "Leave.", run: (repl) => repl.leave() },
  "?": {
    usage: "\\?",
    doc: "This list.",
    run: (repl) => {
      const width = Math.max(...Object.values(REPL_COMMANDS).map((row) => row.usage.length));
      repl.say(
        Object.values(REPL_COMMANDS)
          .map((row) => `${row.usage.padEnd(width)}  ${row.doc}`)
          .join("\n"),
      );
      repl.say("Statements end with `;` or an empty line. Ctrl-C stops a running statement, Ctrl-D leaves.");
    },
  },
};
