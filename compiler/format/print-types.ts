// Prints types.
// Names of types are kept as written; `array<T>` and `dict` become `list<T>` and `map`.
import { assertNever } from "../../base/failure.ts";
import type { FieldNode, TypeNode } from "../syntax/tree/type-nodes.ts";
import { type FormatContext, nameText, qualifiedText, rawLine } from "./context.ts";
import { type Doc, join } from "./doc.ts";

/** A type. */
export function printType(ctx: FormatContext, node: TypeNode): Doc {
  switch (node.kind) {
    case "namedType":
      return [qualifiedOrRaw(ctx, node), node.args.length === 0 ? "" : `(${node.args.map(argument).join(", ")})`];
    case "listType":
      return rawLine(ctx, node.span).endsWith("]")
        ? [printType(ctx, node.element), "[]"]
        : ["list<", printType(ctx, node.element), ">"];
    case "mapType":
      return ["map<", printType(ctx, node.key), ", ", printType(ctx, node.value), ">"];
    case "structType":
      return [
        "{",
        join(
          ", ",
          node.fields.map((field) => printField(ctx, field, ": ")),
        ),
        "}",
      ];
    case "tableType":
      return node.row === undefined ? rawLine(ctx, node.span) : ["table<", printType(ctx, node.row), ">"];
    case "functionType":
      return [
        "fn(",
        join(
          ", ",
          node.parameters.map((parameter) => printType(ctx, parameter)),
        ),
        ") -> ",
        printType(ctx, node.result),
      ];
    case "handleType":
      return ["handle<", printType(ctx, node.result), ">"];
    case "nullableType":
      return [printType(ctx, node.inner), "?"];
    case "unionType":
      return join(
        "|",
        node.members.map((member) => printType(ctx, member)),
      );
    case "inferredType":
      return rawLine(ctx, node.span);
    case "hole":
      return "...";
    default:
      return assertNever(node, "printType");
  }
}

function argument(value: number): string {
  return value === Number.POSITIVE_INFINITY ? "max" : String(value);
}

// Types of several words (`double precision`) are one name.
function qualifiedOrRaw(ctx: FormatContext, node: Extract<TypeNode, { kind: "namedType" }>): string {
  return qualifiedText(ctx, node.name).replaceAll(/\s+/g, " ");
}

/** A field; `separator` stands between name and type. */
export function printField(ctx: FormatContext, field: FieldNode, separator: ": " | " "): Doc {
  return field.type === undefined
    ? nameText(ctx, field.name)
    : [nameText(ctx, field.name), separator, printType(ctx, field.type)];
}
