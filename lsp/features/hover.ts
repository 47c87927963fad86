// What stands under the cursor: its type and why it has it, why it may be null, its doc comment, what it does; for tables their columns,
// for cron texts the next times they fire, for keys of configuration and keywords what they mean.
import type { Steps } from "../../base/steps.ts";
import type { CronPort } from "../../base/cron/fields.ts";
import type { Span } from "../../base/source.ts";
import { builtinOfKey, builtinsNamed, sqlFunctionSignature, type Builtin } from "../../compiler/check/builtins.ts";
import type {
  CallResolution,
  CheckedModule,
  Resolution,
  RoutineInfo,
  TableResolution,
  Variable,
} from "../../compiler/check/checked.ts";
import type { Expression, Item, Name, RoutineDeclaration, Statement } from "../../compiler/syntax/tree.ts";
import { showType } from "../../compiler/types/show.ts";
import type { Type } from "../../compiler/types/type.ts";
import { spotAt } from "../index/spot.ts";
import type { Document, Hover, Spot, Workspace } from "../types.ts";
import {
  codeBlock,
  columnHeader,
  effectsText,
  nullSentence,
  routineHeader,
  rowText,
  tableText,
  variableHeader,
} from "./describe.ts";
import { aboutStep } from "./hover-steps.ts";
import { aboutConfiguration, aboutWord } from "./hover-words.ts";
import { aboutSqlName, aggregateDoc } from "./hover-sql.ts";
import { firingText } from "./trigger-ways.ts";

/** Texts in Markdown, for the node that they are about. */
interface Found {
  readonly node: Spanned;
  readonly parts: readonly string[];
}
interface Spanned {
  readonly span: Span;
}

/** What a hover looks at. */
interface View {
  readonly workspace: Workspace;
  readonly document: Document;
  readonly cron: CronPort;
}

/** What is under the offset; undefined where nothing has a meaning. */
export function* hover(
  workspace: Workspace,
  document: Document,
  offset: number,
  cron: CronPort,
): Steps<Hover | undefined> {
  const view: View = { workspace, document, cron };
  const spot = spotAt(document, offset);
  const found = spot === undefined ? undefined : yield* aboutNodes(view, spot, offset - spot.item.offset);
  if (spot !== undefined && found !== undefined) {
    const { start, end } = found.node.span;
    return {
      span: { start: start + spot.item.offset, end: end + spot.item.offset },
      markdown: found.parts.filter((part) => part !== "").join("\n\n"),
    };
  }
  return aboutWord(document, offset);
}

function* aboutNodes(view: View, spot: Spot, at: number): Steps<Found | undefined> {
  const checked = view.document.checked();
  const nodes = [...spot.nodes].reverse() as Spanned[];
  for (const [index, node] of nodes.entries()) {
    const parents = nodes.slice(index + 1);
    const parts =
      (yield* aboutDeclared(view, spot.item, node, parents)) ??
      aboutStep(view.document, spot, node, parents) ??
      aboutConfiguration(spot, node, parents, view.cron) ??
      aboutTable(checked.tables.get(node)) ??
      aboutSqlName(checked, node, parents) ??
      aboutName(checked, node, parents) ??
      (index === 0 ? aboutMember(checked, node, parents) : undefined);
    if (parts !== undefined) return { node: narrowed(node, at, parents), parts };
  }
  return undefined;
}

/** Of `t.c` the part under the cursor. */
function narrowed(node: Spanned, at: number, parents: readonly Spanned[]): Spanned {
  const whole = node as Spanned & { readonly kind?: string; readonly name?: unknown };
  const name = whole.kind === "member" ? (whole.name as Name) : undefined;
  if (name !== undefined && at >= name.span.start && at <= name.span.end) return name;
  return parents.length === 0 ? node : node;
}

/** A name that declares something: a variable, a routine, a type. */
function* aboutDeclared(
  view: View,
  item: Item,
  node: Spanned,
  parents: readonly Spanned[],
): Steps<readonly string[] | undefined> {
  const variable = view.document.checked().variables.get(node as Name);
  if (variable !== undefined) return aboutVariable(variable, variable.type);
  const { statement } = item;
  if (!("name" in statement) || statement.name !== node || !("doc" in statement)) return undefined;
  return yield* aboutDeclaration(view, statement, parents);
}

