// Reads types from the texts that `@TypeOf` and DESCRIBE print: `int`, `decimal(9, 2)?`, `list<{id: int}>`, `table<users>`, `fn(int) -> int`.
// For programs that write types down elsewhere (generated clients, interface descriptions). Never fails: what is not understood is a name.

/** A type. */
export type TypeText =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "list" | "table" | "map"; readonly item: TypeText }
  | { readonly kind: "struct"; readonly fields: readonly { readonly name: string; readonly type: TypeText }[] }
  | { readonly kind: "function" }
  | { readonly kind: "nullable"; readonly type: TypeText };

const TOKEN = /`[^`]*`|[A-Za-z_][A-Za-z0-9_]*|\d+|->|\.\.\.|[<>{}(),:?]/g;

/** The type of a text. */
export function parseTypeText(text: string): TypeText {
  return readType({ tokens: text.match(TOKEN) ?? [], at: 0 });
}

interface Reader {
  readonly tokens: readonly string[];
  at: number;
}

function accept(reader: Reader, token: string): boolean {
  if (reader.tokens[reader.at] !== token) return false;
  reader.at += 1;
  return true;
}

function take(reader: Reader): string {
  const token = reader.tokens[reader.at] ?? "";
  reader.at += 1;
  return token.replaceAll("`", "");
}

function isAtEnd(reader: Reader): boolean {
  return reader.at >= reader.tokens.length;
}

function readType(reader: Reader): TypeText {
  let type = readPlain(reader);
  while (accept(reader, "?")) if (type.kind !== "nullable") type = { kind: "nullable", type };
  return type;
}

function readPlain(reader: Reader): TypeText {
  if (accept(reader, "{")) return readFields(reader);
  if (accept(reader, "(")) {
    const inner = readType(reader);
    accept(reader, ")");
    return inner;
  }
  const name = take(reader);
  if (name === "fn") return readFunction(reader);
  if (accept(reader, "<")) return readInner(reader, name);
  if (accept(reader, "(")) while (!isAtEnd(reader) && !accept(reader, ")")) take(reader);
  return { kind: "name", name };
}

function readFields(reader: Reader): TypeText {
  const fields: { name: string; type: TypeText }[] = [];
  while (!isAtEnd(reader) && !accept(reader, "}")) {
    if (accept(reader, "...")) continue;
    const name = take(reader);
    accept(reader, ":");
    fields.push({ name, type: readType(reader) });
    accept(reader, ",");
  }
  return { kind: "struct", fields };
}

/** A function cannot leave the program; its text is read past. */
function readFunction(reader: Reader): TypeText {
  accept(reader, "(");
  while (!isAtEnd(reader) && !accept(reader, ")")) {
    readType(reader);
    accept(reader, ",");
  }
  accept(reader, "->");
  readType(reader);
  return { kind: "function" };
}

function readInner(reader: Reader, outer: string): TypeText {
  const parts: TypeText[] = [];
  while (!isAtEnd(reader) && !accept(reader, ">")) {
    parts.push(readType(reader));
    accept(reader, ",");
  }
  const item = parts.at(-1) ?? { kind: "name", name: "any" };
  return outer === "list" || outer === "table" || outer === "map"
    ? { kind: outer, item }
    : { kind: "name", name: outer };
}
