// Whether a text, or a stored routine, takes no lock and leaves nothing in its session: known before it runs, by the access that its code needs.
import { foldName } from "../../compiler/types/make.ts";
import { isDeclaration, type Statement } from "../../compiler/syntax/tree.ts";
import { Trap } from "../../bytecode/trap.ts";
import type { LoadedRoutine } from "../../vm/load.ts";
import type { ExecuteOptions } from "../session-types.ts";
import { parseReference } from "./call.ts";
import type { SessionCore } from "./core.ts";
import { prepareScript, SCRIPT_CHARACTERS_MAX, TYPED } from "./execute.ts";
import { accessOf } from "./runtime.ts";
import { isDirect } from "./script.ts";
import { variablesOfText } from "./text-run.ts";

/** Those statements that only read, of those that the session carries out itself. */
const READING: ReadonlySet<string> = new Set(["explain", "list", "show", "describe", "history", "showGrants"]);

/** See Session.textOnlyReads. */
export function textOnlyReads(core: SessionCore, text: string, args: ExecuteOptions["args"]): boolean {
  // It would be compiled once more where it runs.
  if (text.length > SCRIPT_CHARACTERS_MAX) return false;
  core.catalog.poll();
  const { variables, taken } = variablesOfText(core, args);
  const { checked, code } = prepareScript(core, { name: TYPED, text }, variables);
  // Its mistakes are told, and that is all.
  if (code === undefined) return true;
  const declares = code.globals.some(({ name }) => !taken.has(foldName(name)));
  return !declares && checked.module.items.every((item) => onlyReads(item.statement, code.entries.get(item)));
}

function onlyReads(statement: Statement, routine: LoadedRoutine | undefined): boolean {
  if (isDeclaration(statement)) return false;
  if (isDirect(statement)) return "statement" in statement && READING.has(statement.statement.kind);
  return routine === undefined || accessOf(routine) !== "write";
}

/** See Session.callOnlyReads. */
export function callOnlyReads(core: SessionCore, name: string): boolean {
  core.catalog.poll();
  try {
    return accessOf(core.programs.resolve(parseReference(name))) !== "write";
  } catch (error) {
    // There is none, or it does not fit any more: told when it is called.
    if (error instanceof Trap) return true;
    throw error;
  }
}
