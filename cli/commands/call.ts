// gobic call: calls a stored routine and prints its value, its out parameters and what it emitted.
import { namedValues, valueFromText } from "../argument-values.ts";
import { openFor } from "../open-session.ts";
import { drawError } from "../output/errors.ts";
import { drawProblems } from "../output/problems.ts";
import { arrowEncoder, resultPrinter } from "../output/result-printer.ts";
import { printResult } from "../output/results.ts";
import { limitsFrom } from "../quantities.ts";
import type { StatementResult } from "../../server/session-types.ts";
import { watchTimeout } from "../watchdog.ts";
import { type CommandHandler, EXIT, list, textOption, UsageError } from "./context.ts";
import { TableValue } from "../../base/value/value.ts";

/** A table with the types that its columns have at run time. */
function tableResult(table: TableValue): StatementResult {
  return { kind: "table", table, types: table.columns.map((column) => column.type) };
}

/** Calls it with positional values or with --arg name=value. */
export const callCommand: CommandHandler = async (context, input) => {
  const name = String(input.arguments[0] ?? "");
  const values = list(input.arguments[1]);
  const named = list(input.options["arg"]);
  if (values.length > 0 && named.length > 0)
    throw new UsageError("give the arguments in order or by --arg, not both ways.");
  const database = textOption(input, "db");
  if (database === undefined) throw new UsageError("give the database that holds the routine: --db FILE.");
  const limits = limitsFrom(input);
  const printer = resultPrinter(context, input);
  const arrow = await arrowEncoder(printer.format);
  const session = openFor(context, { database, create: false, limits });
  const watchdog = watchTimeout(limits.timeoutMs);
  try {
    const outcome = session.call(name, named.length > 0 ? namedValues(named) : values.map(valueFromText));
    switch (outcome.kind) {
      case "returned":
        for (const table of outcome.emitted) printResult(printer, tableResult(table), arrow);
        if (outcome.value instanceof TableValue) printResult(printer, tableResult(outcome.value), arrow);
        else if (outcome.type !== "void")
          printResult(printer, { kind: "value", value: outcome.value, type: outcome.type });
        return EXIT.ok;
      case "rejected":
        context.writeError(`${drawProblems(context.errorStyle, { name, text: "" }, outcome.problems)}\n`);
        return EXIT.failed;
      case "failed":
        context.writeError(`${drawError(context.errorStyle, outcome.error)}\n`);
        return EXIT.failed;
    }
  } finally {
    watchdog.stop();
    session.close();
  }
};
