// What editors show of built-in functions: those of the language, those of SQL clauses, and those with a form of their own.
import { intrinsicNames, intrinsicRow, intrinsicsNamed } from "../../bytecode/intrinsics/intrinsics.ts";
import type { IntrinsicRow } from "../../bytecode/intrinsic-row.ts";
import { SQL_FUNCTIONS } from "./sql/functions.ts";
import { WORLD_FUNCTIONS } from "./world-functions.ts";

/** One overload of a built-in function. */
export interface Builtin {
  readonly name: string;
  /** `len(text: string) -> int`. */
  readonly signature: string;
  readonly parameters: readonly string[];
  readonly doc: string;
  /** `expression  -- printed result`. */
  readonly example: string | undefined;
  /** Type of the first parameter as written, by which methods are chosen; undefined without parameters. */
  readonly receiver: string | undefined;
  /** True when it is found only behind a dot. */
  readonly methodOnly: boolean;
  readonly raises: readonly string[];
}

interface WorldRow {
  readonly signature: string;
  readonly path?: string;
}
const WORLD: readonly (readonly [string, WorldRow])[] = Object.entries<WorldRow>(WORLD_FUNCTIONS);

/** All names of code, aliases included. */
export function builtinNames(): readonly string[] {
  return [...intrinsicNames(), ...WORLD.map(([key, row]) => pathOf(key, row))];
}

/** The overloads of a name in code, in the order in which they are tried. */
export function builtinsNamed(name: string): readonly Builtin[] {
  const rows = intrinsicsNamed(name).map((row) => ofIntrinsic(row, name.toLowerCase()));
  if (rows.length > 0) return rows;
  const world = WORLD.find(([key, row]) => pathOf(key, row) === name.toLowerCase());
  return world === undefined ? [] : [ofSignature(name.toLowerCase(), world[1].signature, "", undefined)];
}

/** The overload that the checker chose. */
export function builtinOfKey(key: string): Builtin | undefined {
  const world = WORLD.find(([each]) => each === key);
  if (world !== undefined) return ofSignature(pathOf(world[0], world[1]), world[1].signature, "", undefined);
  if (key === "found")
    return {
      ...ofSignature("FOUND", "fn FOUND() -> bool", "Whether the last statement found or changed a row.", undefined),
      signature: "FOUND: bool",
    };
  const row = intrinsicRow(key);
  return ofIntrinsic(row, row.name);
}

/** Names of functions of SQL clauses that code does not have. */
export function sqlFunctionNames(): readonly string[] {
  return Object.keys(SQL_FUNCTIONS);
}

/** How a function of SQL is called: `sum(number)`. */
export function sqlFunctionSignature(name: string): string | undefined {
  const row = SQL_FUNCTIONS[name.toLowerCase()];
  if (row === undefined) return undefined;
  const [least, most] = row.arity;
  const parameters = Array.from(
    { length: least },
    (_, index) => row.parameters[Math.min(index, row.parameters.length - 1)],
  );
  const more = most === undefined ? [...parameters, "..."] : [...parameters, ...(most > least ? ["…"] : [])];
  const kind = row.kind === "scalar" ? "" : `  -- ${row.kind === "window" ? "window function" : "aggregate"}`;
  return `${name.toLowerCase()}(${more.join(", ")}) -> ${row.result}${kind}`;
}

function pathOf(key: string, row: WorldRow): string {
  return row.path ?? key;
}

function ofIntrinsic(row: IntrinsicRow, name: string): Builtin {
  const made = ofSignature(name, row.signature, row.doc, row.example);
  return { ...made, methodOnly: row.method === true, raises: row.raises };
}

function ofSignature(name: string, signature: string, doc: string, example: string | undefined): Builtin {
  const open = signature.indexOf("(");
  const close = signature.lastIndexOf(") ->");
  const parameters = splitParameters(signature.slice(open + 1, close));
  return {
    name,
    signature: `${name}${signature.slice(open)}`,
    parameters,
    doc,
    example,
    receiver: parameters[0]?.split(":")[1]?.split("=")[0]?.trim(),
    methodOnly: false,
    raises: [],
  };
}

/** Parameters as written; commas inside brackets divide nothing. */
function splitParameters(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if ("(<{".includes(character)) depth += 1;
    else if (")}".includes(character) || (character === ">" && text[at - 1] !== "-")) depth -= 1;
    else if (character === "," && depth === 0) {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  const last = text.slice(from).trim();
  return last === "" ? parts : [...parts, last];
}
