// Written types as types: scalars, declared structs, enums and errors, rows and columns of tables, and type variables in signatures.
import { scalarByName } from "../../base/scalar.ts";
import type {
  EnumDeclaration,
  ErrorDeclaration,
  FieldNode,
  NamedTypeNode,
  QualifiedName,
  StructDeclaration,
  TypeNode,
} from "../syntax/tree.ts";
import { scalarWith } from "../types/from-text.ts";
import {
  ANY,
  VOID,
  foldName,
  freshVariable,
  listOf,
  mapOf,
  nullable,
  prune,
  structOf,
  tableOf,
} from "../types/make.ts";
import { joinTypes } from "../types/join.ts";
import { showType } from "../types/show.ts";
import type { StructField, StructType, Type } from "../types/type.ts";
import type { CheckContext } from "./context.ts";
import { errorType, isRootError, knownError } from "./error-types.ts";
import { expectString } from "./type-keys.ts";
import { lateSeverity, nearest, problem, replaceFix } from "./findings.ts";
import { noteProbe } from "./probe.ts";
import { tableColumns } from "./sql/statement.ts";
import { catalogHere } from "./sql/table-lookup.ts";

const WORDS: Readonly<Record<string, Type>> = {
  void: VOID,
  any: ANY,
  function: ANY,
  list: listOf(ANY),
  array: listOf(ANY),
  map: mapOf(ANY),
  dict: mapOf(ANY),
  handle: { kind: "handle", result: ANY },
  job: { kind: "handle", result: ANY },
};

/** The type that a node means; reports names that mean none (and gives any). Holes and TryToInferType give an unknown. */
export function typeFromNode(ctx: CheckContext, node: TypeNode): Type {
  switch (node.kind) {
    case "namedType":
      return namedNode(ctx, node);
    case "listType":
      return listOf(typeFromNode(ctx, node.element));
    case "mapType": {
      expectString(ctx, node.key, typeFromNode(ctx, node.key));
      return mapOf(typeFromNode(ctx, node.value));
    }
    case "structType":
      return structOf(fieldTypes(ctx, node.fields));
    case "tableType":
      return tableNode(ctx, node.row);
    case "functionType":
      return {
        kind: "function",
        parameters: node.parameters.map((parameter) => typeFromNode(ctx, parameter)),
        result: typeFromNode(ctx, node.result),
      };
    case "handleType":
      return { kind: "handle", result: typeFromNode(ctx, node.result) };
    case "nullableType":
      return nullable(typeFromNode(ctx, node.inner));
    case "unionType":
      return unionNode(ctx, node.members);
    case "inferredType":
      return freshVariable(ctx.state.supply, ctx.level);
    case "hole":
      ctx.state.holes.add(ctx.item);
      return freshVariable(ctx.state.supply, ctx.level);
  }
}

/** Fields of a struct or error; reports doubled names, also those that differ by case only. */
export function fieldTypes(ctx: CheckContext, fields: readonly FieldNode[]): readonly StructField[] {
  const seen = new Set<string>();
  return fields.map((field) => {
    const key = foldName(field.name.text);
    if (seen.has(key)) problem(ctx, "DoubleField", field.name.span, { field: field.name.text });
    seen.add(key);
    return {
      name: field.name.text,
      type: field.type === undefined ? freshVariable(ctx.state.supply, ctx.level) : typeFromNode(ctx, field.type),
    };
  });
}

function tableNode(ctx: CheckContext, row: TypeNode | undefined): Type {
  if (row === undefined) return tableOf(undefined);
  const type = prune(typeFromNode(ctx, row));
  if (type.kind === "struct" || type.kind === "variable") return tableOf(type);
  if (type.kind === "table") return type;
  if (type.kind !== "any")
    problem(ctx, "TypeMismatch", row.span, { expected: "the type of a row", found: showType(type) });
  return tableOf(undefined);
}

/** `void|type`: may return nothing, so the value may be null. `void|T` is `T?`. */
function unionNode(ctx: CheckContext, members: readonly TypeNode[]): Type {
  const types = members.map((member) => typeFromNode(ctx, member));
  const values = types.filter((type) => prune(type).kind !== "void");
  let joined: Type | undefined = values[0];
  for (const type of values.slice(1)) joined = joined === undefined ? undefined : joinTypes(joined, type);
  if (values.length === 0) return VOID;
  if (joined === undefined) return ANY;
  return values.length < types.length ? nullable(joined) : joined;
}

