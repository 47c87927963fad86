// Which registers an instruction takes behind its `args` operand, and what they must hold. Read from ARGUMENT_COUNTS and the constant or routine that it names.
import { ARGUMENT_COUNTS, type OpcodeName } from "./opcodes.ts";
import { picturesOf } from "./picture.ts";
import type { ConstantOf, RoutineCode } from "./program.ts";
import type { RegisterType } from "./register-type.ts";
import { refuse } from "./refusal.ts";
import { constantOf, placeOf, type Site } from "./verify-site.ts";

/** Consecutive registers from `first`; `value` takes any register. */
export interface ArgumentTypes {
  readonly first: number;
  readonly types: readonly (RegisterType | "value")[];
}

/** The arguments of an instruction, undefined when it has none. @throws Refusal when what it names does not fit. */
export function argumentTypesOf(site: Site): ArgumentTypes | undefined {
  const position = picturesOf(site.name).findIndex((picture) => picture.mode === "args");
  if (position < 0) return undefined;
  return { first: site.operands[position] ?? 0, types: typesOf(site) };
}

function values(count: number): readonly "value"[] {
  return Array.from({ length: count }, () => "value");
}

function countRow(name: OpcodeName): (typeof ARGUMENT_COUNTS)[keyof typeof ARGUMENT_COUNTS] | undefined {
  return (ARGUMENT_COUNTS as Partial<Record<OpcodeName, (typeof ARGUMENT_COUNTS)[keyof typeof ARGUMENT_COUNTS]>>)[name];
}

function typesOf(site: Site): readonly (RegisterType | "value")[] {
  const [, b, c] = site.operands;
  const row = countRow(site.name);
  switch (row) {
    case undefined:
      return [];
    case 2:
      return values(2);
    case "operand c":
      return values(boundedCount(site, c));
    case "closure":
      return ["closure", ...values(boundedCount(site, c))];
    case "sql":
      return values((constantOf(site, b, "sql") as ConstantOf<"sql">).form.parameterCount);
    case "names":
      return ["string", ...values((constantOf(site, b, "names") as ConstantOf<"names">).names.length)];
    case "import":
      return (constantOf(site, b, "import") as ConstantOf<"import">).reference.argumentTypes;
    case "job":
      return jobTypes(site, (constantOf(site, b, "job") as ConstantOf<"job">).job);
    case "management":
      return values((constantOf(site, b, "management") as ConstantOf<"management">).management.argumentCount);
    case "shape":
      return values((constantOf(site, b, "shape") as ConstantOf<"shape">).fields.length);
    case "routine":
      return parameterTypes(site, b);
    case "captures":
      return captureTypes(site, b);
    case "intrinsic":
      return site.options.intrinsic(b)?.parameters ?? [];
    case "intrinsic rest":
      return site.options.intrinsic(b)?.parameters.slice(1) ?? [];
  }
}

function boundedCount(site: Site, count: number): number {
  if (count < 0 || count > site.routine.registers.length)
    refuse("OperandOutOfRange", { place: placeOf(site), operand: "count", value: count });
  return count;
}

function parameterTypes(site: Site, index: number): readonly RegisterType[] {
  const routine = calledAlone(site, index);
  return routine.parameters.map((parameter) => parameter.type);
}

/** A routine that is called without a closure: nothing would fill the registers of its captures. */
function calledAlone(site: Site, index: number): RoutineCode {
  const routine = site.program.routines[index];
  if (routine === undefined)
    return refuse("RoutineOutOfRange", { place: placeOf(site), routine: index, count: site.program.routines.length });
  if (routine.captureCount > 0)
    refuse("ArgumentMismatch", {
      place: placeOf(site),
      what: `routine ${index} captures values, which only a closure of it holds`,
    });
  return routine;
}

function jobTypes(site: Site, job: ConstantOf<"job">["job"]): readonly "value"[] {
  if (job.callee.kind === "routine") calledAlone(site, job.callee.routine);
  return values(job.argumentCount);
}

function captureTypes(site: Site, index: number): readonly RegisterType[] {
  const routine = site.program.routines[index];
  if (routine === undefined || routine.kind !== "lambda")
    return refuse("ArgumentMismatch", { place: placeOf(site), what: `routine ${index} is not a lambda` });
  const first = routine.parameters.length;
  return routine.registers.slice(first, first + routine.captureCount);
}
