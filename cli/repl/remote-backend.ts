// The REPL on a session of a daemon: no thread is needed, the daemon does the work. Ctrl-C cancels there, a second one ends the REPL.
import type { Connection } from "../../protocol/client/connection.ts";
import { holdSession } from "../../protocol/client/session.ts";
import type { DescribedRoutine, DescribedSchema } from "../../protocol/client/described.ts";
import type { CommandContext } from "../commands/context.ts";
import type { Format } from "../output/results.ts";
import type { ReplBackend } from "./backend.ts";
import { type CompletionCatalog, completions } from "./complete.ts";
import { createRepl } from "./engine.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { remoteTarget } from "./remote-target.ts";

/** What the daemon has, for completion; read again when its epoch has moved. */
interface Known {
  readonly epoch: number;
  readonly catalog: CompletionCatalog;
}

/** Connects and makes the backend. @throws GrizzlyError. */
export async function remoteBackend(
  context: CommandContext,
  open: () => Promise<Connection>,
  format: Format,
): Promise<ReplBackend> {
  const { style } = context;
  const write = (text: string): void => context.write(text);
  const target = await remoteTarget(open, style, (kind, text) => {
    if (kind === "print") return write(`${text}\n`);
    return write(kind === "notice" ? `${style.cyan("note")}: ${text}\n` : `${style.dim(kind)} ${text}\n`);
  });
  let listen: (message: FromWorker) => void = () => undefined;
  let exited: () => void = () => undefined;
  let failed: (error: unknown) => void = () => undefined;
  let known: Known | undefined;
  const repl = createRepl(
    target,
    { write, writeError: write, style, width: () => context.stdout.columns, elapsedMs: () => performance.now() },
    format,
  );
  const ready = (): void => listen({ kind: "ready", prompt: repl.prompt(), left: repl.left });

  async function complete(id: number, text: string): Promise<void> {
    const { connection } = target;
    if (known?.epoch !== connection.catalogEpoch) known = await describe(connection);
    const whole = text === "" ? "" : `${repl.pending}\n${text}`.trimStart();
    listen({ kind: "completions", id, ...completions(known.catalog, whole) });
  }

  async function take(message: ToWorker): Promise<void> {
    switch (message.kind) {
      case "line":
        await repl.line(message.text);
        return ready();
      case "complete":
        return await complete(message.id, message.text);
      case "reset":
        repl.reset();
        return ready();
      case "end":
        await repl.end();
        target.close();
        return exited();
    }
  }

  const { greeting } = target.connection;
  return {
    place: `daemon ${greeting.serverVersion}, ${greeting.user} in lane ${greeting.lane}`,
    doom: undefined,
    listen({ message, error, exit }) {
      listen = message;
      failed = error;
      exited = exit;
      ready();
    },
    send: (message) => void take(message).catch((error: unknown) => failed(error)),
    interrupt(again) {
      target.cancel();
      return again;
    },
  };
}

/** Reads the catalog. A daemon that refuses it gives nothing to complete. */
async function describe(connection: Connection): Promise<Known> {
  const values = { int: "auto", timestamp: "date" } as const;
  const { session } = holdSession(connection, { values, onNotice: undefined });
  const schema = (await session.describe("schema")) as DescribedSchema;
  const routines = (await session.describe("routines")) as readonly DescribedRoutine[];
  const tables = new Map(schema.tables.map((table) => [table.name.toLowerCase(), table]));
  return {
    epoch: connection.catalogEpoch,
    catalog: {
      table: (schemaName, name) =>
        schemaName === undefined || schemaName.toLowerCase() === "main" ? tables.get(name.toLowerCase()) : undefined,
      tableNames: () => schema.tables.map((table) => table.name),
      routineNames: () => routines.map((routine) => routine.name),
      schemas: () => ["main"],
    },
  };
}
