// Inserts into a table with an asynchronous trigger and ends itself with SIGKILL at the first moment at which the outbox holds a committed firing.
import { openSession } from "../../../server/session.ts";
import { numberOf, readRows } from "../../../server/sql/rows.ts";
import { sqliteEngine } from "../../../storage/sqlite/engine.ts";

const file = process.argv[2] ?? "";
const witness = sqliteEngine.connect({ target: file });
const committed = (): boolean => numberOf(readRows(witness, "SELECT count(*) FROM gobi_trigger_outbox")[0]?.[0]) > 0;
const session = openSession({
  engine: sqliteEngine,
  database: file,
  clock: {
    nowMicros: () => {
      if (committed()) process.kill(process.pid, "SIGKILL");
      return Date.now() * 1000;
    },
    elapsedMs: () => performance.now(),
  },
  output: { print: () => undefined, log: () => undefined, notice: () => undefined },
});
session.execute({ name: "kill.grz", text: "INSERT INTO t (id, a) VALUES (1, 'x')" });
