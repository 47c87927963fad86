// A text that runs item by item: the caller may do other things between two items, put one back that found the database locked, and take the rows of a query as they come.
// Session.executeStatement is the same in one go.
import type { Problem } from "../../base/problem.ts";
import type { SqlColumn } from "../../base/sql-form.ts";
import type { ErrorValue } from "../../base/value/value.ts";
import { withGetter } from "../../base/with-getter.ts";
import { Trap } from "../../bytecode/trap.ts";
import type { Effects } from "../../compiler/effects/effects.ts";
import { foldName } from "../../compiler/types/make.ts";
import { isDeclaration, type Item, type Statement } from "../../compiler/syntax/tree.ts";
import type { RowSource } from "../../storage/engine.ts";
import {
  type KnownVariable,
  presetGlobals,
  readGlobal,
  readGlobals,
  type LoadedScript,
  writeGlobals,
} from "../programs/pipeline.ts";
import { askForItem } from "../security/ask.ts";
import { refusalIn } from "../security/told-problems.ts";
import type { ExecuteOptions, Outcome, ResultEvent } from "../session-types.ts";
import type { SessionCore } from "./core.ts";
import { attachAhead, knownVariables, prepareScript, rejection, scriptWorld, TYPED, warnings } from "./execute.ts";
import { columnTypes } from "./results.ts";
import { isDirect, runItem } from "./script.ts";
import { accessOf } from "./runtime.ts";
import { streamedQuery } from "./streamed-query.ts";

/** The statement that comes next. */
export interface UpcomingStatement {
  readonly statement: Statement;
  readonly effects: Effects | undefined;
  /** Takes the database's write lock, unless a transaction has it already. */
  readonly writes: boolean;
  /** Half-open range in the text. */
  readonly start: number;
  readonly end: number;
}

/** Why a text stopped. */
export interface TextFailure {
  readonly error: ErrorValue;
  readonly start: number;
  readonly end: number;
  /** True when the database was locked and nothing of the statement is left, so that it may be tried again: it stays the next one then. */
  readonly again: boolean;
}

/** Rows of a query as they come. */
export interface StreamedRows {
  readonly source: RowSource;
  /** Our type names, one per column. */
  readonly types: readonly string[];
}

/** A text between two statements. */
export interface TextRun {
  /** Problems of checking. Nothing is run when one of them is an error. */
  readonly problems: readonly Problem[];
  readonly rejected: boolean;
  /** Number of statements. */
  readonly count: number;
  /** Undefined at the end. */
  readonly next: UpcomingStatement | undefined;
  /** Runs the next statement. After a failure only `end` may be called, but for one that may be tried again. */
  step(onResult: (event: ResultEvent) => void): TextFailure | undefined;
  /** Asks for the rights that the next statement needs, as running it does. @throws Trap PermissionDenied. */
  demand(): void;
  /** Passes over the next statement, which the caller has carried out. */
  pass(): void;
  /**
   * When the next statement is a query that can be read piece by piece: its rows, and the text goes on. The session can do nothing else until the source is closed.
   * @throws Trap.
   */
  stream(): StreamedRows | undefined;
  /** Keeps the variables. Called once, also after a failure. */
  end(): void;
}

/** Variables that a text may name: the session's, and values that come with it. `taken` are names of the latter, folded. */
export function variablesOfText(
  core: SessionCore,
  args: ExecuteOptions["args"],
): { readonly variables: readonly KnownVariable[]; readonly taken: ReadonlySet<string> } {
  const given = knownVariables(args);
  const taken = new Set(given.map((variable) => foldName(variable.name)));
  const own = [...core.variables.values()].filter((variable) => !taken.has(foldName(variable.name)));
  return { variables: [...own, ...given], taken };
}

