// The process of a daemon, or of the supervisor of one: reads its order, tells its parent what became of it, answers signals, sets the exit code.
// SIGTERM and SIGINT land (the second ends at once), SIGHUP reloads. Exit codes: 0 landed as asked, 1 anything else.
import { InternalError } from "../../base/failure.ts";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { MACHINE_RUN_CLOCK } from "../runs/clock.ts";
import type { DaemonOrder, FromDaemon } from "./start-messages.ts";

/** After a failure that nobody caught, landing may not take longer. */
const FAILED_LANDING_MS = 10_000;

/** Tells the parent, if there is one. */
function tell(message: FromDaemon): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    // A parent that is gone does not need the answer.
    process.send(message, () => resolve());
  });
}

function readOrder(): DaemonOrder {
  const text = process.argv[2];
  if (text === undefined) throw new InternalError("daemon process: started without an order");
  return JSON.parse(text) as DaemonOrder;
}

async function failed(error: unknown): Promise<void> {
  const known = error instanceof GrizzlyError;
  await tell({
    kind: "failed",
    code: known ? error.code : "InternalError",
    message: error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error),
    help: known ? error.help : undefined,
  });
  process.exit(1);
}

async function runDaemon(order: DaemonOrder): Promise<void> {
  const [{ startDaemon }, { startLead }, { prepareApart }, { fillApart }] = await Promise.all([
    import("./daemon.ts"),
    import("./lead/lead.ts"),
    import("./prepare-apart.ts"),
    import("./fill-apart.ts"),
  ]);
  // Told to end while the launch lasts, it lands as soon as there is something to land.
  let early: { readonly reason: string; readonly code: number } | undefined;
  let end = (reason: string, code: number): void => {
    early = { reason, code };
  };
  let told = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (told) process.exit(1);
    told = true;
    end(signal, 0);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  // From the first moment on: without a handler SIGHUP ends a process.
  let toldToReload = false;
  let reload = (): void => void (toldToReload = true);
  process.on("SIGHUP", () => reload());
  const daemon = await startDaemon({
    ...order,
    environment: process.env,
    alsoLogTo: order.foreground ? (line) => void process.stderr.write(`${line}\n`) : undefined,
    startLead,
    clock: MACHINE_RUN_CLOCK,
    prepareDatabase: prepareApart,
    fillDatabase: fillApart,
    onFatal: (message) => end(message, 1),
  });
  let exitCode = 0;
  end = (reason, code) => {
    exitCode = Math.max(exitCode, code);
    void daemon.stop(reason);
  };
  if (early !== undefined) end(early.reason, early.code);
  reload = () => void daemon.reload();
  if (toldToReload) reload();
  process.on("uncaughtException", (error) => {
    daemon.log("error", `a failure that nobody caught: ${error.stack ?? error.message}`);
    setTimeout(() => process.exit(1), FAILED_LANDING_MS).unref();
    end("a failure of the program", 1);
  });
  await tell(daemon.ready);
  // Without this the channel to a parent that waits for nothing more would stay open; a supervisor wants it.
  if (order.supervisor === undefined && !order.foreground && process.connected) process.disconnect();
  await daemon.ended;
  const { hasStuckThreads } = await import("./lead/thread-host.ts");
  if (hasStuckThreads()) {
    await tell({ kind: "landed", exitCode });
    endNow();
  }
  process.exit(exitCode);
}

/** Node waits for its threads, and a thread that was given up is in the middle of a statement: the signal's own way ends the process at once. Who waits for the exit code was told. */
function endNow(): void {
  process.removeAllListeners("SIGTERM");
  process.kill(process.pid, "SIGTERM");
}

const order = readOrder();
const run =
  order.mode === "daemon"
    ? runDaemon(order)
    : import("./supervisor.ts").then(({ supervise }) => supervise(order, tell));
run.catch((error: unknown) => void failed(error));
