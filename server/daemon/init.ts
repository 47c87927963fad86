// gobi init: makes a folder that can be mounted: an empty database and a gobi.toml that names the usual keys.
import { existsSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { CONFIG_KEYS, type ConfigKey, configRow } from "../config/keys.ts";
import { printValue } from "../config/values.ts";
import { prepareDatabase } from "./database.ts";
import { makeFolder } from "./make-folder.ts";
import { CONFIG_FILE } from "./place.ts";

const BUSY_TIMEOUT_MS = 5000;

/** Keys that the new file shows, as comments with their defaults. */
const SHOWN_KEYS: readonly ConfigKey[] = [
  "listen.tcp",
  "lanes.medium.max",
  "limits.deadline",
  "automation.concurrency",
  "logging.level",
  "shutdown.timeout",
];

/** What was made. Paths are absolute. */
export interface Initialised {
  readonly folder: string;
  readonly database: string;
  /** False: it was there and stays as it is. */
  readonly madeDatabase: boolean;
  readonly madeConfig: boolean;
}

/** Makes it. With `adopt`, also in a folder that holds something, which stays. @throws GrizzlyError FolderNotEmpty. */
export function initialiseFolder(folder: string, adopt: boolean): Initialised {
  makeFolder(folder);
  const found = readdirSync(folder);
  if (found.length > 0 && !adopt)
    throw new GrizzlyError("FolderNotEmpty", `The folder ${folder} is not empty.`, {
      help: `--adopt makes a database beside what is there (${found.slice(0, 3).join(", ")}${found.length > 3 ? ", …" : ""}).`,
    });
  const real = realpathSync(folder);
  const database = join(real, CONFIG_KEYS["database.file"].default);
  const hadDatabase = existsSync(database);
  prepareDatabase(database, hadDatabase, BUSY_TIMEOUT_MS);
  const config = join(real, CONFIG_FILE);
  const hadConfig = existsSync(config);
  if (!hadConfig) writeFileSync(config, configText());
  return { folder: real, database, madeDatabase: !hadDatabase, madeConfig: !hadConfig };
}

function configText(): string {
  const parts = SHOWN_KEYS.map((key) => {
    const row = configRow(key);
    if (row === undefined) return "";
    const value = row.default === undefined ? '"127.0.0.1:7171"' : printValue(row, row.default);
    const written = row.type === "count" || row.type === "flag" || row.default === undefined ? value : `"${value}"`;
    return `# ${row.doc}\n# ${key} = ${written}\n`;
  });
  return `# Configuration of this mount; docs/reference/configuration.md lists all keys, \`gobi config check\` looks for mistakes.\n\n${parts.join("\n")}`;
}
