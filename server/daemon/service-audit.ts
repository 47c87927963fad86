// Rows of the audit log for what is done with the daemon itself: by SERVICE_CONTROL of a session, or by a command over the control socket.
// What only shows something leaves none; what was refused is noted by the session that asked.
import type { AuditEvent } from "../security/audit.ts";
import type { Principal } from "../security/types.ts";

/** Actions that change what runs. */
const AUDITED: ReadonlySet<string> = new Set(["kill_session", "kill_lane", "scale", "reload", "unmount"]);

/** Who asks for what. */
export interface ServiceAsk {
  readonly action: string;
  readonly argument: unknown;
  readonly principal: Principal;
  /** Undefined: a command. */
  readonly sessionId: bigint | undefined;
}

/** Carries out an action and notes how it went. @throws what the work throws. */
export async function auditedService<T>(
  note: (event: AuditEvent) => void,
  ask: ServiceAsk,
  work: () => Promise<T>,
): Promise<T> {
  if (!AUDITED.has(ask.action)) return await work();
  try {
    const result = await work();
    note(eventOf(ask, "done"));
    return result;
  } catch (error) {
    note(eventOf(ask, "failed"));
    throw error;
  }
}

const TEXT_CHARACTERS_MAX = 100;

function eventOf({ action, argument, principal, sessionId }: ServiceAsk, outcome: "done" | "failed"): AuditEvent {
  const told = typeof argument === "object" && argument !== null ? Object.entries(argument) : [];
  const details: Record<string, string | number> = sessionId === undefined ? {} : { by_session: String(sessionId) };
  for (const [name, value] of told)
    if (NAMED.has(name) && (typeof value === "string" || typeof value === "number"))
      details[name] = typeof value === "string" ? value.slice(0, TEXT_CHARACTERS_MAX) : value;
  return {
    action,
    outcome,
    userId: principal.userId === "" ? undefined : principal.userId,
    sessionId: undefined,
    objectKind: "service",
    details,
  };
}

/** Members of arguments that are noted. */
const NAMED: ReadonlySet<string> = new Set(["session_id", "lane", "tag", "min", "max"]);
