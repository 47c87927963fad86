// The words of a refusal: who may not do what, and which statement of whom would allow it.
import type { Need } from "../../base/privileges.ts";
import { type Trap, trap } from "../../bytecode/trap.ts";

const DOING: Readonly<Record<Need["privilege"], string>> = {
  EXECUTE: "call",
  SELECT: "read",
  INSERT: "insert into",
  UPDATE: "update",
  DELETE: "delete from",
  REFERENCES: "refer to",
  CREATE: "make objects in",
  ALTER: "change",
  LOCK: "lock names in",
  RUN: "run",
  USE: "use",
  "SERVICE CONTROL": "control",
};

function objectWords(need: Need): string {
  const name = need.objectName.replace(/^main\./, "");
  const columns =
    need.columns === undefined || need.columns.length === 0
      ? ""
      : ` (${need.columns.length === 1 ? "column" : "columns"} ${need.columns.join(", ")})`;
  if (need.objectKind === "database") return "the database";
  if (need.objectKind === "service") return "the service";
  return `${need.objectKind} ${name}${columns}`;
}

/** `GRANT SELECT (email) ON TABLE users TO ann`, without the last two words. */
function grantWords(need: Need): string {
  if (need.objectKind === "service") return "GRANT SERVICE CONTROL";
  if (need.objectKind === "database") return `GRANT ${need.privilege} ON DATABASE`;
  const columns = need.columns === undefined || need.columns.length === 0 ? "" : ` (${need.columns.join(", ")})`;
  const name = need.objectName.replace(/^main\./, "").replace(/@\d+$/, "");
  return `GRANT ${need.privilege}${columns} ON ${need.objectKind.toUpperCase()} ${name}`;
}

/** The refusal of a need. `who` as in "ann"; `to` is the user whose rights count; with `scopes` it is the token that does not reach so far. */
export function denied(need: Need, who: string, to: string, scopes: readonly string[] | undefined): Trap {
  const what = `${who} may not ${DOING[need.privilege]} ${objectWords(need)}`;
  const why =
    scopes === undefined
      ? `${grantWords(need)} TO ${to} allows it`
      : `its scopes are ${scopes.length === 0 ? "none" : scopes.join(", ")}`;
  return trap("PermissionDenied", `${what}: ${why}.`);
}
