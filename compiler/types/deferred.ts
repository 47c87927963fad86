// An operator whose operands are both unknown: its result is decided when one becomes known, or per call when a function keeps them open.
import type { Span } from "../../base/source.ts";
import type { Expression, Item } from "../syntax/tree.ts";
import type { Type, TypeVariable } from "./type.ts";

/** One undecided use of an operator. In a generic function each call gets its own copy. */
export interface DeferredOperator {
  readonly operator: string;
  readonly left: Type;
  readonly right: Type;
  readonly result: TypeVariable;
  readonly leftNode: Expression | undefined;
  readonly rightNode: Expression | undefined;
  readonly span: Span;
  readonly item: Item;
  done: boolean;
}
