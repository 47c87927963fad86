// Makes the reference pages under docs/reference from the tables of the code. One function a page; each page says where its facts come from.
import { fileURLToPath } from "node:url";
import { DIAGNOSTICS } from "../base/diagnostics/diagnostics.ts";
import { LIMITS } from "../base/limits.ts";
import { SCALARS } from "../base/scalar.ts";
import { INTRINSIC_ROWS } from "../bytecode/intrinsics/intrinsics.ts";
import { OPCODES, type OpcodeRow } from "../bytecode/opcodes.ts";
import { GOBIC, type ProgramRow } from "../cli/commands/table.ts";
import { GOBI } from "../cli/gobi/table.ts";
import { REPL_COMMANDS } from "../cli/repl/commands.ts";
import { KEYWORDS } from "../grammar/keywords.ts";
import { libraryFunctions } from "./library-functions.ts";
import { automationPage, systemTablesPage } from "./reference-automation.ts";
import { configurationPage, metricsPage } from "./reference-daemon.ts";
import { tuiPage } from "./reference-tui.ts";
import { page, type Page, table } from "./reference-page.ts";
import { privilegesPage } from "./reference-privileges.ts";
import { protocolPage } from "./reference-protocol.ts";

function diagnosticsPage(): Page {
  const rows = Object.entries(DIAGNOSTICS)
    .map(([name, row]) => [`[${row.code}](../diagnostics/${row.code}.md)`, name, row.severity])
    .sort((a, b) => ((a[0] ?? "") < (b[0] ?? "") ? -1 : 1));
  return page(
    "diagnostics.md",
    "Diagnostics",
    "base/diagnostics/",
    "`gobic explain CODE` shows a page in the terminal.",
    "",
    table(["code", "name", "severity"], rows),
  );
}

function limitsPage(): Page {
  const rows = Object.entries(LIMITS).map(([name, row]) => [
    name,
    row.value === undefined ? "none" : row.value.toLocaleString("en"),
    row.unit,
    row.beyond,
    "option" in row ? `\`${row.option}\`` : "",
    row.doc,
  ]);
  return page(
    "limits.md",
    "Limits",
    "base/limits.ts",
    table(["limit", "value", "unit", "beyond it", "option", "meaning"], rows),
  );
}

function typesPage(): Page {
  const rows = Object.entries(SCALARS).map(([name, row]) => [
    `\`${name}\``,
    row.aliases.map((alias) => `\`${alias}\``).join(" "),
    row.doc,
  ]);
  return page("types.md", "Scalar types", "base/scalar.ts", table(["type", "other names", "meaning"], rows));
}

function keywordsPage(): Page {
  const rows = Object.entries(KEYWORDS).map(([word, row]) => [
    `\`${word}\``,
    "reserved" in row ? "yes" : "",
    "starts" in row ? "yes" : "",
    "doc" in row ? row.doc : "",
  ]);
  return page(
    "keywords.md",
    "Keywords",
    "grammar/keywords.ts",
    "Only reserved words cannot be names without backticks.",
    "",
    table(["word", "reserved", "starts a statement", "meaning"], rows),
  );
}

function opcodesPage(): Page {
  const rows = Object.entries<OpcodeRow>(OPCODES).map(([name, row]) => [
    String(row.code),
    `\`${name}\``,
    [row.a, row.b, row.c]
      .filter((operand) => operand !== undefined)
      .map((operand) => `\`${operand}\``)
      .join(", "),
    String(row.fuel),
    (row.effects ?? []).join(" "),
    row.doc,
  ]);
  return page(
    "opcodes.md",
    "Bytecode",
    "bytecode/opcodes.ts",
    table(["code", "name", "operands", "fuel", "effects", "meaning"], rows),
  );
}

const LIBRARY_FOLDER = fileURLToPath(new URL("../stdlib/", import.meta.url));

function libraryPage(): Page {
  const builtIn = INTRINSIC_ROWS.filter((row) => row.hidden !== true && row.retired !== true).map((row) => {
    const names = row.aliases === undefined ? "" : `\n\nAlso ${row.aliases.map((name) => `\`${name}\``).join(", ")}.`;
    const method = row.method === true ? "\n\nOnly as a method: `x.f(a)`." : "";
    const raises = row.raises.length === 0 ? "" : `\n\nRaises ${row.raises.map((name) => `\`${name}\``).join(", ")}.`;
    return {
      name: row.name,
      text: entry(row.signature.replace(/^fn /u, ""), `${row.doc}${names}${method}${raises}`, row.example),
    };
  });
  const written = libraryFunctions(LIBRARY_FOLDER).map((each) => ({
    name: each.name,
    text: entry(each.signature, each.doc, each.example),
  }));
  const all = [...builtIn, ...written].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const note =
    "A parameter without `?` passes null through: the call is then null. `any!` is any value but null. `T` stands for any type, the same one wherever it occurs.";
  return page(
    "standard-library.md",
    "Standard library",
    "bytecode/intrinsics/ and stdlib/",
    note,
    "",
    all.map((each) => each.text).join("\n\n"),
  );
}

function entry(signature: string, doc: string, example: string): string {
  return `### \`${signature}\`\n\n${doc}\n\n\`\`\`\n${example}\n\`\`\``;
}

/** Sections of a program's commands. */
function commandSections({ name, commands }: ProgramRow): string {
  const parts = Object.entries(commands).map(([words, row]) => {
    const usage = [
      `${name} ${words}`,
      ...row.arguments.map((argument) =>
        argument.required === true
          ? `<${argument.name}>`
          : `[${argument.name}${argument.variadic === true ? "..." : ""}]`,
      ),
      row.options.length > 0 ? "[options]" : "",
    ];
    const options = row.options.map((option) => [
      `\`${option.flags}${option.value === undefined ? "" : ` <${option.value}>`}\``,
      `${option.doc}${option.choices === undefined ? "" : ` One of ${option.choices.join(", ")}.`}`,
    ]);
    return [
      `## ${name} ${words}`,
      "",
      row.summary,
      "",
      "```",
      usage.join(" ").trim(),
      "```",
      "",
      ...(options.length === 0 ? [] : [table(["option", "meaning"], options), ""]),
      "```",
      ...row.examples,
      "```",
    ].join("\n");
  });
  return parts.join("\n\n");
}

const EXIT_CODES = "Exit codes: 0 fine, 1 the program or the data has errors, 2 the command was called wrongly.";

function commandsPage(): Page {
  const repl = table(
    ["command", "meaning"],
    Object.values(REPL_COMMANDS).map((row) => [`\`${row.usage}\``, row.doc]),
  );
  return page(
    "commands.md",
    "Commands of gobic",
    "cli/commands/table.ts and cli/repl/commands.ts",
    EXIT_CODES,
    "",
    commandSections(GOBIC),
    "",
    "## In the REPL",
    "",
    repl,
  );
}

function administrationPage(): Page {
  return page(
    "administration.md",
    "Commands of gobi",
    "cli/gobi/",
    `${EXIT_CODES} The first word may be singular: \`gobi schedule list\`.`,
    "",
    commandSections(GOBI),
  );
}

/** All pages. */
export function referencePages(): Page[] {
  return [
    diagnosticsPage(),
    limitsPage(),
    typesPage(),
    keywordsPage(),
    privilegesPage(),
    opcodesPage(),
    libraryPage(),
    commandsPage(),
    administrationPage(),
    automationPage(),
    systemTablesPage(),
    configurationPage(),
    metricsPage(),
    tuiPage(),
    protocolPage(),
  ];
}