function* aboutDeclaration(
  { workspace, document }: View,
  statement: Extract<Statement, { readonly doc: string | undefined }>,
  parents: readonly Spanned[],
): Steps<readonly string[] | undefined> {
  const checked = document.checked();
  const doc = statement.doc ?? "";
  switch (statement.kind) {
    case "routine": {
      const routine = checked.routines.get(statement);
      return routine === undefined ? undefined : aboutRoutine(routine);
    }
    case "struct":
    case "error": {
      const type = statement.kind === "struct" ? checked.structs.get(statement.name.text) : undefined;
      const fields = type?.fields ?? checked.errors.get(statement.name.text)?.fields ?? [];
      const row = { kind: "struct" as const, name: statement.name.text, fields, rest: undefined };
      return [codeBlock(rowText(statement.kind, statement.name.text, row)), doc];
    }
    case "enum":
      return [
        codeBlock(`enum ${statement.name.text} (${statement.values.map((value) => `'${value.text}'`).join(", ")})`),
        doc,
      ];
    case "trigger":
    case "schedule":
    case "test": {
      const routine = checked.routines.get(statement);
      const effects = routine === undefined ? "" : effectsText(routine);
      const firing = statement.kind === "trigger" ? yield* firingText(workspace, document, statement) : "";
      return [codeBlock(`${statement.kind} ${statement.name.text}`), doc, parents.length === 0 ? "" : effects, firing];
    }
    default:
      return [codeBlock(`${statement.kind} ${statement.name.text}`), doc];
  }
}

/** A name that is used: what the checker resolved, or the callee of a call. */
function aboutName(checked: CheckedModule, node: Spanned, parents: readonly Spanned[]): readonly string[] | undefined {
  const [parent] = parents;
  // The name of a member or of a name expression: the expression knows more.
  const use = isNameOf(parent, node) ? (parent as Spanned) : node;
  const call = callAround(checked, use, isNameOf(parent, node) ? parents.slice(1) : parents);
  const resolution = checked.names.get(use);
  if (call !== undefined && resolution?.kind !== "variable") {
    const about = aboutCall(call, use, argumentsOf(use, parents));
    if (about !== undefined) return about;
  }
  return resolution === undefined ? undefined : aboutResolution(checked, use, resolution);
}

function isNameOf(parent: Spanned | undefined, node: Spanned): boolean {
  return parent !== undefined && "name" in parent && parent.name === node;
}

/** The call whose callee this expression is. */
function callAround(checked: CheckedModule, use: Spanned, parents: readonly Spanned[]): CallResolution | undefined {
  const parent = parents[0] as (Spanned & { readonly kind?: string; readonly callee?: unknown }) | undefined;
  if (parent?.kind === "call" && parent.callee === use) return checked.calls.get(parent as never);
  return checked.calls.get(use as Expression);
}

/** How many arguments the call has that this is, or whose callee it is. */
function argumentsOf(use: Spanned, parents: readonly Spanned[]): number {
  const call = [use, ...parents].find((each) => "arguments" in each);
  return call !== undefined && "arguments" in call && Array.isArray(call.arguments) ? call.arguments.length : 0;
}

function aboutCall(call: CallResolution, use: Spanned, argumentCount: number): readonly string[] | undefined {
  switch (call.kind) {
    case "routine":
      return aboutRoutine(call.routine);
    case "intrinsic": {
      const builtin = builtinOfKey(call.intrinsic);
      return builtin === undefined ? undefined : aboutBuiltin(builtin);
    }
    case "sqlFunction": {
      const written = (use as { readonly name?: Name }).name?.text ?? call.canonical;
      const signature = sqlFunctionSignature(written) ?? sqlFunctionSignature(call.canonical);
      const [builtin] = builtinsNamed(written);
      const doc = aggregateDoc(written, argumentCount) ?? builtin?.doc ?? "A function of SQL.";
      return [codeBlock(signature ?? written), doc];
    }
    case "error":
      return [
        codeBlock(
          rowText("error", showType(call.error), {
            kind: "struct",
            name: undefined,
            fields: call.error.fields,
            rest: undefined,
          }),
        ),
      ];
    case "late":
      return [codeBlock(`${call.name}(…)`), "Not known now: bound when it is first called."];
    default:
      return undefined;
  }
}

