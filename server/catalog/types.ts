// Stored structs, enums and error types: their declarations as text, so that stored routines can be checked again without the file that declared the type.
import { trap } from "../../bytecode/trap.ts";
import type { Connection } from "../../storage/engine.ts";

import { insertRow, readRows, textOf, writeRows } from "../sql/rows.ts";
import { newId } from "./identifiers.ts";
import { bumpEpoch, ensureCatalog, storedTable, timestampText, type CatalogPlace } from "./schema.ts";

/** A stored type. */
export interface StoredType {
  readonly kind: "struct" | "enum" | "error";
  readonly name: string;
  readonly source: string;
}

/** All stored types. The catalog must exist. @throws EngineError. */
export function listTypes(connection: Connection): readonly StoredType[] {
  const rows = readRows(
    connection,
    `SELECT kind, name, source FROM ${storedTable("types")} ORDER BY name COLLATE NOCASE`,
  );
  return rows.map((row) => ({
    kind: textOf(row[0]) as StoredType["kind"],
    name: textOf(row[1]),
    source: textOf(row[2]),
  }));
}

/**
 * Stores a type inside the caller's transaction; another text replaces the former.
 * @throws Trap AlreadyExists when a type of another kind has the name; EngineError.
 */
export function storeType(place: CatalogPlace, type: StoredType): "created" | "replaced" | "unchanged" {
  ensureCatalog(place);
  const { connection } = place;
  const at = timestampText(place.nowMicros());
  const existing = listTypes(connection).find((candidate) => candidate.name.toLowerCase() === type.name.toLowerCase());
  if (existing === undefined) {
    insertRow(connection, storedTable("types"), {
      type_id: newId(place.nowMicros() / 1000),
      kind: type.kind,
      name: type.name,
      source: type.source,
      created_at: at,
      modified_at: at,
    });
    bumpEpoch(place);
    return "created";
  }
  if (existing.kind !== type.kind)
    throw trap(
      "AlreadyExists",
      `${type.name} is ${existing.kind === "struct" ? "a struct" : `an ${existing.kind}`} type already; drop it first.`,
    );
  if (existing.source.trim() === type.source.trim()) return "unchanged";
  writeRows(
    connection,
    `UPDATE ${storedTable("types")} SET source = ?, modified_at = ? WHERE name = ? COLLATE NOCASE`,
    [type.source, at, type.name],
  );
  bumpEpoch(place);
  return "replaced";
}

/** Deletes a type; false when there is none. Runs inside the caller's transaction. @throws EngineError. */
export function deleteType(place: CatalogPlace, name: string): boolean {
  const changes = writeRows(place.connection, `DELETE FROM ${storedTable("types")} WHERE name = ? COLLATE NOCASE`, [
    name,
  ]);
  if (changes > 0) bumpEpoch(place);
  return changes > 0;
}
