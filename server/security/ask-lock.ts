// LOCK keeps others out of whatever a name stands for: whoever may write the table of that name may lock it, else it needs a right of its own.
// The refusal is the same for every name, so that it does not tell whether there is such a table.
import type { GrantObject, Need, Privilege } from "../../base/privileges.ts";
import type { Authority } from "./types.ts";

const WRITING = ["INSERT", "UPDATE", "DELETE", "ALTER"] as const satisfies readonly Privilege[];

/** The name of a lock: `LOCK Main.Orders` and `LOCK orders` are one. */
export function lockedName(name: string): string {
  return name.toLowerCase().replace(/^main\./u, "");
}

/** Asks for LOCK. @throws Trap PermissionDenied. */
export function askToLock(authority: Authority | undefined, name: string): void {
  if (authority?.mustAsk() !== true) return;
  const locked = lockedName(name);
  const table = locked.includes(".") ? locked : `main.${locked}`;
  // Who may write any column is held up by others' locks like who may write all.
  if (authority.holdsAny(WRITING.map((privilege) => need(privilege, "table", table)))) return;
  authority.demandNeeds([need("LOCK", "database", "")]);
}

function need(privilege: Privilege, objectKind: GrantObject, objectName: string): Need {
  return {
    privilege,
    objectKind,
    objectName,
    columns: privilege === "INSERT" || privilege === "UPDATE" ? [] : undefined,
  };
}
