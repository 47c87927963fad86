// Stored schedules as the scheduler and the executor use them: all of a database read with a handful of statements, so that ten thousand take a moment.
import { OWN_TYPES_FROM } from "./constraint-types.ts";
import { NO_CONSTRAINTS } from "../scheduler/no-constraints.ts";
import type { Value } from "../../base/value/value.ts";
import type { Connection } from "../../storage/engine.ts";
import type { FireOn, RunTarget } from "../runs/types.ts";
import type {
  ActionBinding,
  ActionDefinition,
  ConstraintDefinition,
  HookDefinition,
  OverlapPolicy,
  RegisteredConstraint,
  ScheduleDefinition,
} from "../scheduler/types.ts";
import { readRows, numberOf, textOf } from "../sql/rows.ts";
import { configText, type ConfigValue } from "./config-values.ts";
import { scheduleBindings } from "./schedule-bindings.ts";
import { durationOf, isRecord, type ConfigRecord } from "./schedule-values.ts";
import { CRON_SEPARATOR, schedulesPaused } from "./schedules.ts";
import { catalogVersion, storedTable } from "./schema.ts";

/** Version of the catalog that brought what is read here. */
const FIRST_VERSION = 2;

const RETRY_DELAY_MS = 1000;
const RETRY_FACTOR = 2;
const STATUS_OK = 200;

type Row = readonly Value[];

function optionalText(value: Value | undefined): string | undefined {
  return value === null || value === undefined ? undefined : textOf(value);
}

function optionalNumber(value: Value | undefined): number | undefined {
  return value === null || value === undefined ? undefined : numberOf(value);
}

function json(value: Value | undefined): ConfigValue | undefined {
  return value === null || value === undefined ? undefined : (JSON.parse(textOf(value)) as ConfigValue);
}

function moment(value: Value | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Date.parse(textOf(value));
}

/**
 * All schedules that were not dropped, or the one of a name, enabled or not, by name.
 * None where nothing was ever stored, and in the catalog of an older program, which fired none. @throws EngineError.
 */
export function readSchedules(connection: Connection, name?: string): readonly ScheduleDefinition[] {
  if (catalogVersion(connection) < FIRST_VERSION) return [];
  const paused = schedulesPaused(connection);
  const parts: Parts = {
    constraints: readConstraints(connection),
    actions: readActions(connection),
    routines: readRoutines(connection),
    pipelines: new Set(
      readRows(connection, `SELECT lower(name) FROM ${storedTable("pipelines")}`).map((row) => textOf(row[0])),
    ),
  };
  return readRows(
    connection,
    `SELECT schedule_id, name, cron, interval_ms, timezone, dst_gap, dst_fold, exe_kind, call_ref, CAST(args AS TEXT), CAST(enabled AS INTEGER), priority, jitter_ms,
      CAST(start_at AS TEXT), CAST(end_at AS TEXT), skip_next, CAST(manual_allowed AS INTEGER), CAST(manual_fields AS TEXT), CAST(modified_at AS TEXT), constraint_set_id, routine_id
      FROM ${storedTable("schedules")} WHERE dropped_at IS NULL${name === undefined ? "" : " AND name = ? COLLATE NOCASE"} ORDER BY name COLLATE NOCASE`,
    name === undefined ? [] : [name],
  ).map((row) => {
    const definition = definitionOf(row, parts);
    return paused && definition.enabled ? { ...definition, enabled: false, paused } : definition;
  });
}

interface Parts {
  readonly constraints: ReadonlyMap<string, ConstraintDefinition>;
  readonly actions: ReadonlyMap<string, readonly ActionBinding[]>;
  readonly routines: Routines;
  /** Names in lower case. */
  readonly pipelines: ReadonlySet<string>;
}

function definitionOf(row: Row, parts: Parts): ScheduleDefinition {
  const name = textOf(row[1]);
  const cron = optionalText(row[2]);
  const manualFields = json(row[17]);
  return {
    id: textOf(row[0]),
    name,
    crons: cron === undefined ? [] : cron.split(CRON_SEPARATOR),
    intervalMs: optionalNumber(row[3]),
    timezone: textOf(row[4]),
    dstGap: textOf(row[5]) === "skip" ? "skip" : "shift",
    dstFold: textOf(row[6]) === "both" ? "both" : "first",
    targets: targetsOf(row, name, parts),
    args: json(row[9]) ?? {},
    enabled: numberOf(row[10]) === 1,
    priority: numberOf(row[11]),
    jitterMs: numberOf(row[12]),
    startAt: moment(row[13]),
    endAt: moment(row[14]),
    skipNext: numberOf(row[15]),
    manualAllowed: numberOf(row[16]) === 1,
    manualFields: Array.isArray(manualFields)
      ? manualFields.map((field: ConfigValue) => configText(field) ?? "")
      : manualFields === undefined
        ? undefined
        : [configText(manualFields) ?? ""],
    modifiedAt: moment(row[18]) ?? 0,
    constraints: parts.constraints.get(textOf(row[19])) ?? NO_CONSTRAINTS,
    actions: parts.actions.get(textOf(row[0])) ?? [],
  };
}

