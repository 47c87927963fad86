// Diagnostics E8000 to E8999: bytecode that the decoder or the verifier refuses.
import type { DiagnosticRow } from "./row.ts";

/** Bytecode. */
export const BYTECODE_DIAGNOSTICS = {
  BytecodeTruncated: {
    code: "E8001",
    severity: "error",
    message: (d: { section: string }): string => `The bytecode ends inside its ${d.section}.`,
  },
  BytecodeMagic: {
    code: "E8002",
    severity: "error",
    message: (d: { found: string }): string => `These bytes are not a PL-GRIZZLY program: they start with ${d.found}.`,
  },
  BytecodeVersion: {
    code: "E8003",
    severity: "error",
    message: (d: { found: number; expected: number }): string =>
      `The program has format version ${d.found}; this build reads version ${d.expected}.`,
  },
  BytecodeHash: {
    code: "E8004",
    severity: "error",
    message: (d: { section: string }): string =>
      `The ${d.section} was changed after the program was written: its hash does not fit.`,
  },
  BytecodeTooLarge: {
    code: "E8005",
    severity: "error",
    message: (d: { section: string; count: number; max: number }): string =>
      `The ${d.section} claims ${d.count} entries; at most ${d.max} are read.`,
  },
  BytecodeMalformed: {
    code: "E8006",
    severity: "error",
    message: (d: { section: string; what: string }): string => `The ${d.section} cannot be read: ${d.what}.`,
  },
  UnknownOpcode: {
    code: "E8020",
    severity: "error",
    message: (d: { place: string; code: number }): string => `${d.place}: there is no instruction number ${d.code}.`,
  },
  RegisterOutOfRange: {
    code: "E8021",
    severity: "error",
    message: (d: { place: string; operand: string; register: number; count: number }): string =>
      `${d.place}: ${d.operand} names register ${d.register}, the routine has ${d.count}.`,
  },
  RegisterTypeMismatch: {
    code: "E8022",
    severity: "error",
    message: (d: { place: string; operand: string; expected: string; found: string }): string =>
      `${d.place}: ${d.operand} takes ${d.expected}, its register holds ${d.found}.`,
  },
  RegisterUnassigned: {
    code: "E8023",
    severity: "error",
    message: (d: { place: string; register: number }): string =>
      `${d.place}: register ${d.register} may be read before it is assigned.`,
  },
  ConstantMismatch: {
    code: "E8024",
    severity: "error",
    message: (d: { place: string; index: number; expected: string; found: string }): string =>
      `${d.place}: constant ${d.index} is ${d.found}, expected ${d.expected}.`,
  },
  JumpTargetNotBorder: {
    code: "E8025",
    severity: "error",
    message: (d: { place: string; target: number }): string =>
      `${d.place}: instruction ${d.target} is not a place where this jump may land.`,
  },
  CodeFallsOff: {
    code: "E8026",
    severity: "error",
    message: (d: { place: string }): string => `${d.place}: the code runs past its end.`,
  },
  RegionNesting: {
    code: "E8027",
    severity: "error",
    message: (d: { place: string; what: string }): string => `${d.place}: ${d.what}.`,
  },
  CatchTableBroken: {
    code: "E8028",
    severity: "error",
    message: (d: { place: string; what: string }): string => `${d.place}: ${d.what}.`,
  },
  TryUnpaired: {
    code: "E8029",
    severity: "error",
    message: (d: { place: string; what: string }): string => `${d.place}: ${d.what}.`,
  },
  EffectUndeclared: {
    code: "E8030",
    severity: "error",
    message: (d: { place: string; effect: string }): string =>
      `${d.place}: the routine does not declare the effect ${d.effect}.`,
  },
  RoutineOutOfRange: {
    code: "E8031",
    severity: "error",
    message: (d: { place: string; routine: number; count: number }): string =>
      `${d.place}: routine ${d.routine} is named, the program has ${d.count}.`,
  },
  IntrinsicUnknown: {
    code: "E8032",
    severity: "error",
    message: (d: { place: string; id: number }): string => `${d.place}: there is no built-in function number ${d.id}.`,
  },
  ArgumentMismatch: {
    code: "E8033",
    severity: "error",
    message: (d: { place: string; what: string }): string => `${d.place}: ${d.what}.`,
  },
  ReturnMismatch: {
    code: "E8034",
    severity: "error",
    message: (d: { place: string; expected: string; found: string }): string =>
      `${d.place}: the routine returns ${d.expected}, found ${d.found}.`,
  },
  OperandOutOfRange: {
    code: "E8035",
    severity: "error",
    message: (d: { place: string; operand: string; value: number }): string =>
      `${d.place}: ${d.operand} cannot be ${d.value}.`,
  },
  ConstantMalformed: {
    code: "E8036",
    severity: "error",
    message: (d: { index: number; what: string }): string => `Constant ${d.index} is not well formed: ${d.what}.`,
  },
  RoutineMalformed: {
    code: "E8037",
    severity: "error",
    message: (d: { place: string; what: string }): string => `${d.place}: ${d.what}.`,
  },
  DebugTableBroken: {
    code: "E8038",
    severity: "error",
    message: (d: { place: string; what: string }): string => `${d.place}: ${d.what}.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
