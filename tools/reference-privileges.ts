// The reference page of privileges and of scopes of tokens.
import { PRIVILEGES, TOKEN_SCOPES } from "../base/privileges.ts";
import { page, type Page, table } from "./reference-page.ts";

/** What can be granted, and what a token can be limited to. */
export function privilegesPage(): Page {
  const privileges = Object.entries(PRIVILEGES).map(([name, row]) => [
    `\`${name}\``,
    row.on.join(", "),
    "columns" in row ? "yes" : "",
    row.doc,
  ]);
  const scopes = Object.entries(TOKEN_SCOPES).map(([name, row]) => [
    `\`${name}\``,
    row.named ? `\`${name}:name\`` : "",
    row.privileges.join(", "),
    row.doc,
  ]);
  return page(
    "privileges.md",
    "Privileges and scopes",
    "base/privileges.ts",
    "`GRANT privilege ON kind name TO user`; see [security.md](../security.md).",
    "",
    table(["privilege", "on", "columns", "allows to"], privileges),
    "",
    "Scopes of tokens, `CREATE TOKEN t FOR user SCOPES ('read', 'call:report')`:",
    "",
    table(["scope", "narrowed", "privileges", "what for"], scopes),
  );
}
