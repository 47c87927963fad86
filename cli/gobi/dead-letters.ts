// gobi deadletters replay: writes messages of the recorder again that the database had refused, and marks those that went in.
import { catalogVersion } from "../../server/catalog/schema.ts";
import type { ConfigValue } from "../../server/catalog/config-values.ts";
import { MACHINE_RUN_CLOCK } from "../../server/runs/clock.ts";
import { replayLetter } from "../../server/runs/recorder.ts";
import { makeRunStore, type RunStore } from "../../server/runs/store.ts";
import { dataOf } from "../../server/runs/writes/rows.ts";
import { numberOf, readRows, textOf } from "../../server/sql/rows.ts";
import type { Connection } from "../../storage/engine.ts";
import { EngineError } from "../../storage/engine.ts";
import { type CommandHandler, EXIT, UsageError } from "../commands/context.ts";
import { sessionOn } from "./database.ts";

/** Version of the catalog that brought the table. */
const DEAD_LETTERS_SINCE = 2;

interface Letter {
  readonly seq: number;
  readonly component: string;
  readonly message: ConfigValue;
}

function openLetters(connection: Connection, only: number | undefined): readonly Letter[] {
  if (catalogVersion(connection) < DEAD_LETTERS_SINCE) return [];
  const rows = readRows(
    connection,
    `SELECT seq, component, message FROM main.gobi_dead_letters WHERE resolved_at IS NULL${only === undefined ? "" : " AND seq = ?"} ORDER BY seq`,
    only === undefined ? [] : [only],
  );
  return rows.map((row) => ({ seq: numberOf(row[0]), component: textOf(row[1]), message: dataOf(row[2]) }));
}

/** Undefined: it was written. */
async function replay(store: RunStore, letter: Letter): Promise<string | undefined> {
  try {
    const known = await replayLetter(store, letter.component, letter.message);
    if (!known) return `letters of ${letter.component} are delivered by their own part`;
    await store.write("resolveLetter", { seq: letter.seq, at: MACHINE_RUN_CLOCK.nowMs() });
    return undefined;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return error.message;
  }
}

/** Replays all open letters, or one. */
export const deadLettersReplayCommand: CommandHandler = async (context, input) => {
  const given = input.arguments[0];
  if (typeof given === "string" && !/^\d{1,15}$/u.test(given))
    throw new UsageError(`${given} is no number of a letter; gobi deadletters list shows them.`);
  const session = sessionOn(context, input, { readOnly: false });
  const store = makeRunStore({ connection: session.connection, shared: true, clock: MACHINE_RUN_CLOCK });
  try {
    const letters = await store.read((connection) =>
      openLetters(connection, typeof given === "string" ? Number(given) : undefined),
    );
    let failed = 0;
    for (const letter of letters) {
      const refusal = await replay(store, letter);
      if (refusal !== undefined) failed += 1;
      context.write(`${letter.seq} ${letter.component}: ${refusal ?? "written"}\n`);
    }
    if (letters.length === 0 && typeof given === "string") {
      context.writeError(`${context.errorStyle.red("error")}: there is no open letter ${given}.\n`);
      return EXIT.failed;
    }
    if (letters.length === 0) context.write("No dead letters.\n");
    return failed === 0 ? EXIT.ok : EXIT.failed;
  } finally {
    await store.close();
    session.close();
  }
};
