// Carries out gobi's commands on objects: makes the statement, runs it in a session of the database, prints what it gives.
import { sessionOn } from "./database.ts";
import { drawError } from "../output/errors.ts";
import { drawProblems } from "../output/problems.ts";
import { printResult } from "../output/results.ts";
import { withReadableTimes } from "../output/readable-times.ts";
import {
  type CommandContext,
  type CommandHandler,
  type CommandInput,
  EXIT,
  flag,
  textOption,
} from "../commands/context.ts";
import { countOption, printerFor } from "./options.ts";
import { SPELLING } from "./object-request.ts";
import type { ObjectCommand, ObjectRequest, ObjectSubject } from "./object-types.ts";
import type { Session } from "../../server/session-types.ts";

/** Rows that a list may show. */
const COUNT_MAX = 100_000;

function requestOf(input: CommandInput): ObjectRequest {
  const name = input.arguments[0];
  return {
    name: typeof name === "string" ? name : "",
    option: (option) => textOption(input, option),
    flag: (option) => flag(input, option),
    ...SPELLING,
    count: (option, otherwise) => countOption(input, option, otherwise, COUNT_MAX),
  };
}

function isThere(session: Session, subject: ObjectSubject, request: ObjectRequest): boolean {
  let rows = 0;
  session.executeStatement(subject.query(request), {
    onResult: ({ result }) => {
      if (result.kind === "table") rows += result.table.length;
    },
  });
  return rows > 0;
}

/** What programs print goes to the error output where programs read the result. */
function besideResult(context: CommandContext, isForPeople: boolean): CommandContext {
  if (isForPeople) return context;
  return {
    ...context,
    write: (text) => context.writeError(typeof text === "string" ? text : Buffer.from(text).toString()),
  };
}

/** The handler of a command of the table. */
export function objectHandler(command: ObjectCommand): CommandHandler {
  return (context, input) => {
    const request = requestOf(input);
    const text = command.statement(request);
    const printer = printerFor(context, input);
    const session = sessionOn(besideResult(context, printer.format === "table"), input, { readOnly: !command.writes });
    try {
      if (command.subject !== undefined && !isThere(session, command.subject, request)) {
        context.writeError(
          `${context.errorStyle.red("error")}: there is no ${command.subject.noun} named ${request.name}.\n`,
        );
        return EXIT.failed;
      }
      const kept = !command.tries || flag(input, "commit");
      if (!kept) session.executeStatement("BEGIN TRANSACTION");
      const outcome = session.executeStatement(text, {
        onResult: ({ result }) =>
          printResult(printer, printer.format === "table" ? withReadableTimes(result, Date.now()) : result),
      });
      if (!kept) session.executeStatement("ROLLBACK");
      if (outcome.kind === "completed") {
        if (!kept) context.writeError("note: what it did is undone; --commit keeps it.\n");
        return EXIT.ok;
      }
      if (outcome.kind === "rejected")
        context.writeError(`${drawProblems(context.errorStyle, { name: "<command>", text }, outcome.problems)}\n`);
      else context.writeError(`${drawError(context.errorStyle, outcome.error)}\n`);
      return EXIT.failed;
    } finally {
      session.close();
    }
  };
}
