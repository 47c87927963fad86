// Storing schedules: the row (gobi_schedules), its constraints (gobi_constraint_sets and items) and its actions (gobi_actions, gobi_schedule_actions).
// Replacing keeps ids, so that the history of runs, the occurrences to be skipped and the bindings that action runs name stay.
// Everything runs inside the caller's transaction. How they are dropped stands in schedule-dropping.ts.
import { readCron } from "../../base/cron/cron-text.ts";
import type { Value } from "../../base/value/value.ts";
import { ACTIONS, CONSTRAINT_NAMES } from "../../compiler/check/action-table.ts";
import type { ScheduleDeclaration } from "../../compiler/syntax/tree.ts";
import type { Connection } from "../../storage/engine.ts";
import { cronPort } from "../scheduler/cron-library.ts";
import { PAUSED_SETTING } from "../scheduler/settings.ts";
import { insertRow, numberOf, readRows, textOf, writeRows } from "../sql/rows.ts";
import { configText, configValue, configValues, configWords, type ConfigValue } from "./config-values.ts";
import { bindableType } from "./constraint-types.ts";
import { newId } from "./identifiers.ts";
import {
  durationOf,
  durationText,
  entryOf,
  hookValue,
  momentMicros,
  previousSuccessValue,
  writtenActions,
  type ConfigRecord,
  type WrittenAction,
} from "./schedule-values.ts";
import { bumpEpoch, ensureCatalog, storedTable, timestampText, type CatalogPlace } from "./schema.ts";

/** Between the texts of a schedule with several. */
export const CRON_SEPARATOR = " | ";

/** Priority of what says nothing: 1 goes before it, 9 after it. */
const PRIORITY_DEFAULT = 5;

/** Times of a declaration: cron texts, and the interval of `@every`. */
function timesOf(
  declaration: ScheduleDeclaration,
  text: string,
  config: ConfigRecord,
): { cron: Value; interval_ms: Value } {
  const written = cronTexts(declaration.cron === undefined ? config["sched"] : configValue(declaration.cron, text));
  const port = cronPort(() => 0);
  const crons: string[] = [];
  let interval: number | null = null;
  for (const each of written) {
    const reading = readCron(each, port);
    if (reading.ok && reading.meaning.kind === "every") interval = reading.meaning.intervalMs;
    else crons.push(each.trim());
  }
  return { cron: crons.length === 0 ? null : crons.join(CRON_SEPARATOR), interval_ms: interval };
}

function cronTexts(value: ConfigValue | undefined): readonly string[] {
  if (value === undefined || value === null) return [];
  const list = Array.isArray(value) ? (value as readonly ConfigValue[]) : [value];
  return list.map((item) => configText(item) ?? "");
}

function momentText(value: ConfigValue | undefined): Value {
  const micros = momentMicros(value);
  return micros === undefined ? null : timestampText(micros);
}

/** A word of a closed set; they are written in any case. */
function wordOf(value: ConfigValue | undefined): string | undefined {
  return configText(value)?.toLowerCase();
}

function jsonOrNull(value: ConfigValue | undefined): Value {
  return value === undefined || value === null ? null : JSON.stringify(value);
}

