// Stored triggers as loaded code: checked and compiled together with the routine they call, loaded from stored bytecode while nothing they were compiled against
// has changed. What no longer fits is an error that says why, when the trigger would fire; nothing runs on a guess.
import type { Problem } from "../../base/problem.ts";
import { lineStarts, positionAt, type SourceFile } from "../../base/source.ts";
import { VERSION } from "../../base/version.ts";
import { FORMAT_VERSION } from "../../bytecode/program.ts";
import { type Trap, trap } from "../../bytecode/trap.ts";
import type { CheckedModule } from "../../compiler/check/checked.ts";
import type { Effects } from "../../compiler/effects/effects.ts";
import { NO_EFFECTS } from "../../compiler/effects/join.ts";
import { effectsToJson } from "../../compiler/effects/print.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type { Module, TriggerDeclaration } from "../../compiler/syntax/tree.ts";
import {
  nativeCandidate,
  nativeName,
  nativeText,
  type NativeCandidate,
} from "../../compiler/triggers/native-candidate.ts";
import { ownWay } from "../../compiler/triggers/native-neighbours.ts";
import type { Connection } from "../../storage/engine.ts";
import type { LoadedProgram, LoadedRoutine } from "../../vm/load.ts";
import { textHash } from "../catalog/identifiers.ts";
import type { StoredDependency, StoredRoutine } from "../catalog/routines.ts";
import type { CatalogPlace } from "../catalog/schema.ts";
import {
  bytecodeOfTrigger,
  dependenciesOfTrigger,
  storeTriggerProgram,
  type StoredTrigger,
  type TriggerProgram,
} from "../catalog/triggers.ts";
import type { CatalogState } from "../programs/catalog-state.ts";
import { effectDependencies, typesNamed } from "../programs/facts.ts";
import { fingerprint } from "../programs/fingerprint.ts";
import {
  checkModule,
  compileTrigger,
  hasErrors,
  loadTrigger,
  printDdl,
  type CheckInput,
} from "../programs/pipeline.ts";
import type { TriggerDefinition } from "./definition.ts";
import { nativeSchemaOf } from "./native-schema.ts";

/** Code of a trigger. */
export interface TriggerCode {
  readonly body: LoadedRoutine;
  readonly when: LoadedRoutine | undefined;
}

/** What the session gives. */
export interface TriggerProgramsWorld {
  readonly connection: Connection;
  readonly catalog: CatalogState;
  checkInput(catalog: ReturnType<CatalogState["view"]>): CheckInput;
  /** Told when stored bytecode was refused; it is compiled again from the stored text. */
  refused(what: string, problems: readonly Problem[]): void;
  loaded(program: LoadedProgram): void;
}

/** A trigger with what it is compiled from. */
export interface TriggerSource {
  readonly stored: StoredTrigger;
  readonly declaration: TriggerDeclaration;
  readonly definition: TriggerDefinition;
  /** The routine that is called; undefined: its own body. */
  readonly callee: StoredRoutine | undefined;
}

/** Code of triggers, kept per session. */
export interface TriggerPrograms {
  /** @throws Trap InvalidRoutine. */
  codeOf(source: TriggerSource): TriggerCode;
  /** Whether what the catalog keeps about it no longer fits the database. @throws EngineError. */
  isStale(source: TriggerSource): boolean;
  /** Compiles and gives what the catalog keeps, problems included. */
  compile(source: TriggerSource): Compiled;
  /** Whether something was compiled again that is not kept yet. */
  pending(): boolean;
  /** Writes what was compiled again since the last time (true: something was), inside the caller's transaction. @throws EngineError. */
  keepRefreshed(place: CatalogPlace): boolean;
}

/** Outcome of compiling. */
export interface Compiled {
  readonly program: TriggerProgram & { readonly bytecode: Uint8Array | undefined };
  readonly dependencies: readonly StoredDependency[];
  readonly code: TriggerCode | undefined;
  readonly checked: CheckedModule | undefined;
  readonly problems: readonly Problem[];
}

