// Running a file: check, reject on errors, run the statements. What a person typed is run by text-run.ts.
// Compiled scripts are kept by text while nothing they were checked against changes, so that a statement sent again costs no compilation.
import { Trap } from "../../bytecode/trap.ts";
import { forwardItem, type ForwardPlace } from "./forward-item.ts";
import type { Problem } from "../../base/problem.ts";
import type { SourceFile } from "../../base/source.ts";
import { kindOf } from "../../base/value/kind.ts";
import type { Value } from "../../base/value/value.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import { layerCatalogs } from "../../compiler/catalog/catalog.ts";
import { isDeclaration } from "../../compiler/syntax/tree.ts";
import type { Type } from "../../compiler/types/type.ts";
import { factsOfWholeScript } from "../programs/alone.ts";
import { moduleCatalog } from "../programs/module-catalog.ts";
import { keepNewest } from "../programs/knowledge.ts";
import {
  type CompiledScript,
  compileScript,
  loadCompiled,
  presetGlobals,
  type KnownVariable,
  type LoadedScript,
  type ScriptCode,
} from "../programs/pipeline.ts";
import { errorsToTell, refusalIn, warningsToTell } from "../security/told-problems.ts";
import type { ExecuteOptions, Outcome } from "../session-types.ts";
import { SCALARS, type ScalarName } from "../../base/scalar.ts";
import type { SessionCore } from "./core.ts";
import { runScript, type ScriptWorld } from "./script.ts";

/** Name of the file that typed statements belong to. */
export const TYPED = "<repl>";

/** Compiled scripts kept per session, and the longest text that is kept. */
const SCRIPTS_MAX = 200;
/** Compiled scripts that sessions of one process share. */
const COMMON_SCRIPTS_MAX = 1000;
export const SCRIPT_CHARACTERS_MAX = 65_536;

/** The static type of a value that comes from outside. */
export function typeOfValue(value: Value): Type {
  if (value === null) return { kind: "any" };
  const kind = kindOf(value);
  return Object.hasOwn(SCALARS, kind) ? { kind: "scalar", name: kind as ScalarName } : { kind: "any" };
}

/** Values from outside as script variables. */
export function knownVariables(args: ExecuteOptions["args"]): readonly KnownVariable[] {
  return Object.entries(args ?? {}).map(([name, value]) => ({
    name,
    value,
    type: typeOfValue(value),
    isParameter: true,
  }));
}

/** Checks and compiles a text, or takes it from the cache. @throws EngineError when the schema cannot be read. */
export function prepareScript(core: SessionCore, file: SourceFile, variables: readonly KnownVariable[]): LoadedScript {
  const { generation } = core.catalog;
  const key = `${file.name}\0${variables.map((variable) => `${variable.isParameter === true ? ":" : ""}${variable.name} ${variable.type.kind === "scalar" ? variable.type.name : ""}`).join(",")}\0${file.text}`;
  // A variable of a structural type is not told apart by the key, so such texts are compiled each time.
  const keeps =
    file.text.length <= SCRIPT_CHARACTERS_MAX && variables.every((variable) => variable.type.kind === "scalar");
  const known = keeps ? core.scripts.get(key) : undefined;
  if (known !== undefined && known.generation === generation) {
    core.scripts.delete(key);
    core.scripts.set(key, known);
    return known.script;
  }
  const compiled = compiledScript(core, file, variables, keeps ? key : undefined);
  const script = loadCompiled(compiled, (program) => core.runtime.functions.addProgram(program));
  if (keeps) keepNewest(core.scripts, key, { generation, script }, SCRIPTS_MAX);
  return script;
}

/** What the session is told of a text that `prepareScript` has found errors in. @throws Trap PermissionDenied, EngineError. */
export function rejection(
  core: SessionCore,
  file: SourceFile,
  variables: readonly KnownVariable[] | undefined,
  script: LoadedScript,
): readonly Problem[] {
  return errorsToTell(core.runtime, script, core.catalog.view(), checkAgain(core, file, variables));
}

/** What the session is told of a text that is run. @throws EngineError. */
export function warnings(
  core: SessionCore,
  file: SourceFile,
  variables: readonly KnownVariable[],
  script: LoadedScript,
): readonly Problem[] {
  const again = checkAgain(core, file, variablesOf(file, variables));
  return warningsToTell(core.runtime, script, core.catalog.view(), again);
}

function checkAgain(
  core: SessionCore,
  file: SourceFile,
  variables: readonly KnownVariable[] | undefined,
): (visible: CatalogView) => readonly Problem[] {
  return (visible) => compileScript(file, core.checkInput(core.gobi.view(visible), variables)).problems;
}

/** Whether the text stands for itself, so that variables which nothing reads are told. */
function variablesOf(file: SourceFile, variables: readonly KnownVariable[]): readonly KnownVariable[] | undefined {
  return file.name === TYPED || variables.length > 0 ? variables : undefined;
}

