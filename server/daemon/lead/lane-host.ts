// A lane as a child process: started, spoken to, killed. What is said is in server/lanes/types.ts; nothing here knows what it means.
import { fork } from "node:child_process";
import { Socket } from "node:net";
import { setPriority } from "node:os";
import type { Readable } from "node:stream";
import { childEntry } from "../../processes/child-entry.ts";
import type { FromLane, ToLane } from "../../lanes/types.ts";

/** What the Lead hears of a lane's process. */
export interface LaneEvents {
  /** The socket is there with `sessionBack`. */
  message(message: FromLane, socket: Socket | undefined): void;
  /** A line of the process's error output: what the runtime itself says. */
  line(text: string): void;
  /** Once; nothing is heard after it. `how` ends a sentence: "was killed by SIGKILL". */
  ended(how: string): void;
}

/** A lane's process. */
export interface LaneHost {
  readonly kind: LaneHostKind;
  /** 0 while the system has given none. */
  readonly pid: number;
  /** Sends a message, with a socket that must not be read from or written to here any more; a process has a copy of it then, and this one is the caller's to close. What cannot be sent is told to `failed`; by default the end of the process says enough. */
  send(message: ToLane, socket?: Socket, failed?: () => void): void;
  /** Ends the process at once, in the middle of a statement too. */
  kill(): void;
  /** Closes the channel: a lane leaves when its Lead is gone. */
  disconnect(): void;
}

/** How a lane's process is started. */
export interface LaneHostOptions {
  /** Bound of its JavaScript values; undefined: what Node takes. */
  readonly memoryMbMax: number | undefined;
  /** 0, or more when others come first where processors are few (as of nice(1)). Threads have the process's. */
  readonly niceness: number;
  /** A process can be ended in the middle of a statement; a thread starts sooner and takes less memory. */
  readonly kind: LaneHostKind;
  /** Where a thread fetches its ends of sockets. */
  readonly pipePath: string;
}

/** What a lane runs in. */
export type LaneHostKind = "process" | "thread";

/** Starts the process of a lane. */
export type StartLaneHost = (label: string, options: LaneHostOptions, events: LaneEvents) => LaneHost;

/** Bytes of one line of error output that are kept. */
const LINE_MAX = 4000;

/** Starts lanes as child processes. */
export const startLaneProcess: StartLaneHost = (label, { memoryMbMax, niceness }, events) => {
  const { file, execArgv, cwd } = childEntry("lane");
  const child = fork(file, [label, String(process.pid)], {
    execArgv: [...execArgv, ...(memoryMbMax === undefined ? [] : [`--max-old-space-size=${String(memoryMbMax)}`])],
    ...(cwd === undefined ? {} : { cwd }),
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // A group of its own: Ctrl-C in a terminal is for the Lead, which ends its lanes in order.
    detached: true,
  });
  let over = false;
  const end = (how: string): void => {
    if (over) return;
    over = true;
    events.ended(how);
  };
  child.on("message", (message, handle) => {
    if (!over) events.message(message as FromLane, handle instanceof Socket ? handle : undefined);
  });
  child.on("error", (error) => {
    // A process that could not be started has no pid and no exit.
    if (child.pid === undefined) end(`could not be started: ${error.message}`);
  });
  child.once("exit", (code, signal) =>
    end(signal === null ? `ended with code ${String(code)}` : `was killed by ${signal}`),
  );
  if (child.stderr !== null) listenToErrors(child.stderr, events);
  if (child.pid !== undefined && niceness > 0) yieldTo(child.pid, niceness);
  return {
    kind: "process",
    pid: child.pid ?? 0,
    send: (message, socket, failed) => {
      if (over || !child.connected) return failed?.();
      child.send(message, socket, { keepOpen: true }, (error) => {
        if (error !== null) failed?.();
      });
    },
    kill: () => void child.kill("SIGKILL"),
    disconnect: () => {
      if (child.connected) child.disconnect();
    },
  };
};

/** Where the system does not allow it, the lane runs like the others. */
function yieldTo(pid: number, niceness: number): void {
  try {
    setPriority(pid, niceness);
  } catch {
    // It may also have died in this moment, which "exit" tells.
  }
}

/** Tells the lines of an error output. */
export function listenToErrors(output: Readable, events: Pick<LaneEvents, "line">): void {
  let open = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    const lines = (open + text).split("\n");
    open = (lines.pop() ?? "").slice(0, LINE_MAX);
    for (const line of lines) if (line.trim() !== "") events.line(line.slice(0, LINE_MAX));
  });
  output.on("end", () => {
    if (open.trim() !== "") events.line(open);
  });
  output.on("error", () => undefined);
}
