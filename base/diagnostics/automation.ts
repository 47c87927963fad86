// Diagnostics E7000 to E7999: triggers, schedules, pipelines.
import type { DiagnosticRow } from "./row.ts";

/** Automation. */
export const AUTOMATION_DIAGNOSTICS = {
  UnboundTrigger: {
    code: "E7001",
    severity: "warning",
    message: (d: { name: string }): string => `Trigger ${d.name} names nothing to call.`,
  },
  UnknownKey: {
    code: "E7002",
    severity: "warning",
    message: (d: { key: string; owner: string }): string => `${d.owner} has no key named ${d.key}.`,
  },
  UnknownValue: {
    code: "E7003",
    severity: "error",
    message: (d: { value: string; key: string; choices: string }): string =>
      `${d.key} cannot be ${d.value}; it is one of ${d.choices}.`,
  },
  UnknownTarget: {
    code: "E7004",
    severity: "warning",
    message: (d: { name: string }): string => `There is no table named ${d.name} for this trigger.`,
  },
  SetNewInAfter: {
    code: "E7005",
    severity: "error",
    message: (_d: Record<never, never>): string => "NEW can only be assigned in a BEFORE trigger.",
  },
  TriggerCycle: {
    code: "E7006",
    severity: "warning",
    message: (d: { path: string }): string => `Triggers fire each other: ${d.path}.`,
  },
  KindRecorded: {
    code: "E7007",
    severity: "info",
    message: (d: { kind: string }): string => `Kind ${d.kind} is recorded, intervals are not kept yet.`,
  },
  TimeColumnInferred: {
    code: "E7008",
    severity: "hint",
    message: (d: { column: string }): string => `The time column is ${d.column}, from the filter.`,
  },
  PendingSchedule: {
    code: "E7009",
    severity: "hint",
    message: (d: { name: string }): string => `Schedule ${d.name} does not exist yet.`,
  },
  UnknownCallee: {
    code: "E7010",
    severity: "warning",
    message: (d: { name: string }): string => `There is no procedure named ${d.name}.`,
  },
  BuiltinTable: {
    code: "E7011",
    severity: "info",
    message: (d: { name: string }): string => `${d.name} is a built-in table; this statement changes nothing.`,
  },
  MissingKey: {
    code: "E7012",
    severity: "error",
    message: (d: { key: string; owner: string }): string => `${d.owner} needs the key ${d.key}.`,
  },
  DoubleKey: {
    code: "E7013",
    severity: "error",
    message: (d: { key: string }): string => `${d.key} is given twice.`,
  },
  WrongKeyType: {
    code: "E7014",
    severity: "error",
    message: (d: { key: string; expected: string; found: string }): string =>
      `${d.key} must be ${d.expected}, found ${d.found}.`,
  },
  MissingOldOrNew: {
    code: "E7015",
    severity: "error",
    message: (d: { name: string; event: string }): string => `${d.name} does not exist for ${d.event}.`,
  },
  PendingTrigger: {
    code: "E7017",
    severity: "hint",
    message: (d: { name: string }): string => `Trigger ${d.name} does not exist yet.`,
  },
  UnknownStep: {
    code: "E7018",
    severity: "error",
    message: (d: { name: string; pipeline: string }): string => `${d.pipeline} has no step named ${d.name}.`,
  },
  TriggerOrder: {
    code: "E7020",
    severity: "hint",
    message: (d: { name: string; other: string; what: string }): string =>
      `${d.name} and ${d.other} both touch ${d.what} at the same point, so the result depends on which goes first.`,
  },
  PendingRows: {
    code: "E7021",
    severity: "hint",
    message: (d: { routine: string }): string => `NEW and OLD are known to ${d.routine} once a trigger calls it.`,
  },
  TriggerTarget: {
    code: "E7022",
    severity: "error",
    message: (d: { name: string; reason: string }): string => `${d.name} is ${d.reason}.`,
  },
  KeyNeedsAfter: {
    code: "E7023",
    severity: "error",
    message: (d: { key: string }): string => `${d.key} works only in an AFTER trigger.`,
  },
  TriggerArgument: {
    code: "E7019",
    severity: "error",
    message: (d: { name: string; routine: string }): string =>
      `A trigger has no row left for the parameter ${d.name} of ${d.routine}.`,
  },
  PipelineCircle: {
    code: "E7040",
    severity: "error",
    message: (d: { pipeline: string; path: string }): string =>
      `The steps of ${d.pipeline} wait for each other: ${d.path}.`,
  },
  CronFieldCount: {
    code: "E7050",
    severity: "error",
    message: (d: { found: number }): string =>
      `A cron text has five, six or seven fields, found ${d.found === 0 ? "none" : d.found}.`,
  },
  CronValue: {
    code: "E7051",
    severity: "error",
    message: (d: { value: string; what: string }): string => `${d.value} is no ${d.what} of a cron text.`,
  },
  CronUnsupported: {
    code: "E7052",
    severity: "error",
    message: (d: { what: string }): string => `Cron texts do not know ${d.what} here.`,
  },
  CronNeverRuns: {
    code: "E7053",
    severity: "error",
    message: (d: { reason: string }): string => `This schedule would never run: ${d.reason}.`,
  },
  SkippedLocalTime: {
    code: "E7054",
    severity: "hint",
    message: (d: { time: string; dates: string; zone: string; outcome: string }): string =>
      `${d.time} does not exist on ${d.dates} in ${d.zone}; ${d.outcome}.`,
  },
  DoubledLocalTime: {
    code: "E7055",
    severity: "hint",
    message: (d: { time: string; dates: string; zone: string; outcome: string }): string =>
      `${d.time} comes twice on ${d.dates} in ${d.zone}; ${d.outcome}.`,
  },
  UnknownZone: {
    code: "E7056",
    severity: "error",
    message: (d: { name: string }): string => `There is no time zone named ${d.name}.`,
  },
  UnknownDuration: {
    code: "E7057",
    severity: "error",
    message: (d: { key: string; text: string }): string =>
      d.text === "" ? `${d.key} needs a duration.` : `${d.key} cannot be '${d.text}', which is no duration.`,
  },
  RunTimeOrder: {
    code: "E7058",
    severity: "error",
    message: (d: { expected: string; allowed: string }): string =>
      `max_expected_run_time (${d.expected}) must be shorter than max_allowed_run_time (${d.allowed}).`,
  },
  UnknownAction: {
    code: "E7059",
    severity: "error",
    message: (d: { name: string }): string => `There is no action named ${d.name}.`,
  },
  ActionArgument: {
    code: "E7060",
    severity: "error",
    message: (d: { action: string; argument: string }): string => `${d.action} takes no argument named ${d.argument}.`,
  },
  ActionNeeds: {
    code: "E7061",
    severity: "error",
    message: (d: { action: string; argument: string }): string => `${d.action} needs the argument ${d.argument}.`,
  },
  UnknownTemplateVariable: {
    code: "E7064",
    severity: "error",
    message: (d: { name: string }): string => `There is no template variable named ${d.name}.`,
  },
  SuccessCircle: {
    code: "E7065",
    severity: "error",
    message: (d: { path: string }): string => `These schedules wait for each other's success: ${d.path}.`,
  },
  UnboundSchedule: {
    code: "E7063",
    severity: "warning",
    message: (d: { name: string }): string => `Schedule ${d.name} names nothing to run.`,
  },
  StepNotSql: {
    code: "E7066",
    severity: "error",
    message: (d: { step: string }): string => `The text of step ${d.step} must be SQL statements and nothing else.`,
  },
  StepTwice: {
    code: "E7067",
    severity: "error",
    message: (d: { step: string; keys: string }): string => `Step ${d.step} has ${d.keys}; it runs one of them.`,
  },
  UnknownTemplate: {
    code: "E7068",
    severity: "warning",
    message: (d: { name: string }): string => `There is no query template ${d.name}.`,
  },
  TemplateMisfit: {
    code: "E7069",
    severity: "error",
    message: (d: { step: string; reason: string }): string =>
      `Step ${d.step} cannot run its query template: ${d.reason.replace(/\.$/u, "")}.`,
  },
  StepValues: {
    code: "E7070",
    severity: "error",
    message: (d: { step: string; wanted: string; found: string }): string =>
      `Step ${d.step} takes its values by ${d.wanted}, found ${d.found}.`,
  },
  KeyRange: {
    code: "E7062",
    severity: "error",
    message: (d: { key: string; least: number }): string => `${d.key} must be at least ${d.least}.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
