// A process that starts the endless procedure of a database in a worker, says so, and waits to be killed (workers.test.ts). Usage: parent.ts FILE.
import { dirname } from "node:path";
import { startAutomation } from "../../../../server/automation/automation.ts";

const [file = ""] = process.argv.slice(2);
const automation = await startAutomation({
  place: { file },
  directory: dirname(file),
  log: (level, text) => void process.stderr.write(`${level} ${text}\n`),
});
process.stdout.write("started\n");
await automation.run({
  kind: "manual",
  target: { kind: "procedure", name: "hold" },
  scheduleId: undefined,
  args: null,
  scheduledAt: Date.now(),
  priority: 5,
});
