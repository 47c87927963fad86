// gobic explain: prints the page of a diagnostic. The pages are docs/diagnostics/*.md and travel with the package.
import { readFileSync } from "node:fs";
import { DIAGNOSTICS } from "../../base/diagnostics/diagnostics.ts";
import { packageFile } from "../package-files.ts";
import { type CommandHandler, EXIT, UsageError } from "./context.ts";

/** Codes near to a mistyped one: the same range. */
function suggestion(code: string): string {
  const codes = Object.values(DIAGNOSTICS).map((row): string => row.code);
  const near = codes.filter((candidate) => candidate.startsWith(code.slice(0, 2))).slice(0, 5);
  return near.length === 0 ? "Codes look like E3014." : `Near it: ${near.join(", ")}.`;
}

/** Prints the page of one code (any case, the E may be missing) or of a diagnostic's name. */
export const explainCommand: CommandHandler = (context, input) => {
  const asked = String(input.arguments[0] ?? "").trim();
  const code = /^\d{4}$/u.test(asked) ? `E${asked}` : asked.toUpperCase();
  const entry = Object.entries(DIAGNOSTICS).find(
    ([name, row]) => row.code === code || name.toLowerCase() === asked.toLowerCase(),
  );
  if (entry === undefined) throw new UsageError(`there is no diagnostic ${asked}. ${suggestion(code)}`);
  const page = readFileSync(packageFile("docs", "diagnostics", `${entry[1].code}.md`), "utf8");
  context.write(renderMarkdown(page, context.style));
  return EXIT.ok;
};

/** The few marks that our pages use, shown with the terminal's means: headings bold, code indented. */
function renderMarkdown(
  page: string,
  style: {
    readonly bold: (text: string) => string;
    readonly cyan: (text: string) => string;
    readonly dim: (text: string) => string;
  },
): string {
  let inCode = false;
  const lines = page
    .trimEnd()
    .split("\n")
    .flatMap((line) => {
      if (line.startsWith("```")) {
        inCode = !inCode;
        const title = line
          .slice(3)
          .replace(/^grz\s*/u, "")
          .trim();
        return inCode && title !== "" ? [style.dim(`  -- ${title}`)] : [];
      }
      if (inCode) return [`  ${style.cyan(line)}`];
      // Notes for whoever runs the examples.
      if (/^<!--.*-->$/u.test(line)) return [];
      if (line.startsWith("#")) return [style.bold(line.replace(/^#+\s*/u, ""))];
      return [line];
    });
  return `${lines.join("\n")}\n`;
}
