// Diagnostics E1000 to E1999: what the scanner and the parser find.
import { hexadecimal } from "../text-bytes.ts";
import type { DiagnosticRow } from "./row.ts";

/** Syntax. */
export const SYNTAX_DIAGNOSTICS = {
  SyntaxExpected: {
    code: "E1001",
    severity: "error",
    message: (d: { expected: string; found: string }): string => `Expected ${d.expected}, found ${d.found}.`,
  },
  UnclosedBracket: {
    code: "E1002",
    severity: "error",
    message: (d: { open: string; close: string }): string => `This ${d.open} has no matching ${d.close}.`,
  },
  UnclosedString: {
    code: "E1003",
    severity: "error",
    message: (d: { quote: string }): string => `This string has no closing ${d.quote}.`,
  },
  UnclosedComment: {
    code: "E1004",
    severity: "error",
    message: (): string => "This comment has no closing */.",
  },
  UnclosedBlock: {
    code: "E1005",
    severity: "error",
    message: (d: { word: string; close: string }): string => `This ${d.word} has no matching ${d.close}.`,
  },
  InterpolatedSqlString: {
    code: "E1006",
    severity: "error",
    message: (): string => "A string in SQL cannot contain ${…}.",
  },
  DuplicateClause: {
    code: "E1007",
    severity: "error",
    message: (d: { clause: string }): string => `The header has more than one ${d.clause} clause.`,
  },
  QueryNeedsParentheses: {
    code: "E1008",
    severity: "error",
    message: (): string => "A query needs parentheses here.",
  },
  ReservedName: {
    code: "E1009",
    severity: "error",
    message: (d: { word: string }): string => `The word ${d.word} is reserved and cannot be a name here.`,
  },
  MissingSemicolon: {
    code: "E1010",
    severity: "error",
    message: (d: { found: string }): string => `A statement ends before ${d.found} without a semicolon or a new line.`,
  },
  StrayCloser: {
    code: "E1011",
    severity: "error",
    message: (d: { closer: string }): string => `Nothing before this ${d.closer} was opened that it could close.`,
  },
  NumberNeedsDigits: {
    code: "E1012",
    severity: "error",
    message: (d: { text: string }): string => `The number ${d.text} needs a digit on each side of its point.`,
  },
  NotText: {
    code: "E1013",
    severity: "error",
    message: ({ byte }: { byte: number }): string =>
      byte === 0
        ? "This is a zero byte: the file is no text, or not in UTF-8."
        : `This is the byte 0x${hexadecimal(byte)}, which is not UTF-8: save the file in UTF-8.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
