// gobi audit verify: whether the audit log is as it was written.
import type { Purged } from "../../server/security/audit-anchor.ts";
import { verifyAudit } from "../../server/security/audit.ts";
import { EngineError } from "../../storage/engine.ts";
import { type CommandHandler, EXIT, textOption } from "../commands/context.ts";
import { sessionOn } from "./database.ts";

/** What is gone from the log's beginning, with the hash on which the rest builds. */
function purgedText(purged: Purged | undefined): string {
  if (purged === undefined) return "";
  const what = purged.rows === 1 ? "1 older row was" : `${purged.rows} older rows were`;
  return `${what} purged, the last from ${purged.until} with hash ${purged.hash}.\n`;
}

/** Exit code 1 when a row was changed, removed or put in. */
export const auditVerifyCommand: CommandHandler = (context, input) => {
  const session = sessionOn(context, input, { readOnly: true });
  const json = input.options["json"] === true;
  try {
    const state = verifyAudit(session.connection, textOption(input, "expect"));
    if (json) context.write(`${JSON.stringify(state)}\n`);
    else if (state.kind === "broken")
      context.writeError(
        `${context.errorStyle.red("error")}: row ${state.seq} of the audit log does not fit: ${state.why}.\n`,
      );
    else
      context.write(
        `The audit log is whole: ${state.rows} ${state.rows === 1 ? "row" : "rows"}${state.head === undefined ? "" : `, last hash ${state.head}`}.\n${purgedText(state.purged)}`,
      );
    return state.kind === "broken" ? EXIT.failed : EXIT.ok;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    context.writeError(`${context.errorStyle.red("error")}: ${error.message}\n`);
    return EXIT.failed;
  } finally {
    session.close();
  }
};
