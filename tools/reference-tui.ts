// Reference page of the terminal interface: sections, actions and keys, made from its tables.
import { KEYS } from "../cli/tui/keys.ts";
import { SECTION_NAMES } from "../cli/tui/section-names.ts";
import { SECTIONS } from "../cli/tui/sections.ts";
import { page, type Page, table } from "./reference-page.ts";

/** Keys and sections of `gobi tui`. */
export function tuiPage(): Page {
  const sections = SECTION_NAMES.map((name) => {
    const { key, doc, blocks, details, actions } = SECTIONS[name];
    return [
      `\`${key}\``,
      name,
      doc,
      details.map((detail) => detail.name).join(", "),
      actions.map((action) => `\`${action.key}\` ${action.name}`).join(", "),
      blocks.some(({ inFile }) => inFile === true) ? "yes" : "",
    ];
  });
  const keys = Object.values(KEYS).map(({ shown, doc, where }) => [
    shown,
    doc,
    where === "both" ? "everywhere" : where,
  ]);
  return page(
    "tui.md",
    "Sections and keys of gobi tui",
    "cli/tui/sections.ts` and `cli/tui/keys.ts",
    "[../tui.md](../tui.md) tells how to work with them.",
    "",
    table(["key", "section", "shows", "pages of a row", "actions", "without a daemon"], sections),
    "",
    table(["key", "does", "where"], keys),
  );
}
