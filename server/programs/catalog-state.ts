// What the session knows of the database's schema and catalog, and when that knowledge is old.
// `generation` moves on when something that programs were checked against may have changed: own DDL and catalog writes at once, those of other connections when they
// are noticed at the start of a statement. Everything read here is kept until the generation moves.
import type { DatabaseSchema } from "../../base/schema.ts";
import { withGetter } from "../../base/with-getter.ts";
import { catalogFromSchema } from "../../compiler/catalog/from-schema.ts";
import type {
  CatalogRoutine,
  CatalogTemplate,
  CatalogTrigger,
  CatalogType,
  CatalogView,
} from "../../compiler/catalog-view.ts";
import { NO_EFFECTS } from "../../compiler/effects/join.ts";
import { effectsToJson } from "../../compiler/effects/print.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type { RoutineDeclaration, Statement } from "../../compiler/syntax/tree.ts";
import type { Connection } from "../../storage/engine.ts";
import { objectNames } from "../catalog/objects.ts";
import { readQueryTemplates } from "../catalog/query-templates.ts";
import { findAllVersions, findRoutines, routineNames, type StoredRoutine } from "../catalog/routines.ts";
import { catalogEpoch, catalogVersion, hasCatalogTables } from "../catalog/schema.ts";
import { isSystemView } from "../catalog/system-views.ts";
import { listTriggers } from "../catalog/triggers.ts";
import { listTypes, type StoredType } from "../catalog/types.ts";
import { CATALOG_PREFIX } from "../sql/forms.ts";
import { readRows } from "../sql/rows.ts";
import { triggerOfText } from "../triggers/definition.ts";
import { isSwitchedOff } from "../triggers/engine-switch.ts";
import {
  type DatabaseState,
  type Knowledge,
  noKnowledge,
  ownCopy,
  type SharedKnowledge,
  tokenOf,
} from "./knowledge.ts";

/** The session's knowledge of the database. */
export interface CatalogState {
  /** Number that moves when knowledge is dropped. */
  readonly generation: number;
  /** Looks whether another connection changed the schema or the catalog. Called at the start of each outermost statement. @throws EngineError. */
  poll(): void;
  /** Something this session did may have changed the schema or only the catalog (or was undone). */
  changed(what: "schema" | "catalog"): void;
  /** Moves whenever something in the database may have changed since the last poll, rows too. */
  seen(): number;
  /** True when the connection has what others have not: temporary tables, views and triggers, attached databases. */
  holdsOwn(): boolean;
  /** Moves with every change of schema or catalog that has been noticed; the same number for all sessions. */
  epoch(): number;
  /** What other sessions know too; undefined when this one sees something of its own. */
  common(): Knowledge | undefined;
  schema(): DatabaseSchema;
  view(): CatalogView;
  hasCatalog(): boolean;
  types(): readonly StoredType[];
  /** Routines of a name in their current version. */
  routines(name: string): readonly StoredRoutine[];
}

/** The statement of a stored text, or undefined when it no longer parses as one. */
export function storedStatement(name: string, source: string): Statement | undefined {
  const module = parse({ name, text: source }).value;
  return module.items.length === 1 ? module.items[0]?.statement : undefined;
}

function storedDeclaration(routine: StoredRoutine): RoutineDeclaration | undefined {
  const statement = storedStatement(routine.name, routine.source);
  return statement?.kind === "routine" ? statement : undefined;
}

/** A stored routine as the checker sees it; undefined when its text no longer parses. */
export function catalogRoutineOf(routine: StoredRoutine): CatalogRoutine | undefined {
  const declaration = storedDeclaration(routine);
  if (declaration === undefined) return undefined;
  return {
    name: routine.name,
    version: routine.version,
    declaration,
    source: routine.source,
    signature: {
      parameters: routine.parameters.map((parameter) => parameter.inferred),
      result: routine.returnType,
      raises: routine.raises,
      mode: routine.mode,
      effectsJson: routine.effectsJson === "" ? effectsToJson(NO_EFFECTS) : routine.effectsJson,
    },
  };
}

/** Tables that programs may name: the catalog's own and the views behind `system.*` are hidden. */
function visibleSchema(schema: DatabaseSchema): DatabaseSchema {
  const hidden = (name: string): boolean => name.toLowerCase().startsWith(CATALOG_PREFIX) || isSystemView(name);
  return {
    tables: schema.tables.filter((table) => !hidden(table.name)),
    otherNames: schema.otherNames.filter((other) => !hidden(other.table) && !hidden(other.name)),
  };
}

