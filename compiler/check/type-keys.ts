// Keys of maps are strings (LANGUAGE.md 2).
import type { TypeNode } from "../syntax/tree.ts";
import { prune } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { Type } from "../types/type.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./findings.ts";

/** Reports a key type of a map that is not string. */
export function expectString(ctx: CheckContext, node: TypeNode, type: Type): void {
  const key = prune(type);
  const fits = key.kind === "any" || key.kind === "variable" || (key.kind === "scalar" && key.name === "string");
  if (!fits)
    problem(
      ctx,
      "TypeMismatch",
      node.span,
      { expected: "string", found: showType(type) },
      { help: "Keys of maps are strings." },
    );
}
