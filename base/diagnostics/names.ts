// Diagnostics E2000 to E2999: names that are unknown, doubled or ambiguous.
import type { DiagnosticRow } from "./row.ts";

/** Names. */
export const NAME_DIAGNOSTICS = {
  UnknownName: {
    code: "E2001",
    severity: "error",
    message: (d: { name: string }): string => `There is no variable, parameter or function named ${d.name}.`,
  },
  UnknownRoutine: {
    code: "E2002",
    severity: "warning",
    message: (d: { name: string }): string => `There is no function or procedure named ${d.name}.`,
  },
  DoubleDeclaration: {
    code: "E2003",
    severity: "error",
    message: (d: { name: string; other: string }): string =>
      `${d.name} is declared twice in one scope${d.other === d.name ? "" : ` (as ${d.other}; names that differ by case only are the same name)`}.`,
  },
  ShadowedVariable: {
    code: "E2004",
    severity: "warning",
    message: (d: { name: string }): string => `${d.name} hides a variable of the same name.`,
  },
  UnusedVariable: {
    code: "E2005",
    severity: "warning",
    message: (d: { name: string }): string => `${d.name} is never read.`,
  },
  UnusedParameter: {
    code: "E2006",
    severity: "warning",
    message: (d: { name: string }): string => `The parameter ${d.name} is never read.`,
  },
  UnknownType: {
    code: "E2007",
    severity: "error",
    message: (d: { name: string }): string => `There is no type or table named ${d.name}.`,
  },
  UnknownField: {
    code: "E2008",
    severity: "error",
    message: (d: { field: string; type: string }): string => `${d.type} has no field named ${d.field}.`,
  },
  UnknownEnumValue: {
    code: "E2009",
    severity: "error",
    message: (d: { value: string; type: string }): string => `${d.type} has no value ${d.value}.`,
  },
  UnknownLabel: {
    code: "E2010",
    severity: "error",
    message: (d: { label: string }): string => `No enclosing loop or block is labelled ${d.label}.`,
  },
  OutsideLoop: {
    code: "E2011",
    severity: "error",
    message: (d: { word: string }): string => `${d.word} stands outside of a loop.`,
  },
  DoubleRoutine: {
    code: "E2012",
    severity: "error",
    message: (d: { name: string }): string => `${d.name} is declared twice in this file.`,
  },
  UnknownModule: {
    code: "E2013",
    severity: "error",
    message: (d: { name: string }): string =>
      `There is no module named ${d.name} next to this file or in the standard library.`,
  },
  UnusedLabel: {
    code: "E2014",
    severity: "hint",
    message: (d: { label: string }): string => `The label ${d.label} is never used.`,
  },
  AssignToConstant: {
    code: "E2015",
    severity: "error",
    message: (d: { name: string }): string => `${d.name} is a constant and cannot be assigned.`,
  },
  AssignToCapture: {
    code: "E2016",
    severity: "error",
    message: (d: { name: string }): string => `A lambda cannot assign ${d.name}, which belongs to the code around it.`,
  },
  NotAssignable: {
    code: "E2017",
    severity: "error",
    message: (d: { what: string }): string => `${d.what} cannot be assigned.`,
  },
  ImplicitError: {
    code: "E2018",
    severity: "hint",
    message: (d: { name: string }): string => `The error ${d.name} is declared by this use.`,
  },
  ImplicitType: {
    code: "E2019",
    severity: "hint",
    message: (d: { name: string }): string => `The type ${d.name} is declared by this use.`,
  },
  UnknownErrorType: {
    code: "E2020",
    severity: "error",
    message: (d: { name: string }): string => `There is no error named ${d.name}.`,
  },
  UnknownMethod: {
    code: "E2021",
    severity: "error",
    message: (d: { name: string; type: string }): string => `${d.type} has no method named ${d.name}.`,
  },
  NotReadAfterWrite: {
    code: "E2022",
    severity: "warning",
    message: (d: { name: string }): string => `${d.name} is assigned but never read.`,
  },
  LoopVariableAssigned: {
    code: "E2023",
    severity: "warning",
    message: (d: { name: string }): string => `Assigning the loop variable ${d.name} does not change the loop.`,
  },
  UnusedAllow: {
    code: "E2024",
    severity: "warning",
    message: (d: { code: string }): string => `Nothing on this line is reported as ${d.code}.`,
  },
  OutNeverAssigned: {
    code: "E2025",
    severity: "warning",
    message: (d: { name: string }): string => `The out parameter ${d.name} is never assigned.`,
  },
  AllowWithoutReason: {
    code: "E2026",
    severity: "warning",
    message: (d: { code: string }): string => `Say why ${d.code} is allowed here.`,
  },
  ImportCircle: {
    code: "E2027",
    severity: "error",
    message: (d: { name: string }): string => `${d.name} imports this file, so they cannot import each other.`,
  },
  ImportHasErrors: {
    code: "E2029",
    severity: "error",
    message: (d: { file: string; count: number; line: number; first: string }): string =>
      `${d.file} has ${d.count === 1 ? "an error" : `${d.count} errors`}, so nothing of it can be used; line ${d.line}: ${d.first}`,
  },
  UnknownPrivilege: {
    code: "E2030",
    severity: "error",
    message: (d: { name: string }): string => `There is no privilege named ${d.name}.`,
  },
  PrivilegeMisfit: {
    code: "E2031",
    severity: "error",
    message: (d: { privilege: string; what: string }): string => `${d.privilege} cannot be granted on ${d.what}.`,
  },
  PrivilegeWithoutObject: {
    code: "E2032",
    severity: "error",
    message: (d: { privilege: string }): string => `${d.privilege} needs ON and what it is granted on.`,
  },
  UnknownScope: {
    code: "E2033",
    severity: "error",
    message: (d: { scope: string }): string => `A token has no scope ${d.scope}.`,
  },
  NoParameterValue: {
    code: "E2028",
    severity: "error",
    message: (d: { name: string }): string => `${d.name} has no value here.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