function catalogTypesOf(types: readonly StoredType[]): readonly CatalogType[] {
  return types.flatMap((type) => {
    const statement = storedStatement(type.name, type.source);
    return statement?.kind === "struct" || statement?.kind === "enum" || statement?.kind === "error" ? [statement] : [];
  });
}

/** Objects of the session's own making in the temporary database that no program names. */
const HELPERS = ["system.", CATALOG_PREFIX, "sqlite_"];

function seesOwn(connection: Connection): boolean {
  return readRows(
    connection,
    "SELECT name FROM temp.sqlite_schema WHERE type IN ('table', 'view', 'trigger') UNION ALL SELECT 'attached' FROM pragma_database_list WHERE name NOT IN ('main', 'temp')",
  ).some(([name]) => !HELPERS.some((prefix) => String(name).startsWith(prefix)));
}

/** The version of the main database's schema, which is the same for everybody, and how many databases the connection has. */
function versionsOf({ schemaVersion }: DatabaseState): readonly [string, number] {
  const parts = schemaVersion.split(".");
  return [parts[0] ?? "", Number(parts.at(-1))];
}

function mainTokenOf(state: DatabaseState): string {
  return tokenOf({ ...state, schemaVersion: versionsOf(state)[0] });
}

/** What a connection sees, looked at once for each generation. */
interface Sight {
  readonly seesOwn: boolean;
  readonly state: DatabaseState;
}

/** What a connection's state is made from. */
export interface CatalogStateOptions {
  /** False: nobody else can change the database (in memory), so nothing is polled. */
  readonly polls: boolean;
  /** What other sessions know too. */
  readonly shared?: SharedKnowledge | undefined;
}

/** The state of a connection. */
export function makeCatalogState(connection: Connection, { polls, shared }: CatalogStateOptions): CatalogState {
  let generation = 1;
  let knowledge: Knowledge | undefined;
  /** Of before a change of the catalog alone. */
  let schemaBefore: DatabaseSchema | undefined;
  let sight: Sight | undefined;
  let view: CatalogView | undefined;
  let dataVersion = -1;
  let seen = 0;
  let token = "";
  /** Of the last poll, until this session changes something itself. */
  let polled: DatabaseState | undefined;
  const stateNow = (): DatabaseState => ({
    schemaVersion: connection.schemaVersion(),
    epoch: hasCatalogTables(connection) ? catalogEpoch(connection) : 0,
  });
  const forget = (what: "schema" | "catalog"): void => {
    generation += 1;
    seen += 1;
    view = undefined;
    schemaBefore = what === "catalog" ? (knowledge?.schema ?? schemaBefore) : undefined;
    knowledge = undefined;
    sight = undefined;
  };
  const look = (): Sight => {
    if (sight !== undefined) return sight;
    const state = polled ?? stateNow();
    const [versions, count] = versionsOf(state);
    // The main database is one of them always: where there is no other, nothing need be asked.
    sight = { seesOwn: count > 1 && seesOwn(connection), state: { schemaVersion: versions, epoch: state.epoch } };
    return sight;
  };
  const known = (): Knowledge => {
    if (knowledge !== undefined) return knowledge;
    const together = shared !== undefined && !connection.inTransaction && !look().seesOwn;
    knowledge = together ? shared.at(look().state) : noKnowledge(undefined);
    // The catalog's own tables are not part of the visible schema.
    if (!together && schemaBefore !== undefined) knowledge.schema = schemaBefore;
    return knowledge;
  };
  /** Where to put what was just read: if somebody has changed the database meanwhile, others must not take it for what they know. */
  const current = (): Knowledge => {
    const now = known();
    if (now.token !== undefined && now.token !== mainTokenOf(stateNow())) knowledge = ownCopy(now);
    return known();
  };
  const methods: Omit<CatalogState, "generation"> = {
    poll: () => {
      if (!polls) return;
      const now = connection.dataVersion();
      if (now === dataVersion) return;
      dataVersion = now;
      seen += 1;
      polled = undefined;
      const found = stateNow();
      if (tokenOf(found) !== token) forget("schema");
      token = tokenOf(found);
      polled = found;
    },
    changed: (what) => {
      forget(what);
      polled = undefined;
      // What is looked at from now on is not what the last poll saw: when somebody else commits before the next one, it is looked at again.
      token = "";
    },
    seen: () => seen,
    holdsOwn: () => look().seesOwn,
    epoch: () => (Number(look().state.schemaVersion) + look().state.epoch) >>> 0,
    common: () => (known().token === undefined ? undefined : known()),
    schema: () => known().schema ?? kept("schema", visibleSchema(connection.introspect())),
    hasCatalog: () => known().hasCatalog ?? kept("hasCatalog", catalogVersion(connection) > 0),
    types: () => known().types ?? kept("types", state.hasCatalog() ? listTypes(connection) : []),
    routines: (name) => {
      if (!state.hasCatalog()) return [];
      const key = name.toLowerCase();
      return known().routines.get(key) ?? keptIn("routines", key, findRoutines(connection, name));
    },
    view: () => (view ??= viewOf(stored)),
  };
  const state: CatalogState = withGetter(methods, "generation", () => generation);
  const stored: StoredView = {
    base: () => known().base ?? kept("base", baseView(connection, state)),
    // Stored routines are parsed when a program names them, not all at once.
    versions: (name) => {
      const key = name.toLowerCase();
      const found = known().versions.get(key);
      if (found !== undefined) return found;
      const rows = state.hasCatalog() ? findAllVersions(connection, name) : [];
      return keptIn(
        "versions",
        key,
        rows.flatMap((routine) => catalogRoutineOf(routine) ?? []),
      );
    },
    routineNames: () =>
      known().routineNames ?? kept("routineNames", state.hasCatalog() ? routineNames(connection) : []),
    triggers: () => known().triggers ?? kept("triggers", storedTriggers(connection)),
    templates: () => known().templates ?? kept("templates", readQueryTemplates(connection)),
  };
  function kept<Name extends KnownFact>(name: Name, value: Required<Knowledge>[Name]): Required<Knowledge>[Name] {
    const place: Pick<Required<Knowledge>, Name> = current() as Required<Knowledge>;
    place[name] = value;
    return value;
  }
  function keptIn<Name extends "routines" | "versions">(
    name: Name,
    key: string,
    value: MapValueOf<Name>,
  ): MapValueOf<Name> {
    (current()[name] as Map<string, MapValueOf<Name>>).set(key, value);
    return value;
  }
  return state;
}

