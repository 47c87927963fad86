// A schema file for tests of the language server.
import type { DatabaseSchema } from "../../../base/schema.ts";
import { snapshotToJson } from "../../../compiler/catalog/snapshot.ts";

/** A schema file with one table. */
export function schemaOf(name: string, columns: readonly string[]): string {
  const table = {
    schema: "main",
    name,
    kind: "table" as const,
    columns: columns.map((column) => ({
      name: column,
      declaredType: "TEXT",
      type: "string" as const,
      typeArgs: [],
      nullable: true,
      defaultText: undefined,
      generated: false,
      affinity: "text" as const,
    })),
    primaryKey: [],
    rowidColumn: undefined,
    withoutRowid: false,
    strict: false,
    uniques: [],
    foreignKeys: [],
    checks: [],
    sql: undefined,
  };
  return snapshotToJson({ tables: [table], otherNames: [] } satisfies DatabaseSchema);
}
