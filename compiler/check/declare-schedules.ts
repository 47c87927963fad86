// Schedules: their keys, cron texts with the place of what is wrong in them, zones, what they run, and local times that a zone's clock skips or repeats.
// Actions and hooks stand in schedule-actions.ts.
import { oddTimes, type OddTime } from "../../base/cron/clock-changes.ts";
import { readCron, type CronProblem } from "../../base/cron/cron-text.ts";
import type { CronTable } from "../../base/cron/table.ts";
import { zoneNames, zoneOf, DAY_MS, type Zone } from "../../base/cron/zone.ts";
import { durationMs } from "../../base/quantity.ts";
import type { Span } from "../../base/source.ts";
import type { ConfigEntry, Expression, Item, ScheduleDeclaration } from "../syntax/tree.ts";
import { STRING, foldName } from "../types/make.ts";
import type { ModuleSetting } from "./bodies.ts";
import type { RoutineInfo } from "./checked.ts";
import { bodyContext } from "./bodies.ts";
import { checkConfig, isCronText, nameOf, namesOf, setOf } from "./config-values.ts";
import type { CheckContext } from "./context.ts";
import { expectType } from "./expect.ts";
import { nearest, problem, replaceFix } from "./findings.ts";
import { recordCallee } from "./frames.ts";
import { resolveRoutine } from "./routines.ts";
import { checkActions, checkHook, checkPreviousSuccess, declaresSchedule } from "./schedule-actions.ts";
import { checkArguments } from "./schedule-arguments.ts";
import { checkStatements } from "./statements.ts";
import { reportCallee } from "./trigger-callee.ts";

/** How far ahead changes of clocks are told. */
const AHEAD_MS = 2 * 366 * DAY_MS;

type Entries = ReadonlyMap<string, ConfigEntry>;

/** A schedule: its keys, its times, what it runs, or its body. `info` is the declaration seen as a routine. */
export function checkSchedule(
  setting: ModuleSetting,
  item: Item,
  declaration: ScheduleDeclaration,
  info: RoutineInfo,
): { readonly info: RoutineInfo; readonly ctx: CheckContext } {
  const ctx = bodyContext(setting, item, { kind: "schedule", name: declaration.name.text, info, level: 0 });
  const { config, cron } = declaration;
  const entries: Entries = config === undefined ? new Map() : checkConfig(ctx, config, "schedule", "A schedule");
  if (cron !== undefined) expectType(ctx, cron, ctx.rules.infer(ctx, cron, STRING), STRING);
  const complete = config !== undefined && !config.hasHole;
  const owner = `Schedule ${declaration.name.text}`;
  const sched = entries.get("sched");
  const noTimes =
    sched === undefined || ("kind" in sched.value && sched.value.kind === "list" && sched.value.elements.length === 0);
  if (complete && noTimes && cron === undefined)
    problem(ctx, "MissingKey", declaration.name.span, { key: "sched", owner });
  if (complete && !entries.has("call") && declaration.body === undefined) checkBound(ctx, declaration);
  checkTimes(ctx, entries, cron);
  checkCall(ctx, entries);
  checkRunTimes(ctx, entries);
  for (const key of ["pre_run_hook", "post_run_hook"]) checkHook(ctx, entries.get(key));
  checkPreviousSuccess(ctx, entries.get("require_previous_success"), declaration.name.text);
  for (const key of ["on_failure", "on_success", "on_violation", "on_timeout"]) checkActions(ctx, entries.get(key));
  if (declaration.body !== undefined) checkStatements(ctx, declaration.body.statements);
  return { info, ctx };
}

/** A schedule that calls nothing waits for routines and pipelines that name it. */
function checkBound(ctx: CheckContext, declaration: ScheduleDeclaration): void {
  const name = foldName(declaration.name.text);
  const bound = ctx.state.module.items.some(({ statement }) => {
    const config =
      statement.kind === "routine" ? statement.metadata : statement.kind === "pipeline" ? statement.config : undefined;
    const entry = config?.entries.find((each) => foldName(each.key.text) === "sched");
    return namesOf(entry?.value).some((each) => foldName(each) === name);
  });
  if (!bound)
    problem(
      ctx,
      "UnboundSchedule",
      declaration.name.span,
      { name: declaration.name.text },
      { help: `Add call: '…', or write a procedure with sched: ['${declaration.name.text}'].` },
    );
}

function checkCall(ctx: CheckContext, entries: Entries): void {
  const entry = entries.get("call");
  const name = nameOf(entry?.value);
  if (entry === undefined || name === undefined) return;
  const routine = resolveRoutine(ctx, name, undefined);
  if (routine !== undefined) {
    checkArguments(ctx, routine, entry, entries.get("args"));
    return recordCallee(ctx, routine, entry.value.span);
  }
  const isPipeline =
    (setOf(entries.get("exe")?.value) ?? []).includes("pipeline") &&
    (ctx.catalog.hasObject("pipeline", name) ||
      ctx.state.module.items.some(
        ({ statement }) => statement.kind === "pipeline" && foldName(statement.name.text) === foldName(name),
      ));
  if (!isPipeline) reportCallee(ctx, name, entry);
}

/** The time after which a run is a violation comes before the one at which it is stopped. */
function checkRunTimes(ctx: CheckContext, entries: Entries): void {
  const [expected, allowed] = [entries.get("max_expected_run_time"), entries.get("max_allowed_run_time")];
  const [expectedText, allowedText] = [nameOf(expected?.value), nameOf(allowed?.value)];
  if (expected === undefined || expectedText === undefined || allowedText === undefined) return;
  const [expectedMs, allowedMs] = [durationMs(expectedText), durationMs(allowedText)];
  if (expectedMs !== undefined && allowedMs !== undefined && expectedMs >= allowedMs)
    problem(ctx, "RunTimeOrder", expected.value.span, { expected: expectedText, allowed: allowedText });
}

