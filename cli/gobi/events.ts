// gobi events: feeds of a daemon are registered, unregistered, listed, and listened to. What is heard is printed as one line of JSON each, and confirmed when it is written.
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { connect } from "../../protocol/client/client.ts";
import type { Client } from "../../protocol/client/types.ts";
import { tableFromRows } from "../../server/manage/world.ts";
import {
  type CommandContext,
  type CommandHandler,
  type CommandInput,
  EXIT,
  flag,
  textOption,
  UsageError,
} from "../commands/context.ts";
import { printResult } from "../output/results.ts";
import { connectOptionsOf } from "./daemon-options.ts";
import { countOption, printerFor } from "./options.ts";

const EVENTS_MAX = 999_999_999;
const LISTED = ["name", "kind", "target", "position", "waiting", "delivered", "failed", "last_error", "created_at"];
const LIST = `SELECT f.name, f.kind, f.target, f.position,
  (SELECT count(*) FROM system.change_log l WHERE l.table_name = f.target AND l.sequence_id > f.position
    AND (f.kind = 'TABLE_CHANGE') = (l.operation IN ('INSERT', 'UPDATE', 'DELETE'))) AS waiting,
  f.delivered, f.failed, f.last_error, f.created_at FROM system.event_feeds f ORDER BY f.name`;

/** Registers one. */
export const eventsRegisterCommand: CommandHandler = async (context, input) => {
  const table = textOption(input, "table");
  const event = textOption(input, "event");
  const given = [table, event, flag(input, "deadlocks") ? "" : undefined].filter((each) => each !== undefined);
  if (given.length !== 1) throw new UsageError("say what the feed is about: --table, --event or --deadlocks.");
  const kind = table !== undefined ? "TABLE_CHANGE" : event !== undefined ? "CUSTOM_EVENT" : "DEADLOCK_DETECTED";
  return await withClient(context, input, 1, async (client) => {
    const name = String(input.arguments[0]);
    const said = await client.session((session) => session.control("register_feed", { name, kind, target: given[0] }));
    const { outcome } = said as { readonly outcome: string };
    context.write(`feed ${name}: ${outcome === "unchanged" ? "registered already" : outcome}\n`);
    return EXIT.ok;
  });
};

/** Takes one away. */
export const eventsUnregisterCommand: CommandHandler = async (context, input) =>
  await withClient(context, input, 1, async (client) => {
    const name = String(input.arguments[0]);
    await client.session((session) => session.control("unregister_feed", { name }));
    context.write(`feed ${name}: unregistered\n`);
    return EXIT.ok;
  });

/** Lists all. */
export const eventsListCommand: CommandHandler = async (context, input) =>
  await withClient(context, input, 0, async (client) => {
    const rows = await client.query(LIST);
    const cells = rows.map((row) => LISTED.map((name) => shown(row[name])));
    const table = tableFromRows(LISTED, cells);
    printResult(printerFor(context, input), { kind: "table", table, types: table.columns.map(({ type }) => type) });
    return EXIT.ok;
  });

function shown(value: unknown): string | number | null {
  if (value === null || value === undefined) return null;
  return typeof value === "number" ? value : value instanceof Date ? value.toISOString() : String(value);
}

/** Prints what a feed tells, until Ctrl-C or --count. */
export const eventsListenCommand: CommandHandler = async (context, input) => {
  const most = countOption(input, "count", 0, EVENTS_MAX);
  const controller = new AbortController();
  const end = (): void => controller.abort();
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  try {
    return await withClient(context, input, 1, async (client) => {
      let heard = 0;
      await client.listen(
        String(input.arguments[0]),
        (event) => {
          context.write(`${JSON.stringify(event)}\n`);
          heard += 1;
          if (heard === most) end();
        },
        { signal: controller.signal },
      );
      return EXIT.ok;
    });
  } finally {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  }
};

/** Connects to the daemon that stands at this place of the arguments. */
async function withClient(
  context: CommandContext,
  input: CommandInput,
  place: number,
  work: (client: Client) => Promise<number>,
): Promise<number> {
  const target = input.arguments[place];
  const options = connectOptionsOf(context, input, typeof target === "string" ? target : undefined);
  let client: Client | undefined;
  try {
    client = await connect(options);
    return await work(client);
  } catch (error) {
    if (!(error instanceof GrizzlyError)) throw error;
    context.writeError(
      `gobi events: ${error.code}: ${error.message}${error.help === undefined ? "" : ` ${error.help}`}\n`,
    );
    return EXIT.failed;
  } finally {
    await client?.close();
  }
}
