// A daemon in a process of its own, for sessions that block while they wait for it. Ends when its standard input does.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startTestDaemon } from "../support/daemon.ts";

const daemon = await startTestDaemon({ script: process.argv[2] ?? "" });
const { folder, socket, database, instance } = daemon.place;
const entry = {
  instance,
  folder,
  database,
  socket,
  tcp: null,
  pid: process.pid,
  pidStartedAt: "",
  startedAtMs: 0,
  version: "0",
};
writeFileSync(join(daemon.runtimeFolder, `${instance}.json`), JSON.stringify(entry));
process.stdout.write(`${JSON.stringify({ runtimeFolder: daemon.runtimeFolder, folder, instance })}\n`);
process.stdin.on("end", () => void daemon.stop().then(() => process.exit(0))).resume();
