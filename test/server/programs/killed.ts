// Runs a procedure that writes, says so, and then loops for ever: its parent kills it in the middle (kill.test.ts).
import { openSession } from "../../../server/session.ts";
import { sqliteEngine } from "../../../storage/sqlite/engine.ts";

const session = openSession({
  engine: sqliteEngine,
  database: process.argv[2] ?? "",
  output: { print: (text) => void process.stdout.write(`${text}\n`), log: () => undefined, notice: () => undefined },
});
const outcome = session.execute({
  name: "killed.grz",
  text: `CREATE TABLE t (a int PRIMARY KEY)
INSERT INTO t VALUES (0)
procedure fill() { for i in 1..1000 { INSERT INTO t VALUES (i) } print "half"; while true { } }
CALL fill()`,
});
process.stdout.write(`${JSON.stringify(outcome)}\n`);