/** Checks a text; see Session.begin. @throws EngineError when the schema cannot be read; Trap PermissionDenied when a text with mistakes names what the session may not use. */
export function beginText(core: SessionCore, text: string, options: Pick<ExecuteOptions, "args">): TextRun {
  core.begin();
  attachAhead(core, text);
  const { variables, taken } = variablesOfText(core, options.args);
  const script = prepareScript(core, { name: TYPED, text }, variables);
  const { code, checked } = script;
  if (code === undefined) return rejectedRun(rejection(core, { name: TYPED, text }, variables, script));
  presetGlobals(code, variables);
  const own = code.globals.filter(({ name }) => !taken.has(foldName(name)));
  core.declaring = own.length > 0;
  const { items } = checked.module;
  const generation = core.catalog.generation;
  const world = {
    ...scriptWorld(core, {}, true, variables.length === 0 ? { script, generation } : undefined),
  };
  let at = 0;
  const methods: Omit<TextRun, "next"> = {
    problems: warnings(core, { name: TYPED, text }, variables, script),
    rejected: false,
    count: items.length,
    step: (onResult) => {
      const item = items[at];
      if (item === undefined) return undefined;
      const before = code.globals.length === 0 ? undefined : readGlobals(code);
      core.runtime.forgetLocked();
      try {
        runItem({ ...world, onResult }, checked, code, item);
      } catch (error) {
        if (!(error instanceof Trap)) throw error;
        const again = core.runtime.undoneBecauseLocked;
        if (again && before !== undefined) writeGlobals(code, before);
        return { error: error.value, again, ...placeOf(item) };
      }
      at += 1;
      return undefined;
    },
    demand: () => {
      const item = items[at];
      if (item !== undefined) askForItem(core.runtime, script.checked, item);
    },
    pass: () => {
      at += 1;
    },
    stream: () => {
      const item = items[at];
      if (item?.statement.kind !== "sql" || core.gobi.alias !== undefined) return undefined;
      const source = streamedQuery(core.runtime, script, item);
      if (source === undefined) return undefined;
      at += 1;
      const promised = columnTypes(checked, item.statement.statement);
      return { source, types: promised?.length === source.columns.length ? promised : typesOf(source.columns) };
    },
    end: () => {
      for (const { name, type, slot } of own)
        core.variables.set(foldName(name), { name, type, value: readGlobal(code, slot) });
      core.declaring = false;
    },
  };
  return withGetter(methods, "next", () => upcoming(script, items[at]));
}

/** Runs what a person typed; see Session.executeStatement. */
export function executeText(core: SessionCore, text: string, options: ExecuteOptions): Outcome {
  let run: TextRun;
  try {
    run = beginText(core, text, options);
  } catch (error) {
    return { kind: "failed", problems: [], error: refusalIn(error).value, start: 0, end: 0 };
  }
  const { problems } = run;
  if (run.rejected) return { kind: "rejected", problems };
  let failure: TextFailure | undefined;
  while (run.next !== undefined && failure === undefined) failure = run.step((event) => options.onResult?.(event));
  run.end();
  return failure === undefined
    ? { kind: "completed", problems }
    : { kind: "failed", problems, error: failure.error, start: failure.start, end: failure.end };
}

function typesOf(columns: readonly SqlColumn[]): readonly string[] {
  return columns.map((column) => (column.nullable ? `${column.type}?` : column.type));
}

function placeOf(item: Item): { readonly start: number; readonly end: number } {
  return { start: item.offset + item.statement.span.start, end: item.offset + item.statement.span.end };
}

function upcoming(script: LoadedScript, item: Item | undefined): UpcomingStatement | undefined {
  if (item === undefined) return undefined;
  const { statement } = item;
  const routine = script.code?.entries.get(item);
  const writes = isDeclaration(statement)
    ? statement.kind !== "test" && statement.kind !== "import"
    : routine !== undefined && !isDirect(statement) && accessOf(routine) === "write";
  return { statement, effects: script.checked.effects.get(item), writes, ...placeOf(item) };
}

function rejectedRun(problems: readonly Problem[]): TextRun {
  return {
    problems,
    rejected: true,
    count: 0,
    next: undefined,
    step: () => undefined,
    demand: () => undefined,
    pass: () => undefined,
    stream: () => undefined,
    end: () => undefined,
  };
}
