// Stored routines as loaded programs: found by name, loaded from bytecode while what they were compiled against is unchanged, else checked and compiled again.
// What no longer fits is an error that says why, at the call; nothing runs on a guess.
import type { Problem } from "../../base/problem.ts";
import { lineStarts, positionAt, type SourceFile } from "../../base/source.ts";
import { VERSION } from "../../base/version.ts";
import { FORMAT_VERSION } from "../../bytecode/program.ts";
import { trap } from "../../bytecode/trap.ts";
import type { CheckedModule } from "../../compiler/check/checked.ts";
import type { CompileOptions } from "../../compiler/compile.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import type { Item, RoutineDeclaration } from "../../compiler/syntax/tree.ts";
import type { RoutineReference } from "../../vm/host.ts";
import type { LoadedProgram, LoadedRoutine } from "../../vm/load.ts";
import {
  dependenciesOfVersion,
  findRoutines,
  refreshVersion,
  type RoutineFacts,
  type StoredRoutine,
} from "../catalog/routines.ts";
import { bumpEpoch, type CatalogPlace } from "../catalog/schema.ts";

import type { Connection } from "../../storage/engine.ts";
import type { CatalogState } from "./catalog-state.ts";
import { dependenciesOf, infoOf, routineFacts } from "./facts.ts";
import { keepNewest } from "./knowledge.ts";
import { fingerprint } from "./fingerprint.ts";
import {
  checkText,
  commonProgram,
  compileRoutine,
  hasErrors,
  loadBytecode,
  loadCommon,
  loadProgram,
  type CheckInput,
} from "./pipeline.ts";

/** Stored routines of one session. */
export interface StoredPrograms {
  /** The routine for a late-bound call. @throws Trap NoSuchRoutine, InvalidRoutine. */
  resolve(reference: RoutineReference): LoadedRoutine;
  /** Facts for the catalog, from the declaration's own text checked against `catalog`; or the errors that stand in it. */
  factsOf(declaration: RoutineDeclaration, text: string, catalog: CatalogView): RoutineFacts | readonly Problem[];
  /** A routine compiled for coverage, for the call at hand only, with the text that its places are in. @throws Trap NoSuchRoutine, InvalidRoutine. */
  watched(reference: RoutineReference): { readonly routine: LoadedRoutine; readonly file: SourceFile };
  /** Facts of a stored text against the database as it is now. @throws Trap InvalidRoutine. */
  compileStored(routine: StoredRoutine): RoutineFacts;
  /** The stored routine that a loaded one is; undefined for those of scripts. */
  storedAs(routine: LoadedRoutine): StoredRoutine | undefined;
  /** Compiles the current versions of a name again and keeps them where their effects have changed, inside the caller's transaction: true when one has. @throws EngineError. */
  deriveAgain(place: CatalogPlace, name: string): boolean;
  /** Writes what was compiled again since the last time, inside the caller's transaction, so that the next process need not; gives the names whose effects have changed. @throws EngineError. */
  keepRefreshed(place: CatalogPlace): readonly string[];
}

/** What the session gives. */
export interface StoredWorld {
  readonly connection: Connection;
  readonly catalog: CatalogState;
  checkInput(catalog: CatalogView): CheckInput;
  /** Told when stored bytecode was refused; it is compiled again from the stored text. */
  refused(routine: StoredRoutine, problems: readonly Problem[]): void;
  /** Told about each program that was loaded, so that SQL can call its functions. */
  loaded(program: LoadedProgram): void;
}

interface CachedRoutine {
  readonly generation: number;
  readonly routine: LoadedRoutine;
}

/** A version in the machine, with what its dependencies looked like then. */
interface LoadedProgramOf {
  readonly fingerprint: string;
  readonly routine: LoadedRoutine;
}

/** Loaded versions and bound names kept per session; the oldest go first and are loaded again when they are called. */
const PROGRAMS_MAX = 500;
/** Versions that sessions of one process share. */
const COMMON_PROGRAMS_MAX = 2000;

function describe(problem: Problem, text: string): string {
  const { line } = positionAt(lineStarts(text), problem.span.start);
  return `line ${line}: ${problem.message} (${problem.code})`;
}

function invalid(routine: StoredRoutine, problems: readonly Problem[]): never {
  const errors = problems
    .filter((problem) => problem.severity === "error")
    .map((problem) => describe(problem, routine.source));
  throw trap(
    "InvalidRoutine",
    `${routine.kind} ${routine.name} (version ${routine.version}) no longer fits the database: ${errors.join("; ")}`,
  );
}

function itemOf(checked: CheckedModule): { readonly item: Item; readonly declaration: RoutineDeclaration } | undefined {
  const [item] = checked.module.items;
  return item?.statement.kind === "routine" ? { item, declaration: item.statement } : undefined;
}

/** A routine compiled from its own text. */
interface CompiledText {
  readonly facts: RoutineFacts;
  readonly routine: LoadedRoutine;
}

/** Compiles a declaration on its own; gives the problems when that is not possible. */
function compileText(
  world: StoredWorld,
  name: string,
  text: string,
  catalog: CatalogView,
  options: CompileOptions = { coverage: false },
): CompiledText | readonly Problem[] {
  const checked = checkText({ name, text }, world.checkInput(catalog));
  const found = itemOf(checked);
  if (found === undefined || hasErrors(checked.problems)) return checked.problems;
  const compiled = compileRoutine(checked, found.declaration, catalog, options);
  if (!("program" in compiled)) return compiled;
  const dependencies = dependenciesOf(
    infoOf(checked, found.declaration).effects,
    found.declaration,
    text,
    world.catalog.types().map((type) => type.name),
  );
  const compiledAgainst = fingerprint(world.catalog, dependencies);
  return {
    facts: routineFacts(checked, found.item, found.declaration, {
      bytecode: compiled.bytecode,
      compiledAgainst,
      dependencies,
    }),
    routine: loadProgram(compiled.program, compiled.routine, world.loaded),
  };
}

