// The compiler's pipeline on one screen: text → parse → check → lower → emit.
// `compile` takes a checked module, so that tools which only check share the first half; `compileFile` does all of it.
import type { Problem } from "../base/problem.ts";
import type { SourceFile } from "../base/source.ts";
import { finished, type Steps } from "../base/steps.ts";
import { required } from "../base/failure.ts";
import type { Program } from "../bytecode/program.ts";
import type { CatalogView } from "./catalog-view.ts";
import type { CheckedModule } from "./check/checked.ts";
import { type Emitted, emitProgram } from "./emit/emit.ts";
import { sizeProblems } from "./emit/sizes.ts";
import { type Lowered, lowerModule } from "./lower/lower.ts";
import type { CoreRoutine } from "./lower/core.ts";
import type { Declaration, Item } from "./syntax/tree.ts";
import type { Type } from "./types/type.ts";

/** A compiled module. Routines are named by their number in the program. */
export interface Compiled {
  /** Undefined when lowering found an error. */
  readonly program: Program | undefined;
  /** Problems that only compiling can see; those of checking are in the checked module. */
  readonly problems: readonly Problem[];
  /** The routine of each top-level statement, in order. Each is run on its own; they share the program's globals and give the statement's value. */
  readonly entries: readonly { readonly item: Item; readonly routine: number }[];
  /** Tests. `cases` gives the list of case values; the test takes each as its arguments. */
  readonly tests: readonly { readonly item: Item; readonly routine: number; readonly cases: number | undefined }[];
  /** Routines, and bodies of triggers (with their conditions) and schedules, by declaration. */
  readonly routines: readonly {
    readonly declaration: Declaration;
    readonly item: Item;
    readonly routine: number;
    readonly when?: number | undefined;
  }[];
  readonly globals: readonly { readonly name: string; readonly slot: number; readonly type: Type }[];
  /** 1-based line in the file of each coverage counter; empty unless asked for. */
  readonly coverageLines: readonly number[];
}

/** How to compile. */
export interface CompileOptions {
  readonly coverage: boolean;
}

/** Compiles what can be run of a checked module; items with errors are left out. */
export function compile(
  checked: CheckedModule,
  catalog: CatalogView,
  options: CompileOptions = { coverage: false },
): Compiled {
  const lowered = finished(lowerModule(checked, catalog, options));
  if (hasErrors(lowered.problems)) return notCompiled(lowered.problems);
  const emitted = finished(emitOf(checked, lowered));
  const tooLarge = sizeProblems(emitted);
  if (tooLarge.length > 0) return notCompiled([...lowered.problems, ...tooLarge]);
  const { program, indexes } = emitted;
  const index = (routine: CoreRoutine): number => required(indexes.get(routine), `number of ${routine.name}`);
  return {
    program,
    problems: lowered.problems,
    entries: lowered.entries.map(({ item, routine }) => ({ item, routine: index(routine) })),
    tests: lowered.tests.map(({ item, routine, cases }) => ({
      item,
      routine: index(routine),
      cases: cases === undefined ? undefined : index(cases),
    })),
    routines: lowered.declared.map(({ declaration, item, routine, when }) => ({
      declaration,
      item,
      routine: index(routine),
      when: when === undefined ? undefined : index(when),
    })),
    globals: lowered.globals,
    coverageLines: lowered.coverageLines,
  };
}

function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === "error");
}

function notCompiled(problems: readonly Problem[]): Compiled {
  return { program: undefined, problems, entries: [], tests: [], routines: [], globals: [], coverageLines: [] };
}

function emitOf(checked: CheckedModule, lowered: Lowered): Steps<Emitted> {
  const files = filesOf(checked);
  return emitProgram(lowered.program, (item) => files.get(item) ?? checked.module.file);
}

/** Shorter texts cannot need more code than is allowed. */
const SMALL_TEXT_MAX = 16 * 1024;

/** The checked module with the problems that only compiling can see: what an engine cannot do, and code that is too large. For tools that check without running. */
export function withCompileProblems(checked: CheckedModule, catalog: CatalogView): CheckedModule {
  return finished(compileProblemSteps(checked, catalog));
}

/** The same in steps. They are void once what was checked is. */
export function* compileProblemSteps(checked: CheckedModule, catalog: CatalogView): Steps<CheckedModule> {
  if (hasErrors(checked.problems)) return checked;
  const lowered = yield* lowerModule(checked, catalog, { coverage: false });
  const small = checked.module.file.text.length <= SMALL_TEXT_MAX || hasErrors(lowered.problems);
  const problems = small ? lowered.problems : [...lowered.problems, ...sizeProblems(yield* emitOf(checked, lowered))];
  if (problems.length === 0) return checked;
  return {
    ...checked,
    problems: [...checked.problems, ...problems].sort((left, right) => left.span.start - right.span.start),
  };
}

// The file of each item, those of the modules in use included.
function filesOf(
  checked: CheckedModule,
  files: Map<Item, SourceFile> = new Map(),
  seen: Set<CheckedModule> = new Set(),
): ReadonlyMap<Item, SourceFile> {
  if (seen.has(checked)) return files;
  seen.add(checked);
  for (const item of checked.module.items) files.set(item, checked.module.file);
  for (const used of checked.uses) filesOf(used, files, seen);
  return files;
}
