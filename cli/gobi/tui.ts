// gobi tui: opens the terminal interface on a daemon, or with --db on a database file. Loads the screen only here, so that no other command pays for it.
// Exit codes: 0 left, 1 the daemon or file cannot be reached, 2 called wrongly or without a terminal, 128 and the signal's number when a signal ended it.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { required } from "../../base/failure.ts";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { openConnection } from "../../protocol/client/client.ts";
import { type Address, findDaemon } from "../../protocol/client/discovery.ts";
import type { Connection } from "../../protocol/client/connection.ts";
import {
  type CommandContext,
  type CommandHandler,
  type CommandInput,
  textOption,
  UsageError,
} from "../commands/context.ts";
import { openFor } from "../open-session.ts";
import { COLOURED } from "../output/style.ts";
import { TUI_CLIENT_NAME } from "../../server/daemon/lead/event-counts.ts";
import { daemonSource } from "../tui/daemon-source.ts";
import { fileSource } from "../tui/file-source.ts";
import type { ScreenRequest } from "../tui/screen/main.tsx";
import { SECTION_NAMES, type SectionName } from "../tui/section-names.ts";
import type { Source } from "../tui/types.ts";
import { connectOptionsOf } from "./daemon-options.ts";
import { databaseOf, namesDatabase } from "./database.ts";

/** Where the screen's module is: among the sources, or in dist/. */
const SCREEN = { source: "../tui/screen/main.tsx", built: "tui/main.js" };
const LOADER = { source: "../tui/load-screen.cjs", built: "tui/load-screen.cjs" };

/** Opens it. */
export const tuiCommand: CommandHandler = async (context, input) => {
  const { section, target } = wanted(input);
  if (!context.stdin.isTTY || !context.stdout.isTTY || context.environment["TERM"] === "dumb")
    throw new UsageError(
      `gobi tui needs a terminal. Programs get the same with: ${WITHOUT_SCREEN[section] ?? `gobi ${section} list --json`}`,
    );
  const source =
    namesDatabase(context, input) && target === undefined
      ? onFile(context, input)
      : await onDaemon(context, input, target);
  const { showScreen } = await loadScreen();
  const terminal = { stdin: context.stdin, stdout: context.stdout, colours: context.style === COLOURED };
  return await showScreen({ source, section, terminal });
};

/** A first word that is no section is the target. */
function wanted(input: CommandInput): { readonly section: SectionName; readonly target: string | undefined } {
  const [first, second] = input.arguments.map((word) => (typeof word === "string" ? word : undefined));
  const section = SECTION_NAMES.find((name) => name === first || name === `${first ?? ""}s`);
  if (section !== undefined || first === undefined) return { section: section ?? "overview", target: second };
  if (second !== undefined)
    throw new UsageError(`there is no section ${first}; there are ${SECTION_NAMES.join(", ")}.`);
  return { section: "overview", target: first };
}

/** What shows the same to programs, where it is not `gobi <section> list --json`. */
const WITHOUT_SCREEN: Readonly<Partial<Record<SectionName, string>>> = {
  overview: "gobi daemon status --json",
  logs: 'gobi sql -c "SELECT * FROM system.run_logs" --format json',
  events: 'gobi sql -c "SELECT * FROM system.events" --format json',
};

function onFile(context: CommandContext, input: CommandInput): Source {
  const database = databaseOf(context, input);
  let lines: string[] = [];
  const said = (text: string): void => void lines.push(text);
  const output = { print: said, log: (_level: string, text: string) => said(text), notice: said };
  const session = openFor(context, { database, create: false, output });
  const take = (): readonly string[] => {
    const taken = lines;
    lines = [];
    return taken;
  };
  return fileSource(textOption(input, "db") ?? database, session, { take });
}

async function onDaemon(context: CommandContext, input: CommandInput, target: string | undefined): Promise<Source> {
  const options = { ...connectOptionsOf(context, input, target), clientName: TUI_CLIENT_NAME };
  const place = { cwd: context.cwd, environment: context.environment };
  const open = (): Promise<Connection> => openConnection(options, place);
  let address: Address;
  try {
    address = findDaemon(target, place, options.tls !== undefined);
  } catch (error) {
    if (!(error instanceof GrizzlyError) || error.code !== "ServiceUnavailable" || target === undefined) throw error;
    throw new GrizzlyError(error.code, error.message, {
      help: `${error.help ?? ""} Sections are ${SECTION_NAMES.join(", ")}.`.trim(),
    });
  }
  return daemonSource(nameOf(address), await open(), open);
}

function nameOf(address: Address): string {
  return address.kind === "unix" ? (address.entry?.instance ?? address.path) : `${address.host}:${address.port}`;
}

async function loadScreen(): Promise<{ readonly showScreen: (request: ScreenRequest) => Promise<number> }> {
  const own = fileURLToPath(import.meta.url);
  const folder = dirname(own);
  const fileOf = ({ source, built }: { readonly source: string; readonly built: string }): string => {
    if (own.endsWith(".ts")) return join(folder, source);
    const file = [folder, dirname(folder)].map((each) => join(each, built)).find((path) => existsSync(path));
    return required(file, `dist/${built}`);
  };
  // ink 6.8 draws only the last screen where one of these is set, also in a terminal, which is asked for above.
  for (const name of ["CI", "CONTINUOUS_INTEGRATION"]) if (name in process.env) process.env[name] = "false";
  const { loadScreen: load } = createRequire(import.meta.url)(fileOf(LOADER)) as {
    readonly loadScreen: (url: string) => Promise<{ readonly showScreen: (request: ScreenRequest) => Promise<number> }>;
  };
  return await load(pathToFileURL(fileOf(SCREEN)).href);
}
