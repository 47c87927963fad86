// Stored triggers as rows: what was declared (gobi_triggers) and what it was compiled to (gobi_trigger_programs), with what it uses (gobi_dependencies).
import type { Value } from "../../base/value/value.ts";
import type { Connection } from "../../storage/engine.ts";
import { numberOf, readRows, textOf, writeRows } from "../sql/rows.ts";
import type { StoredDependency } from "./routines.ts";
import { storedTable, type CatalogPlace } from "./schema.ts";

/** How far compiling came. `unbound`: it names nothing that exists; `invalid`: its text no longer fits the database. */
export type TriggerStatus = "valid" | "unbound" | "invalid";

/** What a trigger was compiled to. */
export interface TriggerProgram {
  readonly status: TriggerStatus;
  readonly bytecodeFormat: number;
  readonly compilerVersion: string;
  /** Hash of the tables, routines and types that it was compiled against. */
  readonly compiledAgainst: string;
  readonly effectsJson: string;
  readonly way: "native" | "captured" | "managed";
  /** Why it is not native; undefined when it is. */
  readonly wayReason: string | undefined;
  /** The engine's own trigger that stands for it. */
  readonly nativeText: string | undefined;
  /** Problems as JSON text. */
  readonly diagnostics: string | undefined;
}

/** A stored trigger. */
export interface StoredTrigger {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly enabled: boolean;
  readonly program: TriggerProgram | undefined;
}

const PROGRAM_COLUMNS = [
  "status",
  "bytecode_format",
  "compiler_version",
  "compiled_against",
  "effects",
  "way",
  "way_reason",
  "native_text",
  "diagnostics",
];

const COLUMNS = `t.trigger_id, t.name, t.source, CAST(t.enabled AS INTEGER), p.status, p.bytecode_format, p.compiler_version, p.compiled_against,
  CAST(p.effects AS TEXT), p.way, p.way_reason, p.native_text, CAST(p.diagnostics AS TEXT)`;

function triggerOf(row: readonly Value[]): StoredTrigger {
  const optional = (value: Value | undefined): string | undefined => (value === null ? undefined : textOf(value));
  return {
    id: textOf(row[0]),
    name: textOf(row[1]),
    source: textOf(row[2]),
    enabled: numberOf(row[3]) === 1,
    program:
      row[4] === null
        ? undefined
        : {
            status: textOf(row[4]) as TriggerStatus,
            bytecodeFormat: numberOf(row[5]),
            compilerVersion: textOf(row[6]),
            compiledAgainst: textOf(row[7]),
            effectsJson: textOf(row[8]),
            way: textOf(row[9]) as TriggerProgram["way"],
            wayReason: optional(row[10]),
            nativeText: optional(row[11]),
            diagnostics: optional(row[12]),
          },
  };
}

/** All triggers in firing order: by `order`, then by creation. None where nothing was ever stored. @throws EngineError. */
export function listTriggers(connection: Connection): readonly StoredTrigger[] {
  const tables = numberOf(
    readRows(
      connection,
      "SELECT count(*) FROM main.sqlite_schema WHERE name IN ('gobi_triggers', 'gobi_trigger_programs')",
    )[0]?.[0],
  );
  if (tables === 0) return [];
  // In the catalog of an older program nothing was compiled yet.
  const programs =
    tables === 1
      ? `(SELECT ${PROGRAM_COLUMNS.map((column) => `NULL AS ${column}`).join(", ")}) p ON 0`
      : `${storedTable("trigger_programs")} p ON p.trigger_id = t.trigger_id`;
  return readRows(
    connection,
    `SELECT ${COLUMNS} FROM ${storedTable("triggers")} t LEFT JOIN ${programs} ORDER BY t.ordinal, t.created_at, t.rowid`,
  ).map(triggerOf);
}

/** The stored bytecode of a trigger. @throws EngineError. */
export function bytecodeOfTrigger(connection: Connection, id: string): Uint8Array | undefined {
  const sql = `SELECT bytecode FROM ${storedTable("trigger_programs")} WHERE trigger_id = ?`;
  const bytecode = readRows(connection, sql, [id])[0]?.[0];
  return bytecode instanceof Uint8Array ? bytecode : undefined;
}

