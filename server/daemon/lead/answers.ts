// Answers what a session asks of the daemon by SERVICE_CONTROL or a list: the Lead's own actions, and those of the daemon's life.
// A failure is answered, never thrown: the session that asked must hear of it.
import { GrizzlyError } from "../../../base/library/grizzly-error.ts";
import type { FromLane, LeadAnswer } from "../../lanes/types.ts";
import type { AuditEvent } from "../../security/audit.ts";
import { auditedService } from "../service-audit.ts";
import { LIFE_ACTIONS, type LeadOptions, type Log } from "../types.ts";

/** Who answers. */
export interface AnswerPorts {
  readonly log: Log;
  readonly life: LeadOptions["life"];
  /** @throws GrizzlyError. */
  readonly control: (action: string, argument: unknown) => Promise<unknown>;
  /** Notes what was done in the audit log. */
  readonly note: (event: AuditEvent) => void;
}

/** The answer of an ask. */
export async function answerAsk(
  ask: Extract<FromLane, { kind: "ask" }>,
  { log, life, control, note }: AnswerPorts,
): Promise<LeadAnswer> {
  try {
    const argument = readArgument(ask.argument);
    const lifeAction = LIFE_ACTIONS.find((action) => action === ask.action);
    const data = await auditedService(note, { ...ask, argument }, () =>
      lifeAction === undefined ? control(ask.action, argument) : life(lifeAction, argument, ask.principal),
    );
    return { kind: "json", text: JSON.stringify(data ?? null) };
  } catch (error) {
    if (error instanceof GrizzlyError) return { kind: "refused", code: error.code, message: error.message };
    log("error", `The action ${ask.action} failed: ${String(error)}`);
    return {
      kind: "refused",
      code: "ServiceUnavailable",
      message: `The action ${ask.action} failed; the daemon's log says why.`,
    };
  }
}

function readArgument(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new GrizzlyError("WrongArguments", "The argument of the action is not JSON.");
  }
}
