// Types as written. Meaning (scalar, table row, struct, alias) is decided by the checker.
import type { Hole, Name, NodeBase, QualifiedName } from "./common.ts";

/** A type in source. */
export type TypeNode =
  | NamedTypeNode
  | ListTypeNode
  | MapTypeNode
  | StructTypeNode
  | TableTypeNode
  | FunctionTypeNode
  | HandleTypeNode
  | NullableTypeNode
  | UnionTypeNode
  | InferredTypeNode
  | Hole;

/** `int`, `varchar(20)`, `decimal(10, 2)`, `Person`, `users`, `users.email`, `void`, `any`, `error`. */
export interface NamedTypeNode extends NodeBase {
  readonly kind: "namedType";
  readonly name: QualifiedName;
  readonly args: readonly number[];
}
/** `list<T>`, `array<T>`, `T[]`. */
export interface ListTypeNode extends NodeBase {
  readonly kind: "listType";
  readonly element: TypeNode;
}
/** `map<string, T>`, `dict<string, T>`. */
export interface MapTypeNode extends NodeBase {
  readonly kind: "mapType";
  readonly key: TypeNode;
  readonly value: TypeNode;
}
/** `{name: string, age int}`. */
export interface StructTypeNode extends NodeBase {
  readonly kind: "structType";
  readonly fields: readonly FieldNode[];
}
/** One field of a struct type, a named struct or an error type. */
export interface FieldNode extends NodeBase {
  readonly name: Name;
  readonly type: TypeNode | undefined;
}
/** `table<{…}>`, `table<users>`, `table`, `relation<…>`, `query<…>`. */
export interface TableTypeNode extends NodeBase {
  readonly kind: "tableType";
  readonly row: TypeNode | undefined;
}
/** `fn(A, B) -> C`. */
export interface FunctionTypeNode extends NodeBase {
  readonly kind: "functionType";
  readonly parameters: readonly TypeNode[];
  readonly result: TypeNode;
}
/** `handle<T>`, `job<T>`. */
export interface HandleTypeNode extends NodeBase {
  readonly kind: "handleType";
  readonly result: TypeNode;
}
/** `T?`. */
export interface NullableTypeNode extends NodeBase {
  readonly kind: "nullableType";
  readonly inner: TypeNode;
}
/** `void|type` (returns only): may return nothing. */
export interface UnionTypeNode extends NodeBase {
  readonly kind: "unionType";
  readonly members: readonly TypeNode[];
}
/** `type`, `auto`, `TryToInferType`. */
export interface InferredTypeNode extends NodeBase {
  readonly kind: "inferredType";
}