/** What the schedule itself names, then what names the schedule. */
function targetsOf(row: Row, schedule: string, { routines, pipelines }: Parts): readonly RunTarget[] {
  const bound = routines.bound.get(schedule.toLowerCase()) ?? [];
  const own = ownTarget(row, routines, pipelines);
  return own === undefined
    ? bound
    : [own, ...bound.filter((target) => target.name.toLowerCase() !== own.name.toLowerCase())];
}

function ownTarget(row: Row, routines: Routines, pipelines: ReadonlySet<string>): RunTarget | undefined {
  const kinds = textOf(row[7]).split("|");
  if (kinds.includes("inline")) {
    const body = routines.names.get(textOf(row[20]));
    return body === undefined ? undefined : { kind: "inline", name: body };
  }
  const call = optionalText(row[8]);
  if (call === undefined) return undefined;
  const isPipeline = kinds.includes("pipeline") && (kinds.length === 1 || pipelines.has(call.toLowerCase()));
  if (isPipeline) return { kind: "pipeline", name: call };
  return { kind: routines.functions.has(call.toLowerCase()) ? "function" : "procedure", name: call };
}

interface Routines {
  /** Routines and pipelines by the schedules that they name, in lower case. */
  readonly bound: ReadonlyMap<string, readonly RunTarget[]>;
  readonly names: ReadonlyMap<string, string>;
  readonly functions: ReadonlySet<string>;
}

function readRoutines(connection: Connection): Routines {
  const rows = readRows(
    connection,
    `SELECT routine_id, name, kind FROM ${storedTable("routines")} WHERE dropped_at IS NULL AND receiver_type = ''`,
  );
  const bound = new Map<string, RunTarget[]>();
  for (const { schedule, target } of scheduleBindings(connection)) {
    const targets = bound.get(schedule.toLowerCase()) ?? [];
    bound.set(schedule.toLowerCase(), targets);
    targets.push(target);
  }
  return {
    bound,
    names: new Map(rows.map((row) => [textOf(row[0]), textOf(row[1])])),
    functions: new Set(rows.filter((row) => textOf(row[2]) === "function").map((row) => textOf(row[1]).toLowerCase())),
  };
}

function readRegistered(connection: Connection): ReadonlyMap<string, readonly RegisteredConstraint[]> {
  const rows = readRows(
    connection,
    `SELECT i.set_id, i.constraint_type_id, t.name, CAST(i.config AS TEXT), CAST(i.recheck_on_retry AS INTEGER) FROM ${storedTable("constraint_set_items")} i
      JOIN ${storedTable("constraint_types")} t ON t.id = i.constraint_type_id WHERE i.enabled AND i.constraint_type_id >= ${OWN_TYPES_FROM} ORDER BY i.set_id, i.constraint_type_id`,
  );
  const bySet = new Map<string, RegisteredConstraint[]>();
  for (const row of rows) {
    const list = bySet.get(textOf(row[0])) ?? [];
    bySet.set(textOf(row[0]), list);
    list.push({
      typeId: numberOf(row[1]),
      name: textOf(row[2]),
      config: json(row[3]) ?? null,
      recheckOnRetry: numberOf(row[4]) === 1,
    });
  }
  return bySet;
}

