// What DDL does to stored triggers: those of a dropped table go with it, and a table that triggers name is not renamed under them (GR-71).
import type { DatabaseSchema } from "../../base/schema.ts";
import { trap } from "../../bytecode/trap.ts";
import { deleteObject } from "../catalog/objects.ts";
import type { CatalogPlace } from "../catalog/schema.ts";
import type { KnownTrigger } from "./registry.ts";

/** What following needs. */
export interface FollowWorld {
  place(): CatalogPlace;
  /** The schema as it is now. */
  schema(): DatabaseSchema;
  triggers(): readonly KnownTrigger[];
  notice(text: string): void;
  /** The catalog was changed. */
  changed(): void;
}

/** To be called before DDL; gives what is to be called after it, undefined when no trigger stands on a table that is there. @throws EngineError. */
export function followSchema(world: FollowWorld): (() => void) | undefined {
  const before = tablesOf(world.schema());
  const standing = world.triggers().filter((trigger) => before.has(tableOf(trigger)));
  if (standing.length === 0) return undefined;
  return () => {
    const after = tablesOf(world.schema());
    const gone = standing.filter((trigger) => !after.has(tableOf(trigger)));
    if (gone.length === 0) return;
    const made = [...after].filter((table) => !before.has(table));
    if (made.length > 0) refuseRename(gone, made);
    for (const trigger of gone) {
      deleteObject(world.place(), "trigger", trigger.stored.name);
      world.notice(`Trigger ${trigger.stored.name} was dropped with ${trigger.definition.table}.`);
    }
    world.changed();
  };
}

/** The table of a trigger, as effects name it, folded. */
export function tableOf({ definition }: KnownTrigger): string {
  return `${definition.schema ?? "main"}.${definition.table}`.toLowerCase();
}

function tablesOf(schema: DatabaseSchema): ReadonlySet<string> {
  return new Set(schema.tables.map((table) => `${table.schema}.${table.name}`.toLowerCase()));
}

function refuseRename(gone: readonly KnownTrigger[], made: readonly string[]): never {
  const names = gone.map(({ stored }) => stored.name).join(", ");
  const [table] = gone.map(({ definition }) => definition.table);
  const wanted = made.map((name) => name.replace(/^main\./, "")).join(", ");
  const reason = gone.length === 1 ? `trigger ${names} stands on it` : `triggers ${names} stand on it`;
  throw trap(
    "DependentObjects",
    `${table ?? "The table"} cannot be renamed to ${wanted}: ${reason}. Drop what stands on it first, and store it again for the new name.`,
  );
}
