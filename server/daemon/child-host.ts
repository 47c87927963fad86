// Starts a child process of the daemon (automation, gateway), watches it, and starts it again when it dies: at once the first time, then with growing pauses.
import { fork, type ChildProcess } from "node:child_process";
import { assertNever } from "../../base/failure.ts";
import { childEntry, type ChildEntryName } from "../processes/child-entry.ts";
import type { HealthCheck, Log } from "./types.ts";

/** Pauses before the next start: the last one stays. A process that lived for a minute counts as a new beginning. */
const PAUSES_MS = [0, 500, 1000, 2000, 5000, 15_000, 30_000] as const;
const GOOD_LIFE_MS = 60_000;
/** It counts its grace itself; this much later it is killed. */
const KILL_AFTER_MS = 5000;

/** Messages of every such child. */
export type FromAnyChild =
  | { readonly kind: "started" }
  /** It cannot begin; the process ends. */
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "log"; readonly level: "info" | "warn" | "error"; readonly text: string };

/** What a child is, and what it means to the daemon. */
export interface ChildHostOptions<To, From extends { readonly kind: string }> {
  readonly name: ChildEntryName;
  readonly log: Log;
  /** Sent first, with the configuration as it is then. */
  readonly begin: () => To;
  /** Asks it to end in order. */
  readonly end: To;
  /** Sentence about what its death costs. */
  readonly loss: string;
  /** Sentence while it works. */
  readonly works: string;
  /** Sentence while it is not wanted. */
  readonly unwanted: string;
  readonly hear: (message: From) => void;
  /** The process is gone; another may come. */
  readonly gone?: () => void;
}

/** A child and its host. */
export interface ChildHost<To> {
  /** Begins; what goes wrong is tried again and told by `health`. */
  start(): void;
  readonly state: "off" | "starting" | "running" | "waiting" | "stopping" | "stopped";
  readonly pid: number | undefined;
  /** Starts after the first one. */
  readonly restarts: number;
  health(): HealthCheck;
  /** Resolved when the process works, or cannot, or has ended; at once when there is none. */
  settled(): Promise<void>;
  /** Sends a message to the child, if there is one. */
  post(message: To): void;
  /** Ends it in order, and kills it when it takes longer than `graceMs` and a little. */
  stop(graceMs: number): Promise<void>;
}

interface State<To, From extends { readonly kind: string }> {
  readonly options: ChildHostOptions<To, From>;
  state: ChildHost<To>["state"];
  child: ChildProcess | undefined;
  startedAtMs: number;
  failures: number;
  restarts: number;
  lastFailure: string | undefined;
  timer: NodeJS.Timeout | undefined;
  /** Who waits for the end of the start. */
  waiting: (() => void)[];
}

/** A host that has started nothing yet. */
export function makeChildHost<To extends object, From extends { readonly kind: string }>(
  options: ChildHostOptions<To, From>,
): ChildHost<To> {
  const host: State<To, From> = {
    options,
    state: "off",
    child: undefined,
    startedAtMs: 0,
    failures: 0,
    restarts: 0,
    lastFailure: undefined,
    timer: undefined,
    waiting: [],
  };
  return {
    start: () => spawn(host),
    get state() {
      return host.state;
    },
    get pid() {
      return host.child?.pid;
    },
    get restarts() {
      return host.restarts;
    },
    health: () => healthOf(host),
    settled: () =>
      host.state === "starting" ? new Promise((resolve) => host.waiting.push(resolve)) : Promise.resolve(),
    post: (message) => {
      if (host.child !== undefined) post(host.child, message);
    },
    stop: (graceMs) => stop(host, graceMs),
  };
}

