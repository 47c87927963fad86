// gobi daemon status and daemon list: what runs, and how it is.
import { printDuration } from "../../../base/quantity.ts";
import { GrizzlyError } from "../../../base/library/grizzly-error.ts";
import { readRegistry, runtimeFolder } from "../../../protocol/client/registry.ts";
import { askDaemon } from "../../../server/daemon/control-socket.ts";
import type { DaemonStatus } from "../../../server/daemon/life-actions.ts";
import { lockHolder } from "../../../server/daemon/folder-lock.ts";
import { folderState } from "../../../server/daemon/pid-file.ts";
import { cleanRegistry } from "../../../server/daemon/registry-files.ts";
import { stateLine, stateWord } from "../../../server/migrations/state.ts";
import { tableFromRows } from "../../../server/manage/world.ts";
import { type CommandContext, type CommandHandler, EXIT, flag } from "../../commands/context.ts";
import { printResult } from "../../output/results.ts";
import { printerFor } from "../options.ts";
import { heldText } from "./stop.ts";
import { targetFolder } from "./target.ts";

const ANSWER_WAIT_MS = 5000;

/** Exit code 0 running, 1 running but not well or a pid file of a dead one, 3 not running. */
export const daemonStatusCommand: CommandHandler = async (context, input) => {
  const json = flag(input, "json");
  const folder = targetFolder(context, input.arguments[0]);
  const state = folder === undefined ? undefined : folderState(folder);
  if (state === undefined || state.kind === "stopped") {
    tell(
      context,
      json,
      { state: "stopped", folder: folder ?? null },
      folder === undefined ? "No daemon runs." : `No daemon runs on ${folder}.`,
    );
    return EXIT.notRunning;
  }
  if (state.kind === "unreadable") return tellUnreadable(context, json, folder ?? "", state.path);
  if (state.kind === "stale") {
    const text = `No daemon runs on ${folder ?? ""}, but the pid file of process ${state.file.pid} is there: it ended without landing.\nThe next mount takes it away, gobi unmount too.`;
    tell(context, json, { state: "stale", folder: folder ?? null, pid: state.file.pid }, text);
    return EXIT.failed;
  }
  try {
    const status = (await askDaemon(state.file.controlSocket, "status", undefined, ANSWER_WAIT_MS)) as DaemonStatus;
    tell(context, json, { state: "running", ...status }, statusText(status));
    return status.health.ready ? EXIT.ok : EXIT.failed;
  } catch (error) {
    if (!(error instanceof GrizzlyError)) throw error;
    tell(
      context,
      json,
      { state: "unresponsive", folder: folder ?? null, pid: state.file.pid, message: error.message },
      `Process ${state.file.pid} runs on ${folder ?? ""}. ${error.message}`,
    );
    return EXIT.failed;
  }
};

/** A pid file that says nothing is stale, unless somebody has the folder after all. */
function tellUnreadable(context: CommandContext, json: boolean, folder: string, path: string): number {
  const holder = lockHolder(folder);
  const text =
    holder === undefined
      ? `No daemon runs on ${folder}, but the pid file ${path} is there and cannot be read.\nThe next mount takes it away (gobi mount ${folder}), gobi unmount too.`
      : heldText(folder, path, holder);
  const told =
    holder === undefined
      ? { state: "stale", folder, pid: null }
      : { state: "unresponsive", folder, pid: holder, message: text };
  tell(context, json, told, text);
  return EXIT.failed;
}

function tell(context: CommandContext, json: boolean, data: unknown, text: string): void {
  context.write(json ? `${JSON.stringify(data)}\n` : `${text}\n`);
}

function supervisorText({ supervisorPid, supervisorGone, restarts }: DaemonStatus): string {
  if (supervisorPid === null) return "";
  if (supervisorGone) return `, its supervisor ${supervisorPid} is gone: gobi daemon restart gives it another one`;
  return `, supervised by ${supervisorPid}, restarted ${restarts} times`;
}

function statusText(status: DaemonStatus): string {
  const { health, automation } = status;
  const rows: readonly (readonly [string, string])[] = [
    ["daemon", `${status.instance}, ${status.stopping ? "landing" : health.ready ? "ready" : "not well"}`],
    ["process", `${status.pid}${supervisorText(status)}`],
    ["version", status.version],
    ["up", printDuration(Math.round(status.uptimeMs / 1000) * 1000 || 1)],
    ["folder", status.folder],
    ["database", status.database],
    ...status.listening.map((each) => ["listening", each] as const),
    ["sessions", String(status.sessions)],
    ...(status.lead === null ? [] : [["lead", leadText(status.lead)] as const]),
    ...status.lanes.map((lane) => ["lane", laneText(lane)] as const),
    [
      "automation",
      `${automation.state}${automation.leading ? ", running the schedules" : ""}${automation.pid === null ? "" : ` (process ${automation.pid})`}`,
    ],
    ["runs", `${status.activeRuns} at work`],
    ...(status.migrations === null
      ? []
      : [["migrations", stateLine(stateWord(status.migrations), status.migrations)] as const]),
    ...(status.templates === null ? [] : [["templates", templatesText(status.templates)] as const]),
    ...health.checks.filter((check) => !check.ok).map((check) => ["unwell", `${check.name}: ${check.text}`] as const),
    ...(status.needRestart.length === 0 ? [] : [["restart", `needed for ${status.needRestart.join(", ")}`] as const]),
  ];
  return rows.map(([name, text]) => `${name.padEnd(11)}${text}`).join("\n");
}

function leadText({ label, state, note }: NonNullable<DaemonStatus["lead"]>): string {
  return `${label}: ${state === "error" ? "ERROR" : state}${note === null ? "" : `, ${note}`}`;
}

function laneText({ label, pid, state, sessions, note }: DaemonStatus["lanes"][number]): string {
  if (pid === null) return `${label}: ${state}${note === null ? "" : `, ${note}`}`;
  return `${label} (process ${pid}): ${state}, ${sessions} sessions${note === null ? "" : `, ${note}`}`;
}

function templatesText({ entries, rejected, problem }: NonNullable<DaemonStatus["templates"]>): string {
  if (problem !== undefined) return `cannot be read: ${problem}`;
  return [`${entries} serve`, ...rejected.map((reason) => `left out: ${reason}`)].join("\n           ");
}

/** All daemons of this user; dead ones are taken off the list. */
export const daemonListCommand: CommandHandler = (context, input) => {
  const folder = runtimeFolder(context.environment);
  const cleaned = cleanRegistry(folder);
  const rows = readRegistry(folder).map((entry) => [
    entry.instance,
    entry.folder,
    String(entry.pid),
    entry.socket,
    entry.tcp === null ? "" : `${entry.tcp.host}:${entry.tcp.port}`,
    printDuration(Math.max(1000, Math.round((Date.now() - entry.startedAtMs) / 1000) * 1000)),
  ]);
  if (cleaned.length > 0 && !flag(input, "json"))
    context.writeError(`Taken away: what ${cleaned.join(", ")} left, which ended without landing.\n`);
  const table = tableFromRows(["instance", "folder", "process", "socket", "tcp", "up"], rows);
  printResult(printerFor(context, input), { kind: "table", table, types: table.columns.map((column) => column.type) });
  return EXIT.ok;
};
