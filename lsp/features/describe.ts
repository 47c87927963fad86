// What things of the language are called in hovers, completions and signatures: one line of code each, and what explains it.
import type { CatalogTable } from "../../compiler/catalog-view.ts";
import type { ParameterInfo, RoutineInfo, SqlColumnInfo, Variable } from "../../compiler/check/checked.ts";
import { printEffects } from "../../compiler/effects/print.ts";
import type { Expression } from "../../compiler/syntax/tree.ts";
import { showType } from "../../compiler/types/show.ts";
import type { StructType, Type, TypeVariable } from "../../compiler/types/type.ts";

/** Columns of a table that hovers list. */
const COLUMNS_MAX = 40;

/** A block of code in Markdown. */
export function codeBlock(text: string): string {
  return `\`\`\`grz\n${text}\n\`\`\``;
}

/** The first line of a routine: what callers need to know. */
export function routineHeader(routine: RoutineInfo): string {
  const letters = new Map<TypeVariable, string>();
  const receiver = routine.receiver === undefined ? "" : ` <${showType(routine.receiver.type, letters)}>`;
  const parameters = routine.parameters.map((parameter) => parameterText(parameter, letters));
  const raises = routine.raises ?? routine.effects.raises;
  const result = showType(routine.result, letters);
  const mode = routine.mode === "sync" ? "" : ` as ${routine.mode}`;
  return [
    `${routine.routine} ${routine.name}${receiver} (${parameters.join(", ")})`,
    raises.length === 0 ? "" : ` raises ${raises.join(", ")}`,
    result === "void" ? "" : ` returns ${result}`,
    mode,
  ].join("");
}

/** A parameter as it is written in a header. */
export function parameterText(parameter: ParameterInfo, letters: Map<TypeVariable, string> = new Map()): string {
  const mode = parameter.mode === "in" ? "" : `${parameter.mode} `;
  const value = parameter.node?.default;
  return `${mode}${parameter.name} ${showType(parameter.type, letters)}${parameter.variadic ? "..." : ""}${
    value === undefined ? (parameter.hasDefault ? " = …" : "") : ` = ${shortText(value)}`
  }`;
}

/** A default as text; longer ones as `…`. */
function shortText(value: Expression): string {
  if (value.kind === "number") return value.text;
  if (value.kind === "string") return `'${value.value}'`;
  if (value.kind === "boolean") return String(value.value);
  return value.kind === "null" ? "null" : "…";
}

/** What a routine does, one line per kind of effect. */
export function effectsText(routine: RoutineInfo): string {
  return `Effects:\n\`\`\`\n${printEffects(routine.effects).join("\n")}\n\`\`\``;
}

const VARIABLE_WORDS: Readonly<Record<Variable["kind"], string>> = {
  parameter: "parameter",
  let: "let",
  const: "const",
  loop: "loop variable",
  pattern: "bound by the pattern",
  lambda: "lambda parameter",
  error: "caught error",
  self: "self",
  row: "row",
  column: "column",
  argument: "argument",
};

/** `let total: float?`; `(parameter) owner: int`. */
export function variableHeader(variable: Variable, type: Type): string {
  const word = VARIABLE_WORDS[variable.kind];
  const prefix = variable.kind === "let" || variable.kind === "const" ? `${word} ` : `(${word}) `;
  return `${prefix}${variable.name}: ${showType(type)}`;
}

/** `users.email: string?`. */
export function columnHeader(column: SqlColumnInfo, qualifier: string | undefined): string {
  const owner = column.table?.name ?? qualifier;
  return `(column) ${owner === undefined ? "" : `${owner}.`}${column.name}: ${showType(column.type)}`;
}

/** Why a column may be null, or why not, as a sentence. */
export function nullSentence(column: SqlColumnInfo): string {
  const reason = column.nullReason;
  if (reason === undefined) return "";
  return showType(column.type).endsWith("?") ? `May be null: ${reason}.` : `Never null: ${reason}.`;
}

/** A table with its columns, one per line. */
export function tableText(table: CatalogTable, row: StructType | undefined): string {
  const name = table.schema === "main" || table.schema === "temp" ? table.name : `${table.schema}.${table.name}`;
  const types = new Map(row?.fields.map((field) => [field.name.toLowerCase(), showType(field.type)]));
  const lines =
    table.columns.length > 0
      ? table.columns.map((column) => {
          const type = types.get(column.name.toLowerCase()) ?? `${column.type ?? "any"}${column.nullable ? "?" : ""}`;
          const key = table.primaryKey.includes(column.name) ? "  -- key" : "";
          return `  ${column.name}: ${type}${key}`;
        })
      : [...types].map(([column, type]) => `  ${column}: ${type}`);
  return `${table.kind} ${name} {\n${shortened(lines).join("\n")}\n}`;
}

/** A row type with its fields, one per line. */
export function rowText(word: string, name: string, row: StructType | undefined): string {
  if (row === undefined) return `${word} ${name}`;
  return `${word} ${name} {\n${shortened(row.fields.map((field) => `  ${field.name}: ${showType(field.type)}`)).join("\n")}\n}`;
}

function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= COLUMNS_MAX) return lines;
  return [...lines.slice(0, COLUMNS_MAX), `  -- and ${lines.length - COLUMNS_MAX} more`];
}
