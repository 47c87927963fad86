// The call around the cursor: what is called, which argument is being written, which are named already.
import type { Cursor, CursorToken } from "./cursor.ts";

/** A call that is being written. */
export interface CallContext {
  readonly callee: string;
  /** True for `x.f(`. */
  readonly isMethod: boolean;
  /** Number of the argument under the cursor. */
  readonly argument: number;
  /** Names of arguments that are given by name, in lower case. */
  readonly named: readonly string[];
  /** The name of the argument under the cursor, when it is written. */
  readonly current: string | undefined;
  /** True where an argument begins, so that a name may stand. */
  readonly startsArgument: boolean;
}

/** Words before a parenthesis that call nothing. */
const NO_CALLEES: ReadonlySet<string> = new Set(
  "if while for in and or not when then else return select where on values using from join as is between like case match returns raises procedure function trigger schedule pipeline test error into set having by limit catch with cast".split(
    " ",
  ),
);

/** The innermost call whose parenthesis is open at the cursor; undefined outside of calls. */
export function callAt({ tokens, open }: Cursor): CallContext | undefined {
  for (const bracket of open.toReversed()) {
    if (bracket.text === "{" || bracket.text === "<{") return undefined;
    if (bracket.text !== "(") continue;
    const callee = tokens[bracket.index - 1];
    if (callee?.kind !== "word" || NO_CALLEES.has(callee.text) || declares(tokens, bracket.index - 1)) return undefined;
    return contextOf(tokens, bracket.index, callee);
  }
  return undefined;
}

/** `function f (`, `INSERT INTO t (`, `CREATE TABLE t (`: a name that is followed by something else than arguments. */
function declares(tokens: readonly CursorToken[], at: number): boolean {
  const before = tokens[at - 1];
  if (before === undefined) return false;
  if (
    ["function", "procedure", "as", "into", "table", "error", "struct", "index", "references", ">"].includes(
      before.text,
    )
  )
    return (
      before.text !== "as" ||
      /^(?:function|procedure|upsert|create|type|trigger|schedule|pipeline)$/u.test(tokens[0]?.text ?? "")
    );
  return false;
}

function contextOf(tokens: readonly CursorToken[], open: number, callee: CursorToken): CallContext {
  let argument = 0;
  let depth = 0;
  let argumentStart = open + 1;
  const named: string[] = [];
  for (let index = open + 1; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined) break;
    if ("([{<{".includes(token.text) && token.kind === "sign" && token.text !== "<") depth += 1;
    else if (token.kind === "sign" && [")", "]", "}", "}>"].includes(token.text)) depth -= 1;
    else if (depth === 0 && token.text === ",") {
      argument += 1;
      argumentStart = index + 1;
    } else if (depth === 0 && token.text === ":" && index === argumentStart + 1)
      named.push(tokens[argumentStart]?.text ?? "");
  }
  const first = tokens[argumentStart];
  const current = tokens[argumentStart + 1]?.text === ":" ? first?.text : undefined;
  return {
    callee: callee.written,
    isMethod: tokens[open - 2]?.text === ".",
    argument,
    named,
    current,
    startsArgument: argumentStart >= tokens.length,
  };
}
