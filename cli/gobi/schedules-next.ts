// gobi schedules next: the coming times of a schedule, by the clock of its zone or of another one.
import { zoneOf } from "../../base/cron/zone.ts";
import { catalogVersion } from "../../server/catalog/schema.ts";
import { comingTimes } from "../../server/manage/schedules.ts";
import { type CommandHandler, EXIT, textOption, UsageError } from "../commands/context.ts";
import { printResult } from "../output/results.ts";
import { countOption, printerFor } from "./options.ts";
import { sessionOn } from "./database.ts";

const COUNT_DEFAULT = 5;
const COUNT_MAX = 1000;

/** Prints them. */
export const schedulesNextCommand: CommandHandler = (context, input) => {
  const name = String(input.arguments[0] ?? "");
  const count = countOption(input, "count", COUNT_DEFAULT, COUNT_MAX);
  const zone = textOption(input, "tz");
  if (zone !== undefined && zoneOf(zone) === undefined)
    throw new UsageError(`--tz ${zone}: there is no such time zone; write for example Europe/Berlin.`);
  const session = sessionOn(context, input, { readOnly: true });
  try {
    const times =
      catalogVersion(session.connection) === 0
        ? undefined
        : comingTimes(session.connection, name, { nowMs: Date.now(), count, zone });
    if (times === undefined) {
      context.writeError(`${context.errorStyle.red("error")}: there is no schedule named ${name}.\n`);
      return EXIT.failed;
    }
    const types = times.columns.map((column) => column.type);
    printResult(printerFor(context, input), { kind: "table", table: times, types });
    return EXIT.ok;
  } finally {
    session.close();
  }
};
