// Types as written, of code and of SQL column definitions.
// What a name means (scalar, table, struct) is decided by the checker.
import { InternalError } from "../../base/failure.ts";
import {
  all,
  kids,
  listOf,
  maybe,
  nameOf,
  one,
  only,
  qualifiedNameOf,
  rule,
  spanBetween,
  spanOf,
  textOf,
  type View,
  words,
} from "./build-node.ts";
import type { FieldNode, TypeNode } from "./tree/type-nodes.ts";

/** Any type rule. */
export function buildType(view: View): TypeNode {
  switch (rule(view)) {
    case "Type":
    case "CastType":
    case "CastTarget":
    case "EndedCastType":
    case "EndedColumnType":
    case "ColumnType":
      return buildType(only(view));
    case "UnionType":
      return buildUnion(view);
    case "SuffixedType":
      return buildSuffixed(view);
    case "BaseType":
      return buildBase(only(view));
    case "SqlType":
      return buildSqlType(view);
    default:
      throw new InternalError(`build: type ${rule(view)}`);
  }
}

function buildUnion(view: View): TypeNode {
  const members = listOf(view, "SuffixedType", "UnionMember").map(buildSuffixed);
  const [first] = members;
  if (first === undefined) throw new InternalError("build: an empty type");
  return members.length === 1 ? first : { kind: "unionType", members, span: spanOf(view) };
}

function buildSuffixed(view: View): TypeNode {
  let type = buildBase(only(one(view, "BaseType")));
  for (const suffix of all(view, "TypeSuffix")) {
    const span = spanBetween(view, view.start, suffix.start + suffix.node.matchLength);
    type =
      rule(only(suffix)) === "NullableSuffix"
        ? { kind: "nullableType", inner: type, span }
        : { kind: "listType", element: type, span };
  }
  return type;
}

function buildBase(view: View): TypeNode {
  const span = spanOf(view);
  switch (rule(view)) {
    case "hole":
      return { kind: "hole", span };
    case "GenericType":
      return buildGeneric(view);
    case "StructType":
      return { kind: "structType", fields: buildFields(maybe(view, "Fields")), span };
    case "FunctionType": {
      const result = kids(view)
        .filter((kid) => rule(kid) === "Type")
        .at(-1);
      if (result === undefined) throw new InternalError("build: a function type without result");
      return {
        kind: "functionType",
        parameters: listOf(maybe(view, "TypeList"), "Type", "CommaType").map(buildType),
        result: buildType(result),
        span,
      };
    }
    case "InferredType":
      return { kind: "inferredType", span };
    case "NamedType":
      return buildNamed(view);
    default:
      throw new InternalError(`build: type ${rule(view)}`);
  }
}

function buildGeneric(view: View): TypeNode {
  const span = spanOf(view);
  const parameters = listOf(view, "Type", "CommaType").map(buildType);
  const [first] = parameters;
  if (first === undefined) throw new InternalError("build: a generic type without argument");
  switch (words(one(view, "genericWord"))) {
    case "list":
    case "array":
      return { kind: "listType", element: first, span };
    case "map":
    case "dict":
      return { kind: "mapType", key: first, value: parameters[1] ?? first, span };
    case "handle":
    case "job":
      return { kind: "handleType", result: first, span };
    default:
      return { kind: "tableType", row: first, span };
  }
}

const BARE_TABLES: ReadonlySet<string> = new Set(["table", "relation", "query"]);

function buildNamed(view: View): TypeNode {
  const span = spanOf(view);
  const name = qualifiedNameOf(one(view, "TypeName"));
  const args = maybe(view, "TypeArguments");
  if (name.parts.length === 1 && args === undefined && BARE_TABLES.has(words(view)))
    return { kind: "tableType", row: undefined, span };
  return { kind: "namedType", name, args: argumentsOf(args), span };
}

function argumentsOf(view: View | undefined): readonly number[] {
  return listOf(view, "SignedNumber", "CommaSignedNumber").map((argument) =>
    /max/i.test(textOf(argument)) ? Number.POSITIVE_INFINITY : Number(textOf(argument).replaceAll(/\s/g, "")),
  );
}

/** A type of SQL: one or more words with numbers, `UNSIGNED BIG INT`, `VARCHAR(20)`. The words become one name. */
function buildSqlType(view: View): TypeNode {
  const wordViews = all(view, "SqlTypeWord");
  const [first] = wordViews;
  const last = wordViews.at(-1);
  if (first === undefined || last === undefined) throw new InternalError("build: a SQL type without words");
  const span = spanBetween(view, first.start, last.start + last.node.matchLength);
  const names = wordViews.map((word) => nameOf(only(word)));
  const name = { text: names.map((part) => part.text).join(" "), span, quote: names[0]?.quote ?? "none" } as const;
  return {
    kind: "namedType",
    name: { parts: [name], span },
    args: argumentsOf(maybe(view, "SqlTypeArguments")),
    span: spanOf(view),
  };
}

/** The fields of a struct or error; holes are left out, `hasHole` tells of them. */
export function buildFields(view: View | undefined): readonly FieldNode[] {
  const fields: FieldNode[] = [];
  for (const field of listOf(view, "Field", "CommaField")) {
    const inner = only(field);
    if (rule(inner) === "hole") continue;
    const type = maybe(inner, "FieldType");
    fields.push({
      name: nameOf(one(inner, "anyName")),
      type: type === undefined ? undefined : buildType(one(type, "Type")),
      span: spanOf(inner),
    });
  }
  return fields;
}
