// PROFILE CALL: runs the call and shows, for each line of the routines that it went through, how often it was reached and what went there.
import { trap } from "../../bytecode/trap.ts";
import type { Value } from "../../base/value/value.ts";
import { optionalNumber, optionalText, tableFromRows, textField, type ManageVerb } from "./world.ts";

const COLUMNS = ["routine", "line", "times", "fuel", "time", "rows", "source"] as const;

/** PROFILE CALL p(…). The column `time` is the line's share of the whole, with a percent sign. */
export const profile: ManageVerb = (world, form, args) => {
  if (world.insideRoutine())
    throw trap("PermissionDenied", "PROFILE stands only at the top level of a script, not inside a routine.");
  const lines = world.profileCall(
    {
      name: textField(form, "routine"),
      receiver: optionalText(form, "receiver"),
      version: optionalNumber(form, "version"),
    },
    (form["arguments"] as readonly (number | null)[]).map((at) => (at === null ? null : (args[at] ?? null))),
  );
  const total = lines.reduce((sum, line) => sum + line.milliseconds, 0);
  return tableFromRows(
    COLUMNS,
    lines.map((line): readonly Value[] => [
      line.routine,
      line.line,
      line.times,
      line.fuel,
      total === 0 ? "0.0 %" : `${((100 * line.milliseconds) / total).toFixed(1)} %`,
      line.rows,
      line.text,
    ]),
  );
};
