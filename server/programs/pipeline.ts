// From text to a loaded program, and from stored bytecode to one: parse, check, compile, verify, load. The only file of the server that knows these steps.
import type { CronPort } from "../../base/cron/fields.ts";
import { InternalError, required } from "../../base/failure.ts";
import { type Problem, report } from "../../base/problem.ts";
import type { SourceFile } from "../../base/source.ts";
import type { SqlForm } from "../../base/sql-form.ts";
import type { Value } from "../../base/value/value.ts";
import { decode } from "../../bytecode/decode.ts";
import { disassemble, disassembleRoutine as routineText } from "../../bytecode/disassemble.ts";
import { encode } from "../../bytecode/encode.ts";
import type { Program } from "../../bytecode/program.ts";
import { isVerified, verify, type VerifiedProgram } from "../../bytecode/verify.ts";
import { check } from "../../compiler/check/check.ts";
import type { CheckedModule } from "../../compiler/check/checked.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import { compile, type CompileOptions } from "../../compiler/compile.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type { ParseCache } from "../../compiler/syntax/parse-cache.ts";
import type { Item, Module, RoutineDeclaration, TriggerDeclaration } from "../../compiler/syntax/tree.ts";
import { showType } from "../../compiler/types/show.ts";
import type { Type } from "../../compiler/types/type.ts";
import { load, type LoadedProgram, type LoadedRoutine } from "../../vm/load.ts";
import type { CommonProgram } from "./knowledge.ts";
import type { ModuleFinder } from "./standard-library.ts";

/** A script variable that exists before a text starts. */
export interface KnownVariable {
  readonly name: string;
  readonly type: Type;
  readonly value: Value;
  /** True for the value of a parameter, which a client gives with its text: where a column has the name, only `:name` means it. */
  readonly isParameter?: boolean;
}

/** What a text is checked against. */
export interface CheckInput {
  readonly catalog: CatalogView;
  /** Modules for a file. */
  modulesFor(fileName: string): ModuleFinder;
  readonly strict: boolean;
  /** Reads cron texts, and knows the session's time. */
  readonly cron: CronPort;
  /** Undefined where a text stands alone: then unused variables are reported. */
  readonly variables: readonly KnownVariable[] | undefined;
  /** Declarations parsed before, by their text. */
  readonly parsed: ParseCache;
}

/** A checked and loaded script. */
export interface LoadedScript {
  readonly checked: CheckedModule;
  /** Problems of checking and compiling. */
  readonly problems: readonly Problem[];
  /** Undefined when there are errors. */
  readonly code: ScriptCode | undefined;
}
/** Code of a script. */
export interface ScriptCode {
  readonly loaded: LoadedProgram;
  /** The routine of each top-level item that runs. */
  readonly entries: ReadonlyMap<Item, LoadedRoutine>;
  /** Tests with the routine that gives the cases, when there are cases. */
  readonly tests: ReadonlyMap<Item, { readonly routine: LoadedRoutine; readonly cases: LoadedRoutine | undefined }>;
  /** Script variables by slot. */
  readonly globals: readonly { readonly name: string; readonly slot: number; readonly type: Type }[];
  /** Line and count of each coverage counter; none unless it was compiled for coverage. */
  readonly coverage: { readonly lines: readonly number[]; count(slot: number): number };
}

/** Told about each program that was loaded. */
export type OnLoaded = (program: LoadedProgram) => void;

/** True when a problem stops a text from being run. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === "error");
}

/** Checks a text. All problems, those of the parser included, are in the result. */
export function checkText(file: SourceFile, input: CheckInput): CheckedModule {
  const parsed = parse(file, input.parsed);
  const checked = checkModule(parsed.value, input);
  // A file that is too large has no items to carry its problem.
  return parsed.value.items.length > 0 || parsed.problems.length === 0
    ? checked
    : { ...checked, problems: parsed.problems };
}

/** Checks a module that was put together from parsed items. */
export function checkModule(module: Module, input: CheckInput): CheckedModule {
  const modules = input.modulesFor(module.file.name);
  return check(module, {
    catalog: input.catalog,
    strict: input.strict,
    ...(input.variables === undefined ? {} : { globals: input.variables }),
    standardModule: (routine) => modules.standardModule(routine),
    standardNames: () => modules.standardNames(),
    importModule: (name, from) => input.modulesFor(from).importModule(name),
    cron: input.cron,
  });
}

/** Verifies a program that our own compiler made. @throws InternalError when the verifier refuses it: that is a bug of ours. */
function verifyOwn(program: Program): VerifiedProgram {
  const verified = verify(program);
  if (verified.value === undefined)
    throw new InternalError(
      `the compiler made a program that the verifier refuses: ${verified.problems.map((problem) => problem.message).join(" ")}`,
    );
  return verified.value;
}

