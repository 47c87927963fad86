// Diagnostics E4000 to E4999: null.
import type { DiagnosticRow } from "./row.ts";

/** Null. */
export const NULL_DIAGNOSTICS = {
  CompareWithNull: {
    code: "E4001",
    severity: "warning",
    message: (d: { operator: string }): string => `A comparison with null by ${d.operator} is never true.`,
  },
  MayBeNull: {
    code: "E4002",
    severity: "error",
    message: (d: { expected: string; found: string }): string => `Expected ${d.expected}, but this may be null.`,
  },
  NullNotAllowed: {
    code: "E4003",
    severity: "error",
    message: (d: { expected: string; found: string }): string => `Expected ${d.expected}, found null.`,
  },
  FieldOfNull: {
    code: "E4004",
    severity: "error",
    message: (d: { field: string; type: string }): string => `${d.field} is read from ${d.type}, which may be null.`,
  },
  NeverNull: {
    code: "E4005",
    severity: "warning",
    message: (d: { type: string }): string => `This is ${d.type}, which is never null.`,
  },
  UnassignedVariable: {
    code: "E4006",
    severity: "warning",
    message: (d: { name: string }): string => `${d.name} may be read before it has a value.`,
  },
  NullCompareNeverHolds: {
    code: "E4007",
    severity: "warning",
    message: (d: { name: string }): string =>
      `${d.name} may be null; then this compares as unknown and no row qualifies.`,
  },
  LoopOverNull: {
    code: "E4008",
    severity: "error",
    message: (d: { type: string }): string => `${d.type} may be null and cannot be looped over.`,
  },
  UselessDefault: {
    code: "E4009",
    severity: "warning",
    message: (d: { type: string }): string => `The value before ?? is ${d.type}, which is never null.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
