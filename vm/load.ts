// Loading: from a verified program to what the machine runs. Stored opcodes are specialised by the types of their registers, jump targets become code offsets,
// constants become values, static fuel is summed up per loop and routine. A loaded program belongs to the process; programs stay plain data.
import { InternalError } from "../base/failure.ts";
import type { SqlForm } from "../base/sql-form.ts";
import type { Constant, ParameterRow, Program, RoutineCode, TypeForm } from "../bytecode/program.ts";
import type { RegisterType } from "../bytecode/register-type.ts";
import { baseOf } from "../bytecode/register-type.ts";
import { isVerified, type VerifiedProgram } from "../bytecode/verify.ts";
import {
  boxFloat,
  DateValue,
  Decimal,
  Interval,
  Json,
  ListValue,
  MapValue,
  Shape,
  TimeValue,
  Timestamp,
  type Value,
} from "../base/value/value.ts";
import { staticFuel } from "./interpreter/fuel.ts";
import { FLOAT_KIND, INT_KIND, kindOfRegister, type RegisterKind } from "./interpreter/register-kind.ts";
import { signatureNumber } from "./interpreter/signature.ts";
import { RAW_BITS } from "./interpreter/space.ts";
import { specialise, type SpecialisedCode } from "./interpreter/specialise.ts";

/** A SQL statement in the machine. Forms are objects of many shapes, which V8 reads slowly; this is one. */
export class LoadedStatement {
  readonly form: SqlForm;
  readonly parameterCount: number;
  /** It writes rows, and nothing else. */
  readonly writesRows: boolean;
  /** The shape of the rows that it last gave. */
  rowShape: Shape | undefined;
  constructor(form: SqlForm) {
    this.form = form;
    this.parameterCount = form.parameterCount;
    this.writesRows = form.verb === "insert" || form.verb === "update" || form.verb === "delete";
  }
}

/** A program in the machine. */
export interface LoadedProgram {
  readonly program: Program;
  readonly routines: readonly LoadedRoutine[];
  /** The script's top level, when it has one. */
  readonly entry: LoadedRoutine | undefined;
  /** Literal constants as values, null for the others. */
  readonly constants: readonly Value[];
  /** Int and float literals as raw numbers, NaN for ints beyond the safe range and for the others. */
  readonly numbers: Float64Array;
  /** Shapes of shape constants, undefined for the others. */
  readonly shapes: readonly (Shape | undefined)[];
  /** Per constant: the shape that a field name was last looked up in, and its slot there (inline cache of FieldGet). */
  readonly fieldShapes: (Shape | undefined)[];
  readonly fieldSlots: Int32Array;
  /** SQL constants as the machine runs them, undefined for the others. */
  readonly statements: readonly (LoadedStatement | undefined)[];
  /** Script-level variables, self-describing. */
  readonly globals: Value[];
  /** How often each coverage counter was passed; a counter never passed is missing. */
  readonly coverage: number[];
  /** Told of each coverage counter that is passed, with its instruction and the depth of the frame, while the program is profiled. */
  probe: ((routine: LoadedRoutine, instruction: number, depth: number) => void) | undefined;
  /** The value of a script-level variable. */
  global(slot: number): Value;
  setGlobal(slot: number, value: Value): void;
  /** Sets the script-level variables back to how they start: null, or the zero of a type that cannot be null. */
  resetGlobals(): void;
}

function startingValue(type: RegisterType): Value {
  switch (type) {
    case "int":
      return 0;
    case "float":
      return boxFloat(0);
    case "bool":
      return false;
    case "string":
      return "";
    case "decimal":
      return new Decimal(0n, 0);
    case "list":
      return new ListValue([]);
    case "map":
      return new MapValue(new Map());
    default:
      return null;
  }
}

/** A routine in the machine: what `host.resolve` gives and `machine.call` takes. */
export interface LoadedRoutine {
  readonly code: RoutineCode;
  readonly owner: LoadedProgram;
  /** Specialised code (operations.ts), STRIDE units per instruction as in the stored code, jump targets as offsets in it. */
  readonly operations: Int32Array;
  /** Units of `operations` that are jump targets, and that are constant indexes: moved when it is installed. */
  readonly targets: Int32Array;
  readonly constants: Int32Array;
  /** Where the code is installed in the space (interpreter/space.ts), -1: not. */
  codeStart: number;
  /** Whether the interpreter's operations in it, and in what it calls, have had their lesson (interpreter/lessons.ts). */
  taught: boolean;
  /** Registers plus one that takes unwanted results. */
  readonly frameSize: number;
  /** Kinds of the registers. */
  readonly kinds: readonly RegisterKind[];
  readonly parameterCount: number;
  /** Parameters that a caller must give. */
  readonly requiredCount: number;
  /** Per parameter: its full type when a value of its register kind may still not fit it (a length, a range, fields), else undefined. */
  readonly parameterCasts: readonly (TypeForm | undefined)[];
  /** Bit i: parameter or capture i is raw. Routines with more than RAW_BITS of them are called by checked operations. */
  readonly rawRegisters: number;
  /** Fuel charged when it is called: everything outside of loops. */
  readonly entryFuel: number;
  /** Kind of the result, -1 for void. */
  readonly resultKind: number;
  /** Number that closures and call sites of equal parameter and result types share. */
  readonly signature: number;
}

