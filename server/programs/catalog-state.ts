// What the session knows of the database's schema and catalog, and when that knowledge is old.
// `generation` moves on when something that programs were checked against may have changed: own DDL and catalog writes at once, those of other connections when they
// are noticed at the start of a statement. Everything read here is kept until the generation moves.
import type { DatabaseSchema } from "../../base/schema.ts";
import { withGetter } from "../../base/with-getter.ts";
import { catalogFromSchema } from "../../compiler/catalog/from-schema.ts";
import type { CatalogRoutine, CatalogTrigger, CatalogType, CatalogView } from "../../compiler/catalog-view.ts";
import { NO_EFFECTS } from "../../compiler/effects/join.ts";
import { effectsToJson } from "../../compiler/effects/print.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type { RoutineDeclaration, Statement } from "../../compiler/syntax/tree.ts";
import type { Connection } from "../../storage/engine.ts";
import { objectNames } from "../catalog/objects.ts";
import { findAllVersions, findRoutines, routineNames, type StoredRoutine } from "../catalog/routines.ts";
import { catalogEpoch, catalogVersion } from "../catalog/schema.ts";
import { isSystemView } from "../catalog/system-views.ts";
import { listTriggers } from "../catalog/triggers.ts";
import { listTypes, type StoredType } from "../catalog/types.ts";
import { CATALOG_PREFIX } from "../sql/forms.ts";
import { triggerOfText } from "../triggers/definition.ts";

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
  schema(): DatabaseSchema;
  view(): CatalogView;
  hasCatalog(): boolean;
  types(): readonly StoredType[];
  /** Routines of a name in their current version. */
  routines(name: string): readonly StoredRoutine[];
}

interface Knowledge {
  schema?: DatabaseSchema;
  view?: CatalogView;
  hasCatalog?: boolean;
  types?: readonly StoredType[];
  readonly routines: Map<string, readonly StoredRoutine[]>;
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

/** The state of a connection. `shared` false: nobody else can change the database (in memory), so nothing is polled. */
export function makeCatalogState(connection: Connection, shared: boolean): CatalogState {
  let generation = 1;
  let knowledge: Knowledge = { routines: new Map() };
  let dataVersion = -1;
  let seen = 0;
  let token = "";
  const forget = (what: "schema" | "catalog"): void => {
    generation += 1;
    seen += 1;
    // The catalog's own tables are not part of the visible schema.
    knowledge =
      what === "catalog" && knowledge.schema !== undefined
        ? { schema: knowledge.schema, routines: new Map() }
        : { routines: new Map() };
  };
  const tokenNow = (): string =>
    `${connection.schemaVersion()} ${catalogVersion(connection) === 0 ? 0 : catalogEpoch(connection)}`;
  const methods: Omit<CatalogState, "generation"> = {
    poll: () => {
      if (!shared) return;
      const now = connection.dataVersion();
      if (now === dataVersion) return;
      dataVersion = now;
      seen += 1;
      const found = tokenNow();
      if (token !== "" && found !== token) forget("schema");
      token = found;
    },
    changed: (what) => {
      forget(what);
      // The next poll compares with what is there then; own changes have been noticed here.
      token = "";
      dataVersion = -1;
    },
    seen: () => seen,
    schema: () => (knowledge.schema ??= visibleSchema(connection.introspect())),
    hasCatalog: () => (knowledge.hasCatalog ??= catalogVersion(connection) > 0),
    types: () => (knowledge.types ??= state.hasCatalog() ? listTypes(connection) : []),
    routines: (name) => {
      if (!state.hasCatalog()) return [];
      const key = name.toLowerCase();
      let found = knowledge.routines.get(key);
      if (found === undefined) {
        found = findRoutines(connection, name);
        knowledge.routines.set(key, found);
      }
      return found;
    },
    view: () => (knowledge.view ??= makeView(connection, state)),
  };
  const state: CatalogState = withGetter(methods, "generation", () => generation);
  return state;
}

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

function makeView(connection: Connection, state: CatalogState): CatalogView {
  const kinds = ["trigger", "schedule", "pipeline"] as const;
  const objects = state.hasCatalog()
    ? kinds.flatMap((kind) => objectNames(connection, kind).map((name) => ({ kind, name })))
    : [];
  const base = catalogFromSchema(state.schema(), { types: catalogTypesOf(state.types()), objects });
  const parsed = new Map<string, readonly CatalogRoutine[]>();
  let triggers: readonly CatalogTrigger[] | undefined;
  return {
    ...base,
    // Stored routines are parsed when a program names them, not all at once.
    routines: (name) => {
      const key = name.toLowerCase();
      let found = parsed.get(key);
      if (found === undefined) {
        found = (state.hasCatalog() ? findAllVersions(connection, name) : []).flatMap(
          (routine) => catalogRoutineOf(routine) ?? [],
        );
        parsed.set(key, found);
      }
      return found;
    },
    routineNames: () => (state.hasCatalog() ? routineNames(connection) : []),
    triggers: () => (triggers ??= storedTriggers(connection)),
  };
}
