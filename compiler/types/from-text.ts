// Types from the text that showType writes: signatures of stored routines. A hand parser, since these are read one by one on demand.
// Unknown names become any: a stored signature may speak of a table that is gone, and its recheck reports that.
import { INT_RANGES, scalarByName } from "../../base/scalar.ts";
import { ANY, NEVER, NULL, VOID, listOf, mapOf, nullable, scalar, structOf, tableOf } from "./make.ts";
import type { StructField, Type } from "./type.ts";

interface Reader {
  readonly tokens: readonly string[];
  at: number;
  readonly named: (name: string) => Type | undefined;
}

const TOKEN = /`[^`]*`|[A-Za-z_][A-Za-z0-9_]*|\d+|->|[<>{}(),:?]/g;

/** The type that a text means. `named` finds declared types and tables. */
export function typeFromText(text: string, named: (name: string) => Type | undefined): Type {
  const reader: Reader = { tokens: text.match(TOKEN) ?? [], at: 0, named };
  return readType(reader);
}

function take(reader: Reader): string {
  const token = reader.tokens[reader.at] ?? "";
  reader.at += 1;
  return token;
}

function accept(reader: Reader, token: string): boolean {
  if (reader.tokens[reader.at] !== token) return false;
  reader.at += 1;
  return true;
}

function readType(reader: Reader): Type {
  let type = readPlain(reader);
  while (accept(reader, "?")) type = nullable(type);
  return type;
}

function readPlain(reader: Reader): Type {
  if (accept(reader, "{")) return readStruct(reader);
  if (accept(reader, "(")) {
    const inner = readType(reader);
    accept(reader, ")");
    return inner;
  }
  const name = take(reader).replaceAll("`", "");
  if (name === "fn") return readFunction(reader);
  if (accept(reader, "<")) return readArguments(reader, name);
  return readNamed(reader, name);
}

function readStruct(reader: Reader): Type {
  const fields: StructField[] = [];
  while (reader.at < reader.tokens.length && !accept(reader, "}")) {
    const name = take(reader).replaceAll("`", "");
    accept(reader, ":");
    fields.push({ name, type: readType(reader) });
    accept(reader, ",");
  }
  return structOf(fields);
}

function readFunction(reader: Reader): Type {
  accept(reader, "(");
  const parameters: Type[] = [];
  while (reader.at < reader.tokens.length && !accept(reader, ")")) {
    parameters.push(readType(reader));
    accept(reader, ",");
  }
  accept(reader, "->");
  return { kind: "function", parameters, result: readType(reader) };
}

function readArguments(reader: Reader, name: string): Type {
  const args: Type[] = [];
  while (reader.at < reader.tokens.length && !accept(reader, ">")) {
    args.push(readType(reader));
    accept(reader, ",");
  }
  const last = args.at(-1) ?? ANY;
  switch (name) {
    case "list":
      return listOf(last);
    case "map":
      return mapOf(last);
    case "handle":
      return { kind: "handle", result: last };
    case "cursor":
      return { kind: "cursor", row: last.kind === "struct" ? last : undefined };
    case "table":
      return tableOf(last.kind === "struct" ? last : undefined);
    default:
      return ANY;
  }
}

function readNamed(reader: Reader, name: string): Type {
  const numbers: number[] = [];
  if (accept(reader, "(")) {
    while (reader.at < reader.tokens.length && !accept(reader, ")")) {
      const token = take(reader);
      if (token !== ",") numbers.push(Number(token));
    }
  }
  switch (name) {
    case "any":
    case "":
      return ANY;
    case "void":
      return VOID;
    case "null":
      return NULL;
    case "never":
      return NEVER;
    case "error":
      return { kind: "error", name: undefined, fields: [] };
    case "cursor":
      return { kind: "cursor", row: undefined };
    default:
      break;
  }
  const known = scalarByName(name);
  return known === undefined ? (reader.named(name) ?? ANY) : scalarWith(name, known, numbers);
}

/** The scalar that a written name means, with its arguments and range. */
export function scalarWith(written: string, name: Parameters<typeof scalar>[0], args: readonly number[]): Type {
  const range = INT_RANGES[written.toLowerCase()];
  if (name === "int" && range !== undefined && written.toLowerCase() !== "int8") return { kind: "scalar", name, range };
  const [first, second] = args;
  if (first === undefined) return scalar(name);
  if (name === "decimal") return { kind: "scalar", name, precision: first, scale: second ?? 0 };
  if (name === "string") return { kind: "scalar", name, length: first };
  return scalar(name);
}
