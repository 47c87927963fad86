// How deep a syntax tree is. Later phases follow it by recursion, so a tree that is too deep for them is refused here, whatever made it deep:
// chains, nesting, and both in each other. Iterative, since the question is whether recursion would do.
import { LIMITS } from "../../base/limits.ts";
import type { Span } from "../../base/source.ts";

const MAX = LIMITS.treeDepthMax.value;

interface TreeNode {
  readonly kind: string;
  readonly span: Span;
}

// Levels that later phases spend more stack on than on others.
const LEVELS: Readonly<Record<string, number>> = { call: 4, pipe: 4, match: 4 };

const isNode = (value: object): value is TreeNode => "kind" in value && "span" in value;

/** The span of the first node found that lies deeper than `treeDepthMax`; undefined when there is none. `length` is that of the text which the tree was built from. */
export function tooDeepAt(root: TreeNode, length: number): Span | undefined {
  // No level is made of less than a character, and none of these of less than two.
  if (length * 3 <= MAX) return undefined;
  const nodes: object[] = [root];
  const depths: number[] = [0];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    const depth = (depths.pop() ?? 0) + (isNode(node) ? (LEVELS[node.kind] ?? 1) : 0);
    if (depth > MAX && isNode(node)) return node.span;
    for (const [key, part] of Object.entries(node) as [string, unknown][]) {
      if (typeof part !== "object" || part === null || part instanceof Uint8Array) continue;
      nodes.push(part);
      // Each branch of an IF stands in the ELSE of the one before.
      depths.push(key === "branches" && Array.isArray(part) ? depth + part.length - 1 : depth);
    }
  }
  return undefined;
}
