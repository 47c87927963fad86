// Stored procedures and functions: finding, storing as versions, dropping. Knows rows, not syntax: the session hands in what the checker found.
// `create` fails when the name exists; `upsert` and CREATE OR REPLACE add a version; the same text again changes nothing (LANGUAGE.md section 6).
import { trap } from "../../bytecode/trap.ts";
import type { Value } from "../../base/value/value.ts";
import { Json } from "../../base/value/value.ts";
import type { DeclarationVerb } from "../../compiler/syntax/tree.ts";
import type { Connection } from "../../storage/engine.ts";

import { insertRow, numberOf, readRows, textOf, writeRows } from "../sql/rows.ts";
import { newId, textHash } from "./identifiers.ts";
import { bumpEpoch, ensureCatalog, storedTable, timestampText, type CatalogPlace } from "./schema.ts";

/** Kind of a stored routine. */
export type RoutineKind = "procedure" | "function";

/** A parameter as the catalog keeps it: what was written and what was inferred. */
export interface StoredParameter {
  readonly name: string;
  readonly declared: string | null;
  readonly inferred: string;
  readonly mode: "in" | "out" | "inout";
  readonly hasDefault: boolean;
}

/** What the checker knows about a routine, as the catalog keeps it. */
export interface RoutineFacts {
  readonly parameters: readonly StoredParameter[];
  readonly returnType: string;
  readonly raises: readonly string[];
  readonly mode: "sync" | "async";
  /** Metadata as JSON text, undefined when there is none. */
  readonly modelConfig: string | undefined;
  readonly effectsJson: string;
  readonly dependencies: readonly StoredDependency[];
  /** Encoded program; undefined when it cannot be compiled now (late binding). */
  readonly bytecode: Uint8Array | undefined;
  readonly bytecodeFormat: number;
  /** Hash of what it was compiled against (see fingerprint.ts). */
  readonly compiledAgainst: string;
  readonly compilerVersion: string;
  /** Warnings as JSON text, undefined when there are none. */
  readonly diagnostics: string | undefined;
}

/** What a version uses. */
export interface StoredDependency {
  readonly kind: "table" | "routine" | "schedule" | "type";
  readonly name: string;
  readonly access: "read" | "write" | "define" | "call" | "run";
  readonly columns: readonly string[] | undefined;
}

/** One version of a stored routine. */
export interface StoredRoutine {
  readonly routineId: string;
  readonly kind: RoutineKind;
  readonly name: string;
  /** Printed receiver type; "" for free functions and procedures. */
  readonly receiver: string;
  readonly version: number;
  readonly currentVersion: number;
  readonly source: string;
  readonly parameters: readonly StoredParameter[];
  readonly returnType: string;
  readonly raises: readonly string[];
  readonly mode: "sync" | "async";
  readonly modelConfig: string | undefined;
  readonly bytecode: Uint8Array | undefined;
  readonly bytecodeFormat: number;
  readonly compilerVersion: string;
  readonly compiledAgainst: string;
  readonly status: string;
  readonly effectsJson: string;
  /** A timestamp value, as the engine reads the column. */
  readonly modifiedAt: Value;
}

const COLUMNS = `r.routine_id, r.kind, r.name, r.receiver_type, v.version, r.current_version, v.source, v.parameters, v.return_type, v.raises,
  v.execution_mode, v.model_config, v.bytecode, v.bytecode_format, v.compiler_version, v.compiled_against, v.status, v.effects, r.modified_at`;

function jsonOf(value: Value | undefined): string {
  return value instanceof Json ? value.text : textOf(value);
}

function routineOf(row: readonly Value[]): StoredRoutine {
  const bytecode = row[12];
  return {
    routineId: textOf(row[0]),
    kind: textOf(row[1]) as RoutineKind,
    name: textOf(row[2]),
    receiver: textOf(row[3]),
    version: numberOf(row[4]),
    currentVersion: numberOf(row[5]),
    source: textOf(row[6]),
    parameters: JSON.parse(jsonOf(row[7])) as StoredParameter[],
    returnType: textOf(row[8]),
    raises: JSON.parse(jsonOf(row[9])) as string[],
    mode: textOf(row[10]) === "async" ? "async" : "sync",
    modelConfig: row[11] === null ? undefined : jsonOf(row[11]),
    bytecode: bytecode instanceof Uint8Array ? bytecode : undefined,
    bytecodeFormat: numberOf(row[13]),
    compilerVersion: textOf(row[14]),
    compiledAgainst: textOf(row[15]),
    status: textOf(row[16]),
    effectsJson: jsonOf(row[17]),
    modifiedAt: row[18] ?? null,
  };
}

const FROM = `FROM ${storedTable("routines")} r JOIN ${storedTable("routine_versions")} v ON v.routine_id = r.routine_id`;

