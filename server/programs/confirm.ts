// Confirmation by the engine: SQL whose tables all stand in the database is prepared there, without running, and what the engine refuses becomes a
// problem at the statement. Statements over tables that the file itself makes are left out: the database does not have them yet.
import type { Problem } from "../../base/problem.ts";
import type { Span } from "../../base/source.ts";
import type { SqlForm } from "../../base/sql-form.ts";
import { OPCODE_NAMES, opcodeRow } from "../../bytecode/opcodes.ts";
import { type Program, type RoutineCode, STRIDE } from "../../bytecode/program.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import type { CheckedModule } from "../../compiler/check/checked.ts";
import { refusal, type StatementToConfirm, statementsToConfirm } from "../../compiler/check/sql/confirm.ts";
import { type Connection, EngineError, type EngineErrorKind } from "../../storage/engine.ts";

/** What an engine says of a statement itself. Other kinds speak of the moment: a lock, a lost connection. */
const ABOUT_THE_STATEMENT: ReadonlySet<EngineErrorKind> = new Set([
  "syntax",
  "noSuchTable",
  "noSuchColumn",
  "typeMismatch",
  "other",
]);

const SQL_OPCODES: ReadonlySet<number> = new Set(
  OPCODE_NAMES.map(opcodeRow).flatMap((row) => (row.b === "const sql statement" ? [row.code] : [])),
);

/** The statements that the database can confirm; empty when it has none of their tables. Compile the module and call `confirmProgram` only when there are some. */
export function confirmable(checked: CheckedModule, live: CatalogView): readonly StatementToConfirm[] {
  const defined = new Set(
    [...checked.sql.values()].flatMap((info) => info.effects.defines.map((name) => name.toLowerCase())),
  );
  const isLive = (table: string): boolean => {
    const dot = table.indexOf(".");
    return !defined.has(table.toLowerCase()) && live.table(table.slice(0, dot), table.slice(dot + 1)) !== undefined;
  };
  return statementsToConfirm(checked).filter(({ statement, info }) => {
    const tables = [...info.effects.reads, ...info.effects.writes].map((access) => access.table);
    if (statement.kind === "createIndex")
      tables.push(`${statement.name.parts.at(-2)?.text ?? "main"}.${statement.table.text}`);
    return tables.length > 0 && tables.every((table) => !table.startsWith("system.") && isLive(table));
  });
}

/** Prepares each of the statements and gives the problems. @throws EngineError when the connection fails for reasons of its own. */
export function confirmProgram(
  statements: readonly StatementToConfirm[],
  program: Program,
  file: string,
  connection: Connection,
): readonly Problem[] {
  const problems = new Map<StatementToConfirm, Problem>();
  for (const routine of program.routines) {
    if (program.sources[routine.source]?.file !== file) continue;
    for (const { form, span } of formsOf(routine, program)) {
      const statement = statements.find(
        (candidate) => candidate.span.start <= span.start && span.end <= candidate.span.end,
      );
      if (statement === undefined || problems.has(statement)) continue;
      const message = refusalOf(connection, form);
      if (message !== undefined)
        problems.set(
          statement,
          refusal(
            statement,
            connection.capabilities.name === "sqlite" ? "SQLite" : connection.capabilities.name,
            message,
          ),
        );
    }
  }
  return [...problems.values()];
}

/** What the engine says against a form; undefined when it accepts it. */
function refusalOf(connection: Connection, form: SqlForm): string | undefined {
  try {
    connection.check(form);
    return undefined;
  } catch (error) {
    if (error instanceof EngineError && ABOUT_THE_STATEMENT.has(error.kind)) return error.message;
    throw error;
  }
}

/** The SQL of a routine with its place in the file. */
function formsOf(routine: RoutineCode, program: Program): readonly { readonly form: SqlForm; readonly span: Span }[] {
  const found: { form: SqlForm; span: Span }[] = [];
  for (let at = 0; at * STRIDE < routine.code.length; at += 1) {
    if (!SQL_OPCODES.has(routine.code[at * STRIDE] ?? -1)) continue;
    const constant = program.constants[routine.code[at * STRIDE + 2] ?? -1];
    const span = spanOf(routine, at);
    if (constant?.kind === "sql" && span !== undefined) found.push({ form: constant.form, span });
  }
  return found;
}

/** The span of an instruction, absolute in its file. */
function spanOf(routine: RoutineCode, instruction: number): Span | undefined {
  const { spans, sourceOffset } = routine;
  let found: Span | undefined;
  for (let at = 0; at + 2 < spans.length && (spans[at] ?? 0) <= instruction; at += 3) {
    found = { start: (spans[at + 1] ?? 0) + sourceOffset, end: (spans[at + 2] ?? 0) + sourceOffset };
  }
  return found;
}
