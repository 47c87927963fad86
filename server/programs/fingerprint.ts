// What a stored version was compiled against, as one hash: the tables, routines and types it uses, as they are now.
// Equal hashes mean that its bytecode still fits; a different one means: check and compile again.
import type { DatabaseSchema, TableSchema } from "../../base/schema.ts";
import { textHash } from "../catalog/identifiers.ts";
import type { StoredDependency } from "../catalog/routines.ts";
import type { CatalogState } from "./catalog-state.ts";

function tableNamed(schema: DatabaseSchema, name: string): TableSchema | undefined {
  const dot = name.indexOf(".");
  const short = name.slice(dot + 1).toLowerCase();
  const where = dot < 0 ? undefined : name.slice(0, dot).toLowerCase();
  return schema.tables.find(
    (table) => table.name.toLowerCase() === short && (where === undefined || table.schema.toLowerCase() === where),
  );
}

/** Triggers that were written for the engine: what fires them does what they do. Stored ones are followed when they change (server/triggers/follow-effects.ts). */
function triggersOf({ otherNames }: DatabaseSchema, { name }: TableSchema): string {
  const table = name.toLowerCase();
  return otherNames
    .filter((other) => other.kind === "trigger" && other.table.toLowerCase() === table)
    .map(({ sql }) => `\n${sql ?? ""}`)
    .join("");
}

function stateOf(catalog: CatalogState, dependency: Pick<StoredDependency, "kind" | "name">): string {
  switch (dependency.kind) {
    case "table": {
      const table = tableNamed(catalog.schema(), dependency.name);
      return table === undefined ? "absent" : `${JSON.stringify(table)}${triggersOf(catalog.schema(), table)}`;
    }
    case "routine":
      return catalog
        .routines(dependency.name)
        .map((routine) =>
          JSON.stringify([
            routine.kind,
            routine.receiver,
            routine.parameters,
            routine.returnType,
            routine.raises,
            routine.mode,
            routine.effectsJson,
          ]),
        )
        .join("\n");
    case "type":
      return (
        catalog.types().find((type) => type.name.toLowerCase() === dependency.name.toLowerCase())?.source ?? "absent"
      );
    case "schedule":
      // A schedule that runs the routine changes nothing in its code.
      return "";
  }
}

/** The hash for a set of dependencies. @throws EngineError. */
export function fingerprint(
  catalog: CatalogState,
  dependencies: readonly Pick<StoredDependency, "kind" | "name">[],
): string {
  const names = new Map(
    dependencies.map((dependency) => [`${dependency.kind} ${dependency.name.toLowerCase()}`, dependency]),
  );
  const parts = [...names]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, dependency]) => `${key}: ${stateOf(catalog, dependency)}`);
  return textHash(parts.join("\n\n"));
}