/** The module that a trigger is compiled from: its own text, then that of the routine it calls. */
function moduleOf(source: TriggerSource): Module {
  const { stored, callee } = source;
  const own = parse({ name: "", text: stored.source }).value.items;
  const called = callee === undefined ? [] : parse({ name: "", text: callee.source }).value.items;
  const file: SourceFile = {
    name: `trigger ${stored.name}`,
    text: callee === undefined ? stored.source : `${stored.source}\n${callee.source}`,
  };
  const start = stored.source.length + 1;
  return { file, items: [...own, ...called.map((item) => ({ ...item, offset: item.offset + start }))] };
}

/** What the code depends on besides tables and signatures: the text of the routine that is compiled into it. */
function hashOf(world: TriggerProgramsWorld, source: TriggerSource, used: Parameters<typeof fingerprint>[1]): string {
  const { stored, callee } = source;
  return textHash([stored.source, callee?.source ?? "", fingerprint(world.catalog, used)].join("\n\n"));
}

function targetDependency(definition: TriggerDefinition): StoredDependency {
  const name = `${definition.schema ?? "main"}.${definition.table}`;
  return { kind: "table", name, access: "read", columns: undefined };
}

function dependenciesOf(
  source: TriggerSource,
  effects: Effects,
  typeNames: readonly string[],
): readonly StoredDependency[] {
  const called: readonly StoredDependency[] =
    source.callee === undefined
      ? []
      : [{ kind: "routine", name: source.callee.name, access: "call", columns: undefined }];
  const types = typesNamed(`${source.stored.source}\n${source.callee?.source ?? ""}`, typeNames);
  return [targetDependency(source.definition), ...called, ...effectDependencies(effects), ...types];
}

function programOf(
  status: TriggerProgram["status"],
  parts: Partial<Compiled["program"]>,
  problems: readonly Problem[],
): Compiled["program"] {
  const told = problems.filter((problem) => problem.severity === "error" || problem.severity === "warning");
  return {
    status,
    bytecode: undefined,
    bytecodeFormat: FORMAT_VERSION,
    compilerVersion: VERSION,
    compiledAgainst: "",
    effectsJson: effectsToJson(NO_EFFECTS),
    way: "captured",
    wayReason: undefined,
    nativeText: undefined,
    diagnostics:
      told.length === 0
        ? undefined
        : JSON.stringify(told.map(({ code, severity, message }) => ({ code, severity, message }))),
    ...parts,
  };
}

function compileNow(world: TriggerProgramsWorld, source: TriggerSource): Compiled {
  const catalog = world.catalog.view();
  const module = moduleOf(source);
  const checked = checkModule(module, world.checkInput(catalog));
  const [first] = module.items;
  const declaration = first?.statement.kind === "trigger" ? first.statement : undefined;
  const compiled =
    declaration === undefined || hasErrors(checked.problems)
      ? checked.problems
      : compileTrigger(checked, declaration, catalog, world.loaded);
  const effects = declaration === undefined ? NO_EFFECTS : (checked.routines.get(declaration)?.effects ?? NO_EFFECTS);
  const dependencies = dependenciesOf(
    source,
    effects,
    world.catalog.types().map(({ name }) => name),
  );
  if (!("body" in compiled))
    return {
      program: programOf("invalid", {}, compiled),
      dependencies,
      code: undefined,
      checked,
      problems: compiled,
    };
  const native = nativeOf(world, source, { module, checked, effects });
  const parts = {
    way: ownWay(source.definition.timings),
    wayReason: native.kind === "ours" ? native.reason : undefined,
    nativeText: native.kind === "ours" ? undefined : native.clauses,
    bytecode: compiled.bytecode,
    compiledAgainst: hashOf(world, source, dependencies),
    effectsJson: effectsToJson(effects),
  };
  return {
    program: programOf("valid", parts, checked.problems),
    dependencies,
    code: compiled,
    checked,
    problems: checked.problems,
  };
}

