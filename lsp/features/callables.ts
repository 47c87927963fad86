// What can be called by a name, wherever it comes from: routines of the file and its imports, stored ones, the standard library, built-in functions, functions of SQL.
import {
  type Builtin,
  builtinNames,
  builtinsNamed,
  sqlFunctionNames,
  sqlFunctionSignature,
} from "../../compiler/check/builtins.ts";
import type { RoutineInfo } from "../../compiler/check/checked.ts";
import { foldName } from "../../compiler/types/make.ts";
import { showType } from "../../compiler/types/show.ts";
import type { Document, Workspace } from "../types.ts";
import { parameterText, routineHeader } from "./describe.ts";
import { aboutBuiltin, aboutRoutine } from "./hover.ts";

/** Something that is called. */
export interface Callable {
  readonly name: string;
  /** One line: what callers need to know. */
  readonly label: string;
  /** Parameters as they stand in the label. */
  readonly parameters: readonly { readonly name: string; readonly text: string; readonly isOptional: boolean }[];
  readonly kind: "routine" | "stored" | "library" | "builtin" | "sql";
  /** Type of the receiver of a method, as text; undefined for what is called by itself only. */
  readonly receiver: string | undefined;
  /** Markdown. */
  readonly about: () => string;
}

/** Everything of that name, the nearest first. */
export function callablesNamed(workspace: Workspace, document: Document, name: string): readonly Callable[] {
  const key = foldName(name);
  const own = routinesOf(document).filter((routine) => foldName(routine.name) === key);
  if (own.length > 0) return own.map((routine) => ofRoutine(routine, "routine"));
  const stored = storedNamed(document, name);
  if (stored.length > 0) return stored;
  const builtins = builtinsNamed(key).map(ofBuiltin);
  if (builtins.length > 0) return builtins;
  const used = document.lately().uses.flatMap((module) => [...module.routines.values()]);
  const library = used.filter((routine) => routine.declaration.kind === "routine" && foldName(routine.name) === key);
  if (library.length > 0) return library.map((routine) => ofRoutine(routine, "library"));
  const unused = libraryNamed(workspace, key);
  if (unused !== undefined) return [unused];
  const signature = sqlFunctionSignature(key);
  return signature === undefined ? [] : [ofSql(key, signature)];
}

/** Names that could be called here, without those of SQL where `inSql` is false. */
export function callableNames(workspace: Workspace, document: Document, inSql: boolean): readonly string[] {
  const names = new Map<string, string>();
  const add = (name: string): void => {
    if (!names.has(foldName(name))) names.set(foldName(name), name);
  };
  for (const routine of routinesOf(document)) if (routine.receiver === undefined) add(routine.name);
  for (const module of document.lately().uses)
    if (!module.module.file.name.startsWith("stdlib/"))
      for (const routine of module.routines.values()) add(routine.name);
  for (const name of document.catalog.routineNames()) add(name);
  for (const name of workspace.library.standardNames()) add(name);
  for (const name of builtinNames()) add(name);
  if (inSql) for (const name of sqlFunctionNames()) add(name);
  return [...names.values()];
}

/** Routines that the file declares, and those of the files that it imports. */
function routinesOf(document: Document): readonly RoutineInfo[] {
  const checked = document.lately();
  const modules = [checked, ...checked.uses.filter((module) => !module.module.file.name.startsWith("stdlib/"))];
  return modules.flatMap((module) =>
    [...module.routines].flatMap(([node, routine]) => (node.kind === "routine" ? [routine] : [])),
  );
}

function ofRoutine(routine: RoutineInfo, kind: Callable["kind"]): Callable {
  const letters = new Map();
  return {
    name: routine.name,
    label: routineHeader(routine),
    parameters: routine.parameters.map((parameter) => ({
      name: parameter.name,
      text: parameterText(parameter, letters),
      isOptional: parameter.hasDefault || parameter.variadic,
    })),
    kind,
    receiver: routine.receiver === undefined ? undefined : showType(routine.receiver.type),
    about: () =>
      aboutRoutine(routine)
        .slice(1)
        .filter((part) => part !== "")
        .join("\n\n"),
  };
}

function storedNamed(document: Document, name: string): readonly Callable[] {
  return document.catalog.routines(name).map(({ declaration, signature }) => {
    const parameters = (declaration.parameters ?? []).map((parameter, index) => ({
      name: parameter.name.text,
      text: `${parameter.name.text} ${signature.parameters[index] ?? "any"}`,
      isOptional: parameter.default !== undefined || parameter.variadic,
    }));
    const result = signature.result === "void" ? "" : ` returns ${signature.result}`;
    return {
      name: declaration.name.text,
      label: `${declaration.routine} ${declaration.name.text} (${parameters.map(({ text }) => text).join(", ")})${result}`,
      parameters,
      kind: "stored" as const,
      receiver: undefined,
      about: () => [declaration.doc ?? "", "Stored in the database."].filter((part) => part !== "").join("\n\n"),
    };
  });
}

function ofBuiltin(builtin: Builtin): Callable {
  return {
    name: builtin.name,
    label: builtin.signature,
    parameters: builtin.parameters.map((text) => ({
      name: text.split(":")[0]?.trim() ?? text,
      text,
      isOptional: text.includes("=") || text.includes("..."),
    })),
    kind: "builtin",
    receiver: builtin.receiver,
    about: () =>
      aboutBuiltin(builtin)
        .slice(1)
        .filter((part) => part !== "")
        .join("\n\n"),
  };
}

/** A routine of the standard library that the file does not use yet: its header as written. */
function libraryNamed(workspace: Workspace, key: string): Callable | undefined {
  const module = workspace.library.standardModule(key);
  const item = module?.items.find(
    ({ statement }) => statement.kind === "routine" && foldName(statement.name.text) === key,
  );
  if (item?.statement.kind !== "routine") return undefined;
  const { statement } = item;
  const parameters = (statement.parameters ?? []).map((parameter) => ({
    name: parameter.name.text,
    text: item.text.slice(parameter.span.start, parameter.span.end),
    isOptional: parameter.default !== undefined || parameter.variadic,
  }));
  const { doc } = statement;
  return {
    name: statement.name.text,
    label: `function ${statement.name.text} (${parameters.map(({ text }) => text).join(", ")})`,
    parameters,
    kind: "library",
    receiver: undefined,
    about: () => [doc ?? "", "From the standard library."].filter((part) => part !== "").join("\n\n"),
  };
}

function ofSql(name: string, signature: string): Callable {
  const inner = signature.slice(signature.indexOf("(") + 1, signature.indexOf(")"));
  return {
    name,
    label: signature,
    parameters: inner === "" ? [] : inner.split(", ").map((text) => ({ name: text, text, isOptional: false })),
    kind: "sql",
    receiver: undefined,
    about: () => "A function of SQL.",
  };
}