/** Loads a program. @throws InternalError when the verifier has not accepted it. */
export function load(program: VerifiedProgram): LoadedProgram {
  if (!isVerified(program)) throw new InternalError("load: the program was not verified");
  const count = program.constants.length;
  const routines: LoadedRoutine[] = [];
  const loaded: { -readonly [Field in keyof LoadedProgram]: LoadedProgram[Field] } = {
    program,
    routines,
    entry: undefined,
    constants: program.constants.map(constantValue),
    numbers: Float64Array.from(program.constants, constantNumber),
    shapes: program.constants.map((constant) =>
      constant.kind === "shape" ? new Shape(constant.name, constant.fields) : undefined,
    ),
    fieldShapes: new Array<Shape | undefined>(count).fill(undefined),
    fieldSlots: new Int32Array(count),
    statements: program.constants.map((constant) =>
      constant.kind === "sql" ? new LoadedStatement(constant.form) : undefined,
    ),
    globals: program.globals.map((row) => startingValue(row.type)),
    coverage: [],
    probe: undefined,
    global: (slot) => loaded.globals[slot] ?? null,
    setGlobal: (slot, value) => {
      loaded.globals[slot] = value;
    },
    resetGlobals: () => {
      for (const [slot, row] of program.globals.entries()) loaded.globals[slot] = startingValue(row.type);
    },
  };
  for (const code of program.routines) routines.push(loadRoutine(code, loaded));
  // Not a getter: V8 keeps objects with getters of their own as dictionaries, and the machine looks into this one all the time.
  loaded.entry = routines[program.entry];
  return loaded;
}

function loadRoutine(code: RoutineCode, owner: LoadedProgram): LoadedRoutine {
  const fuel = staticFuel(code);
  return makeRoutine(code, owner, specialise(code, owner.program, fuel), fuel.entry);
}

/** Puts a loaded routine together. The only place that does, so that V8 sees one shape. */
export function makeRoutine(
  code: RoutineCode,
  owner: LoadedProgram,
  specialised: SpecialisedCode,
  entryFuel: number,
): LoadedRoutine {
  const kinds = code.registers.map(kindOfRegister);
  const parameterCount = code.parameters.length;
  const resultKind = code.result === "void" ? -1 : kindOfRegister(code.result);
  const incoming = parameterCount + code.captureCount;
  let rawRegisters = 0;
  for (let register = 0; register < Math.min(incoming, RAW_BITS); register += 1) {
    if (kinds[register] === INT_KIND || kinds[register] === FLOAT_KIND) rawRegisters |= 1 << register;
  }
  return {
    code,
    owner,
    operations: specialised.operations,
    targets: specialised.targets,
    constants: specialised.constants,
    codeStart: -1,
    taught: false,
    frameSize: code.registers.length + 1,
    kinds,
    parameterCount,
    requiredCount: code.parameters.filter((row) => !row.optional).length,
    parameterCasts: code.parameters.map(castOf),
    rawRegisters,
    // Small ints only: the sum comes as a float from where it is summed, and V8 would keep routines of two kinds.
    entryFuel: entryFuel | 0,
    resultKind,
    signature: incoming > RAW_BITS ? -1 : signatureNumber(kinds.slice(0, parameterCount), resultKind),
  };
}

/** The type that arguments from outside must be cast to even when their kind is right. */
function castOf(row: ParameterRow): TypeForm | undefined {
  const { name, nullable: _nullable, typeName: _typeName, ...rest } = row.form;
  const isPlain = Object.values(rest).every((value) => value === undefined || value === false);
  // uuid, enum and timestamptz have registers of other names: their values are looked at.
  return isPlain && name === baseOf(row.type) ? undefined : row.form;
}

function constantNumber(constant: Constant): number {
  return (constant.kind === "int" || constant.kind === "float") && typeof constant.value === "number"
    ? constant.value
    : Number.NaN;
}

function constantValue(constant: Constant): Value {
  switch (constant.kind) {
    case "int":
    case "string":
      return constant.value;
    case "float":
      return boxFloat(constant.value);
    case "decimal":
      return new Decimal(constant.unscaled, constant.scale);
    case "bytes":
      return constant.value.slice();
    case "date":
      return new DateValue(constant.days);
    case "time":
      return new TimeValue(constant.micros);
    case "timestamp":
      return new Timestamp(constant.micros);
    case "interval":
      return new Interval(constant.months, constant.days, constant.micros);
    case "json":
      return new Json(constant.text);
    default:
      return null;
  }
}