/** Current versions of all routines, or of one kind, by name. The catalog must exist. @throws EngineError. */
export function listRoutines(connection: Connection, kind?: RoutineKind): readonly StoredRoutine[] {
  const filter = kind === undefined ? "" : ` AND r.kind = '${kind}'`;
  return readRows(
    connection,
    `SELECT ${COLUMNS} ${FROM} AND v.version = r.current_version WHERE r.dropped_at IS NULL${filter} ORDER BY r.name COLLATE NOCASE, r.receiver_type`,
  ).map(routineOf);
}

/** Names and receivers of all routines. The catalog must exist. @throws EngineError. */
export function routineNames(connection: Connection): readonly string[] {
  return readRows(
    connection,
    `SELECT DISTINCT name FROM ${storedTable("routines")} WHERE dropped_at IS NULL ORDER BY name`,
  ).map((row) => textOf(row[0]));
}

/** Routines of a name (several when they differ by receiver), in their current or the given version. The catalog must exist. @throws EngineError. */
export function findRoutines(connection: Connection, name: string, version?: number): readonly StoredRoutine[] {
  const which = version === undefined ? "v.version = r.current_version" : "v.version = ?";
  const parameters = version === undefined ? [name] : [name, version];
  return readRows(
    connection,
    `SELECT ${COLUMNS} ${FROM} WHERE r.name = ? COLLATE NOCASE AND r.dropped_at IS NULL AND ${which} ORDER BY r.receiver_type`,
    parameters,
  ).map(routineOf);
}

/** All versions of the routines of a name, current ones first. The catalog must exist. @throws EngineError. */
export function findAllVersions(connection: Connection, name: string): readonly StoredRoutine[] {
  return readRows(
    connection,
    `SELECT ${COLUMNS} ${FROM} WHERE r.name = ? COLLATE NOCASE AND r.dropped_at IS NULL ORDER BY v.version = r.current_version DESC, r.receiver_type, v.version DESC`,
    [name],
  ).map(routineOf);
}

/** A routine to store. */
export interface NewRoutine {
  readonly kind: RoutineKind;
  readonly name: string;
  readonly receiver: string;
  readonly verb: DeclarationVerb;
  readonly ifNotExists: boolean;
  readonly source: string;
  readonly facts: RoutineFacts;
}

/** What storing did. `exists`: IF NOT EXISTS found one; `unchanged`: the same text is the current version. */
export interface StoredOutcome {
  readonly kind: "created" | "version" | "unchanged" | "exists";
  readonly version: number;
  readonly routineId: string;
}

/** Text whose equality means the same declaration: space around it and the closing semicolon do not count. */
function comparableSource(source: string): string {
  return source.trim().replace(/;\s*$/, "");
}

/**
 * Stores a routine inside the caller's transaction.
 * @throws Trap AlreadyExists for `create` of a name that exists, and for a function named like a procedure; EngineError.
 */
export function storeRoutine(place: CatalogPlace, routine: NewRoutine): StoredOutcome {
  ensureCatalog(place);
  const { connection } = place;
  const namesakes = findRoutines(connection, routine.name);
  const otherKind = namesakes.find((existing) => existing.kind !== routine.kind);
  if (otherKind !== undefined)
    throw trap("AlreadyExists", `${routine.name} is a ${otherKind.kind} already; drop it first.`);
  const existing = namesakes.find((candidate) => candidate.receiver.toLowerCase() === routine.receiver.toLowerCase());
  if (existing === undefined) return createRoutine(place, routine);
  const found = { version: existing.currentVersion, routineId: existing.routineId };
  if (routine.ifNotExists) return { kind: "exists", ...found };
  if (routine.verb === "create")
    throw trap(
      "AlreadyExists",
      `${capital(routine.kind)} ${routine.name} exists already (version ${existing.currentVersion}). Use CREATE OR REPLACE or upsert to add a version.`,
    );
  if (comparableSource(existing.source) === comparableSource(routine.source)) return { kind: "unchanged", ...found };
  return addVersion(place, existing.routineId, routine.source, routine.facts);
}

function createRoutine(place: CatalogPlace, routine: NewRoutine): StoredOutcome {
  const routineId = newId(place.nowMicros() / 1000);
  const at = timestampText(place.nowMicros());
  insertRow(place.connection, storedTable("routines"), {
    routine_id: routineId,
    kind: routine.kind,
    schema_name: "main",
    name: routine.name,
    receiver_type: routine.receiver,
    current_version: 1,
    enabled: true,
    created_at: at,
    modified_at: at,
  });
  insertVersion(place, routineId, 1, routine.source, routine.facts);
  bumpEpoch(place);
  return { kind: "created", version: 1, routineId };
}

