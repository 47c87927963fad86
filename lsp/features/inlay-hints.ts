// Inlay hints: types that were inferred, names of parameters before plain values, and columns that may be null although their table says not.
import type { Steps } from "../../base/steps.ts";
import { builtinOfKey } from "../../compiler/check/builtins.ts";
import type { CallResolution, CheckedModule, SqlColumnInfo, Variable } from "../../compiler/check/checked.ts";
import type {
  CallExpression,
  Expression,
  Item,
  LetStatement,
  Name,
  RoutineDeclaration,
  Select,
  SelectCore,
} from "../../compiler/syntax/tree.ts";
import { partsOf } from "../../compiler/types/bind.ts";
import { foldName, mayBeNull, prune } from "../../compiler/types/make.ts";
import { showType } from "../../compiler/types/show.ts";
import type { Type } from "../../compiler/types/type.ts";
import type { Document, Place } from "../types.ts";

/** A hint that stands at an offset of the text. */
export interface InlayHint {
  readonly offset: number;
  readonly label: string;
  readonly kind: "type" | "parameter" | "null";
  readonly tooltip?: string;
  /** What accepting the hint writes at its place. */
  readonly text?: string;
}

/** Which hints are wanted. */
export interface HintChoice {
  readonly types: boolean;
  readonly parameters: boolean;
  readonly nulls: boolean;
}

/** Longest label; types of wide rows are cut. */
const LABEL_MAX = 40;

interface Hinting {
  readonly checked: CheckedModule;
  readonly item: Item;
  readonly choice: HintChoice;
  readonly found: InlayHint[];
  /** Result columns of whole statements, with the reasons of their nulls. */
  readonly results: Map<SelectCore, readonly SqlColumnInfo[]>;
}

/** The hints of the items that a range touches, in order of place, and inside the range; an item in each step. */
export function* inlayHints(document: Document, range: Place["span"], choice: HintChoice): Steps<readonly InlayHint[]> {
  const checked = document.checked();
  const found: InlayHint[] = [];
  for (const item of document.module.items) {
    if (item.offset > range.end || item.offset + item.text.length < range.start) continue;
    const ofItem = hintsOf({ checked, item, choice, found: [], results: new Map() })
      .map((hint) => ({ ...hint, offset: hint.offset + item.offset }))
      .filter((hint) => hint.offset >= range.start && hint.offset <= range.end);
    found.push(...ofItem.sort((left, right) => left.offset - right.offset));
    yield;
  }
  return found;
}

function hintsOf(hinting: Hinting): readonly InlayHint[] {
  const open: unknown[] = [hinting.item.statement];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    hintsAt(hinting, node);
    for (const part of Object.values(node) as unknown[]) if (typeof part === "object" && part !== null) open.push(part);
  }
  return hinting.found;
}

type HintedNode =
  | LetStatement
  | RoutineDeclaration
  | CallExpression
  | Select
  | SelectCore
  | Extract<Expression, { kind: "lambda" }>
  | { readonly kind: "for"; readonly names: readonly Name[] };

function hintsAt(hinting: Hinting, value: object): void {
  const node = value as HintedNode;
  switch (node.kind) {
    case "let":
      return letHints(hinting, node);
    case "for":
      return hinting.choice.types ? node.names.forEach((name) => variableHint(hinting, name)) : undefined;
    case "lambda":
      if (!hinting.choice.types) return undefined;
      return node.parameters.forEach(({ name, type }) =>
        type === undefined ? variableHint(hinting, name) : undefined,
      );
    case "routine":
      return "parameters" in node && hinting.choice.types ? routineHints(hinting, node) : undefined;
    case "call":
      return hinting.choice.parameters ? parameterHints(hinting, node) : undefined;
    case "select": {
      const columns = hinting.checked.sql.get(node)?.columns;
      if (columns !== undefined && node.body.kind === "core") hinting.results.set(node.body, columns);
      return undefined;
    }
    case "core":
      return hinting.choice.nulls ? nullHints(hinting, node) : undefined;
    default:
      return undefined;
  }
}

/** Values whose type stands in front of the reader. */
const PLAIN_VALUES: ReadonlySet<string> = new Set([
  "number",
  "string",
  "template",
  "boolean",
  "temporal",
  "bytes",
  "cast",
]);

function letHints(hinting: Hinting, node: LetStatement): void {
  if (!hinting.choice.types || node.type !== undefined) return;
  if (node.target.kind === "fields") {
    for (const { name } of node.target.fields) variableHint(hinting, name);
    return;
  }
  const { value } = node;
  const isPlain =
    value !== undefined && (PLAIN_VALUES.has(value.kind) || (value.kind === "object" && value.typeName !== undefined));
  if (!isPlain) variableHint(hinting, node.target.name);
}

function variableHint(hinting: Hinting, name: Name): void {
  const variable = hinting.checked.variables.get(name);
  if (variable !== undefined) typeHint(hinting, name.span.end, variable.type, reasonsOf(variable));
}

