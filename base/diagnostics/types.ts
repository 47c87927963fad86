// Diagnostics E3000 to E3999: types that do not fit.
import type { DiagnosticRow } from "./row.ts";

/** Types. */
export const TYPE_DIAGNOSTICS = {
  TypeMismatch: {
    code: "E3001",
    severity: "error",
    message: (d: { expected: string; found: string }): string => `Expected ${d.expected}, found ${d.found}.`,
  },
  ConflictingTypes: {
    code: "E3002",
    severity: "error",
    message: (d: { expected: string; found: string; reason: string }): string =>
      `Expected ${d.expected}, found ${d.found}: ${d.reason}.`,
  },
  MissingFields: {
    code: "E3003",
    severity: "error",
    message: (d: { fields: string; type: string }): string => `${d.type} also needs ${d.fields}.`,
  },
  ExtraFields: {
    code: "E3004",
    severity: "error",
    message: (d: { fields: string; type: string }): string => `${d.type} has no ${d.fields}.`,
  },
  NoValue: {
    code: "E3005",
    severity: "error",
    message: (d: { expected: string }): string => `This gives no value; ${d.expected} is expected.`,
  },
  OperatorTypes: {
    code: "E3006",
    severity: "error",
    message: (d: { operator: string; left: string; right: string }): string =>
      `${d.operator} does not work on ${d.left} and ${d.right}.`,
  },
  UnaryOperatorType: {
    code: "E3007",
    severity: "error",
    message: (d: { operator: string; type: string }): string => `${d.operator} does not work on ${d.type}.`,
  },
  ConditionType: {
    code: "E3008",
    severity: "error",
    message: (d: { found: string }): string => `A condition must be true or false, found ${d.found}.`,
  },
  TooManyArguments: {
    code: "E3009",
    severity: "error",
    message: (d: { name: string; expected: number; found: number }): string =>
      `${d.name} takes ${d.expected} ${d.expected === 1 ? "argument" : "arguments"}, found ${d.found}.`,
  },
  MissingArgument: {
    code: "E3010",
    severity: "error",
    message: (d: { name: string; parameter: string }): string => `${d.name} needs a value for ${d.parameter}.`,
  },
  UnknownArgument: {
    code: "E3011",
    severity: "error",
    message: (d: { name: string; parameter: string }): string => `${d.name} has no parameter named ${d.parameter}.`,
  },
  DoubleArgument: {
    code: "E3012",
    severity: "error",
    message: (d: { parameter: string }): string => `${d.parameter} is given twice.`,
  },
  NotCallable: {
    code: "E3013",
    severity: "error",
    message: (d: { type: string }): string => `${d.type} cannot be called.`,
  },
  ArgumentType: {
    code: "E3014",
    severity: "error",
    message: (d: { parameter: string; expected: string; found: string }): string =>
      `${d.parameter} is ${d.expected}, found ${d.found}.`,
  },
  OutNeedsVariable: {
    code: "E3015",
    severity: "error",
    message: (d: { parameter: string }): string =>
      `${d.parameter} is an out parameter and needs a variable to be assigned.`,
  },
  InferredType: {
    code: "E3016",
    severity: "hint",
    message: (d: { name: string; type: string; reason: string }): string =>
      `${d.name} is ${d.type}, because ${d.reason}.`,
  },
  CouldNotInfer: {
    code: "E3017",
    severity: "hint",
    message: (d: { name: string }): string => `Could not infer the type of ${d.name}; it is any.`,
  },
  NotIndexable: {
    code: "E3018",
    severity: "error",
    message: (d: { type: string }): string => `${d.type} cannot be indexed.`,
  },
  NotIterable: {
    code: "E3019",
    severity: "error",
    message: (d: { type: string }): string => `${d.type} cannot be looped over.`,
  },
  ImpossibleCast: {
    code: "E3020",
    severity: "error",
    message: (d: { from: string; to: string }): string => `${d.from} cannot be cast to ${d.to}.`,
  },
  NumberTooLarge: {
    code: "E3021",
    severity: "error",
    message: (d: { text: string; type: string }): string => `${d.text} does not fit into ${d.type}.`,
  },
  MissingReturn: {
    code: "E3022",
    severity: "error",
    message: (d: { name: string; type: string }): string => `${d.name} can end without returning ${d.type}.`,
  },
  UnreachableCode: {
    code: "E3023",
    severity: "warning",
    message: (_d: Record<never, never>): string => "This is never reached.",
  },
  MissingCases: {
    code: "E3024",
    severity: "error",
    message: (d: { cases: string }): string => `These cases are missing: ${d.cases}.`,
  },
  UnreachableCase: {
    code: "E3025",
    severity: "warning",
    message: (_d: Record<never, never>): string => "This case never matches, because the ones before it cover it.",
  },
  BranchTypes: {
    code: "E3026",
    severity: "error",
    message: (d: { left: string; right: string }): string => `The branches give ${d.left} and ${d.right}.`,
  },
  UnexpectedReturnValue: {
    code: "E3027",
    severity: "error",
    message: (d: { name: string }): string => `${d.name} returns nothing, so return cannot have a value.`,
  },
  ReturnNeedsValue: {
    code: "E3028",
    severity: "error",
    message: (d: { name: string; type: string }): string => `${d.name} returns ${d.type}, so return needs a value.`,
  },
  OutsideRoutine: {
    code: "E3029",
    severity: "error",
    message: (d: { word: string }): string => `${d.word} stands outside of a function or procedure.`,
  },
  LambdaParameters: {
    code: "E3030",
    severity: "error",
    message: (d: { expected: number; found: number }): string =>
      `The lambda must take ${d.expected} ${d.expected === 1 ? "parameter" : "parameters"}, found ${d.found}.`,
  },
  UnusedValue: {
    code: "E3031",
    severity: "warning",
    message: (_d: Record<never, never>): string => "The value of this expression is not used.",
  },
  IncompleteProgram: {
    code: "E3032",
    severity: "info",
    message: (_d: Record<never, never>): string => "This is incomplete: it is checked but not stored.",
  },
  ConstantCondition: {
    code: "E3033",
    severity: "warning",
    message: (d: { value: string }): string => `This condition is always ${d.value}.`,
  },
  TargetCount: {
    code: "E3034",
    severity: "error",
    message: (d: { targets: number; columns: number }): string =>
      `${d.columns} ${d.columns === 1 ? "value stands" : "values stand"} against ${d.targets} ${d.targets === 1 ? "target" : "targets"}.`,
  },
  BooleanConcatenation: {
    code: "E3035",
    severity: "error",
    message: (_d: Record<never, never>): string => "|| joins texts; two conditions are joined by or.",
  },
  MixedConcatenation: {
    code: "E3036",
    severity: "error",
    message: (d: { left: string; right: string }): string =>
      `+ adds numbers or joins two strings, found ${d.left} and ${d.right}.`,
  },
  NotATable: {
    code: "E3037",
    severity: "error",
    message: (d: { found: string }): string => `Rows are expected, found ${d.found}.`,
  },
  NotErrorValue: {
    code: "E3039",
    severity: "error",
    message: (d: { found: string }): string => `Only errors can be raised, found ${d.found}.`,
  },
  NothingToReraise: {
    code: "E3040",
    severity: "error",
    message: (_d: Record<never, never>): string => "There is no caught error to raise again.",
  },
  NotAwaitable: {
    code: "E3041",
    severity: "error",
    message: (d: { found: string }): string =>
      `Only the handle of an asynchronous call can be awaited, found ${d.found}.`,
  },
  ZeroStep: {
    code: "E3042",
    severity: "error",
    message: (_d: Record<never, never>): string => "The step of a loop cannot be zero or negative.",
  },
  NotACursor: {
    code: "E3043",
    severity: "error",
    message: (d: { name: string }): string => `${d.name} is not a cursor.`,
  },
  AmbiguousField: {
    code: "E3044",
    severity: "error",
    message: (d: { field: string; columns: string }): string => `${d.field} could be ${d.columns}.`,
  },
  SkipOutsideTrigger: {
    code: "E3045",
    severity: "error",
    message: (_d: Record<never, never>): string => "skip only works in a BEFORE trigger for each row.",
  },
  RecursiveType: {
    code: "E3046",
    severity: "error",
    message: (_d: Record<never, never>): string => "This type would contain itself.",
  },
  DivisionByConstantZero: {
    code: "E3047",
    severity: "warning",
    message: (_d: Record<never, never>): string => "This divides by zero.",
  },
  IndexAlwaysOut: {
    code: "E3048",
    severity: "warning",
    message: (d: { index: number; length: number }): string => `Index ${d.index} is outside of a list of ${d.length}.`,
  },
  DoubleField: {
    code: "E3049",
    severity: "error",
    message: (d: { field: string }): string => `${d.field} is given twice.`,
  },
  EmptyRange: {
    code: "E3051",
    severity: "warning",
    message: (d: { from: string; to: string }): string => `The range ${d.from}..${d.to} is empty.`,
  },
  WrongPattern: {
    code: "E3052",
    severity: "error",
    message: (d: { type: string }): string => `This pattern cannot match ${d.type}.`,
  },
  DeclarationInBody: {
    code: "E3091",
    severity: "error",
    message: (_d: object): string => "A declaration stands only at the top level of a file.",
  },
  ScriptOnly: {
    code: "E3053",
    severity: "error",
    message: (d: { what: string }): string => `${d.what} only works in a script, not inside a body.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