/** Checks and compiles a text, or takes what another session has compiled. `key` undefined: it is not kept. */
function compiledScript(
  core: SessionCore,
  file: SourceFile,
  variables: readonly KnownVariable[],
  key: string | undefined,
): CompiledScript {
  const view = core.catalog.view();
  const common = key === undefined || core.gobi.alias !== undefined ? undefined : core.catalog.common();
  const known = key === undefined ? undefined : common?.scripts.get(key);
  if (known !== undefined) return known;
  const compiled = compileScript(file, core.checkInput(core.gobi.view(view), variablesOf(file, variables)));
  // Not when others have changed the catalog meanwhile.
  if (key !== undefined && common !== undefined && common === core.catalog.common() && meansTheSame(compiled))
    keepNewest(common.scripts, key, compiled, COMMON_SCRIPTS_MAX);
  return compiled;
}

/** True when a text means the same in every session: what declares or manages may depend on files and on the time. */
function meansTheSame({ checked }: CompiledScript): boolean {
  return checked.module.items.every(({ statement }) => !isDeclaration(statement) && statement.kind !== "management");
}

/** A script without variables from outside, and what the catalog was when it was compiled. */
interface AloneScript {
  readonly script: LoadedScript;
  readonly generation: number;
}

/** How statements and calls reach the attached daemon. */
export function forwardPlace(core: SessionCore): ForwardPlace {
  return {
    gobi: core.gobi,
    own: () => core.catalog.view(),
    output: core.runtime.output,
    inTransaction: () => core.runtime.connection.inTransaction,
    interrupted: () => core.runtime.interruption() !== undefined,
  };
}

/** How `runScript` reaches the session. */
export function scriptWorld(
  core: SessionCore,
  options: ExecuteOptions,
  everything: boolean,
  alone?: AloneScript,
): ScriptWorld {
  return {
    runtime: core.runtime,
    onResult: options.onResult,
    everything,
    importsStored: new Set(),
    setDirect: (direct) => {
      core.direct = direct;
    },
    factsOf: (checked, item, declaration, text = item.text) => {
      const isFresh =
        alone !== undefined && declaration === item.statement && alone.generation === core.catalog.generation;
      const facts = isFresh ? factsOfWholeScript(core.catalog, alone.script, item, declaration) : undefined;
      if (facts !== undefined) return facts;
      return core.programs.factsOf(declaration, text, layerCatalogs(moduleCatalog(checked, item), core.catalog.view()));
    },
    elsewhere: (checked, code, item) => forwardItem(forwardPlace(core), checked, code, item),
    changed: () => core.changed("catalog"),
    routineStored: () => {
      core.changed("catalog");
      core.triggers.sync();
    },
    triggerStored: (name) => core.triggers.stored(name),
    addTest: (name) => void core.tests.add(name),
  };
}

function run(
  core: SessionCore,
  script: LoadedScript,
  code: ScriptCode,
  variables: readonly KnownVariable[],
  options: ExecuteOptions,
  everything: boolean,
): Outcome {
  presetGlobals(code, variables);
  const alone = variables.length === 0 ? { script, generation: core.catalog.generation } : undefined;
  const problems = warnings(core, script.checked.module.file, variables, script);
  const failure = runScript(scriptWorld(core, options, everything, alone), script.checked, code);
  if (failure === undefined) return { kind: "completed", problems };
  const { item, error } = failure;
  return {
    kind: "failed",
    problems,
    error,
    start: item.offset + item.statement.span.start,
    end: item.offset + item.statement.span.end,
  };
}

const ATTACHES_GOBI = /\battach\s+(?:database\s+)?gobi\b(?:\s+as\s+([\p{L}_][\p{L}\p{N}_]*))?/iu;

/** A text is checked before its ATTACH Gobi runs: what it names of the daemon must be known by then. */
export function attachAhead(core: SessionCore, text: string): void {
  if (core.gobi.alias !== undefined || core.options.grants?.files === false) return;
  const match = ATTACHES_GOBI.exec(text);
  if (match === null) return;
  try {
    core.gobi.attach(match[1]);
  } catch (error) {
    // The statement itself fails for the same reason, and says so at its place.
    if (!(error instanceof Trap)) throw error;
  }
}

/** Runs a file; see Session.execute. */
export function executeFile(core: SessionCore, file: SourceFile, options: ExecuteOptions): Outcome {
  core.begin();
  attachAhead(core, file.text);
  const variables = knownVariables(options.args);
  const script = prepareScript(core, file, variables);
  if (script.code === undefined) {
    try {
      return { kind: "rejected", problems: rejection(core, file, variablesOf(file, variables), script) };
    } catch (error) {
      return { kind: "failed", problems: [], error: refusalIn(error).value, start: 0, end: 0 };
    }
  }
  const { transactions } = core.runtime;
  const wasExplicit = transactions.explicit;
  const outcome = run(core, script, script.code, variables, options, options.values === true);
  // A transaction that the file began does not outlive the file's failure: nobody is left who would end it.
  if (outcome.kind === "failed" && transactions.explicit && !wasExplicit) {
    transactions.control("rollback", undefined, undefined);
    core.changed("schema");
  }
  return outcome;
}
