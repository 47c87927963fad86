// The signature of the call that is being written, with the parameter under the cursor.
import type { Document, Workspace } from "../types.ts";
import { callAt, type CallContext } from "./call-context.ts";
import { type Callable, callablesNamed } from "./callables.ts";
import { cursorAt } from "./cursor.ts";

/** Signatures to choose from. */
export interface SignatureHelp {
  readonly signatures: readonly Callable[];
  readonly active: number;
  /** Number of the parameter under the cursor within each signature; undefined when it has none there. */
  readonly parameters: readonly (number | undefined)[];
}

/** The signatures of the call around an offset. */
export function signatureHelp(workspace: Workspace, document: Document, offset: number): SignatureHelp | undefined {
  const call = callAt(cursorAt(document, offset));
  if (call === undefined) return undefined;
  const signatures = callablesNamed(workspace, document, call.callee);
  if (signatures.length === 0) return undefined;
  const parameters = signatures.map((signature) => parameterOf(signature, call));
  const fitting = parameters.findIndex((parameter) => parameter !== undefined);
  return { signatures, active: Math.max(0, fitting), parameters };
}

/** A built-in function that is called as a method has got its first argument before the dot. */
function parameterOf({ parameters, kind }: Callable, call: CallContext): number | undefined {
  if (call.current !== undefined) {
    const named = parameters.findIndex((parameter) => parameter.name.toLowerCase() === call.current);
    return named < 0 ? undefined : named;
  }
  const place = call.argument + (call.isMethod && kind === "builtin" ? 1 : 0);
  if (place < parameters.length) return place;
  return parameters.at(-1)?.text.includes("...") === true ? parameters.length - 1 : undefined;
}