function loadOwn(program: Program, onLoaded: OnLoaded): LoadedProgram {
  const loaded = load(verifyOwn(program));
  onLoaded(loaded);
  return loaded;
}

/** A script that is ready to be loaded; sessions may share it. */
export interface CompiledScript {
  readonly checked: CheckedModule;
  /** Problems of checking and compiling. */
  readonly problems: readonly Problem[];
  /** Undefined when there are errors. */
  readonly compiled: (CompileOutput & { readonly program: VerifiedProgram }) | undefined;
}
type CompileOutput = ReturnType<typeof compile>;

/** Checks and compiles a script. */
export function compileScript(
  file: SourceFile,
  input: CheckInput,
  options: { readonly coverage?: boolean } = {},
): CompiledScript {
  const checked = checkText(file, input);
  if (hasErrors(checked.problems)) return { checked, problems: checked.problems, compiled: undefined };
  const compiled = compile(checked, input.catalog, { coverage: options.coverage ?? false });
  const problems = [...checked.problems, ...compiled.problems];
  const { program } = compiled;
  if (program === undefined || hasErrors(compiled.problems)) return { checked, problems, compiled: undefined };
  return { checked, problems, compiled: { ...compiled, program: verifyOwn(program) } };
}

/** Loads a compiled script: its variables are the caller's alone. */
export function loadCompiled({ checked, problems, compiled }: CompiledScript, onLoaded: OnLoaded): LoadedScript {
  if (compiled === undefined) return { checked, problems, code: undefined };
  const loaded = load(compiled.program);
  onLoaded(loaded);
  const routine = (index: number): LoadedRoutine => required(loaded.routines[index], `routine ${index} of a script`);
  const code: ScriptCode = {
    loaded,
    entries: new Map(compiled.entries.map((entry) => [entry.item, routine(entry.routine)])),
    tests: new Map(
      compiled.tests.map((test) => [
        test.item,
        { routine: routine(test.routine), cases: test.cases === undefined ? undefined : routine(test.cases) },
      ]),
    ),
    globals: compiled.globals,
    coverage: { lines: compiled.coverageLines, count: (slot) => loaded.coverage[slot] ?? 0 },
  };
  return { checked, problems, code };
}

/** Checks, compiles and loads a script. */
export function loadScript(
  file: SourceFile,
  input: CheckInput,
  onLoaded: OnLoaded,
  options: { readonly coverage?: boolean } = {},
): LoadedScript {
  return loadCompiled(compileScript(file, input, options), onLoaded);
}

/** One routine compiled on its own: its program, its number there, and the bytes for the catalog; or the problems. */
export function compileRoutine(
  checked: CheckedModule,
  declaration: RoutineDeclaration,
  catalog: CatalogView,
  options: CompileOptions = { coverage: false },
): { readonly program: Program; readonly routine: number; readonly bytecode: Uint8Array } | readonly Problem[] {
  const compiled = compile(checked, catalog, options);
  const found = compiled.routines.find((candidate) => candidate.declaration === declaration);
  if (compiled.program === undefined || found === undefined || hasErrors(compiled.problems)) return compiled.problems;
  return { program: compiled.program, routine: found.routine, bytecode: encode(compiled.program) };
}

/** A DDL statement of our grammar as the engine's text; undefined when it has problems or is none. */
export function printDdl(file: SourceFile, input: CheckInput, print: (form: SqlForm) => string): string | undefined {
  const checked = checkText(file, input);
  if (checked.problems.some((problem) => problem.severity === "error" || problem.severity === "warning"))
    return undefined;
  const { program } = compile(checked, input.catalog, { coverage: false });
  const forms = program?.constants.flatMap((constant) => (constant.kind === "sql" ? [constant.form] : [])) ?? [];
  const [form] = forms;
  return form === undefined || forms.length > 1 || form.verb !== "ddl" ? undefined : print(form);
}

/** A trigger's body and condition. */
interface TriggerRoutines {
  readonly body: LoadedRoutine;
  readonly when: LoadedRoutine | undefined;
}

/** Name of the routine that holds a trigger's condition. */
function conditionName(trigger: string): string {
  return `${trigger} when`;
}