function wholeNumber(value: ConfigValue | undefined): number | undefined {
  const number = typeof value === "number" ? value : Number(configText(value) ?? Number.NaN);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Columns of a schedule's own row that follow from its declaration. */
export function scheduleColumns(declaration: ScheduleDeclaration, text: string): Readonly<Record<string, Value>> {
  const config = configValues(declaration.config, text);
  const words = configWords(config["exe"]);
  return {
    ...timesOf(declaration, text, config),
    timezone: configText(config["tz"]) ?? "UTC",
    dst_gap: wordOf(config["dst_gap"]) ?? "shift",
    dst_fold: wordOf(config["dst_fold"]) ?? "first",
    exe_kind: declaration.body === undefined ? words.join("|") || "procedure" : "inline",
    call_ref: configText(config["call"]) ?? null,
    args: jsonOrNull(config["args"]),
    priority: wholeNumber(config["priority"]) ?? PRIORITY_DEFAULT,
    lane: configText(config["lane"]) ?? "slow",
    tags: jsonOrNull(config["tags"]),
    manual_allowed: config["manual_allowed"] !== false,
    manual_fields: jsonOrNull(config["manual_fields"]),
    start_at: momentText(config["start"]),
    end_at: momentText(config["end"]),
    jitter_ms: durationOf(config["jitter"]) ?? 0,
    ...(typeof config["enabled"] === "boolean" ? { enabled: config["enabled"] } : {}),
  };
}

/** Writes constraints and actions of a schedule whose row is there. @throws EngineError. */
export function storeScheduleParts(
  place: CatalogPlace,
  id: string,
  declaration: ScheduleDeclaration,
  text: string,
  routineId: string | undefined,
): void {
  const config = configValues(declaration.config, text);
  const setId = storeConstraints(place, id, declaration.name.text, config);
  writeRows(
    place.connection,
    `UPDATE ${storedTable("schedules")} SET constraint_set_id = ?, routine_id = ? WHERE schedule_id = ?`,
    [setId, routineId ?? null, id],
  );
  storeActions(place, id, declaration, text, config);
}

/** Keys that belong to the set of constraints. */
const CONSTRAINT_KEYS = [
  ...Object.keys(CONSTRAINT_NAMES),
  "overlap",
  "catch_up_policy",
  "fail_mode",
  "recheck_on_retry",
  "constraints",
];

/** The set of a schedule: its own from before, changed, or a new one; null when it has no constraint any more. */
function storeConstraints(place: CatalogPlace, id: string, name: string, config: ConfigRecord): string | null {
  const { connection } = place;
  const before = readRows(
    connection,
    `SELECT constraint_set_id FROM ${storedTable("schedules")} WHERE schedule_id = ? AND constraint_set_id IS NOT NULL`,
    [id],
  )[0]?.[0];
  const table = storedTable("constraint_sets");
  if (!CONSTRAINT_KEYS.some((key) => config[key] !== undefined && config[key] !== null)) {
    if (before !== undefined) writeRows(connection, `DELETE FROM ${table} WHERE id = ?`, [before]);
    return null;
  }
  const at = timestampText(place.nowMicros());
  const setId = before === undefined ? newId(place.nowMicros() / 1000) : textOf(before);
  const catchUp = config["catch_up"];
  const catchUpWindow = config["catch_up_window"] ?? (typeof catchUp === "string" ? catchUp : undefined);
  const columns: Record<string, Value> = {
    name,
    max_concurrent_runs: wholeNumber(config["max_concurrent_runs"]) ?? impliedMaximum(config["overlap"]),
    overlap_policy: wordOf(config["overlap"]) ?? "skip",
    catch_up: typeof catchUp === "boolean" ? catchUp : catchUpWindow === undefined ? null : true,
    catch_up_window: durationText(catchUpWindow) ?? null,
    catch_up_policy: wordOf(config["catch_up_policy"]) ?? "all",
    max_expected_run_time: durationText(config["max_expected_run_time"]) ?? null,
    max_allowed_run_time: durationText(config["max_allowed_run_time"] ?? config["timeout"]) ?? null,
    pre_run_hook: jsonOrNull(hookValue(config["pre_run_hook"])),
    post_run_hook: jsonOrNull(hookValue(config["post_run_hook"])),
    require_previous_success: jsonOrNull(previousSuccessValue(config["require_previous_success"], name)),
    recheck_on_retry: recheckText(config["recheck_on_retry"]),
    fail_mode: wordOf(config["fail_mode"]) ?? "closed",
    updated_at: at,
  };
  if (before === undefined) {
    insertRow(connection, table, { id: setId, created_at: at, ...columns });
  } else {
    const assignments = Object.keys(columns).map((column) => `${column} = ?`);
    writeRows(connection, `UPDATE ${table} SET ${assignments.join(", ")} WHERE id = ?`, [
      ...Object.values(columns),
      setId,
    ]);
  }
  storeItems(connection, setId, config);
  return setId;
}

/** Constraints that have no column of their own: runs per hour, and registered kinds. @throws Trap NoSuchObject; EngineError. */
function storeItems(connection: Connection, setId: string, config: ConfigRecord): void {
  const items = storedTable("constraint_set_items");
  const bound = new Set(
    readRows(connection, `SELECT constraint_type_id FROM ${items} WHERE set_id = ?`, [setId]).map((row) =>
      numberOf(row[0]),
    ),
  );
  writeRows(connection, `DELETE FROM ${items} WHERE set_id = ?`, [setId]);
  const recheck = new Set(configWords(config["recheck_on_retry"]));
  const registered = config["constraints"];
  for (const [name, value] of Object.entries(isRecord(registered) ? registered : {}))
    insertRow(connection, items, {
      set_id: setId,
      constraint_type_id: bindableType(connection, name, bound),
      config: JSON.stringify(value),
      recheck_on_retry: config["recheck_on_retry"] === true || recheck.has(name.toLowerCase()),
      enabled: true,
    });
  const perHour = wholeNumber(config["max_runs_per_hour"]);
  if (perHour !== undefined)
    insertRow(connection, items, {
      set_id: setId,
      constraint_type_id: CONSTRAINT_NAMES.max_runs_per_hour,
      config: JSON.stringify({ max: perHour }),
      recheck_on_retry: false,
      enabled: true,
    });
}

function isRecord(value: ConfigValue | undefined): value is ConfigRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Who says what happens when runs overlap means that they may not. */
function impliedMaximum(overlap: ConfigValue | undefined): number | null {
  const policy = configText(overlap)?.toLowerCase();
  return policy === undefined || policy === "allow" ? null : 1;
}

/** Names of constraints as their numbers; `true` means all that are checked before a run. */
function recheckText(value: ConfigValue | undefined): Value {
  const numbers: Readonly<Record<string, number>> = CONSTRAINT_NAMES;
  if (value === true)
    return JSON.stringify([
      CONSTRAINT_NAMES.max_concurrent_runs,
      CONSTRAINT_NAMES.pre_run_hook,
      CONSTRAINT_NAMES.require_previous_success,
      CONSTRAINT_NAMES.max_runs_per_hour,
    ]);
  const ids = configWords(value).flatMap((word) => numbers[word] ?? []);
  return ids.length === 0 ? null : JSON.stringify(ids);
}

interface Binding {
  readonly fireOn: string;
  readonly action: WrittenAction;
}

function bindingsOf(declaration: ScheduleDeclaration, text: string, config: ConfigRecord): readonly Binding[] {
  const written = ["on_failure", "on_violation", "on_success", "on_timeout"].flatMap((fireOn) =>
    writtenActions(entryOf(declaration.config, fireOn), text).map((action) => ({ fireOn, action })),
  );
  const retries = wholeNumber(config["retries"]);
  const retried = written.some(({ fireOn, action }) => fireOn === "on_failure" && action.name === "retry");
  if (retries === undefined || retries < 1 || retried) return written;
  return [{ fireOn: "on_failure", action: { name: "retry", args: { max: retries } } }, ...written];
}

/** Bindings in order; the n-th of an outcome keeps its id when the schedule is replaced. */
function storeActions(
  place: CatalogPlace,
  id: string,
  declaration: ScheduleDeclaration,
  text: string,
  config: ConfigRecord,
): void {
  const { connection } = place;
  const [bindings, actions] = [storedTable("schedule_actions"), storedTable("actions")];
  const before = new Map(
    readRows(connection, `SELECT fire_on, ordinal, id, action_id FROM ${bindings} WHERE schedule_id = ?`, [id]).map(
      (row) => [`${textOf(row[0])} ${textOf(row[1])}`, { id: textOf(row[2]), actionId: textOf(row[3]) }],
    ),
  );
  const counts = new Map<string, number>();
  const constraints: Readonly<Record<string, number>> = CONSTRAINT_NAMES;
  for (const { fireOn, action } of bindingsOf(declaration, text, config)) {
    const ordinal = (counts.get(fireOn) ?? 0) + 1;
    counts.set(fireOn, ordinal);
    const known = before.get(`${fireOn} ${ordinal}`);
    before.delete(`${fireOn} ${ordinal}`);
    const nowMs = place.nowMicros() / 1000;
    const [bindingId, actionId] = [known?.id ?? newId(nowMs), known?.actionId ?? newId(nowMs)];
    const { constraint, ...args } = action.args;
    const typeId = ACTIONS[action.name].typeId;
    if (known === undefined) {
      insertRow(connection, actions, {
        id: actionId,
        name: action.name,
        action_type_id: typeId,
        config: JSON.stringify(args),
        created_at: timestampText(place.nowMicros()),
      });
      insertRow(connection, bindings, {
        id: bindingId,
        schedule_id: id,
        action_id: actionId,
        fire_on: fireOn,
        ordinal,
        enabled: true,
      });
    } else {
      writeRows(connection, `UPDATE ${actions} SET name = ?, action_type_id = ?, config = ? WHERE id = ?`, [
        action.name,
        typeId,
        JSON.stringify(args),
        actionId,
      ]);
    }
    writeRows(connection, `UPDATE ${bindings} SET constraint_type_id = ? WHERE id = ?`, [
      constraints[configText(constraint)?.toLowerCase() ?? ""] ?? null,
      bindingId,
    ]);
  }
  for (const { actionId } of before.values()) writeRows(connection, `DELETE FROM ${actions} WHERE id = ?`, [actionId]);
}

/** Keeps all schedules from firing, or lets them fire again; which are enabled stays as it is. Inside the caller's transaction. @throws EngineError. */
export function pauseSchedules(place: CatalogPlace, paused: boolean): void {
  ensureCatalog(place);
  const table = storedTable("settings");
  writeRows(place.connection, `DELETE FROM ${table} WHERE scope = 'system' AND scope_id = '' AND name = ?`, [
    PAUSED_SETTING,
  ]);
  if (paused)
    insertRow(place.connection, table, {
      scope: "system",
      scope_id: "",
      name: PAUSED_SETTING,
      value: "true",
      value_type: "bool",
      updated_at: timestampText(place.nowMicros()),
    });
  bumpEpoch(place);
}

/** True while all schedules are paused. The catalog must exist. @throws EngineError. */
export function schedulesPaused(connection: Connection): boolean {
  const sql = `SELECT 1 FROM ${storedTable("settings")} WHERE scope = 'system' AND scope_id = '' AND name = ?`;
  return readRows(connection, sql, [PAUSED_SETTING]).length > 0;
}
