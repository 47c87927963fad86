// gobi generate client: asks a daemon, or reads a database file, for the signatures of its routines, and writes typed calls.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { openConnection } from "../../protocol/client/client.ts";
import type { DescribedRoutine, DescribedSchema } from "../../protocol/client/described.ts";
import { holdSession } from "../../protocol/client/session.ts";
import {
  type CommandContext,
  type CommandHandler,
  type CommandInput,
  EXIT,
  textOption,
  UsageError,
} from "../commands/context.ts";
import { clientSource } from "../generate/client-source.ts";
import { connectOptionsOf } from "./daemon-options.ts";

interface Described {
  readonly routines: readonly DescribedRoutine[];
  readonly schema: DescribedSchema;
}

async function askDaemon(context: CommandContext, input: CommandInput): Promise<Described> {
  const target = input.arguments[0];
  const options = connectOptionsOf(context, input, typeof target === "string" ? target : undefined);
  const connection = await openConnection(options, { cwd: context.cwd, environment: context.environment });
  try {
    const { session } = holdSession(connection, { values: { int: "auto", timestamp: "date" }, onNotice: undefined });
    return {
      routines: (await session.describe("routines")) as readonly DescribedRoutine[],
      schema: (await session.describe("schema")) as DescribedSchema,
    };
  } finally {
    connection.close();
  }
}

async function readFile(context: CommandContext, database: string): Promise<Described> {
  const { openFor } = await import("../open-session.ts");
  const { describeRoutines, describeSchema } = await import("../../server/programs/describe.ts");
  const { connection, close } = openFor(context, { database, readOnly: true, create: false });
  try {
    return { routines: describeRoutines(connection), schema: describeSchema(connection) };
  } finally {
    close();
  }
}

/** Writes it. */
export const generateClientCommand: CommandHandler = async (context, input) => {
  const database = textOption(input, "db");
  if (database !== undefined && input.arguments[0] !== undefined)
    throw new UsageError("give a daemon or --db FILE, not both.");
  const described = database === undefined ? await askDaemon(context, input) : await readFile(context, database);
  const source = clientSource({
    ...described,
    int: textOption(input, "int") === "bigint" ? "bigint" : "auto",
    from: textOption(input, "from") ?? "pl-grizzly",
  });
  const out = textOption(input, "out");
  if (out === undefined) context.write(source);
  else writeFile(context, out, source);
  return EXIT.ok;
};

function writeFile(context: CommandContext, out: string, source: string): void {
  try {
    writeFileSync(resolve(context.cwd, out), source);
  } catch (error) {
    throw new UsageError(`--out ${out}: cannot be written (${(error as NodeJS.ErrnoException).code ?? "unknown"}).`);
  }
}
