// What statements about users, tokens and rights share: their rows in the audit log, and that a token with scopes cannot hand out more than it has.
import type { ManageWorld } from "../manage/world.ts";
import { type AuditEvent, writeAudit } from "./audit.ts";

/** Notes what a statement of the session did. Runs inside its transaction. @throws EngineError. */
export function auditIn(
  world: Pick<ManageWorld, "place" | "authority" | "sessionId">,
  event: Pick<AuditEvent, "action" | "objectKind" | "objectName" | "details">,
): void {
  const userId = world.authority?.principal.userId;
  writeAudit(world.place, {
    ...event,
    outcome: "done",
    userId: userId === "" ? undefined : userId,
    sessionId: world.sessionId,
  });
}

/** Refuses a session whose token has scopes. @throws Trap PermissionDenied. */
export function refuseLimited(world: Pick<ManageWorld, "authority">, what: string): void {
  const { authority } = world;
  const scopes = authority?.principal.scopes;
  if (scopes !== undefined)
    authority?.refuse(`${what} needs a token without scopes; this one is limited to ${scopes.join(", ")}.`);
}
