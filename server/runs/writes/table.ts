// The table of all writes of the run code, by name. Each is done whole or not at all; between two of them a process may die at any time,
// which test/server/runs/failpoints.test.ts tries for every one. No other file writes to the tables of runs.
import type { Connection } from "../../../storage/engine.ts";
import { registerConstraintType } from "../../catalog/constraint-types.ts";
import { purgeAudit } from "../../security/audit-purge.ts";
import { beginAttempt, commitAttempt, recordRuns } from "./attempts.ts";
import { enqueueDelivery, recordDelivery } from "./deliveries.ts";
import { purgeStatistics, recordPeriods, recordRunNumbers } from "./statistics.ts";
import { recordLanes } from "./lane-statistics.ts";
import { acquireLease, endInstance, heartbeat, prepareCatalog, registerInstance, releaseLease } from "./leases.ts";
import { orphan } from "./orphans.ts";
import {
  commitStep,
  deadLetter,
  purge,
  recordActions,
  recordViolations,
  resolveLetter,
  skipNext,
  stepEnded,
  stepStarted,
  takeSkip,
} from "./records.ts";
import { actionsFired, takeActions } from "./due-actions.ts";
import { schedulerSeen } from "./scheduler.ts";
import { claim, enqueue, releaseWaiting, replaceArgs, requestCancel } from "./runs.ts";

/** Every write, by name. */
export const RUN_WRITES = {
  enqueue,
  claim,
  beginAttempt,
  commitAttempt,
  commitStep,
  recordRuns,
  recordViolations,
  recordActions,
  replaceArgs,
  requestCancel,
  releaseWaiting,
  orphan,
  takeSkip,
  skipNext,
  stepStarted,
  stepEnded,
  deadLetter,
  resolveLetter,
  purge,
  actionsFired,
  takeActions,
  enqueueDelivery,
  recordDelivery,
  recordPeriods,
  recordRunNumbers,
  recordLanes,
  purgeStatistics,
  purgeAudit,
  prepareCatalog,
  registerConstraint: registerConstraintType,
  registerInstance,
  endInstance,
  heartbeat,
  acquireLease,
  releaseLease,
  schedulerSeen,
} as const satisfies Record<string, (connection: Connection, input: never) => unknown>;

/** Name of a write. */
export type RunWriteName = keyof typeof RUN_WRITES;
/** What a write takes. */
export type RunWriteInput<K extends RunWriteName> = Parameters<(typeof RUN_WRITES)[K]>[1];
/** What a write gives. */
export type RunWriteResult<K extends RunWriteName> = ReturnType<(typeof RUN_WRITES)[K]>;
