// Texts of `execute` that write, compiled by our own compiler so that triggers see what they do: each becomes a script of one statement whose `?` are its variables.
import type { Problem } from "../../base/problem.ts";
import type { Value } from "../../base/value/value.ts";
import type { CheckedModule } from "../../compiler/check/checked.ts";
import type { Effects } from "../../compiler/effects/effects.ts";
import { NO_EFFECTS } from "../../compiler/effects/join.ts";
import type { LoadedProgram, LoadedRoutine } from "../../vm/load.ts";
import { sqlTokens } from "../sql/dynamic-sql.ts";
import type { CatalogState } from "./catalog-state.ts";
import { type CheckInput, type KnownVariable, loadScript, presetGlobals, type ScriptCode } from "./pipeline.ts";

/** A text that can be run. */
export interface DynamicProgram {
  readonly routine: LoadedRoutine;
  readonly effects: Effects;
  /** Gives the `?` their values, before each run. */
  preset(values: readonly Value[]): void;
}

/** What compiling needs from the session. */
export interface DynamicWorld {
  readonly catalog: CatalogState;
  checkInput(variables: readonly KnownVariable[]): CheckInput;
  loaded(program: LoadedProgram): void;
}

/** Texts kept per session. */
const TEXTS_MAX = 200;
const PARAMETER_PREFIX = "gobi_value_";

interface Known {
  readonly generation: number;
  readonly program: DynamicProgram | readonly Problem[];
}

function variablesOf(values: readonly Value[]): readonly KnownVariable[] {
  return values.map((value, at) => ({ name: `${PARAMETER_PREFIX}${at}`, type: { kind: "any" }, value }));
}

/** The text with a name for each `?`. */
function named(sql: string): { readonly text: string; readonly count: number } {
  let text = "";
  let copied = 0;
  let count = 0;
  for (const token of sqlTokens(sql)) {
    if (token.kind !== "parameter") continue;
    text += `${sql.slice(copied, token.start)}:${PARAMETER_PREFIX}${count}`;
    copied = token.end;
    count += 1;
  }
  return { text: text + sql.slice(copied), count };
}

function programOf(code: ScriptCode, checked: CheckedModule): DynamicProgram | undefined {
  const [entry, ...more] = code.entries;
  if (entry === undefined || more.length > 0) return undefined;
  const [item, routine] = entry;
  const effects = checked.effects.get(item) ?? NO_EFFECTS;
  return { routine, effects, preset: (values) => presetGlobals(code, variablesOf(values)) };
}

function compileText(world: DynamicWorld, sql: string): DynamicProgram | readonly Problem[] {
  const { text, count } = named(sql);
  const variables = variablesOf(Array.from({ length: count }, () => null));
  const script = loadScript({ name: "execute", text }, world.checkInput(variables), (program) => world.loaded(program));
  return (script.code && programOf(script.code, script.checked)) ?? script.problems;
}

/** Finds the program of a text with `?`; or the problems that keep our compiler from understanding it. */
export function makeDynamicStatements(world: DynamicWorld): (sql: string) => DynamicProgram | readonly Problem[] {
  const texts = new Map<string, Known>();
  return (sql) => {
    const { generation } = world.catalog;
    const known = texts.get(sql);
    if (known?.generation === generation) return known.program;
    const program = compileText(world, sql);
    texts.delete(sql);
    texts.set(sql, { generation, program });
    for (const oldest of texts.keys()) {
      if (texts.size <= TEXTS_MAX) break;
      texts.delete(oldest);
    }
    return program;
  };
}