/** Names of schedules and cron texts of a key `sched` in metadata or a pipeline. */
export function checkScheduleNames(ctx: CheckContext, entry: ConfigEntry | undefined): void {
  for (const element of elementsOf(entry)) {
    const name = nameOf(element);
    if (name === undefined || name === "") continue;
    if (isCronText(name)) checkCron(ctx, element, name);
    else if (!declaresSchedule(ctx, name)) problem(ctx, "PendingSchedule", element.span, { name });
  }
}

function elementsOf(entry: ConfigEntry | undefined): readonly Expression[] {
  const value = entry?.value;
  if (value === undefined || !("kind" in value) || value.kind === "hole") return [];
  return value.kind === "list" ? value.elements : [value];
}

function checkTimes(ctx: CheckContext, entries: Entries, cron: Expression | undefined): void {
  const zone = checkZone(ctx, entries.get("tz"));
  const gap = nameOf(entries.get("dst_gap")?.value);
  const fold = nameOf(entries.get("dst_fold")?.value);
  for (const element of cron === undefined ? elementsOf(entries.get("sched")) : [cron]) {
    const text = nameOf(element);
    if (text === undefined) {
      if (element === cron && cron.kind !== "hole")
        problem(ctx, "WrongKeyType", cron.span, {
          key: "CRON",
          expected: "a cron text as it stands",
          found: ctx.item.text.slice(cron.span.start, cron.span.end),
        });
      continue;
    }
    const table = checkCron(ctx, element, text);
    if (table === undefined) continue;
    const own = table.zone === undefined ? zone : zoneOf(table.zone);
    if (own !== undefined) tellOddTimes(ctx, element, table, own, { gap, fold });
  }
}

function checkZone(ctx: CheckContext, entry: ConfigEntry | undefined): Zone | undefined {
  const name = nameOf(entry?.value);
  if (entry === undefined || name === undefined) return zoneOf("UTC");
  const zone = zoneOf(name);
  if (zone === undefined) reportZone(ctx, entry.value.span, name, true);
  return zone;
}

function reportZone(ctx: CheckContext, span: Span, name: string, whole: boolean): void {
  const names = zoneNames();
  // Most people write the city alone.
  const near = names.find((each) => each.toLowerCase().endsWith(`/${name.toLowerCase()}`)) ?? nearest(name, names);
  problem(
    ctx,
    "UnknownZone",
    span,
    { name },
    near === undefined
      ? { help: "Zones have names of the IANA list, such as Europe/Berlin." }
      : { help: `Did you mean ${near}?`, fixes: whole ? [replaceFix(`Use ${near}`, span, `'${near}'`)] : [] },
  );
}

/** Reports what is wrong with a cron text, at its place within the text; the table when nothing is. */
function checkCron(ctx: CheckContext, element: Expression, text: string): CronTable | undefined {
  const reading = readCron(text, ctx.state.environment.cron);
  if (!reading.ok) {
    for (const each of reading.problems) reportCron(ctx, element.span, text, each);
    return undefined;
  }
  if (reading.meaning.kind === "every") return undefined;
  const { table } = reading.meaning;
  if (table.zone !== undefined && zoneOf(table.zone) === undefined) reportZone(ctx, element.span, table.zone, false);
  return table;
}

function reportCron(ctx: CheckContext, span: Span, text: string, found: CronProblem): void {
  // A text between quotes without escapes: places in it are places in the source.
  const literal = span.end - span.start === text.length + 2;
  const place = literal ? { start: span.start + 1 + found.start, end: span.start + 1 + found.end } : span;
  const report = problem as (
    ctx: CheckContext,
    name: CronProblem["name"],
    span: Span,
    data: CronProblem["data"],
    extras?: { readonly help?: string },
  ) => void;
  report(
    ctx,
    found.name,
    place.end > place.start ? place : span,
    found.data,
    found.help === undefined ? {} : { help: found.help },
  );
}

/** Tells on which days of the next two years a time is skipped or comes twice, unless the schedule says what happens then. */
function tellOddTimes(
  ctx: CheckContext,
  element: Expression,
  table: CronTable,
  zone: Zone,
  rules: { readonly gap: string | undefined; readonly fold: string | undefined },
): void {
  const now = ctx.state.environment.cron.nowMs();
  const odd = oddTimes({ table, zone, gap: "shift", fold: "first" }, now, now + AHEAD_MS);
  const groups = new Map<string, OddTime[]>();
  for (const each of odd) {
    const key = `${each.kind} ${clock(each.localMs)} ${clock(each.insteadMs)}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  for (const [first, ...others] of groups.values()) {
    if (first === undefined || rules[first.kind === "skipped" ? "gap" : "fold"] !== undefined) continue;
    const data = {
      time: clock(first.localMs),
      dates: [first, ...others].map(({ localMs }) => new Date(localMs).toISOString().slice(0, 10)).join(" and "),
      zone: zone.name,
    };
    if (first.kind === "skipped")
      problem(
        ctx,
        "SkippedLocalTime",
        element.span,
        { ...data, outcome: `it runs at ${clock(first.insteadMs)} then` },
        { help: "Write dst_gap: 'skip' to leave it out, dst_gap: 'shift' to keep this." },
      );
    else
      problem(
        ctx,
        "DoubledLocalTime",
        element.span,
        { ...data, outcome: "it runs the first time" },
        { help: "Write dst_fold: 'both' to run twice, dst_fold: 'first' to keep this." },
      );
  }
}

function clock(localMs: number): string {
  const time = new Date(localMs).toISOString().slice(11, 19);
  return time.endsWith(":00") ? time.slice(0, 5) : time;
}
