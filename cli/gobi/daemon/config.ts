// gobi config check and config show: what is wrong with the configuration of a folder, and which value holds from where. No daemon is asked.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { CONFIG_KEY_NAMES, problemLines, type ReadConfiguration } from "../../../server/config/configuration.ts";
import { configRow } from "../../../server/config/keys.ts";
import { readStoredSettings } from "../../../server/daemon/database.ts";
import { readFolderConfiguration } from "../../../server/daemon/folder-configuration.ts";
import { tableFromRows } from "../../../server/manage/world.ts";
import {
  type CommandContext,
  type CommandHandler,
  type CommandInput,
  EXIT,
  flag,
  list,
  textOption,
} from "../../commands/context.ts";
import { printResult } from "../../output/results.ts";
import { printerFor } from "../options.ts";
import { targetFolder } from "./target.ts";

function read(context: CommandContext, input: CommandInput): ReadConfiguration {
  const folder = targetFolder(context, input.arguments[0]) ?? context.cwd;
  const config = textOption(input, "config");
  const options = {
    folder,
    configFile: config === undefined ? undefined : resolve(context.cwd, config),
    sets: list(input.options["set"]),
    environment: context.environment,
  };
  const first = readFolderConfiguration({ ...options, stored: {} });
  const database = resolve(folder, first.configuration.get("database.file"));
  if (!existsSync(database)) return first;
  return readFolderConfiguration({ ...options, stored: readStoredSettings(database) });
}

/** Tells every mistake with its place. */
export const configCheckCommand: CommandHandler = (context, input) => {
  const { problems } = read(context, input);
  if (flag(input, "json")) context.write(`${JSON.stringify(problems)}\n`);
  else if (problems.length === 0) context.write("The configuration has no mistakes.\n");
  else context.writeError(`${problemLines(problems)}\n`);
  return problems.length === 0 ? EXIT.ok : EXIT.failed;
};

/** Lists every key with its value; secrets are never shown. */
export const configShowCommand: CommandHandler = (context, input) => {
  const { configuration, problems } = read(context, input);
  const origin = flag(input, "origin");
  const rows = CONFIG_KEY_NAMES.map((key) => {
    const { source, place } = configuration.origin(key);
    const changes = configRow(key)?.reloadable === true ? "reload" : "restart";
    return [key, configuration.shown(key), ...(origin ? [source, place] : []), changes];
  });
  const table = tableFromRows(["key", "value", ...(origin ? ["origin", "place"] : []), "changed by"], rows);
  printResult(printerFor(context, input), { kind: "table", table, types: table.columns.map((column) => column.type) });
  if (problems.length === 0) return EXIT.ok;
  context.writeError(`${problemLines(problems)}\n`);
  return EXIT.failed;
};
