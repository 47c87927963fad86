// Declared structs, enums and errors of a module, in any order: first the names, then the fields, so that types may speak of each other.
import type { Declaration, EnumDeclaration, ErrorDeclaration, Item, Name, StructDeclaration } from "../syntax/tree.ts";
import { foldName, prune } from "../types/make.ts";
import type { StructField, StructType, Type } from "../types/type.ts";
import { bodyContext, type ModuleSetting } from "./bodies.ts";
import { STANDARD_ERRORS, isRootError, knownError } from "./error-types.ts";
import { problem } from "./findings.ts";
import type { CheckContext } from "./context.ts";
import { fieldTypes } from "./type-nodes.ts";

type TypeDeclaration = StructDeclaration | EnumDeclaration | ErrorDeclaration;

/** Declares the types among these items. */
export function declareTypes(setting: ModuleSetting, items: readonly Item[]): void {
  const fills: (() => void)[] = [];
  const seen = new Map<string, { readonly name: Name; readonly item: Item }>();
  for (const item of items) {
    const { statement } = item;
    if (!isType(statement as Declaration)) continue;
    const declaration = statement as TypeDeclaration;
    const ctx = bodyContext(setting, item, { kind: "script", name: declaration.name.text, level: 0 });
    reportDouble(ctx, declaration, seen);
    if (declaration.kind === "enum") declareEnum(ctx, declaration);
    else if (declaration.kind === "struct") fills.push(declareStruct(ctx, declaration));
    else fills.push(declareError(ctx, declaration));
  }
  for (const fill of fills) fill();
}

function isType(statement: Declaration): boolean {
  return statement.kind === "struct" || statement.kind === "enum" || statement.kind === "error";
}

function reportDouble(
  ctx: CheckContext,
  declaration: TypeDeclaration,
  seen: Map<string, { readonly name: Name; readonly item: Item }>,
): void {
  const key = foldName(declaration.name.text);
  const other = seen.get(key);
  if (other === undefined) seen.set(key, { name: declaration.name, item: ctx.item });
  else
    problem(
      ctx,
      "DoubleDeclaration",
      declaration.name.span,
      { name: declaration.name.text, other: other.name.text },
      { related: [{ span: other.name.span, label: "first declared here", item: other.item }] },
    );
}

function declareEnum(ctx: CheckContext, declaration: EnumDeclaration): void {
  const seen = new Set<string>();
  for (const value of declaration.values) {
    if (seen.has(value.text)) problem(ctx, "DoubleField", value.span, { field: `'${value.text}'` });
    seen.add(value.text);
  }
  ctx.state.enums.set(declaration.name.text, { kind: "enum", name: declaration.name.text, values: [...seen] });
}

function declareStruct(ctx: CheckContext, declaration: StructDeclaration): () => void {
  const fields: StructField[] = [];
  const struct: StructType = { kind: "struct", name: declaration.name.text, fields, rest: undefined };
  ctx.state.structs.set(declaration.name.text, struct);
  return () => {
    fields.push(...fieldTypes(ctx, declaration.fields));
    for (const [index, field] of fields.entries()) {
      const span = declaration.fields[index]?.name.span ?? declaration.name.span;
      if (containsDirectly(field.type, struct, new Set()))
        problem(ctx, "RecursiveType", span, {}, { help: "Make the field nullable, or a list." });
    }
  };
}

/** Whether a value of the type always holds a value of the struct. Lists, maps and nullable fields may be empty. */
function containsDirectly(type: Type, struct: StructType, seen: Set<Type>): boolean {
  const pruned = prune(type);
  if (pruned === struct) return true;
  if (pruned.kind !== "struct" || seen.has(pruned)) return false;
  seen.add(pruned);
  return pruned.fields.some((field) => containsDirectly(field.type, struct, seen));
}

function declareError(ctx: CheckContext, declaration: ErrorDeclaration): () => void {
  const fields: StructField[] = [];
  const name = declaration.name.text;
  if (isRootError(name) || Object.hasOwn(STANDARD_ERRORS, name))
    problem(
      ctx,
      "DoubleDeclaration",
      declaration.name.span,
      { name, other: name },
      { help: "This is a standard error." },
    );
  ctx.state.errors.set(name, { fields, parent: declaration.parent?.text });
  return () => {
    fields.push(...fieldTypes(ctx, declaration.fields));
    const { parent } = declaration;
    if (parent !== undefined && knownError(ctx.state, parent.text) === undefined)
      problem(ctx, "UnknownErrorType", parent.span, { name: parent.text });
  };
}
