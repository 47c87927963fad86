// Facts about a checked module that names are resolved with: which module declares a routine, a type or a table, and whose a parameter is.
import type { CatalogTable, CatalogView } from "../../compiler/catalog-view.ts";
import type { CheckedModule, RoutineInfo, Variable } from "../../compiler/check/checked.ts";
import type { Item, Module, QualifiedName, RoutineDeclaration } from "../../compiler/syntax/tree.ts";
import { foldName } from "../../compiler/types/make.ts";
import { showType } from "../../compiler/types/show.ts";
import type { ColumnOrigin } from "../../compiler/types/type.ts";
import type { Document } from "../types.ts";
import { type LanguageSymbol, localSymbol, sharedSymbol } from "./symbols.ts";

/** What is looked up again and again. */
export interface ModuleFacts {
  readonly path: string;
  readonly checked: CheckedModule;
  readonly catalog: CatalogView;
  readonly parameters: ReadonlyMap<Variable, RoutineInfo>;
  /** Tables and views that the file itself makes, folded. */
  readonly tables: ReadonlySet<string>;
  /** Paths of the modules that declare structs, enums and errors, by folded name. */
  readonly types: ReadonlyMap<string, { readonly kind: "struct" | "enum" | "error"; readonly home: string }>;
  readonly routineHome: (declaration: RoutineDeclaration) => string | undefined;
  /** Changes when other declarations of the file change what names in an item may mean, beyond what the checker notes for the item. */
  readonly signature: string;
}

const FACTS = new WeakMap<CheckedModule, ModuleFacts>();

/** The facts of a document as it is checked now, gathered once. */
export function factsOf(document: Document): ModuleFacts {
  const checked = document.checked();
  const { path, catalog } = document;
  const known = FACTS.get(checked);
  if (known !== undefined) return known;
  const homes = new Map<RoutineDeclaration, string>();
  const tables = tablesMade(checked.module);
  const types = typesDeclared(checked, path);
  const made: ModuleFacts = {
    path,
    checked,
    catalog,
    parameters: parametersOf(checked),
    tables,
    types,
    signature: signatureOf(checked.module, tables, types),
    routineHome: (declaration) => {
      let home = homes.get(declaration);
      if (home === undefined) {
        home = findHome(checked, path, declaration, new Set());
        if (home !== undefined) homes.set(declaration, home);
      }
      return home;
    },
  };
  FACTS.set(checked, made);
  return made;
}

function signatureOf(module: Module, tables: ReadonlySet<string>, types: ModuleFacts["types"]): string {
  const declared = module.items.flatMap(({ statement }) =>
    statement.kind !== "let" && "name" in statement && typeof statement.name === "object" && "text" in statement.name
      ? [`${statement.kind} ${statement.name.text}`]
      : [],
  );
  return [
    ...tables,
    "",
    ...[...types].map(([name, { kind, home }]) => `${kind} ${name} ${home}`),
    "",
    ...declared,
  ].join("\n");
}

function parametersOf(checked: CheckedModule): ReadonlyMap<Variable, RoutineInfo> {
  const found = new Map<Variable, RoutineInfo>();
  for (const routine of checked.routines.values())
    for (const parameter of routine.parameters) found.set(parameter.variable, routine);
  return found;
}

function typesDeclared(checked: CheckedModule, path: string): ModuleFacts["types"] {
  const found = new Map<string, { kind: "struct" | "enum" | "error"; home: string }>();
  const add = (module: Module, home: string): void => {
    for (const { statement } of module.items) {
      if (statement.kind !== "struct" && statement.kind !== "enum" && statement.kind !== "error") continue;
      const key = foldName(statement.name.text);
      if (!found.has(key)) found.set(key, { kind: statement.kind, home });
    }
  };
  add(checked.module, path);
  for (const used of checked.uses) add(used.module, used.module.file.name);
  return found;
}

function findHome(
  checked: CheckedModule,
  path: string,
  declaration: RoutineDeclaration,
  seen: Set<CheckedModule>,
): string | undefined {
  if (seen.has(checked)) return undefined;
  seen.add(checked);
  if (checked.routines.has(declaration)) return path;
  for (const used of checked.uses) {
    const home = findHome(used, used.module.file.name, declaration, seen);
    if (home !== undefined) return home;
  }
  return undefined;
}

const MADE_IN = new WeakMap<Item, readonly string[]>();

