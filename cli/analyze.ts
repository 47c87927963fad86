// Checks files for the commands check, effects and disassemble: against a database, a schema file, or the nearest gobi.schema.json.
import type { SourceFile } from "../base/source.ts";
import { makeCatalog } from "../compiler/catalog/catalog.ts";
import { catalogWithFile } from "../compiler/catalog/file.ts";
import { catalogFromSchema } from "../compiler/catalog/from-schema.ts";
import { snapshotFromJson } from "../compiler/catalog/snapshot.ts";
import type { CatalogView } from "../compiler/catalog-view.ts";
import { check } from "../compiler/check/check.ts";
import { withCompileProblems } from "../compiler/compile.ts";
import type { CheckedModule } from "../compiler/check/checked.ts";
import { parse } from "../compiler/syntax/parse.ts";
import { moduleFinders } from "../server/programs/standard-library.ts";
import { cronPort } from "../server/scheduler/cron-library.ts";
import { type CommandContext, type CommandInput, flag, textOption, UsageError } from "./commands/context.ts";
import { nearestSchemaFile, readSource } from "./files.ts";
import { drawProblems } from "./output/problems.ts";

/** Checks one file after another; `close` frees the database. */
export interface Analyzer {
  readonly analyze: (file: SourceFile) => CheckedModule;
  readonly close: () => void;
}

/** The catalog in a schema file. @throws UsageError when it cannot be read. */
function catalogOfFile(context: CommandContext, path: string): CatalogView {
  const file = readSource(context, path);
  if (path.endsWith(".json")) {
    const schema = snapshotFromJson(file.text);
    if ("failure" in schema) throw new UsageError(`${path} ${schema.failure}.`);
    return catalogFromSchema(schema);
  }
  const { value, problems } = parse(file);
  const errors = problems.filter((problem) => problem.severity === "error");
  if (errors.length > 0)
    throw new UsageError(`${path} cannot be read as DDL.\n${drawProblems(context.errorStyle, file, errors)}`);
  return catalogWithFile(makeCatalog(), value);
}

/** Makes the analyzer that the options ask for. @throws UsageError. */
export async function openAnalyzer(
  context: CommandContext,
  input: CommandInput,
  base: string = context.cwd,
): Promise<Analyzer> {
  const database = textOption(input, "db");
  const schema = textOption(input, "schema");
  const strict = flag(input, "strict");
  if (database !== undefined && schema !== undefined) throw new UsageError("give --db or --schema, not both.");
  if (database !== undefined) {
    const { openFor } = await import("./open-session.ts");
    const session = openFor(context, { database, readOnly: true, create: false, strict });
    return { analyze: (file) => session.analyze(file), close: () => session.close() };
  }
  // No confirmation by the engine here: an in-memory database of the schema would take a cold check from 240 to 360 ms (--db), three times the load of the driver.
  const found = schema ?? nearestSchemaFile(base);
  const catalog = found === undefined ? makeCatalog() : catalogOfFile(context, found);
  const findersOf = moduleFinders(context.cwd);
  const cron = cronPort(() => Date.now());
  return {
    analyze: (file) =>
      withCompileProblems(check(parse(file).value, { catalog, strict, cron, ...findersOf(file.name) }), catalog),
    close: () => undefined,
  };
}
