// What all syntax nodes share. Spans are relative to the text of the top-level item that holds the node (see `Item`).
import type { Span } from "../../../base/source.ts";

/** A name as written. `text` has no quotes; names match ASCII case-insensitively unless `quoted` by backticks (or `"…"` in SQL). */
export interface Name {
  readonly text: string;
  readonly span: Span;
  readonly quote: "none" | "backtick" | "double" | "bracket";
}

/** Fields of every node. */
export interface NodeBase {
  readonly span: Span;
}

/** A possibly qualified name: `t`, `main.t`, `system.procedures`. First part is the outermost. */
export interface QualifiedName extends NodeBase {
  readonly parts: readonly Name[];
}

/** `...`: stands for anything not written yet. */
export interface Hole extends NodeBase {
  readonly kind: "hole";
}

/** What error recovery skipped. The parser has reported it; later phases give it a fresh type and stay silent. */
export interface Skipped extends NodeBase {
  readonly kind: "skipped";
}