type KnownFact = "schema" | "hasCatalog" | "types" | "base" | "routineNames" | "triggers" | "templates";
type MapValueOf<Name extends "routines" | "versions"> =
  Knowledge[Name] extends Map<string, infer Content> ? Content : never;

/** Stored triggers as the checker sees them. */
function storedTriggers(connection: Connection): readonly CatalogTrigger[] {
  return listTriggers(connection).flatMap(({ name, source, enabled, program }) => {
    const declaration = triggerOfText(source);
    if (declaration === undefined) return [];
    const effectsJson = program?.effectsJson ?? effectsToJson(NO_EFFECTS);
    const isNativeCandidate = program?.nativeText !== undefined;
    return [{ name, declaration, fires: enabled && program !== undefined, effectsJson, isNativeCandidate }];
  });
}

/** Tables, types and objects. */
function baseView(connection: Connection, state: CatalogState): CatalogView {
  const kinds = ["trigger", "schedule", "pipeline"] as const;
  const objects = state.hasCatalog()
    ? kinds.flatMap((kind) => objectNames(connection, kind).map((name) => ({ kind, name })))
    : [];
  return catalogFromSchema(withoutSwitchedOff(state.schema()), { types: catalogTypesOf(state.types()), objects });
}

/** Triggers written for the engine that are off keep their names, and do nothing. */
function withoutSwitchedOff(schema: DatabaseSchema): DatabaseSchema {
  const isOff = ({ kind, sql = "" }: DatabaseSchema["otherNames"][number]): boolean =>
    kind === "trigger" && isSwitchedOff(sql);
  if (!schema.otherNames.some(isOff)) return schema;
  const otherNames = schema.otherNames.map((other) => (isOff(other) ? { ...other, sql: undefined } : other));
  return { ...schema, otherNames };
}

/** What a view asks for when a program names it. */
interface StoredView {
  base(): CatalogView;
  versions(name: string): readonly CatalogRoutine[];
  routineNames(): readonly string[];
  triggers(): readonly CatalogTrigger[];
  templates(): readonly CatalogTemplate[];
}

function viewOf(stored: StoredView): CatalogView {
  const { versions, routineNames: names, triggers, templates } = stored;
  return { ...stored.base(), routines: versions, routineNames: names, triggers, queryTemplates: templates };
}