/** Names of tables and views that statements of the file create, also in bodies. */
function tablesMade(module: Module): ReadonlySet<string> {
  return new Set(
    module.items.flatMap((item) => {
      let made = MADE_IN.get(item);
      if (made === undefined) {
        made = /\bcreate\b/i.test(item.text) ? tablesMadeIn(item) : [];
        MADE_IN.set(item, made);
      }
      return made;
    }),
  );
}

function tablesMadeIn(item: Item): readonly string[] {
  const found: string[] = [];
  const open: unknown[] = [item.statement];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    const { kind, name } = node as { readonly kind?: unknown; readonly name?: QualifiedName };
    if (kind === "createTable" || kind === "createView" || kind === "createVirtualTable") {
      const last = name?.parts[name.parts.length - 1];
      if (last !== undefined) found.push(foldName(last.text));
    }
    for (const part of Object.values(node) as unknown[]) if (typeof part === "object" && part !== null) open.push(part);
  }
  return found;
}

/** What a table belongs to: nothing in the main schema, where temporary ones are looked for too. */
function schemaOwner(schema: string): string | undefined {
  return /^(?:main|temp)$/i.test(schema) ? undefined : schema;
}

/** A table by its name as written. */
export function namedTable(facts: ModuleFacts, name: QualifiedName, kind: "table" | "view" = "table"): LanguageSymbol {
  const last = name.parts[name.parts.length - 1]?.text ?? "";
  return tableOf(facts, name.parts.length > 1 ? (name.parts[0]?.text ?? "main") : "main", last, kind);
}

function tableOf(facts: ModuleFacts, schema: string, name: string, kind: "table" | "view"): LanguageSymbol {
  const home = facts.tables.has(foldName(name)) ? facts.path : undefined;
  return sharedSymbol(kind, name, home, schemaOwner(schema));
}

/** A table of the catalog. */
export function catalogTable(facts: ModuleFacts, table: CatalogTable): LanguageSymbol {
  const home = table.origin !== undefined || facts.tables.has(foldName(table.name)) ? facts.path : undefined;
  return sharedSymbol(table.kind === "view" ? "view" : "table", table.name, home, schemaOwner(table.schema));
}

/** A column of a table. */
export function tableColumn(table: LanguageSymbol, column: string): LanguageSymbol {
  return sharedSymbol("column", column, table.home, ownedName(table));
}

/** A column by where its name comes from. */
export function originSymbol(facts: ModuleFacts, origin: ColumnOrigin): LanguageSymbol {
  if (origin.kind === "written") return localSymbol("resultColumn", origin.name.text, origin.name);
  if (origin.kind === "catalog") return tableColumn(catalogTable(facts, origin.table), origin.column);
  const dot = origin.table.indexOf(".");
  return tableColumn(tableOf(facts, origin.table.slice(0, dot), origin.table.slice(dot + 1), "table"), origin.column);
}

/** A struct, enum or error by its name. */
export function typeSymbol(facts: ModuleFacts, kind: "struct" | "enum" | "error", name: string): LanguageSymbol {
  const known = facts.types.get(foldName(name));
  return sharedSymbol(known?.kind ?? kind, name, known?.home);
}

/** A routine; methods belong to the type of their receiver. */
export function routineSymbol(facts: ModuleFacts, routine: RoutineInfo): LanguageSymbol {
  const home = routine.origin === "catalog" ? undefined : facts.routineHome(routine.declaration);
  const receiver = routine.receiver === undefined ? undefined : showType(routine.receiver.type);
  return sharedSymbol("routine", routine.name, home, receiver);
}

/** A parameter of a routine, for named arguments in other files too. */
export function parameterSymbol(facts: ModuleFacts, routine: RoutineInfo, name: string): LanguageSymbol {
  const owner = routineSymbol(facts, routine);
  return sharedSymbol("parameter", name, owner.home, ownedName(owner));
}

/** A variable: parameters belong to their routine, others to the name that declares them, implicit ones to themselves. */
export function variableSymbol(facts: ModuleFacts, variable: Variable): LanguageSymbol {
  const routine = variable.kind === "parameter" ? facts.parameters.get(variable) : undefined;
  if (routine !== undefined && routine.declaration.kind === "routine")
    return parameterSymbol(facts, routine, variable.name);
  return localSymbol("variable", variable.name, variable.declaredAt ?? variable);
}

function ownedName(symbol: LanguageSymbol): string {
  return symbol.owner === undefined ? symbol.name : `${symbol.owner}.${symbol.name}`;
}