/** Programs of a session. */
export function makeStoredPrograms(world: StoredWorld): StoredPrograms {
  const byReference = new Map<string, CachedRoutine>();
  const compileNow = (routine: StoredRoutine, options?: CompileOptions): CompiledText => {
    const compiled = compileText(world, fileOf(routine), routine.source, world.catalog.view(), options);
    return "facts" in compiled ? compiled : invalid(routine, compiled);
  };
  const programs = new Map<string, LoadedProgramOf>();
  const storedAs = new WeakMap<LoadedRoutine, StoredRoutine>();
  const refreshed = new Map<string, { readonly routine: StoredRoutine; readonly facts: RoutineFacts }>();
  const loadStored = (routine: StoredRoutine): LoadedRoutine => {
    const id = `${routine.routineId}@${routine.version}`;
    const common = world.catalog.common();
    const shared = common?.programs.get(id);
    const now = shared?.fingerprint ?? fingerprintOf(world, routine);
    const known = programs.get(id);
    if (known !== undefined && known.fingerprint === now) return known.routine;
    const loaded = shared === undefined ? loadAlone(routine, id, now) : loadCommon(shared, world.loaded);
    // Not when others have changed the catalog meanwhile.
    if (shared === undefined && common !== undefined && common === world.catalog.common())
      keepNewest(common.programs, id, commonProgram(loaded, now), COMMON_PROGRAMS_MAX);
    storedAs.set(loaded, routine);
    keepNewest(programs, id, { fingerprint: now, routine: loaded }, PROGRAMS_MAX);
    return loaded;
  };
  /** From the stored bytecode, or compiled again. */
  const loadAlone = (routine: StoredRoutine, id: string, now: string): LoadedRoutine => {
    const usable =
      now === routine.compiledAgainst &&
      routine.status === "valid" &&
      routine.bytecodeFormat === FORMAT_VERSION &&
      routine.compilerVersion === VERSION;
    const stored =
      usable && routine.bytecode !== undefined ? loadBytecode(routine.bytecode, routine.name, world.loaded) : undefined;
    if (stored !== undefined && "code" in stored) return stored;
    if (stored !== undefined) world.refused(routine, stored);
    const compiled = compileNow(routine);
    refreshed.set(id, { routine, facts: compiled.facts });
    return compiled.routine;
  };
  return {
    resolve: (reference) => {
      const name = `${reference.receiver ?? ""}.${reference.name}@${reference.version ?? ""}`.toLowerCase();
      const cached = byReference.get(name);
      if (cached !== undefined && cached.generation === world.catalog.generation) return cached.routine;
      const routine = loadStored(findStored(world, reference));
      keepNewest(byReference, name, { generation: world.catalog.generation, routine }, PROGRAMS_MAX);
      return routine;
    },
    factsOf: (declaration, text, catalog) => {
      const compiled = compileText(world, `${declaration.routine} ${declaration.name.text}`, text, catalog);
      return "facts" in compiled ? compiled.facts : compiled;
    },
    compileStored: (routine) => compileNow(routine).facts,
    storedAs: (routine) => storedAs.get(routine),
    watched: (reference) => {
      const stored = findStored(world, reference);
      const { routine } = compileNow(stored, { coverage: true });
      storedAs.set(routine, stored);
      return { routine, file: { name: fileOf(stored), text: stored.source } };
    },
    deriveAgain: (place, name) => {
      let changed = false;
      for (const routine of world.catalog.routines(name)) {
        const compiled = compileText(world, fileOf(routine), routine.source, world.catalog.view());
        // What no longer fits says so when it is called.
        if (!("facts" in compiled) || compiled.facts.effectsJson === routine.effectsJson) continue;
        refreshVersion(place, routine, compiled.facts);
        changed = true;
      }
      if (changed) world.catalog.changed("catalog");
      return changed;
    },
    keepRefreshed: (place) => {
      const changed: string[] = [];
      for (const [id, { routine, facts }] of refreshed) {
        refreshed.delete(id);
        refreshVersion(place, routine, facts);
        if (facts.effectsJson !== routine.effectsJson && routine.version === routine.currentVersion)
          changed.push(routine.name);
      }
      if (changed.length > 0) {
        bumpEpoch(place);
        world.catalog.changed("catalog");
      }
      return changed;
    },
  };
}

/** Of what a version uses, as it is now. */
function fingerprintOf({ catalog, connection }: StoredWorld, { routineId, version }: StoredRoutine): string {
  return fingerprint(catalog, dependenciesOfVersion(connection, routineId, version));
}

/** The file name that traces of a stored routine show. */
function fileOf(routine: StoredRoutine): string {
  return `${routine.kind} ${routine.name}@${routine.version}`;
}

function findStored(world: StoredWorld, reference: RoutineReference): StoredRoutine {
  const candidates =
    reference.version === undefined
      ? world.catalog.routines(reference.name)
      : world.catalog.hasCatalog()
        ? findRoutines(world.connection, reference.name, reference.version)
        : [];
  const wanted = reference.receiver?.toLowerCase();
  const found =
    wanted === undefined
      ? (candidates.find((routine) => routine.receiver === "") ?? candidates[0])
      : candidates.find((routine) => routine.receiver.toLowerCase() === wanted);
  if (found !== undefined) return found;
  const named = reference.version === undefined ? reference.name : `${reference.name}@${reference.version}`;
  throw trap("NoSuchRoutine", `There is no procedure or function named ${named}.`);
}