/** A trigger of a checked module compiled and loaded, with the bytes for the catalog; or the problems. */
export function compileTrigger(
  checked: CheckedModule,
  declaration: TriggerDeclaration,
  catalog: CatalogView,
  onLoaded: OnLoaded,
): (TriggerRoutines & { readonly bytecode: Uint8Array }) | readonly Problem[] {
  const compiled = compile(checked, catalog, { coverage: false });
  const found = compiled.routines.find((candidate) => candidate.declaration === declaration);
  if (compiled.program === undefined || found === undefined || hasErrors(compiled.problems)) return compiled.problems;
  const { routines } = loadOwn(compiled.program, onLoaded);
  return {
    body: required(routines[found.routine], "a trigger's body"),
    when: found.when === undefined ? undefined : required(routines[found.when], "a trigger's condition"),
    bytecode: encode(compiled.program),
  };
}

/** A trigger from stored bytes; or what the decoder or the verifier has against them. */
export function loadTrigger(bytes: Uint8Array, name: string, onLoaded: OnLoaded): TriggerRoutines | readonly Problem[] {
  const decoded = decode(bytes);
  if (decoded.value === undefined) return decoded.problems;
  const verified = verify(decoded.value);
  if (verified.value === undefined) return verified.problems;
  const loaded = load(verified.value);
  const named = (wanted: string): LoadedRoutine | undefined =>
    loaded.routines.find(({ code }) => code.kind === "trigger" && code.name.toLowerCase() === wanted.toLowerCase());
  const body = named(name);
  if (body === undefined) return [];
  onLoaded(loaded);
  return { body, when: named(conditionName(name)) };
}

/** Loads a program and gives one of its routines. */
export function loadProgram(program: Program, routine: number, onLoaded: OnLoaded): LoadedRoutine {
  return required(loadOwn(program, onLoaded).routines[routine], `routine ${routine}`);
}

/** A loaded routine as other sessions can load it. */
export function commonProgram(routine: LoadedRoutine, compiledAgainst: string): CommonProgram {
  const { program, routines } = routine.owner;
  if (!isVerified(program)) throw new InternalError("a stored routine was loaded without being verified");
  return { fingerprint: compiledAgainst, program, routine: routines.indexOf(routine) };
}

/** A routine that another session has loaded. */
export function loadCommon({ program, routine }: CommonProgram, onLoaded: OnLoaded): LoadedRoutine {
  const loaded = load(program);
  onLoaded(loaded);
  return required(loaded.routines[routine], `routine ${routine}`);
}

/** The routine of a name in stored bytes; or what the decoder or the verifier has against them. The caller then compiles the stored text. */
export function loadBytecode(bytes: Uint8Array, name: string, onLoaded: OnLoaded): LoadedRoutine | readonly Problem[] {
  const decoded = decode(bytes);
  if (decoded.value === undefined) return decoded.problems;
  const verified = verify(decoded.value);
  if (verified.value === undefined) return verified.problems;
  const loaded = load(verified.value);
  const routine = loaded.routines.find(
    (candidate) => candidate.code.name.toLowerCase() === name.toLowerCase() && candidate.code.kind !== "lambda",
  );
  if (routine === undefined) {
    const problems: Problem[] = [];
    const what = `it holds no routine named ${name}`;
    report(problems, "BytecodeMalformed", { start: 0, end: 0 }, { section: "routine table", what });
    return problems;
  }
  onLoaded(loaded);
  return routine;
}

/** Starts a script's variables: all empty, then those that are given. */
export function presetGlobals(code: ScriptCode, variables: readonly KnownVariable[]): void {
  code.loaded.resetGlobals();
  const byName = new Map(variables.map((variable) => [variable.name.toLowerCase(), variable]));
  for (const global of code.globals) {
    const variable = byName.get(global.name.toLowerCase());
    // A text may declare the name again with another type: that is another variable.
    if (variable !== undefined && showType(variable.type) === showType(global.type))
      code.loaded.setGlobal(global.slot, variable.value);
  }
}

/** The value of a script variable. */
export function readGlobal(code: ScriptCode, slot: number): Value {
  return code.loaded.global(slot);
}

/** Values of all script variables, to be put back by `writeGlobals`. */
export function readGlobals(code: ScriptCode): readonly Value[] {
  return code.globals.map((global) => readGlobal(code, global.slot));
}

/** Puts values of `readGlobals` back. */
export function writeGlobals(code: ScriptCode, values: readonly Value[]): void {
  code.globals.forEach((global, index) => {
    code.loaded.setGlobal(global.slot, values[index] ?? null);
  });
}

/** The instructions of a program, for people. */
export function disassembleProgram(program: Program): string {
  return disassemble(program);
}

/** The instructions of one routine, for people. */
export function disassembleRoutine(routine: LoadedRoutine): string {
  return routineText(routine.code, routine.owner.program);
}
