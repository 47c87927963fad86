// Reads a folder of migrations: files `<number>_<name>.sql`, each with a part that goes up and, after a line `-- down`, one that takes it back.
//   -- up
//   CREATE TABLE orders (id INTEGER PRIMARY KEY);
//   -- down
//   DROP TABLE orders;
// A file without these lines goes up only. A line `-- notransaction` says that the file is not one transaction.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { lostText, readUtf8 } from "../../base/text-bytes.ts";
import { textHash } from "../catalog/identifiers.ts";
import type { MigrationFile } from "./types.ts";

const FILE_NAME = /^(\d{1,15})_([A-Za-z0-9][\w.-]*)\.sql$/u;
const PART = /^--\s*(up|down)\s*$/iu;
const NO_TRANSACTION = /^--\s*notransaction\s*$/iu;

/** The migrations of a folder by version; none when there is no folder. @throws GrizzlyError MigrationFile with every fault in a line of its own. */
export function readMigrations(folder: string): readonly MigrationFile[] {
  const faults: string[] = [];
  const migrations = namesIn(folder)
    .flatMap((file) => readOne(folder, file, faults))
    .toSorted((left, right) => left.version - right.version);
  for (const [at, { version, file }] of migrations.entries()) {
    const before = migrations[at - 1];
    if (before?.version === version) faults.push(`${before.file} and ${file} have the same number ${version}.`);
  }
  if (faults.length > 0)
    throw new GrizzlyError("MigrationFile", faults.join("\n"), {
      help: "A migration is a file such as 007_orders.sql with SQL, and after a line `-- down` the SQL that takes it back.",
    });
  return migrations;
}

/** Names of the .sql files. Others may lie there too: notes, data. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.toLowerCase().endsWith(".sql"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    throw new GrizzlyError("MigrationFile", `The folder ${folder} cannot be read (${code ?? "unknown"}).`);
  }
}

function readOne(folder: string, file: string, faults: string[]): readonly MigrationFile[] {
  const [, digits = "", name = ""] = FILE_NAME.exec(file) ?? [];
  const version = Number(digits);
  if (version < 1) {
    faults.push(`${file} is not named <number>_<name>.sql with a number above 0.`);
    return [];
  }
  const bytes = readFileSync(join(folder, file));
  const { text, lost } = readUtf8(bytes);
  if (lost !== undefined) {
    faults.push(`${file} cannot be read: ${lostText(lost)}`);
    return [];
  }
  const parts = { up: [] as string[], down: [] as string[] };
  const seen: string[] = [];
  let part: keyof typeof parts = "up";
  let inTransaction = true;
  for (const line of text.split(/\r?\n/u)) {
    const found = PART.exec(line.trim())?.[1]?.toLowerCase();
    if (found === "up" || found === "down") {
      if (seen.includes(found)) faults.push(`${file} has two parts \`-- ${found}\`.`);
      seen.push(found);
      part = found;
    } else if (NO_TRANSACTION.test(line.trim())) inTransaction = false;
    else parts[part].push(line);
  }
  const up = parts.up.join("\n").trim();
  if (up === "") faults.push(`${file} has nothing that goes up.`);
  const down = parts.down.join("\n").trim();
  return [
    {
      version,
      name,
      file,
      up,
      down: down === "" ? undefined : down,
      inTransaction,
      checksum: textHash(bytes.toString("utf8")),
    },
  ];
}