function readConstraints(connection: Connection): ReadonlyMap<string, ConstraintDefinition> {
  const perHour = new Map(
    readRows(
      connection,
      `SELECT set_id, json_extract(CAST(config AS TEXT), '$.max') FROM ${storedTable("constraint_set_items")} WHERE constraint_type_id = 9 AND enabled`,
    ).map((row) => [textOf(row[0]), numberOf(row[1])]),
  );
  const registered = readRegistered(connection);
  const rows = readRows(
    connection,
    `SELECT id, max_concurrent_runs, overlap_policy, CAST(catch_up AS INTEGER), catch_up_window, catch_up_policy, max_expected_run_time, max_allowed_run_time,
      CAST(pre_run_hook AS TEXT), CAST(post_run_hook AS TEXT), CAST(require_previous_success AS TEXT), CAST(recheck_on_retry AS TEXT), fail_mode FROM ${storedTable("constraint_sets")}`,
  );
  return new Map(
    rows.map((row): readonly [string, ConstraintDefinition] => {
      const setId = textOf(row[0]);
      const previous = json(row[10]);
      const recheck = json(row[11]);
      return [
        setId,
        {
          setId,
          maxConcurrentRuns: optionalNumber(row[1]),
          overlap: textOf(row[2]) as OverlapPolicy,
          catchUp: numberOf(row[3]) === 1,
          catchUpWindowMs: durationOf(optionalText(row[4])),
          catchUpPolicy: textOf(row[5]) === "last" ? "last" : "all",
          maxExpectedRunMs: durationOf(optionalText(row[6])),
          maxAllowedRunMs: durationOf(optionalText(row[7])),
          preRunHook: hookOf(json(row[8])),
          postRunHook: hookOf(json(row[9])),
          requirePreviousSuccess: isRecord(previous)
            ? {
                schedule: configText(previous["schedule"]) ?? "",
                args: previous["args"],
                allowFirst: previous["allow_first"] === true,
              }
            : undefined,
          recheckOnRetry: Array.isArray(recheck) ? recheck.map(Number) : [],
          failMode: textOf(row[12]) === "open" ? "open" : "closed",
          maxRunsPerHour: perHour.get(setId),
          registered: registered.get(setId) ?? [],
        },
      ];
    }),
  );
}

function hookOf(value: ConfigValue | undefined): HookDefinition | undefined {
  if (!isRecord(value)) return undefined;
  const { url, type, expect, ...config } = value;
  const statuses = Array.isArray(expect) ? expect.map(Number) : typeof expect === "number" ? [expect] : [STATUS_OK];
  return { url: configText(url) ?? "", type: webhookType(type), config, expect: statuses };
}

function webhookType(value: ConfigValue | undefined): HookDefinition["type"] {
  return (configText(value)?.toLowerCase() ?? "custom") as HookDefinition["type"];
}

function readActions(connection: Connection): ReadonlyMap<string, readonly ActionBinding[]> {
  const bySchedule = new Map<string, ActionBinding[]>();
  for (const row of readRows(
    connection,
    `SELECT b.schedule_id, b.id, a.action_type_id, b.fire_on, b.constraint_type_id, a.name, CAST(a.config AS TEXT) FROM ${storedTable("schedule_actions")} b
      JOIN ${storedTable("actions")} a ON a.id = b.action_id WHERE b.enabled ORDER BY b.schedule_id, b.fire_on, b.ordinal`,
  )) {
    const schedule = textOf(row[0]);
    const bindings = bySchedule.get(schedule) ?? [];
    bySchedule.set(schedule, bindings);
    const config = json(row[6]);
    const action = actionOf(textOf(row[5]), isRecord(config) ? config : {});
    if (action !== undefined)
      bindings.push({
        id: textOf(row[1]),
        actionTypeId: numberOf(row[2]),
        fireOn: textOf(row[3]) as FireOn,
        constraintTypeId: optionalNumber(row[4]),
        action,
      });
  }
  return bySchedule;
}

function actionOf(name: string, config: ConfigRecord): ActionDefinition | undefined {
  switch (name) {
    case "retry": {
      const retryOn = config["retry_on"];
      return {
        kind: "retry",
        policy: {
          max: Number(config["max"] ?? 1),
          delayMs: durationOf(config["delay"]) ?? RETRY_DELAY_MS,
          factor: Number(config["factor"] ?? RETRY_FACTOR),
          maxDelayMs: durationOf(config["max_delay"]),
          retryOn: (Array.isArray(retryOn)
            ? (retryOn as readonly ConfigValue[])
            : retryOn === undefined
              ? []
              : [retryOn]
          ).map((error) => configText(error) ?? ""),
        },
      };
    }
    case "kickOffJob":
      return { kind: "kickOffJob", schedule: configText(config["schedule"]) ?? "", args: config["args"] };
    case "webhook": {
      const { url, type, ...rest } = config;
      return { kind: "webhook", url: configText(url) ?? "", type: webhookType(type), config: rest };
    }
    case "killAllInstances":
    case "killLatestInstance":
    case "skipNextInstance":
      return { kind: name };
    default:
      // An action of a newer program: it is kept, and does nothing here.
      return undefined;
  }
}
