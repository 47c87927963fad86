// Arguments of RUN SCHEDULE, RUN PROCEDURE and RUN PIPELINE … WITH {…} that what is run does not have: told by the statement, before there is a run that would fail for them.
import { trap } from "../../bytecode/trap.ts";
import { capital, findRoutines } from "../catalog/routines.ts";
import { parametersText } from "../sql/given-arguments.ts";
import type { RunTarget } from "../runs/types.ts";
import type { ManageWorld } from "./world.ts";

/**
 * Names match without case. What is not there to be asked is left to the run. `whose`: how the target came to be run, for the message.
 * @throws Trap WrongArguments.
 */
export function refuseUnknownArguments(
  world: ManageWorld,
  { kind, name, version }: RunTarget,
  given: Readonly<Record<string, unknown>> | undefined,
  whose: string,
): void {
  const fields = Object.keys(given ?? {});
  if (fields.length === 0) return;
  if (kind === "pipeline")
    throw trap("WrongArguments", `Pipeline ${name} takes no arguments; its steps have theirs in args and params.`);
  const [routine] = findRoutines(world.connection, name, version);
  if (routine === undefined) return;
  const names = routine.parameters.map((parameter) => parameter.name);
  const unknown = fields.filter((field) => !names.some((each) => each.toLowerCase() === field.toLowerCase()));
  if (unknown.length === 0) return;
  const what = kind === "inline" ? capital(name) : `${name}${whose}`;
  throw trap("WrongArguments", `${what} has no parameter named ${unknown.join(", ")}; ${parametersText(names)}.`);
}
