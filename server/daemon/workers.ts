// Who works on the database of a mount: the Lead with its lanes, automation, the gateway. Started in this order at the launch,
// or, but for the Lead, when a database that could not be opened can be at last.
import type { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { type DatabasePorts, fill, prepare, preparedWords } from "./database-launch.ts";
import { answerLife, type LifeWorld } from "./life-actions.ts";
import { openAgain } from "./open-again.ts";
import type { RunClock } from "../runs/types.ts";
import type { Lead, StartLead } from "./types.ts";

/** What starting them needs. */
export interface WorkerPorts extends DatabasePorts {
  readonly startLead: StartLead;
  /** By which a database is tried again that could not be opened. */
  readonly clock: RunClock;
  /** Told once, when the daemon cannot go on: it is about to land. */
  readonly onFatal: (message: string) => void;
}

/** What a failed launch takes back, in the reverse order; it is told why. */
export type Undo = (error: unknown) => void | Promise<void>;

/** Starts them; with `unopened`, the Lead alone, which tells its clients why until an attempt succeeds. */
export async function startWorkers(
  world: LifeWorld,
  ports: WorkerPorts,
  undo: Undo[],
  unopened: GrizzlyError | undefined,
): Promise<Lead> {
  const { configuration, place, log, automation, gateway } = world;
  undo.push(
    () => automation.stop(0),
    () => gateway.stop(0),
    () => world.stopOpening(),
  );
  // Automation begins before clients come, so that what they ask to be run is found by it; nobody waits for it to be ready.
  if (unopened === undefined) startAutomation(world);
  const lead = await ports.startLead({
    configuration,
    place,
    log: log.log,
    heldFor: unopened?.message,
    life: (action, argument) => answerLife(world, action, argument),
    keepLaneNumbers: (rows) => automation.keepLanes(rows),
    onFatal: ports.onFatal,
  });
  world.lead = lead;
  if (unopened === undefined) await startGateway(world);
  else openLater(world, lead, ports, unopened);
  return lead;
}

function openLater(world: LifeWorld, lead: Lead, ports: WorkerPorts, unopened: GrizzlyError): void {
  const { configuration, place, log } = world;
  const again = openAgain(
    {
      clock: ports.clock,
      everyMs: () => configuration.get("lanes.heartbeat"),
      who: place.instance,
      open: async () => {
        const prepared = await prepare(ports, place, configuration);
        if (Object.keys(prepared.stored).length > 0) {
          world.stored = prepared.stored;
          world.reload();
        }
        const { mended, line } = preparedWords(prepared, place);
        for (const each of mended) log.log("warn", `launch: ${each}`);
        log.log("info", `launch: ${line}`);
        world.migrations = await fill(ports, place, configuration, log.log);
        if (world.stopping !== undefined) return;
        await lead.databaseOpened();
        world.fault = undefined;
        startAutomation(world);
        await startGateway(world);
        log.log("info", "launch: the database is served");
      },
      failed: (fault) => {
        world.fault = fault;
        log.log("error", `launch: ${fault}`);
        lead.hold(fault);
      },
      broken: (error) => ports.onFatal(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    },
    unopened,
  );
  world.stopOpening = () => again.stop();
}

function startAutomation({ configuration, automation, stopping }: LifeWorld): void {
  if (configuration.get("automation.enabled") && stopping === undefined) automation.start();
}

async function startGateway({ configuration, gateway, stopping }: LifeWorld): Promise<void> {
  if (configuration.get("gateway.listen") === undefined || stopping !== undefined) return;
  gateway.start();
  // Who mounts and asks over HTTP at once is answered.
  await gateway.settled();
}
