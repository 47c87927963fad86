// What nothing can stop once it runs (CREATE INDEX, VACUUM): a process is ended with it, a thread cannot be. So in a thread it runs where the database is small,
// moves to a process where its session can, and is refused before anything is done where it cannot: whoever has gone lets go of what he has locked soon.
import { LIMITS } from "../../base/limits.ts";
import { limitTrap } from "../../bytecode/trap.ts";
import type { Connection } from "../../storage/engine.ts";
import type { Session } from "../session-types.ts";
import { numberOf, readRows } from "../sql/rows.ts";
import type { Unstoppable } from "../sql/unstoppable.ts";
import { type AskedWork, textArguments } from "./run-options.ts";
import type { LaneOpening } from "./types.ts";

/** True when a request had better run in a process. What is wrong with it is told when it runs. @throws EngineError when the schema cannot be read. */
export function needsProcess(session: Session, { kind, text, args }: AskedWork): boolean {
  const found = kind === "call" ? session.unstoppableCall(text) : unstoppableText(session, text, args);
  return found !== undefined && !(found.bounded && isSmall(session.connection));
}

function unstoppableText(session: Session, text: string, args: AskedWork["args"]): Unstoppable | undefined {
  const bound = textArguments(text, args);
  return session.unstoppableText(bound.text, bound.args);
}

/** Refuses what could keep a thread busy for long. @throws Trap LimitExceeded, which programs cannot catch. */
export function refuseInThread({ tags }: LaneOpening, { what, bounded }: Unstoppable, connection: Connection): void {
  if (bounded && isSmall(connection)) return;
  const why = bounded
    ? `the database is larger than ${String(LIMITS.unstoppableBytesMax.value / 1024 / 1024)} MiB`
    : "its expressions or foreign keys let it take any time";
  throw limitTrap(
    "LimitExceeded",
    `${what} cannot be stopped while it runs, this lane is a thread, and ${why}. Run it as a text of its own, outside of transactions and without temporary tables or variables of the session, or set lanes.${tags.join("")}.host = "process".`,
  );
}

const BYTES = `SELECT sum((SELECT page_count FROM pragma_page_count(d.name)) * (SELECT page_size FROM pragma_page_size(d.name)))
FROM pragma_database_list d`;

/** True when one and the other pass over all databases of the connection are done soon. */
function isSmall(connection: Connection): boolean {
  const [row] = readRows(connection, BYTES, []);
  return numberOf(row?.[0] ?? null) <= LIMITS.unstoppableBytesMax.value;
}
