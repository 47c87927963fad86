// One of two processes that ask for runs of one schedule at the same moment (overlap.test.ts). Usage: rival.ts FILE SCHEDULE COUNT.
// Says when it is ready, asks for all runs when a line comes in, and ends when they have ended.
import { dirname } from "node:path";
import { startAutomation } from "../../../../server/automation/automation.ts";

const [file = "", scheduleId = "", count = "0"] = process.argv.slice(2);
const automation = await startAutomation({
  place: { file },
  directory: dirname(file),
  schedules: false,
  times: { leaseMs: 5000, lookMs: 50, pollMs: 20 },
  log: (level, text) => void (level === "error" && process.stderr.write(`${text}\n`)),
});
// The worker stands before it begins: the first runs of both then work at the same time.
await automation.run({
  kind: "manual",
  target: { kind: "procedure", name: "warm" },
  scheduleId: undefined,
  args: null,
  scheduledAt: Date.now(),
  priority: 5,
});
process.stdout.write("ready\n");
await new Promise((resolve) => void process.stdin.once("data", resolve));
process.stdin.destroy();
await Promise.all(
  Array.from({ length: Number(count) }, () =>
    automation.run({
      kind: "manual",
      target: { kind: "procedure", name: "body" },
      scheduleId,
      args: null,
      scheduledAt: Date.now(),
      priority: 5,
    }),
  ),
);
await automation.stop();
