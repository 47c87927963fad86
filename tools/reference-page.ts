// Pages in Markdown that are made from tables of the code.

/** A page: its path below docs/reference and its text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A page that says where its facts come from. */
export function page(path: string, title: string, source: string, ...parts: readonly string[]): Page {
  return {
    path,
    text: [`# ${title}`, "", `Made from \`${source}\` by \`npm run generate\`; do not edit.`, "", ...parts, ""].join(
      "\n",
    ),
  };
}
