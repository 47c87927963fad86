// The runs that an occurrence of a schedule asks for: one per target, each with a key under which it happens once, whoever asks and however often.
import { createHash } from "node:crypto";
import type { ConfigValue } from "../catalog/config-values.ts";
import type { RunKind, RunRequest } from "../runs/types.ts";
import type { ScheduleDefinition } from "./types.ts";

/** What differs between the ways to ask for a schedule's runs. */
export interface OccurrenceOptions {
  readonly kind: RunKind;
  readonly scheduledAt: number;
  /** Arguments in place of the schedule's own. */
  readonly args?: ConfigValue;
  /** True for occurrences of the clock: they happen once. RUN SCHEDULE and kick-offs happen as often as they are asked for. */
  readonly once: boolean;
}

/** Requests for the runs of one occurrence; none while the schedule names nothing to run. */
export function occurrenceRequests(definition: ScheduleDefinition, options: OccurrenceOptions): readonly RunRequest[] {
  const { kind, scheduledAt, once } = options;
  const notBefore = once ? scheduledAt + jitterOf(definition, scheduledAt) : scheduledAt;
  return definition.targets.map(
    (target, index): RunRequest => ({
      kind,
      target,
      scheduleId: definition.id,
      args: options.args ?? definition.args,
      scheduledAt,
      priority: definition.priority,
      ...(once ? { dedupeKey: dedupeKey(definition.id, scheduledAt, index === 0 ? undefined : target.name) } : {}),
      ...(notBefore > scheduledAt ? { notBefore } : {}),
    }),
  );
}

/** The key of an occurrence's run; `target` for those beside the first. */
export function dedupeKey(scheduleId: string, scheduledAt: number, target?: string): string {
  const key = `schedule:${scheduleId}:${scheduledAt}`;
  return target === undefined ? key : `${key}:${target.toLowerCase()}`;
}

/** How much later than its time an occurrence starts: the same for the same schedule and time wherever it is asked, spread evenly below the schedule's jitter. */
export function jitterOf(definition: Pick<ScheduleDefinition, "id" | "jitterMs">, scheduledAt: number): number {
  if (definition.jitterMs <= 0) return 0;
  const digest = createHash("sha256").update(`${definition.id}:${scheduledAt}`).digest();
  return Math.floor((digest.readUInt32BE(0) / 2 ** 32) * definition.jitterMs);
}
