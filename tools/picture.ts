// npm run picture: draws docs/picture/check.svg, a terminal with what `gobic` really prints. Needs a build.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const COLOURS: Readonly<Record<string, string>> = {
  "31": "#f7768e",
  "32": "#9ece6a",
  "33": "#e0af68",
  "34": "#7aa2f7",
  "35": "#bb9af7",
  "36": "#7dcfff",
  "90": "#737aa2",
};
const CELL_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const MARGIN = 20;

/** What a person would type, and the arguments that do it. */
const COMMANDS: readonly (readonly [string, readonly string[]])[] = [
  ["gobic check refunds.grz", ["check", "refunds.grz"]],
  [
    "gobic run -e \"SELECT name, 6 * 7 AS answer FROM (SELECT 'grizzly' AS name)\"",
    ["run", "-e", "SELECT name, 6 * 7 AS answer FROM (SELECT 'grizzly' AS name)"],
  ],
];

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** One line with escape sequences as tspans. */
function spans(line: string): string {
  let fill = "#c0caf5";
  let bold = false;
  let out = "";
  for (const part of line.split(/(\u001b\[\d+m)/u)) {
    const code = /^\u001b\[(\d+)m$/u.exec(part)?.[1];
    if (code === undefined) {
      if (part !== "") out += `<tspan fill="${fill}"${bold ? ' font-weight="bold"' : ""}>${escape(part)}</tspan>`;
    } else if (code === "1") bold = true;
    else if (code === "22") {
      bold = false;
      fill = "#c0caf5";
    } else if (code === "2") fill = "#737aa2";
    else fill = COLOURS[code] ?? "#c0caf5";
  }
  return out;
}

const lines = COMMANDS.flatMap(([typed, args]) => {
  const { stdout, stderr } = spawnSync(process.execPath, [join(root, "dist/cli/gobic.cjs"), ...args], {
    cwd: join(root, "docs/picture"),
    encoding: "utf8",
    env: { ...process.env, FORCE_COLOR: "1" },
  });
  return [`\u001b[32m$\u001b[39m ${typed}`, ...`${stdout}${stderr}`.trimEnd().split("\n"), ""];
});
const columns = Math.max(...lines.map((line) => line.replace(/\u001b\[\d+m/gu, "").length));
const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN);
const height = Math.ceil(lines.length * LINE_HEIGHT + 2 * MARGIN);
const text = lines
  .map(
    (line, index) =>
      `<text x="${MARGIN}" y="${MARGIN + (index + 0.75) * LINE_HEIGHT}" xml:space="preserve">${spans(line)}</text>`,
  )
  .join("\n");
writeFileSync(
  join(root, "docs/picture/check.svg"),
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">
<rect width="100%" height="100%" rx="8" fill="#1a1b26"/>
${text}
</svg>
`,
);
console.log("wrote docs/picture/check.svg");
