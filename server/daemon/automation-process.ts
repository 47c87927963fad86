// The process of its own in which a daemon's schedules, pipelines and asynchronous triggers run: a crash here takes no session with it.
// When the daemon goes, it goes at once: what was running is found as orphaned by the next daemon, as after any crash.
import { catalogCommits, WRITERS } from "../lanes/own-commits.ts";
import { errorValueOf } from "../sql/engine-errors.ts";
import { Trap } from "../../bytecode/trap.ts";
import { EngineError } from "../../storage/engine.ts";
import { startAutomation, type Automation } from "../automation/automation.ts";
import { endOrphanedLanes } from "./lane-record.ts";
import type { AutomationOrder, FromAutomation, ToAutomation } from "./automation-messages.ts";
import type { RunRow } from "../runs/types.ts";
import { readSchedulerCounters } from "./scheduler-counters.ts";

/** Lanes that see the end of their daemon are gone by then. */
const LANES_LEAVE_MS = 250;

let automation: Automation | undefined;
let order: AutomationOrder | undefined;
let stopping = false;

function send(message: FromAutomation): void {
  // The channel is closed only when the daemon is gone, and then this process ends.
  if (process.connected) process.send?.(message, () => undefined);
}

function sendRun({ id, scheduleId, target, status, error }: RunRow): void {
  const run = { id, scheduleId: scheduleId ?? null, target: target.name, status, error: error ?? null };
  send({ kind: "run", run });
}

async function start(given: AutomationOrder): Promise<void> {
  order = given;
  try {
    automation = await startAutomation({
      place: { file: given.database },
      directory: given.directory,
      settings: { concurrentMax: given.concurrentMax },
      scheduling: given.scheduling,
      retention: given.retention,
      allowHosts: given.allowHosts,
      shutdownMs: given.shutdownMs,
      around: (connection) =>
        catalogCommits(connection, {
          database: given.database,
          journal: given.commitJournal,
          writer: WRITERS.automation,
        }),
      onRunStarted: sendRun,
      onRunEnded: sendRun,
      log: (level, text) => send({ kind: "log", level, text }),
    });
  } catch (error) {
    if (!(error instanceof EngineError) && !(error instanceof Trap)) throw error;
    const { code, message } = error instanceof Trap ? error.value : errorValueOf(error);
    send({ kind: "failed", message: `${code}: ${message}`, retryable: error instanceof EngineError });
    process.disconnect();
    return;
  }
  if (stopping) return stop();
  send({ kind: "started", leading: automation.leading });
}

async function stop(): Promise<void> {
  stopping = true;
  await automation?.stop();
  if (automation !== undefined || order === undefined) process.exit(0);
}

/** A number is not worth a process. */
function numbersLost(error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  send({ kind: "log", level: "warn", text: `Statistics of lanes could not be written: ${why}` });
}

/** Lanes of a dead daemon that do not leave by themselves would keep their locks until the next one comes. Nothing else happens here meanwhile. */
function endLanesOf(work: AutomationOrder | undefined): void {
  if (work === undefined) return;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LANES_LEAVE_MS);
  // Whoever closes the channel while the daemon lives has no lanes to end.
  if (process.ppid !== work.daemonPid) endOrphanedLanes(work.laneRecord, work.daemonPid);
}

process.on("message", (message: ToAutomation) => {
  switch (message.kind) {
    case "start":
      return void start(message.order);
    case "report":
      return send({
        kind: "report",
        id: message.id,
        report: {
          leading: automation?.leading ?? false,
          activeRuns: automation?.activeRuns ?? 0,
          rssBytes: process.memoryUsage.rss(),
          counters: order === undefined ? {} : readSchedulerCounters(order.database),
        },
      });
    case "lanes":
      return void automation?.store.write("recordLanes", message.rows).catch(numbersLost);
    case "stop":
      return void stop();
  }
});
// The daemon decides when work ends: signals for the whole group must not cut it short.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("SIGHUP", () => undefined);
process.on("disconnect", () => {
  endLanesOf(order);
  process.exit(1);
});
