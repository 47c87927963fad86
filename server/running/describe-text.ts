// What a text would take and give, without running it: for statements that clients prepare.
import { DIAGNOSTICS } from "../../base/diagnostics/diagnostics.ts";
import type { Problem } from "../../base/problem.ts";
import type { Effects } from "../../compiler/effects/effects.ts";
import { foldName } from "../../compiler/types/make.ts";
import { showType } from "../../compiler/types/show.ts";
import type { Statement } from "../../compiler/syntax/tree.ts";
import type { Type } from "../../compiler/types/type.ts";
import type { LoadedScript } from "../programs/pipeline.ts";
import { askForItem } from "../security/ask.ts";
import { sqlTokens } from "../sql/dynamic-sql.ts";
import type { SessionCore } from "./core.ts";
import { prepareScript, rejection, TYPED, warnings } from "./execute.ts";
import { parameterTypes } from "./parameter-types.ts";

/** A parameter or a column. `type` is one of our type names, `any` where only the value tells; a parameter's is what the text takes it for, and any value may be sent. */
export interface DescribedColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

/** A text as clients see it before they run it. */
export type TextDescription =
  | { readonly kind: "rejected"; readonly problems: readonly Problem[] }
  | {
      readonly kind: "described";
      readonly parameters: readonly DescribedColumn[];
      /** Of the last statement, when it gives rows. */
      readonly columns: readonly DescribedColumn[];
      /** True when it writes nothing. */
      readonly readOnly: boolean;
      /** True when it is one query that gives the same rows for the same arguments as long as the database stays as it is. */
      readonly repeatable: boolean;
      /** Tables: `main.users`. */
      readonly reads: readonly string[];
      readonly writes: readonly string[];
      /** Tables and routines that are not there: found when it runs, unless they have come by then. */
      readonly missing: readonly Problem[];
    };

/** Checks a text with parameters that have no value yet. `positions` are the names of its positional ones. @throws EngineError when the schema cannot be read; Trap PermissionDenied. */
export function describeText(core: SessionCore, text: string, positions: readonly string[]): TextDescription {
  core.begin();
  const names = parameterNames(core, text, positions);
  const given = new Set(names.map(foldName));
  const variables = [
    ...[...core.variables.values()].filter((variable) => !given.has(foldName(variable.name))),
    ...names.map((name) => ({ name, type: { kind: "any" } as const, value: null, isParameter: true })),
  ];
  const script = prepareScript(core, { name: TYPED, text }, variables);
  if (script.code === undefined)
    return { kind: "rejected", problems: rejection(core, { name: TYPED, text }, variables, script) };
  const { items } = script.checked.module;
  // Columns of a query tell of tables.
  for (const item of items) askForItem(core.runtime, script.checked, item);
  const effects = items.map((item) => script.checked.effects.get(item));
  const tables = (of: "reads" | "writes"): readonly string[] =>
    [...new Set(effects.flatMap((each) => (each?.[of] ?? []).map(({ table }) => table)))].toSorted();
  const [only] = items;
  return {
    kind: "described",
    parameters: parameterTypes(core, text, names).map((type, place) => ({
      name: names[place] ?? "",
      type,
      nullable: true,
    })),
    columns: columnsOf(script),
    readOnly: effects.every(onlyReads),
    repeatable:
      items.length === 1 &&
      only !== undefined &&
      isRepeatableQuery(only.statement, effects[0]) &&
      !asksConnection(text),
    reads: tables("reads"),
    writes: tables("writes"),
    missing: warnings(core, { name: TYPED, text }, variables, script).filter(({ code }) => LATE.has(code)),
  };
}

/** What is bound late. */
const LATE: ReadonlySet<string> = new Set([DIAGNOSTICS.UnknownTable.code, DIAGNOSTICS.UnknownRoutine.code]);

function parameterNames(core: SessionCore, text: string, positions: readonly string[]): readonly string[] {
  const names = new Map<string, string>(positions.map((name) => [foldName(name), name]));
  for (const token of sqlTokens(text)) {
    const name = token.kind === "parameter" ? token.text.slice(1) : "";
    if (name !== "" && !core.variables.has(foldName(name)) && !names.has(foldName(name)))
      names.set(foldName(name), name);
  }
  return [...names.values()];
}

function columnsOf({ checked }: LoadedScript): readonly DescribedColumn[] {
  const statement = checked.module.items.at(-1)?.statement;
  const columns = statement?.kind === "sql" ? checked.sql.get(statement.statement)?.columns : undefined;
  return (columns ?? []).map(({ name, type }) => describe(name, type));
}

function describe(name: string, type: Type): DescribedColumn {
  return type.kind === "nullable"
    ? { name, type: showType(type.inner), nullable: true }
    : { name, type: showType(type), nullable: type.kind === "any" };
}

/** True for what may be done again without harm, and may run where nothing may be written. */
export function onlyReads(effects: Effects | undefined): boolean {
  if (effects === undefined) return false;
  const { writes, defines, manages, dynamic, jobs, network, files } = effects;
  return writes.length === 0 && defines.length === 0 && !(manages || dynamic || jobs || network || files);
}

/** True for a query that gives the same rows as long as the database stays as it is. */
export function isRepeatableQuery(statement: Statement, effects: Effects | undefined): boolean {
  if (statement.kind !== "sql" || statement.statement.kind !== "select") return false;
  if (effects === undefined || !onlyReads(effects)) return false;
  const { clock, random, output, reads } = effects;
  return !(clock || random || output) && reads.every(({ table }) => OF_USER.test(table));
}

/** Tables of the database but for the catalog's own. */
const OF_USER = /^main\.(?!gobi_)/iu;

/** Functions of the engine whose result is the connection's own. */
const OF_CONNECTION = /\b(?:changes|total_changes|last_insert_rowid|sqlite_\w+|pragma_\w+|gobi_\w+)\b/iu;

/** True for a text whose result may be the connection's own. */
export function asksConnection(text: string): boolean {
  return OF_CONNECTION.test(text);
}
