// Signatures of intrinsics: the small part of the type syntax that the tables use, as data.
// The tables are ours, so a signature that does not parse is a bug. The checker turns these types into its own; the verifier needs only the register types.
import { InternalError } from "../../base/failure.ts";
import { scalarByName, type ScalarName } from "../../base/scalar.ts";
import { nullable, type RegisterType } from "../register-type.ts";

/** A type in a signature. `error` is any error. */
export type SignatureType =
  | { readonly kind: "scalar"; readonly name: ScalarName }
  /** `notNull` for `any!`: any value but null, which passes through the call. `oneOf` for `int|float`: any! of these types. */
  | { readonly kind: "any"; readonly notNull?: true; readonly oneOf?: readonly SignatureType[] }
  | { readonly kind: "void" | "error" }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "list"; readonly element: SignatureType }
  | { readonly kind: "map"; readonly value: SignatureType }
  | { readonly kind: "struct"; readonly fields: readonly { readonly name: string; readonly type: SignatureType }[] }
  | { readonly kind: "table"; readonly row: SignatureType | undefined }
  | { readonly kind: "function"; readonly parameters: readonly SignatureType[]; readonly result: SignatureType }
  | { readonly kind: "nullable"; readonly inner: SignatureType };

/** A parameter. `type` of a variadic one is that of each value. */
export interface SignatureParameter {
  readonly name: string;
  readonly type: SignatureType;
  /** The literal that stands in for a missing argument. */
  readonly default?: { readonly value: null | boolean | number | string };
  readonly variadic: boolean;
}

/** A signature. */
export interface Signature {
  readonly name: string;
  readonly parameters: readonly SignatureParameter[];
  readonly result: SignatureType;
}

const TOKEN = /\s*('(?:[^']|'')*'|-?\d+(?:\.\d+)?|\.\.\.|->|[A-Za-z_]\w*|[(){}<>,:?=!|])/y;

interface Tokens {
  readonly list: readonly string[];
  at: number;
  readonly text: string;
}

/** Parses `fn name(a: T, b: U = literal, rest: V...) -> R`. @throws InternalError for a malformed signature. */
export function parseSignature(text: string): Signature {
  const tokens: Tokens = { list: tokenize(text), at: 0, text };
  expect(tokens, "fn");
  const name = take(tokens);
  expect(tokens, "(");
  const parameters: SignatureParameter[] = [];
  while (!accept(tokens, ")")) {
    parameters.push(parseParameter(tokens));
    if (!accept(tokens, ",") && peek(tokens) !== ")") malformed(tokens);
  }
  expect(tokens, "->");
  const result = parseType(tokens);
  if (tokens.at !== tokens.list.length) malformed(tokens);
  return { name, parameters, result };
}

function tokenize(text: string): string[] {
  const list: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new InternalError(`intrinsic signature '${text}' at ${at}`);
    list.push(match[1] ?? "");
  }
  return list;
}

function malformed(tokens: Tokens): never {
  throw new InternalError(`intrinsic signature '${tokens.text}' at '${peek(tokens) ?? "the end"}'`);
}

function peek(tokens: Tokens): string | undefined {
  return tokens.list[tokens.at];
}

function take(tokens: Tokens): string {
  const token = peek(tokens) ?? malformed(tokens);
  tokens.at += 1;
  return token;
}

function accept(tokens: Tokens, token: string): boolean {
  if (peek(tokens) !== token) return false;
  tokens.at += 1;
  return true;
}

function expect(tokens: Tokens, token: string): void {
  if (!accept(tokens, token)) malformed(tokens);
}

function parseParameter(tokens: Tokens): SignatureParameter {
  const name = take(tokens);
  expect(tokens, ":");
  const type = parseType(tokens);
  const variadic = accept(tokens, "...");
  return accept(tokens, "=")
    ? { name, type, variadic, default: { value: parseLiteral(tokens) } }
    : { name, type, variadic };
}

function parseLiteral(tokens: Tokens): null | boolean | number | string {
  const token = take(tokens);
  if (token === "null") return null;
  if (token === "true" || token === "false") return token === "true";
  if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
  return Number.isNaN(Number(token)) ? malformed(tokens) : Number(token);
}

function parseType(tokens: Tokens): SignatureType {
  let type = parsePlainType(tokens);
  if (peek(tokens) === "|") {
    const oneOf = [type];
    while (accept(tokens, "|")) oneOf.push(parsePlainType(tokens));
    type = { kind: "any", notNull: true, oneOf };
  }
  while (accept(tokens, "?")) type = { kind: "nullable", inner: type };
  return type;
}

function parsePlainType(tokens: Tokens): SignatureType {
  if (accept(tokens, "{")) return parseStruct(tokens);
  const word = take(tokens);
  switch (word) {
    case "any":
      return accept(tokens, "!") ? { kind: "any", notNull: true } : { kind: "any" };
    case "void":
    case "error":
      return { kind: word };
    case "list":
      return { kind: "list", element: parseArgument(tokens) };
    case "map":
      return { kind: "map", value: parseArgument(tokens, "string") };
    case "table":
      return { kind: "table", row: peek(tokens) === "<" ? parseArgument(tokens) : undefined };
    case "fn":
      return parseFunction(tokens);
    default:
  }
  if (/^[A-Z]$/.test(word)) return { kind: "variable", name: word };
  const name = scalarByName(word);
  return name === undefined ? malformed(tokens) : { kind: "scalar", name };
}

/** `<T>`, or `<string, T>` when a key is asked for. */
function parseArgument(tokens: Tokens, key?: string): SignatureType {
  expect(tokens, "<");
  if (key !== undefined) {
    expect(tokens, key);
    expect(tokens, ",");
  }
  const type = parseType(tokens);
  expect(tokens, ">");
  return type;
}

function parseFunction(tokens: Tokens): SignatureType {
  expect(tokens, "(");
  const parameters: SignatureType[] = [];
  while (!accept(tokens, ")")) {
    parameters.push(parseType(tokens));
    accept(tokens, ",");
  }
  expect(tokens, "->");
  return { kind: "function", parameters, result: parseType(tokens) };
}

function parseStruct(tokens: Tokens): SignatureType {
  const fields: { name: string; type: SignatureType }[] = [];
  while (!accept(tokens, "}")) {
    const name = take(tokens);
    expect(tokens, ":");
    fields.push({ name, type: parseType(tokens) });
    accept(tokens, ",");
  }
  return { kind: "struct", fields };
}

/** The register type that holds values of a signature's type. Type variables are any; `void` has none. */
export function registerTypeOf(type: SignatureType): RegisterType {
  switch (type.kind) {
    case "scalar":
      return type.name === "timestamptz" ? "timestamp" : type.name === "uuid" ? "string" : type.name;
    case "any":
    case "variable":
      return "any";
    case "void":
      throw new InternalError("a register of type void");
    case "function":
      return "closure";
    case "nullable":
      return nullable(registerTypeOf(type.inner));
    default:
      return type.kind;
  }
}

/** Whether a null argument for a parameter of this type makes the whole call null. */
export function propagatesNull(parameter: SignatureParameter): boolean {
  const { type, variadic } = parameter;
  if (type.kind === "any") return type.notNull === true;
  return !variadic && type.kind !== "nullable" && type.kind !== "variable";
}
