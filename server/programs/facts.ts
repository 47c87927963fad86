// From the checker's side tables to what the catalog keeps about a routine: signature with inferred types, effects as dependencies, metadata.
import { required } from "../../base/failure.ts";
import type { Problem } from "../../base/problem.ts";
import { VERSION } from "../../base/version.ts";
import { FORMAT_VERSION } from "../../bytecode/program.ts";
import type { CheckedModule, RoutineInfo } from "../../compiler/check/checked.ts";
import type { Effects, TableAccess } from "../../compiler/effects/effects.ts";
import { effectsToJson } from "../../compiler/effects/print.ts";
import type { Item, RoutineDeclaration } from "../../compiler/syntax/tree.ts";
import { showType } from "../../compiler/types/show.ts";
import { configValues, configWords } from "../catalog/config-values.ts";
import type { RoutineFacts, StoredDependency, StoredParameter } from "../catalog/routines.ts";
import { sqlTokens } from "../sql/dynamic-sql.ts";

/** What the checker knows about a routine of this module. */
export function infoOf(checked: CheckedModule, declaration: RoutineDeclaration): RoutineInfo {
  return required(checked.routines.get(declaration), `checked routine ${declaration.name.text}`);
}

/** Printed receiver type of a declaration, "" for free routines. */
export function receiverOf(info: RoutineInfo): string {
  return info.receiver === undefined ? "" : showType(info.receiver.type);
}

function parametersOf(info: RoutineInfo): readonly StoredParameter[] {
  return info.parameters.map((parameter) => ({
    name: parameter.name,
    declared: parameter.declared ?? null,
    inferred: showType(parameter.type),
    mode: parameter.mode,
    hasDefault: parameter.hasDefault,
  }));
}

function tables(accesses: readonly TableAccess[], access: "read" | "write"): readonly StoredDependency[] {
  return accesses
    .filter((entry) => !entry.table.startsWith("{") && !entry.table.startsWith("temp."))
    .map((entry) => ({
      kind: "table" as const,
      name: entry.table,
      access,
      columns: entry.columns === "*" ? undefined : entry.columns,
    }));
}

/** Types of the database that a text names. */
export function typesNamed(source: string, typeNames: readonly string[]): readonly StoredDependency[] {
  const words = new Set(
    sqlTokens(source)
      .filter((token) => token.kind !== "string")
      .map((token) => token.text.toLowerCase()),
  );
  return typeNames
    .filter((name) => words.has(name.toLowerCase()))
    .map((name) => ({ kind: "type" as const, name, access: "read" as const, columns: undefined }));
}

/** Tables and routines of effects. */
export function effectDependencies(effects: Effects): readonly StoredDependency[] {
  return [
    ...tables(effects.reads, "read"),
    ...tables(effects.writes, "write"),
    ...effects.defines.map((name) => ({ kind: "table" as const, name, access: "define" as const, columns: undefined })),
    ...effects.calls.map((name) => ({ kind: "routine" as const, name, access: "call" as const, columns: undefined })),
  ];
}

/** What a routine uses, from its effects, its metadata and the types it names. */
export function dependenciesOf(
  effects: Effects,
  declaration: RoutineDeclaration,
  source: string,
  typeNames: readonly string[],
): readonly StoredDependency[] {
  const config = configValues(declaration.metadata, source);
  return [
    ...effectDependencies(effects),
    ...configWords(config["sched"])
      .filter((word) => MODEL_NAME.test(word))
      .map((name) => ({ kind: "schedule" as const, name, access: "run" as const, columns: undefined })),
    ...typesNamed(source, typeNames),
  ];
}

/** A schedule's name; everything else in `sched` is cron text. */
const MODEL_NAME = /^[a-z_]\w*$/;

/** Facts for the catalog. `compiledAgainst` is the hash that goes with the bytecode. */
export function routineFacts(
  checked: CheckedModule,
  item: Item,
  declaration: RoutineDeclaration,
  compiled: {
    readonly bytecode: Uint8Array | undefined;
    readonly compiledAgainst: string;
    readonly dependencies: readonly StoredDependency[];
  },
): RoutineFacts {
  const info = infoOf(checked, declaration);
  const config = configValues(declaration.metadata, item.text);
  const warnings = checked.problems.filter((problem) => problem.severity === "warning");
  return {
    parameters: parametersOf(info),
    returnType: showType(info.result),
    raises: info.raises ?? info.effects.raises,
    mode: info.mode === "async" ? "async" : "sync",
    modelConfig: declaration.metadata === undefined ? undefined : JSON.stringify(config),
    effectsJson: effectsToJson(info.effects),
    dependencies: compiled.dependencies,
    bytecode: compiled.bytecode,
    bytecodeFormat: FORMAT_VERSION,
    compiledAgainst: compiled.compiledAgainst,
    compilerVersion: VERSION,
    diagnostics: warnings.length === 0 ? undefined : JSON.stringify(warnings.map(diagnosticJson)),
  };
}

function diagnosticJson(problem: Problem): object {
  return {
    code: problem.code,
    severity: problem.severity,
    message: problem.message,
    start: problem.span.start,
    end: problem.span.end,
  };
}
