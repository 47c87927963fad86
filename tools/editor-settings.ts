// The table of the language server's settings in docs/editors.md, between two comments of that page.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { InternalError } from "../base/failure.ts";
import { SETTINGS } from "../lsp/server/settings.ts";

const PAGE = "docs/editors.md";
const START = "<!-- The settings are made from lsp/server/settings.ts: npm run generate. -->";
const END = "<!-- End of the settings. -->";

/** The page with the table as it must be. @throws InternalError when the comments are gone. */
export function editorSettingsPage(): { readonly path: string; readonly text: string } {
  const text = readFileSync(join(resolve(import.meta.dirname, ".."), PAGE), "utf8");
  const [from, to] = [text.indexOf(START), text.indexOf(END)];
  if (from < 0 || to < from) throw new InternalError(`${PAGE} has no place for the settings`);
  return { path: PAGE, text: `${text.slice(0, from)}${START}\n\n${table()}\n\n${text.slice(to)}` };
}

function table(): string {
  const rows = Object.entries(SETTINGS).map(
    ([name, { default: value, doc }]) =>
      `| \`grizzly.${name}\` | ${value === "" ? "empty" : `\`${value}\``} | ${doc} |`,
  );
  return ["| setting | default | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}
