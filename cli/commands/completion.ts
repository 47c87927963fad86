// gobic completion: completion scripts for bash, zsh and fish, made from the command table.
import { type CommandHandler, EXIT, UsageError } from "./context.ts";
import { COMMANDS, type CommandRow } from "./table.ts";

const ROWS: readonly (readonly [string, CommandRow])[] = Object.entries(COMMANDS);

function longFlags(row: CommandRow): string[] {
  return row.options.flatMap((option) => option.flags.split(", ").filter((flag) => flag.startsWith("--")));
}

function firstWords(): string[] {
  return [...new Set(ROWS.map(([words]) => words.split(" ")[0] ?? ""))];
}

function secondWords(first: string): string[] {
  return ROWS.flatMap(([words]) => (words.startsWith(`${first} `) ? [words.slice(first.length + 1)] : []));
}

function flagsOf(first: string): string[] {
  return [...new Set(ROWS.flatMap(([words, row]) => (words.split(" ")[0] === first ? longFlags(row) : [])))];
}

function bash(): string {
  const cases = firstWords()
    .map((word) => `    ${word}) words="${[...secondWords(word), ...flagsOf(word)].join(" ")}" ;;`)
    .join("\n");
  return `# gobic completion for bash
_gobic() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${firstWords().join(" ")} --help --version"
  else
    case "\${COMP_WORDS[1]}" in
${cases}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))
}
complete -o filenames -F _gobic gobic
`;
}

function zsh(): string {
  const commands = ROWS.filter(([words]) => !words.includes(" ")).map(
    ([words, row]) => `    '${words}:${row.summary.replaceAll("'", "")}'`,
  );
  const cases = firstWords().map(
    (word) => `    ${word}) compadd -- ${[...secondWords(word), ...flagsOf(word)].join(" ")}; _files ;;`,
  );
  return `#compdef gobic
_gobic() {
  local -a commands=(
${commands.join("\n")}
    'schema:Work on schemas.'
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case "$words[2]" in
${cases.join("\n")}
  esac
}
_gobic "$@"
`;
}

function fish(): string {
  const lines = ROWS.flatMap(([words, row]) => {
    const [first = "", second] = words.split(" ");
    const summary = row.summary.replaceAll('"', "");
    const own =
      second === undefined
        ? [`complete -c gobic -n __fish_use_subcommand -a ${first} -d "${summary}"`]
        : [
            `complete -c gobic -n __fish_use_subcommand -a ${first}`,
            `complete -c gobic -n "__fish_seen_subcommand_from ${first}" -a ${second} -d "${summary}"`,
          ];
    const flags = row.options.map((option) => {
      const long = option.flags.split(", ").find((flag) => flag.startsWith("--")) ?? "";
      const choices = option.choices === undefined ? "" : ` -x -a "${option.choices.join(" ")}"`;
      return `complete -c gobic -n "__fish_seen_subcommand_from ${first}" -l ${long.slice(2)}${option.value === undefined ? "" : " -r"}${choices} -d "${option.doc.replaceAll('"', "")}"`;
    });
    return [...own, ...flags];
  });
  return `# gobic completion for fish\n${lines.join("\n")}\n`;
}

const SHELLS: Readonly<Record<string, () => string>> = { bash, zsh, fish };

/** Prints the script for one shell. */
export const completionCommand: CommandHandler = (context, input) => {
  const shell = String(input.arguments[0] ?? "");
  const make = SHELLS[shell];
  if (make === undefined)
    throw new UsageError(`there is no completion for ${shell}; write ${Object.keys(SHELLS).join(", ")}.`);
  context.write(make());
  return EXIT.ok;
};
