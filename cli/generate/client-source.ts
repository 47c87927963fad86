// The TypeScript source of a generated client: one typed function per stored procedure and function, and the types that their signatures name.
// Pure: what DESCRIBE answered in, text out.
import type {
  DescribedRoutine,
  DescribedSchema,
  DescribedTable,
  DescribedType,
} from "../../protocol/client/described.ts";
import { keyText, type TypeChoices, typeScriptOf } from "./type-text.ts";

/** What a client is generated from. */
export interface ClientSourceOptions {
  readonly routines: readonly DescribedRoutine[];
  readonly schema: DescribedSchema;
  readonly int: TypeChoices["int"];
  /** Package that the types of connections are imported from. */
  readonly from: string;
}

/** The declared types and tables that signatures name, by folded name. */
interface NamedTypes {
  readonly choices: TypeChoices;
  /** Types asked for, in order. Declaring one may ask for others. */
  readonly wanted: Map<string, string>;
}

/** Source of the client. */
export function clientSource({ routines, schema, int, from }: ClientSourceOptions): string {
  const types = namedTypes(schema, int);
  const free = routines.filter((routine) => routine.receiver === "");
  const functions = free.map((routine) => functionOf(routine, types.choices));
  const declarations = declarationsOf(schema, types);
  const usesRow = [...functions, ...declarations].some((text) => /\bRow\[\]/u.test(text));
  return [
    "// Made by `gobi generate client`: calls of the stored procedures and functions with their types. Changes are lost when it is made again.",
    `import type { Queryable, RequestOptions${usesRow ? ", Row" : ""} } from ${JSON.stringify(from)};`,
    "",
    ...declarations.flatMap((text) => [text, ""]),
    "/** The stored procedures and functions, called over a client, a session or a transaction. Everything that fails rejects with a GrizzlyError. */",
    "export function routinesOf(connection: Queryable) {",
    "  return {",
    ...functions,
    "  };",
    "}",
    "",
  ].join("\n");
}

function namedTypes(schema: DescribedSchema, int: TypeChoices["int"]): NamedTypes {
  const wanted = new Map<string, string>();
  const known = new Map<string, string>();
  const used = new Set(["Queryable", "RequestOptions", "Row"]);
  const add = (name: string, wish: string): void => {
    if (known.has(name.toLowerCase())) return;
    let chosen = wish;
    for (let number = 2; used.has(chosen); number += 1) chosen = `${wish}${number}`;
    used.add(chosen);
    known.set(name.toLowerCase(), chosen);
  };
  for (const type of schema.types) add(type.name, pascal(type.name));
  for (const table of schema.tables) add(table.name, `${pascal(table.name)}Row`);
  return {
    wanted,
    choices: {
      int,
      named: (name) => {
        const typeName = known.get(name.toLowerCase());
        if (typeName !== undefined) wanted.set(name.toLowerCase(), typeName);
        return typeName;
      },
    },
  };
}

/** `order_items` is OrderItems. */
function pascal(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/u).filter((word) => word !== "");
  const joined = words.map((word) => (word[0] ?? "").toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z]/u.test(joined) ? joined : `Type${joined}`;
}

/** Declarations of the types that are named, until no new ones are. */
function declarationsOf(schema: DescribedSchema, types: NamedTypes): readonly string[] {
  const declared = new Map<string, string>();
  for (let size = -1; size !== types.wanted.size; ) {
    size = types.wanted.size;
    for (const [key, name] of types.wanted) {
      if (declared.has(key)) continue;
      const type = schema.types.find((candidate) => candidate.name.toLowerCase() === key);
      const table = schema.tables.find((candidate) => candidate.name.toLowerCase() === key);
      if (type !== undefined) declared.set(key, declarationOfType(type, name, types.choices));
      else if (table !== undefined) declared.set(key, declarationOfTable(table, name, types.choices));
    }
  }
  return [...declared.values()];
}

function declarationOfType(type: DescribedType, name: string, choices: TypeChoices): string {
  if (type.kind === "enum")
    return `/** Values of ${type.name}. */\nexport type ${name} = ${type.values.map((value) => JSON.stringify(value)).join(" | ") || "never"};`;
  const fields = type.fields.map((field) => fieldText(field.name, typeScriptOf(field.type, "taken", choices)));
  return interfaceText(`${type.kind === "error" ? "Detail of the error" : "Struct"} ${type.name}.`, name, fields);
}

function declarationOfTable(table: DescribedTable, name: string, choices: TypeChoices): string {
  const fields = table.columns.map((column) =>
    fieldText(column.name, typeScriptOf(column.nullable ? `${column.type}?` : column.type, "taken", choices)),
  );
  return interfaceText(`A row of ${table.name}.`, name, fields);
}

function fieldText(name: string, type: string): string {
  return `  readonly ${keyText(name)}: ${type};`;
}

function interfaceText(doc: string, name: string, fields: readonly string[]): string {
  return [`/** ${doc} */`, `export interface ${name} {`, ...fields, "}"].join("\n");
}

function functionOf(routine: DescribedRoutine, choices: TypeChoices): string {
  const given = routine.parameters.filter((parameter) => parameter.mode !== "out");
  const fields = given.map(
    (parameter) =>
      `readonly ${keyText(parameter.name)}${parameter.optional ? "?" : ""}: ${typeScriptOf(parameter.type, "given", choices)}`,
  );
  const canBeLeftOut = given.every((parameter) => parameter.optional);
  const args = given.length === 0 ? "" : `args: { ${fields.join("; ")} }${canBeLeftOut ? " = {}" : ""}, `;
  const result = resultOf(routine, choices);
  const call = `connection.call(${JSON.stringify(routine.name)}, ${given.length === 0 ? "{}" : "args"}, options)`;
  const body = result === "void" ? [`      await ${call};`] : [`      return (await ${call}) as ${result};`];
  return [
    ...docOf(routine),
    `    async ${keyText(routine.name)}(${args}options?: RequestOptions): Promise<${result}> {`,
    ...body,
    "    },",
  ].join("\n");
}

/** With out parameters a call gives an object of them, with what it returns beside them as `result`. */
function resultOf(routine: DescribedRoutine, choices: TypeChoices): string {
  const own = typeScriptOf(routine.returns, "taken", choices);
  const outs = routine.parameters.filter((parameter) => parameter.mode !== "in");
  if (outs.length === 0) return own;
  const fields = outs.map(
    (parameter) => `readonly ${keyText(parameter.name)}: ${typeScriptOf(parameter.type, "taken", choices)}`,
  );
  return `{ ${[...(own === "void" ? [] : [`readonly result: ${own}`]), ...fields].join("; ")} }`;
}

function docOf(routine: DescribedRoutine): readonly string[] {
  const lines = [
    ...(routine.doc ?? "").split("\n").filter((line) => line.trim() !== ""),
    routine.readOnly ? "Only reads." : "May change data.",
    ...(routine.raises.length === 0 ? [] : [`Raises ${routine.raises.join(", ")}.`]),
  ].map((line) => line.trim().replaceAll("*/", "*\\/"));
  return lines.length === 1
    ? [`    /** ${lines[0] ?? ""} */`]
    : ["    /**", ...lines.map((line) => `     * ${line}`), "     */"];
}