/** Keeps what a trigger was compiled to, in place of what was kept before. Runs inside the caller's transaction. @throws EngineError. */
export function storeTriggerProgram(
  place: CatalogPlace,
  id: string,
  program: TriggerProgram & { readonly bytecode: Uint8Array | undefined },
  dependencies: readonly StoredDependency[],
): void {
  const { connection } = place;
  const exists = readRows(connection, `SELECT 1 FROM ${storedTable("triggers")} WHERE trigger_id = ?`, [id]);
  // It may have been dropped meanwhile.
  if (exists.length === 0) return;
  writeRows(
    connection,
    `INSERT OR REPLACE INTO ${storedTable("trigger_programs")} (trigger_id, status, bytecode, bytecode_format, compiler_version, compiled_against, effects, way, way_reason,
      native_text, diagnostics) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      id,
      program.status,
      program.bytecode ?? null,
      program.bytecode === undefined ? null : program.bytecodeFormat,
      program.compilerVersion,
      program.compiledAgainst,
      program.effectsJson,
      program.way,
      program.wayReason ?? null,
      program.nativeText ?? null,
      program.diagnostics ?? null,
    ],
  );
  deleteTriggerDependencies(connection, id);
  for (const dependency of dependencies) {
    writeRows(
      connection,
      `INSERT OR IGNORE INTO ${storedTable("dependencies")} (dependent_kind, dependent_id, dependent_version, referenced_kind, referenced_name, access_mode, column_names)
        VALUES ('trigger', ?, 1, ?, ?, ?, ?)`,
      [
        id,
        dependency.kind,
        dependency.name,
        dependency.access,
        dependency.columns === undefined ? null : JSON.stringify(dependency.columns),
      ],
    );
  }
}

/** What a trigger uses, as stored with it. @throws EngineError. */
export function dependenciesOfTrigger(
  connection: Connection,
  id: string,
): readonly Pick<StoredDependency, "kind" | "name">[] {
  const sql = `SELECT DISTINCT referenced_kind, referenced_name FROM ${storedTable("dependencies")} WHERE dependent_kind = 'trigger' AND dependent_id = ?`;
  return readRows(connection, sql, [id]).map((row) => ({
    kind: textOf(row[0]) as StoredDependency["kind"],
    name: textOf(row[1]),
  }));
}

/** Deletes what is kept about what a trigger uses. @throws EngineError. */
function deleteTriggerDependencies(connection: Connection, id: string): void {
  writeRows(
    connection,
    `DELETE FROM ${storedTable("dependencies")} WHERE dependent_kind = 'trigger' AND dependent_id = ?`,
    [id],
  );
}

/** Deletes everything that hangs on a trigger but its runs. Runs inside the caller's transaction. @throws EngineError. */
export function deleteTriggerParts(connection: Connection, id: string): void {
  deleteTriggerDependencies(connection, id);
  for (const table of ["trigger_programs", "trigger_stats", "trigger_outbox"] as const)
    writeRows(connection, `DELETE FROM ${storedTable(table)} WHERE trigger_id = ?`, [id]);
}

/** The procedure or function whose metadata names the trigger (`trig: ['name']`), without a receiver; undefined when none does. @throws EngineError. */
export function routineWithTrigger(connection: Connection, name: string): string | undefined {
  const rows = readRows(
    connection,
    `SELECT r.name FROM ${storedTable("routines")} r JOIN ${storedTable("routine_versions")} v ON v.routine_id = r.routine_id AND v.version = r.current_version
      WHERE r.dropped_at IS NULL AND r.receiver_type = '' AND v.model_config IS NOT NULL AND json_extract(v.model_config, '$.trig') IS NOT NULL
      AND EXISTS (SELECT 1 FROM json_each(v.model_config, '$.trig') e WHERE e.value = ? COLLATE NOCASE) ORDER BY r.created_at, r.rowid LIMIT 1`,
    [name],
  );
  return rows[0] === undefined ? undefined : textOf(rows[0][0]);
}
