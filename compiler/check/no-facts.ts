// What a check has found before it has begun: the tables of facts, empty.
import type { Module } from "../syntax/tree.ts";
import type { CheckedModule } from "./checked.ts";
import type { ModuleState } from "./context.ts";

/** The tables that a check fills and its result holds. */
type FactTables = Pick<
  ModuleState,
  | "types"
  | "coercions"
  | "names"
  | "tables"
  | "calls"
  | "sql"
  | "variables"
  | "captures"
  | "routines"
  | "structs"
  | "enums"
  | "errors"
  | "triggerFacts"
  | "effects"
  | "blockEffects"
>;

/** New tables without anything in them. */
export function emptyTables(): FactTables {
  return {
    types: new Map(),
    coercions: new Map(),
    names: new Map(),
    tables: new Map(),
    calls: new Map(),
    sql: new Map(),
    variables: new Map(),
    captures: new Map(),
    routines: new Map(),
    structs: new Map(),
    enums: new Map(),
    errors: new Map(),
    triggerFacts: new Map(),
    effects: new Map(),
    blockEffects: new Map(),
  };
}

/** What a check that found nothing would have given. */
export function noFindings(module: Module): CheckedModule {
  return { module, ...emptyTables(), uses: [], problems: [], broken: new Set() };
}