/** A routine with its doc comment and effects. */
export function aboutRoutine(routine: RoutineInfo): readonly string[] {
  const from =
    routine.origin === "stdlib"
      ? "From the standard library."
      : routine.origin === "catalog"
        ? "Stored in the database."
        : "";
  return [codeBlock(routineHeader(routine)), docOf(routine.declaration), from, effectsText(routine)];
}

function docOf(declaration: RoutineDeclaration): string {
  return declaration.doc ?? "";
}

/** A built-in function. */
export function aboutBuiltin(builtin: Builtin): readonly string[] {
  return [codeBlock(builtin.signature), builtin.doc, builtin.example === undefined ? "" : codeBlock(builtin.example)];
}

function aboutResolution(checked: CheckedModule, use: Spanned, resolution: Resolution): readonly string[] | undefined {
  switch (resolution.kind) {
    case "variable":
      return aboutVariable(resolution.variable, checked.types.get(use as Expression) ?? resolution.variable.type);
    case "column":
      return [codeBlock(columnHeader(resolution.column, resolution.qualifier)), nullSentence(resolution.column)];
    case "routine":
      return aboutRoutine(resolution.routine);
    case "intrinsic": {
      const builtin = builtinOfKey(resolution.intrinsic);
      return builtin === undefined ? undefined : aboutBuiltin(builtin);
    }
    case "enumType":
      return [
        codeBlock(`enum ${resolution.type.name} (${resolution.type.values.map((value) => `'${value}'`).join(", ")})`),
      ];
    case "enumValue":
      return [codeBlock(`${resolution.type.name}.${resolution.value}`)];
    case "errorType":
      return [
        codeBlock(
          rowText("error", showType(resolution.error), {
            kind: "struct",
            name: undefined,
            fields: resolution.error.fields,
            rest: undefined,
          }),
        ),
      ];
    case "engine":
      return [codeBlock(resolution.text), "Understood by the engine."];
    default:
      return undefined;
  }
}

function aboutVariable(variable: Variable, type: Type): readonly string[] {
  const storage = showType(variable.type);
  const shown = showType(type);
  const [reason] = variable.reasons;
  return [
    codeBlock(variableHeader(variable, type)),
    reason === undefined ? "" : `Inferred as ${storage}, because ${reason.text}.`,
    shown !== storage ? `Declared as ${storage}; here it is known to be ${shown}.` : "",
    variable.nullReason === undefined ? "" : `May be null: ${variable.nullReason}.`,
  ];
}

function aboutTable(resolution: TableResolution | undefined): readonly string[] | undefined {
  if (resolution === undefined) return undefined;
  switch (resolution.kind) {
    case "catalog":
      return [codeBlock(tableText(resolution.table, resolution.row))];
    case "cte":
      return [codeBlock(rowText("common table", resolution.name, resolution.row))];
    case "tableVariable":
    case "listVariable":
    case "nameVariable":
      return [...aboutVariable(resolution.variable, resolution.variable.type)];
    case "routine":
      return aboutRoutine(resolution.routine);
    case "unknown":
      return [codeBlock(`table ${resolution.name}`), "Not known now: looked up at the first run."];
    default:
      return resolution.row === undefined ? undefined : [codeBlock(rowText("rows", "", resolution.row))];
  }
}

/** The last resort: a field, or an expression with a type that the reader cannot see. */
function aboutMember(
  checked: CheckedModule,
  node: Spanned,
  parents: readonly Spanned[],
): readonly string[] | undefined {
  const [parent] = parents;
  const use = isNameOf(parent, node) ? (parent as Spanned & { readonly kind?: string }) : undefined;
  if (use?.kind !== "member") return undefined;
  const type = checked.types.get(use as Expression);
  return type === undefined ? undefined : [codeBlock(`(field) ${(node as Name).text}: ${showType(type)}`)];
}