/** The engine's own form, as the engine's dialect has it; that it can be checked and printed is part of being native. */
function nativeOf(
  world: TriggerProgramsWorld,
  source: TriggerSource,
  compiled: { readonly module: Module; readonly checked: CheckedModule; readonly effects: Effects },
): NativeCandidate {
  const { module, checked, effects } = compiled;
  const [own, called] = module.items;
  const declaration = own?.statement.kind === "trigger" ? own.statement : undefined;
  const routine = called?.statement.kind === "routine" ? called.statement : undefined;
  const body = declaration?.body ?? routine?.body;
  const text = declaration?.body === undefined ? called?.text : own?.text;
  const when = declaration === undefined ? undefined : checked.triggerFacts.get(declaration)?.when;
  const candidate = nativeCandidate({
    header: source.definition,
    calleeParameters: source.callee?.parameters.length ?? 0,
    code: body?.kind === "block" && text !== undefined ? { block: body, text } : undefined,
    when:
      when === undefined
        ? undefined
        : { condition: when, text: source.stored.source.slice(when.span.start, when.span.end) },
    effects,
    schema: nativeSchemaOf(world.catalog.schema()),
  });
  if (candidate.kind === "ours") return candidate;
  const printed = printDdl(
    { name: "native", text: nativeText(nativeName(source.stored.name), candidate.clauses) },
    world.checkInput(world.catalog.view()),
    (form) => world.connection.print(form),
  );
  if (printed === undefined || /\bgobi_(?!native_)/i.test(printed))
    return { kind: "ours", reason: "the engine has no statement of its own for it" };
  return { ...candidate, clauses: printed };
}

function describe(problem: Problem, text: string): string {
  const { line } = positionAt(lineStarts(text), problem.span.start);
  return `line ${line}: ${problem.message} (${problem.code})`;
}

function invalid(source: TriggerSource, problems: readonly Problem[]): Trap {
  const { text } = moduleOf(source).file;
  const errors = problems.filter((problem) => problem.severity === "error").map((problem) => describe(problem, text));
  return trap(
    "InvalidRoutine",
    `trigger ${source.stored.name} no longer fits the database: ${errors.join("; ")}. Store it again, or disable it.`,
  );
}

function currentHash(world: TriggerProgramsWorld, source: TriggerSource): string {
  return hashOf(world, source, dependenciesOfTrigger(world.connection, source.stored.id));
}

function fits(program: TriggerProgram | undefined, hash: string): boolean {
  return (
    program?.status === "valid" &&
    program.compiledAgainst === hash &&
    program.bytecodeFormat === FORMAT_VERSION &&
    program.compilerVersion === VERSION
  );
}

/** Programs of the triggers of a session. */
export function makeTriggerPrograms(world: TriggerProgramsWorld): TriggerPrograms {
  const known = new Map<string, { readonly hash: string; readonly code: TriggerCode }>();
  const refreshed = new Map<string, Compiled>();
  const load = (source: TriggerSource): TriggerCode => {
    const { stored } = source;
    const { program } = stored;
    const hash = currentHash(world, source);
    const found = known.get(stored.id);
    if (found !== undefined && found.hash === hash) return found.code;
    let code: TriggerCode | undefined;
    const bytecode = fits(program, hash) ? bytecodeOfTrigger(world.connection, stored.id) : undefined;
    if (bytecode !== undefined) {
      const loaded = loadTrigger(bytecode, stored.name, world.loaded);
      if ("body" in loaded) code = loaded;
      else world.refused(`trigger ${stored.name}`, loaded);
    }
    if (code === undefined) {
      const compiled = compileNow(world, source);
      if (compiled.code === undefined) throw invalid(source, compiled.problems);
      refreshed.set(stored.id, compiled);
      known.set(stored.id, { hash: compiled.program.compiledAgainst, code: compiled.code });
      return compiled.code;
    }
    known.set(stored.id, { hash, code });
    return code;
  };
  return {
    codeOf: load,
    isStale: (source) => !fits(source.stored.program, currentHash(world, source)),
    compile: (source) => compileNow(world, source),
    pending: () => refreshed.size > 0,
    keepRefreshed: (place) => {
      const any = refreshed.size > 0;
      for (const [id, { program, dependencies }] of refreshed) {
        refreshed.delete(id);
        storeTriggerProgram(place, id, program, dependencies);
      }
      return any;
    },
  };
}