function typeHint(hinting: Hinting, offset: number, type: Type, reason: string | undefined): void {
  // What holds `any` says nothing of what is wrong or not known there.
  if (holdsAny(type) || type.kind === "never" || type.kind === "void") return;
  const text = `: ${showType(type)}`;
  hinting.found.push({
    offset,
    label: cut(text),
    kind: "type",
    ...(reason === undefined && text.length <= LABEL_MAX
      ? {}
      : { tooltip: [text.slice(2), reason].filter(Boolean).join(", ") }),
    ...(isWritable(type) ? { text } : {}),
  });
}

function holdsAny(type: Type): boolean {
  const pruned = prune(type);
  return pruned.kind === "any" || partsOf(pruned).some(holdsAny);
}

/** Whether the type's text can stand in the program: rows of queries and unknowns cannot. */
function isWritable(type: Type): boolean {
  return !/[?…]|\b[A-Z]\b|fn\(/.test(showType(type).replace(/\?$/, "")) && type.kind !== "cursor";
}

function cut(text: string): string {
  return text.length <= LABEL_MAX ? text : `${text.slice(0, LABEL_MAX - 1)}…`;
}

function reasonsOf(variable: Variable): string | undefined {
  const [first] = variable.reasons;
  return first === undefined ? undefined : `because ${first.text}`;
}

function routineHints(hinting: Hinting, node: RoutineDeclaration): void {
  const info = hinting.checked.routines.get(node);
  if (info === undefined) return;
  for (const parameter of info.parameters)
    if (
      parameter.node !== undefined &&
      (parameter.node.type === undefined || parameter.node.type.kind === "inferredType")
    )
      typeHint(
        hinting,
        parameter.node.type?.span.end ?? parameter.node.name.span.end,
        parameter.type,
        reasonsOf(parameter.variable),
      );
  const { body } = node;
  if (node.returns !== undefined || body === undefined || info.result.kind === "void" || holdsAny(info.result)) return;
  const last = node.parameters?.at(-1)?.span.end ?? node.name.span.end;
  const closing = node.parameters === undefined ? -1 : hinting.item.text.indexOf(")", last);
  const offset = closing < 0 || closing > body.span.start ? last : closing + 1;
  const text = ` returns ${showType(info.result)}`;
  hinting.found.push({ offset, label: cut(text), kind: "type", ...(isWritable(info.result) ? { text } : {}) });
}

/** Values that say nothing about what they are for. */
const MUTE_VALUES: ReadonlySet<string> = new Set([
  "number",
  "string",
  "boolean",
  "null",
  "list",
  "object",
  "unary",
  "temporal",
]);

function parameterHints(hinting: Hinting, call: CallExpression): void {
  const resolution = hinting.checked.calls.get(call);
  const names = parameterNames(resolution);
  if (resolution === undefined || !("args" in resolution) || names.length < 2) return;
  for (const argument of call.arguments) {
    if (argument.name !== undefined || !MUTE_VALUES.has(argument.value.kind)) continue;
    const index = resolution.args.findIndex((given) => given.kind === "value" && given.value === argument.value);
    const name = names[index];
    if (name !== undefined && foldName(name) !== "value" && name.length > 1)
      hinting.found.push({ offset: argument.span.start, label: `${name}:`, kind: "parameter", text: `${name}: ` });
  }
}

function parameterNames(resolution: CallResolution | undefined): readonly string[] {
  if (resolution?.kind === "routine") return resolution.routine.parameters.map((parameter) => parameter.name);
  if (resolution?.kind === "intrinsic")
    return (builtinOfKey(resolution.intrinsic)?.parameters ?? []).map((text) => text.split(":", 1)[0]?.trim() ?? "");
  return [];
}

/** `?` behind a result column that is null for a reason that the table's declaration does not show. */
function nullHints(hinting: Hinting, core: SelectCore): void {
  const known = hinting.results.get(core);
  const results = known?.length === core.columns.length ? known : undefined;
  core.columns.forEach((column, index) => {
    if (column.kind !== "column") return;
    const type = hinting.checked.types.get(column.value);
    if (type === undefined || !mayBeNull(type) || type.kind === "null") return;
    const resolution = hinting.checked.names.get(column.value);
    const info =
      resolution?.kind === "column" ? resolution.column : column.value.kind === "call" ? results?.[index] : undefined;
    const reason = info?.nullReason;
    if (reason === undefined || isDeclaredNull(info?.origin)) return;
    hinting.found.push({ offset: column.value.span.end, label: "?", kind: "null", tooltip: `may be null: ${reason}` });
  });
}

/** Whether the table itself says that the column may be null: no news for the reader. */
function isDeclaredNull(origin: SqlColumnInfo["origin"]): boolean {
  if (origin?.kind !== "catalog") return origin !== undefined;
  const column = origin.table.columns.find(({ name }) => foldName(name) === foldName(origin.column));
  return column === undefined || column.nullable;
}