/** Adds a version and makes it the current one, inside the caller's transaction. @throws EngineError. */
export function addVersion(place: CatalogPlace, routineId: string, source: string, facts: RoutineFacts): StoredOutcome {
  const { connection } = place;
  const version =
    numberOf(
      readRows(connection, `SELECT max(version) FROM ${storedTable("routine_versions")} WHERE routine_id = ?`, [
        routineId,
      ])[0]?.[0],
    ) + 1;
  insertVersion(place, routineId, version, source, facts);
  writeRows(
    connection,
    `UPDATE ${storedTable("routines")} SET current_version = ?, modified_at = ? WHERE routine_id = ?`,
    [version, timestampText(place.nowMicros()), routineId],
  );
  bumpEpoch(place);
  return { kind: "version", version, routineId };
}

function insertVersion(
  place: CatalogPlace,
  routineId: string,
  version: number,
  source: string,
  facts: RoutineFacts,
): void {
  insertRow(place.connection, storedTable("routine_versions"), {
    routine_id: routineId,
    version,
    source,
    source_hash: textHash(source),
    parameters: JSON.stringify(facts.parameters),
    return_type: facts.returnType,
    raises: JSON.stringify(facts.raises),
    execution_mode: facts.mode,
    model_config: facts.modelConfig ?? null,
    bytecode: facts.bytecode ?? null,
    bytecode_format: facts.bytecode === undefined ? null : facts.bytecodeFormat,
    compiler_version: facts.compilerVersion,
    status: "valid",
    diagnostics: facts.diagnostics ?? null,
    created_at: timestampText(place.nowMicros()),
    compiled_against: facts.compiledAgainst,
    effects: facts.effectsJson,
  });
  insertDependencies(place.connection, routineId, version, facts.dependencies);
}

function insertDependencies(
  connection: Connection,
  routineId: string,
  version: number,
  dependencies: readonly StoredDependency[],
): void {
  for (const dependency of dependencies) {
    insertRow(connection, storedTable("dependencies"), {
      dependent_kind: "routine",
      dependent_id: routineId,
      dependent_version: version,
      referenced_kind: dependency.kind,
      referenced_name: dependency.name,
      access_mode: dependency.access,
      column_names: dependency.columns === undefined ? null : JSON.stringify(dependency.columns),
    });
  }
}

/** What a version uses, as stored with it. The catalog must exist. @throws EngineError. */
export function dependenciesOfVersion(
  connection: Connection,
  routineId: string,
  version: number,
): readonly Pick<StoredDependency, "kind" | "name">[] {
  const sql = `SELECT DISTINCT referenced_kind, referenced_name FROM ${storedTable("dependencies")} WHERE dependent_kind = 'routine' AND dependent_id = ? AND dependent_version = ?`;
  return readRows(connection, sql, [routineId, version]).map((row) => ({
    kind: textOf(row[0]) as StoredDependency["kind"],
    name: textOf(row[1]),
  }));
}

/** Replaces bytecode, signature and dependencies of a version that was compiled again against a changed schema. Runs inside the caller's transaction. @throws EngineError. */
export function refreshVersion(place: CatalogPlace, routine: StoredRoutine, facts: RoutineFacts): void {
  const { connection } = place;
  const changes = writeRows(
    connection,
    `UPDATE ${storedTable("routine_versions")} SET parameters = ?, return_type = ?, raises = ?, bytecode = ?, bytecode_format = ?, compiler_version = ?, status = 'valid',
      diagnostics = ?, compiled_against = ?, effects = ? WHERE routine_id = ? AND version = ?`,
    [
      JSON.stringify(facts.parameters),
      facts.returnType,
      JSON.stringify(facts.raises),
      facts.bytecode ?? null,
      facts.bytecode === undefined ? null : facts.bytecodeFormat,
      facts.compilerVersion,
      facts.diagnostics ?? null,
      facts.compiledAgainst,
      facts.effectsJson,
      routine.routineId,
      routine.version,
    ],
  );
  // The routine may have been dropped meanwhile.
  if (changes === 0) return;
  writeRows(connection, `DELETE FROM ${storedTable("dependencies")} WHERE dependent_id = ? AND dependent_version = ?`, [
    routine.routineId,
    routine.version,
  ]);
  insertDependencies(connection, routine.routineId, routine.version, facts.dependencies);
}

/** Deletes a routine with all its versions and dependency rows, inside the caller's transaction. @throws EngineError. */
export function deleteRoutine(place: CatalogPlace, routineId: string): void {
  const { connection } = place;
  writeRows(connection, `DELETE FROM ${storedTable("dependencies")} WHERE dependent_id = ?`, [routineId]);
  writeRows(connection, `DELETE FROM ${storedTable("routine_versions")} WHERE routine_id = ?`, [routineId]);
  writeRows(connection, `DELETE FROM ${storedTable("routines")} WHERE routine_id = ?`, [routineId]);
  bumpEpoch(place);
}

/** First letter in upper case, for sentences. */
export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