function spawn<To extends object, From extends { readonly kind: string }>(host: State<To, From>): void {
  const { name, log, begin } = host.options;
  const { file, execArgv, cwd } = childEntry(name);
  const child = fork(file, [], {
    execArgv: [...execArgv],
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // A group of its own: Ctrl-C in a terminal must not cut work short that the daemon still lets end.
    detached: true,
  });
  host.child = child;
  host.state = "starting";
  host.startedAtMs = Date.now();
  child.stderr?.setEncoding("utf8");
  child.stderr?.on("data", (text: string) => log("error", `${name}: ${text.trimEnd()}`));
  child.on("message", (message: FromAnyChild | From) => hear(host, message));
  child.on("error", (error) => gone(host, child, `it could not be started: ${error.message}`));
  child.on("exit", (code, signal) => gone(host, child, signal ?? `exit code ${code ?? "unknown"}`));
  post(child, begin());
}

function post(child: ChildProcess, message: object): void {
  // An error here means that the process is gone, which "exit" tells.
  child.send(message, () => undefined);
}

function hear<To, From extends { readonly kind: string }>(host: State<To, From>, message: FromAnyChild | From): void {
  const { name, log } = host.options;
  const known = message as FromAnyChild;
  if (known.kind === "started") {
    if (host.state === "starting") host.state = "running";
    host.lastFailure = undefined;
  } else if (known.kind === "failed") {
    host.lastFailure = known.message;
    log("error", `${name}: cannot begin: ${known.message}`);
  } else if (known.kind === "log") log(known.level, `${name}: ${known.text}`);
  host.options.hear(message as From);
  if (known.kind === "started" || known.kind === "failed") tellSettled(host);
}

function tellSettled(host: { waiting: (() => void)[] }): void {
  for (const resolve of host.waiting.splice(0)) resolve();
}

/** The process has ended: in order when it was told to, else it is started again. */
function gone<To extends object, From extends { readonly kind: string }>(
  host: State<To, From>,
  child: ChildProcess,
  how: string,
): void {
  if (host.child !== child) return;
  host.child = undefined;
  const { name, log, loss } = host.options;
  host.options.gone?.();
  tellSettled(host);
  if (host.state === "stopping" || host.state === "stopped") {
    host.state = "stopped";
    return;
  }
  host.failures = Date.now() - host.startedAtMs > GOOD_LIFE_MS ? 1 : host.failures + 1;
  host.lastFailure ??= `the process ended (${how})`;
  const pauseMs = PAUSES_MS[Math.min(host.failures - 1, PAUSES_MS.length - 1)] ?? 0;
  const when = pauseMs === 0 ? "" : ` in ${pauseMs} ms`;
  log("error", `${name}: the process ended (${how}); it is started again${when}. ${loss}`);
  host.state = "waiting";
  host.timer = setTimeout(() => {
    host.restarts += 1;
    spawn(host);
  }, pauseMs);
}

function healthOf<To, From extends { readonly kind: string }>(host: State<To, From>): HealthCheck {
  const { name, works, unwanted } = host.options;
  switch (host.state) {
    case "off":
      return { name, ok: true, text: unwanted };
    case "running":
      return { name, ok: true, text: works };
    case "starting":
      return host.lastFailure === undefined
        ? { name, ok: true, text: "It is starting." }
        : { name, ok: false, text: `It is starting again: ${reasonOf(host)}` };
    case "waiting":
      return { name, ok: false, text: `It is down: ${reasonOf(host)}` };
    case "stopping":
    case "stopped":
      return { name, ok: false, text: "It has been told to stop." };
    default:
      return assertNever(host.state, "child state");
  }
}

/** A sentence's end, with one full stop. */
function reasonOf<To, From extends { readonly kind: string }>({ lastFailure }: State<To, From>): string {
  return `${(lastFailure ?? "it had ended").replace(/\.+$/u, "")}.`;
}

function stop<To extends object, From extends { readonly kind: string }>(
  host: State<To, From>,
  graceMs: number,
): Promise<void> {
  clearTimeout(host.timer);
  const { child } = host;
  if (child === undefined) {
    if (host.state !== "off") host.state = "stopped";
    return Promise.resolve();
  }
  host.state = "stopping";
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      host.options.log("warn", `${host.options.name}: it did not end in time and is killed.`);
      child.kill("SIGKILL");
    }, graceMs + KILL_AFTER_MS);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    post(child, host.options.end);
  });
}
