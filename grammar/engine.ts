// The grammar as it runs: rules of the .ohm text with native leaves in place of lexical rules (engine-assembly.ts).
// Also says what a failed match expected where it got farthest. Nothing here knows what the rules mean.
import { type FastGrammar, fastGrammar } from "./engine-assembly.ts";
import { GuardedApply, recorder, recoveryCount } from "./engine-nodes.ts";
import { type CstNode, grammarFromRecipe, type OpenGrammar, type ParsingExpression, pexprs } from "./ohm-internals.ts";
import { GRAMMAR_RECIPE } from "./recipe.ts";

export type { CstNode };

/** What a failed match wanted at the farthest place it reached. */
export interface Failure {
  readonly position: number;
  /** Words, marks in backticks, and kinds such as "a name"; unordered. */
  readonly expected: ReadonlySet<string>;
}

/** Ohm's own grammar without any replacement, for the test that compares both. */
export function pureGrammar(): OpenGrammar {
  return grammarFromRecipe(GRAMMAR_RECIPE);
}

let loaded: FastGrammar | undefined;
function theGrammar(): FastGrammar {
  loaded ??= fastGrammar();
  return loaded;
}

function startOf(grammar: OpenGrammar, ruleName: string): ParsingExpression {
  const apply = new GuardedApply(ruleName);
  apply.body = grammar.rules[ruleName]?.body;
  return apply as unknown as ParsingExpression;
}

/** A whole match: the tree, and where it starts in the text. */
export interface Match {
  readonly node: CstNode;
  readonly start: number;
  /** False when no recovery rule was even tried with success. */
  readonly mayHaveRecovered: boolean;
}

function run(grammar: OpenGrammar, text: string, ruleName: string): Match | undefined {
  const matcher = grammar.matcher();
  matcher.setInput(text);
  const start = new pexprs.Seq([
    grammar === loaded?.grammar ? startOf(grammar, ruleName) : new pexprs.Apply(ruleName),
    pexprs.end,
  ]);
  const before = recoveryCount();
  const outcome = matcher._match(start);
  const node = outcome._cst;
  return outcome.succeeded() && node !== undefined
    ? { node, start: outcome._cstOffset ?? 0, mayHaveRecovered: recoveryCount() > before }
    : undefined;
}

/**
 * Matches the whole text as one rule, however deep it nests.
 * By recursion where that reaches, which is several times faster; how far it reaches depends on the thread and on what V8 has compiled so far.
 */
export function matchRule(text: string, ruleName: string): Match | undefined {
  try {
    return run(theGrammar().grammar, text, ruleName);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return matchRuleDeep(text, ruleName);
}

/** The same with a stack of our own from the start; for tests. */
export function matchRuleDeep(text: string, ruleName: string): Match | undefined {
  const fast = theGrammar();
  recorder.silent = 0;
  fast.deep = true;
  try {
    return run(fast.grammar, text, ruleName);
  } finally {
    fast.deep = false;
  }
}

/** The same by the grammar as written, without native leaves. Slow; for tests. */
export function matchRulePurely(grammar: OpenGrammar, text: string, ruleName: string): Match | undefined {
  return run(grammar, text, ruleName);
}

/** Where and why `text` is no `ruleName`; undefined when it is one. */
export function explainFailure(text: string, ruleName: string): Failure | undefined {
  recorder.active = true;
  recorder.silent = 0;
  recorder.position = -1;
  recorder.expected.clear();
  try {
    if (matchRule(text, ruleName) !== undefined) return undefined;
    return { position: Math.max(recorder.position, 0), expected: new Set(recorder.expected) };
  } finally {
    recorder.active = false;
  }
}
