// What sessions know of a database: its schema, its catalog, what was compiled against them. Nothing in it is changed once it is known, so that sessions of one
// process, opened alike on one database, may know it together while the database is as it was read. Who sees something of its own (a transaction, temporary tables,
// attached databases) knows alone.
import type { DatabaseSchema } from "../../base/schema.ts";
import type { VerifiedProgram } from "../../bytecode/verify.ts";
import type { CatalogRoutine, CatalogTemplate, CatalogTrigger, CatalogView } from "../../compiler/catalog-view.ts";
import type { StoredRoutine } from "../catalog/routines.ts";
import type { StoredType } from "../catalog/types.ts";
import type { CompiledScript } from "./pipeline.ts";

/** A stored version that was compiled or decoded. */
export interface CommonProgram {
  /** Of what it was compiled against. */
  readonly fingerprint: string;
  readonly program: VerifiedProgram;
  /** Its number in the program. */
  readonly routine: number;
}

/** Knowledge; what was not looked at yet is missing. */
export interface Knowledge {
  /** Schema version and epoch of the catalog that it is about; undefined: one session's own. */
  readonly token: string | undefined;
  schema?: DatabaseSchema;
  hasCatalog?: boolean;
  types?: readonly StoredType[];
  /** Tables, types and objects as the checker sees them. */
  base?: CatalogView;
  routineNames?: readonly string[];
  triggers?: readonly CatalogTrigger[];
  templates?: readonly CatalogTemplate[];
  /** Routines in their current version, by folded name. */
  readonly routines: Map<string, readonly StoredRoutine[]>;
  /** Routines in all versions as the checker sees them, by folded name. */
  readonly versions: Map<string, readonly CatalogRoutine[]>;
  /** Compiled texts, by text and variables. Shared knowledge only. */
  readonly scripts: Map<string, CompiledScript>;
  /** Stored versions, by `id@version`. Shared knowledge only. */
  readonly programs: Map<string, CommonProgram>;
}

/** Knowledge of nothing. */
export function noKnowledge(token: string | undefined): Knowledge {
  return { token, routines: new Map(), versions: new Map(), scripts: new Map(), programs: new Map() };
}

/** The same for one session alone, which goes on from there. */
export function ownCopy(known: Knowledge): Knowledge {
  return {
    ...known,
    token: undefined,
    routines: new Map(known.routines),
    versions: new Map(known.versions),
    scripts: new Map(),
    programs: new Map(),
  };
}

/** A state of a database that is committed. */
export interface DatabaseState {
  readonly schemaVersion: string;
  readonly epoch: number;
}

/** One word for a state. */
export function tokenOf({ schemaVersion, epoch }: DatabaseState): string {
  return `${schemaVersion} ${epoch}`;
}

/** What several sessions know. Only of the newest state: older ones are kept by who still works with them. */
export class SharedKnowledge {
  #newest = noKnowledge("");
  #schemaVersion = "";

  /** Knowledge of a state. */
  at(state: DatabaseState): Knowledge {
    const token = tokenOf(state);
    const { schema } = this.#newest;
    if (this.#newest.token !== token) {
      this.#newest = noKnowledge(token);
      // The catalog's own tables are not part of the schema that programs see.
      if (schema !== undefined && this.#schemaVersion === state.schemaVersion) this.#newest.schema = schema;
      this.#schemaVersion = state.schemaVersion;
    }
    return this.#newest;
  }
}

/** Puts something into a map of which the oldest entries go first. */
export function keepNewest<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) break;
    map.delete(oldest);
  }
}
