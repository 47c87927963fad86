// The parts of Ohm 17.5 that its type declarations leave out and on which the fast grammar builds.
// The version is pinned in package.json; test/grammar/leaves.test.ts fails when one of these changes its meaning.
import * as ohm from "ohm-js";

/** A node of the concrete syntax tree. Offsets of children are relative to the node. */
export interface CstNode {
  readonly ctorName: string;
  readonly matchLength: number;
  readonly children?: readonly CstNode[];
  readonly childOffsets?: readonly number[];
}

/** The text under a match and how far it was looked at. */
export interface InputStream {
  pos: number;
  examinedLength: number;
  readonly source: string;
}

/** The state of a match. */
export interface MatchState {
  readonly inputStream: InputStream;
  readonly _bindings: CstNode[];
  readonly _bindingOffsets: number[];
  posToOffset(position: number): number;
  processFailure(position: number, expression: ParsingExpression): void;
  inSyntacticContext(): boolean;
  skipSpaces(): number;
}

/** A node of a grammar rule. */
export interface ParsingExpression {
  eval(state: MatchState): boolean;
  getArity(): number;
  allowsSkippingPrecedingSpace(): boolean;
}

interface Constructor<Parameters extends readonly unknown[]> {
  new (...parameters: Parameters): ParsingExpression;
  readonly prototype: ParsingExpression;
}

interface Internals {
  readonly PExpr: Constructor<[]>;
  readonly Apply: Constructor<[ruleName: string, parameters?: readonly ParsingExpression[]]>;
  readonly Terminal: Constructor<[text: string]>;
  readonly Seq: Constructor<[factors: readonly ParsingExpression[]]>;
  readonly Alt: Constructor<[terms: readonly ParsingExpression[]]>;
  readonly Not: Constructor<[inner: ParsingExpression]>;
  readonly Lookahead: Constructor<[inner: ParsingExpression]>;
  readonly Lex: Constructor<[inner: ParsingExpression]>;
  readonly Iter: Constructor<[inner: ParsingExpression]>;
  readonly Star: Constructor<[inner: ParsingExpression]>;
  readonly Plus: Constructor<[inner: ParsingExpression]>;
  readonly Opt: Constructor<[inner: ParsingExpression]>;
  readonly end: ParsingExpression;
}

/** A grammar with its rules open to change. */
export interface OpenGrammar {
  readonly rules: Record<string, { body: ParsingExpression; readonly formals: readonly string[] }>;
  readonly superGrammar: OpenGrammar | null;
  _matchStateInitializer: ((state: MatchState) => void) | undefined;
  matcher(): { setInput(text: string): unknown; _match(start: ParsingExpression): MatchOutcome };
}

/** The result of a match. */
export interface MatchOutcome {
  readonly _cst: CstNode | undefined;
  readonly _cstOffset: number | undefined;
  readonly _rightmostFailurePosition: number;
  succeeded(): boolean;
}

/** Ohm's classes of parsing expressions. */
export const pexprs: Internals = ohm.pexprs as unknown as Internals;

/** Builds a grammar from a recipe made by `toRecipe()`. */
export function grammarFromRecipe(recipe: string): OpenGrammar {
  return (ohm as unknown as { makeRecipe(recipe: unknown): OpenGrammar }).makeRecipe(JSON.parse(recipe));
}