function namedNode(ctx: CheckContext, node: NamedTypeNode): Type {
  const { parts } = node.name;
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only !== undefined && only.quote === "none") {
    const word = WORDS[foldName(only.text)];
    if (word !== undefined) return word;
    if (isRootError(only.text)) return errorType(ctx.state, undefined);
    if (foldName(only.text) === "cursor") return { kind: "cursor", row: undefined };
    const scalarName = scalarByName(only.text);
    if (scalarName !== undefined) return scalarWith(only.text, scalarName, node.args);
  }
  const found = only === undefined ? qualifiedType(ctx, node.name) : typeNamed(ctx, only.text);
  if (found !== undefined) return found;
  if (only !== undefined && /^[A-Z]$/.test(only.text) && ctx.letters !== undefined) return letterType(ctx, only.text);
  reportUnknownType(ctx, node.name);
  return ANY;
}

/** `T` in a signature: the same unknown wherever it stands there. */
function letterType(ctx: CheckContext, letter: string): Type {
  const known = ctx.letters?.get(letter) ?? freshVariable(ctx.state.supply, ctx.level);
  ctx.letters?.set(letter, known);
  return known;
}

function reportUnknownType(ctx: CheckContext, name: QualifiedName): void {
  const last = name.parts.at(-1);
  noteProbe(ctx, last?.text ?? "", () => ({ kind: "type" }));
  const text = name.parts.map((part) => part.text).join(".");
  const near =
    last === undefined
      ? undefined
      : nearest(last.text, [
          ...ctx.state.structs.keys(),
          ...ctx.state.enums.keys(),
          ...ctx.state.errors.keys(),
          ...ctx.catalog.tableNames(),
          "string",
          "int",
          "float",
          "decimal",
          "bool",
          "timestamp",
          "date",
        ]);
  const severity = ctx.owner.stored && !ctx.state.environment.strict ? lateSeverity(ctx) : "error";
  problem(
    ctx,
    "UnknownType",
    name.span,
    { name: text },
    near === undefined || last === undefined
      ? { severity }
      : { severity, help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, last.span, near)] },
  );
}

/** The struct, enum, error or table row of that name; undefined when there is none. */
export function typeNamed(ctx: CheckContext, name: string): Type | undefined {
  const key = foldName(name);
  for (const [declared, struct] of ctx.state.structs) if (foldName(declared) === key) return struct;
  for (const [declared, type] of ctx.state.enums) if (foldName(declared) === key) return type;
  for (const imported of ctx.state.imports.values()) {
    for (const [declared, type] of [...imported.structs, ...imported.enums])
      if (foldName(declared) === key) return type;
  }
  const error = knownError(ctx.state, name);
  if (error !== undefined) return errorType(ctx.state, error);
  const stored = ctx.catalog.type(name);
  if (stored !== undefined) return storedType(ctx, stored);
  return rowOf(ctx, undefined, name);
}

function storedType(ctx: CheckContext, stored: StructDeclaration | EnumDeclaration | ErrorDeclaration): Type {
  const name = stored.name.text;
  if (stored.kind === "enum") {
    const type = { kind: "enum", name, values: stored.values.map((value) => value.text) } as const;
    ctx.state.enums.set(name, type);
    return type;
  }
  const fields = stored.fields.map((field) => ({
    name: field.name.text,
    type: field.type === undefined ? ANY : typeFromNode(ctx, field.type),
  }));
  if (stored.kind === "error") {
    ctx.state.errors.set(name, { fields, parent: stored.parent?.text });
    return errorType(ctx.state, name);
  }
  const type = structOf(fields, name);
  ctx.state.structs.set(name, type);
  return type;
}

/** The row type of a catalog table. */
export function rowOf(ctx: CheckContext, schema: string | undefined, name: string): StructType | undefined {
  const table = catalogHere(ctx).table(schema, name);
  if (table === undefined) return undefined;
  const fields = tableColumns(ctx, table).map(
    (column): StructField => ({ name: column.name, type: column.type, origin: column.origin }),
  );
  return structOf(fields, table.name);
}

/** `users.email`: a column's type; `main.users`: a table's row in a schema; `main.users.email`. */
function qualifiedType(ctx: CheckContext, name: QualifiedName): Type | undefined {
  const texts = name.parts.map((part) => part.text);
  const [first = "", second = "", third] = texts;
  if (third !== undefined) return columnOf(rowOf(ctx, first, second), third);
  return columnOf(rowOf(ctx, undefined, first) ?? structNamed(ctx, first), second) ?? rowOf(ctx, first, second);
}

function structNamed(ctx: CheckContext, name: string): StructType | undefined {
  const type = typeNamed(ctx, name);
  return type?.kind === "struct" ? type : undefined;
}

function columnOf(row: StructType | undefined, column: string): Type | undefined {
  if (row === undefined) return undefined;
  const key = foldName(column);
  if (key === "type") return undefined;
  return row.fields.find((field) => foldName(field.name) === key)?.type;
}
