// The schema of a database as the decision about native triggers looks at it (compiler/triggers/).
import type { DatabaseSchema, TableSchema } from "../../base/schema.ts";
import { NATIVE_PREFIX, type NativeSchema, type NativeTable } from "../../compiler/triggers/native-candidate.ts";

const known = new WeakMap<DatabaseSchema, NativeSchema>();

/** The schema for the decision; kept as long as the schema is. */
export function nativeSchemaOf(schema: DatabaseSchema): NativeSchema {
  let made = known.get(schema);
  if (made === undefined) {
    made = makeSchema(schema);
    known.set(schema, made);
  }
  return made;
}

function makeSchema(schema: DatabaseSchema): NativeSchema {
  const tables = schema.tables.map(nativeTable);
  const main = new Map(
    tables.flatMap((table) => (table.schema === "main" ? [[table.name.toLowerCase(), table] as const] : [])),
  );
  const engine = new Set(
    schema.otherNames
      .filter((other) => other.kind === "trigger" && !other.name.toLowerCase().startsWith(NATIVE_PREFIX))
      .map(({ table }) => table.toLowerCase()),
  );
  return {
    table: (name) => main.get(name.replace(/^main\./iu, "").toLowerCase()),
    tables: () => tables,
    hasEngineTriggers: (table) => engine.has(table.toLowerCase()),
  };
}

function nativeTable({ name, schema, kind, sql, columns, foreignKeys }: TableSchema): NativeTable {
  return {
    name,
    schema,
    kind,
    hasCollations: /\bcollate\b/iu.test(sql ?? ""),
    columns: columns.map((column) => ({
      name: column.name,
      type: column.type,
      declaration: column.declaredType.toLowerCase(),
    })),
    foreignKeys,
  };
}
