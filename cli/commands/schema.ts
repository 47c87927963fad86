// gobic schema pull: writes a database's schema to gobi.schema.json.
import { writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { DatabaseFailure } from "../output/failures.ts";
import { snapshotToJson } from "../../compiler/catalog/snapshot.ts";
import { EngineError } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { SCHEMA_FILE } from "../files.ts";
import { type CommandHandler, EXIT, textOption, UsageError } from "./context.ts";

/** Reads the schema and writes the file. Our own `gobi_*` tables are left out. */
export const schemaPullCommand: CommandHandler = (context, input) => {
  const database = textOption(input, "db");
  if (database === undefined) throw new UsageError("give the database to read: --db FILE.");
  const out = resolve(context.cwd, textOption(input, "out") ?? SCHEMA_FILE);
  try {
    const connection = sqliteEngine.connect({ target: resolve(context.cwd, database), readOnly: true, create: false });
    try {
      const schema = connection.introspect();
      const isOurs = (name: string): boolean => name.toLowerCase().startsWith("gobi_");
      const tables = schema.tables.filter((table) => !isOurs(table.name));
      const otherNames = schema.otherNames.filter((other) => !isOurs(other.table) && !isOurs(other.name));
      writeFileSync(out, snapshotToJson({ tables, otherNames }));
      context.write(`${relative(context.cwd, out)}: ${tables.length} tables and views\n`);
      return EXIT.ok;
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof EngineError) throw new DatabaseFailure(`cannot read ${database}`, error);
    if ((error as NodeJS.ErrnoException).code !== undefined)
      throw new UsageError(`cannot write ${out}: ${(error as Error).message}`);
    throw error;
  }
};
