// The grammar as it runs: rules of the .ohm text with native leaves in place of lexical rules and a look at the next character before each rule.
// Also says what a failed match expected where it got farthest. Nothing here knows what the rules mean.
import { skipSpace, isWordStart } from "./characters.ts";
import { KEYWORDS, keywordRule } from "./keywords.ts";
import { keywordLeaf, LEAVES, type Leaf } from "./leaves.ts";
import { type CstNode, grammarFromRecipe, type MatchState, type OpenGrammar, type ParsingExpression, pexprs } from "./ohm-internals.ts";
import { GRAMMAR_RECIPE } from "./recipe.ts";

export type { CstNode };

/** What a failed match wanted at the farthest place it reached. */
export interface Failure {
  readonly position: number;
  /** Words, marks in backticks, and kinds such as "a name"; unordered. */
  readonly expected: ReadonlySet<string>;
}

const NO_CHILDREN: readonly CstNode[] = [];
const NO_OFFSETS: readonly number[] = [];

/** A token of the tree. */
class LeafNode implements CstNode {
  readonly ctorName: string;
  readonly matchLength: number;
  readonly children = NO_CHILDREN;
  readonly childOffsets = NO_OFFSETS;
  constructor(name: string, length: number) {
    this.ctorName = name;
    this.matchLength = length;
  }
}

// The recorder listens during `explainFailure` only; matching is synchronous, so one for all is enough.
const recorder = { active: false, silent: 0, position: -1, expected: new Set<string>() };

function note(position: number, label: string | undefined): void {
  if (!recorder.active || recorder.silent > 0 || position < recorder.position) return;
  if (position > recorder.position) {
    recorder.position = position;
    recorder.expected.clear();
  }
  if (label !== undefined) recorder.expected.add(label);
}

abstract class Expression extends (pexprs.PExpr as unknown as abstract new () => object) {
  substituteParams(): this {
    return this;
  }
  isNullable(): boolean {
    return false;
  }
}

class NativeLeaf extends Expression {
  readonly name: string;
  private readonly match: Leaf;
  private readonly label: string | undefined;
  private readonly skips: boolean;
  constructor(name: string, match: Leaf, label: string | undefined, skips: boolean) {
    super();
    this.name = name;
    this.match = match;
    this.label = label;
    this.skips = skips;
  }
  eval(state: MatchState): boolean {
    const stream = state.inputStream;
    const position = stream.pos;
    const end = this.match(stream.source, position);
    const looked = (end > position ? end : position) + 2;
    if (looked > stream.examinedLength) stream.examinedLength = looked;
    if (end < 0) {
      state.processFailure(position, this as unknown as ParsingExpression);
      if (recorder.active) note(this.skips ? position : skipSpace(stream.source, position), this.label);
      return false;
    }
    stream.pos = end;
    state._bindings.push(new LeafNode(this.name, end - position));
    state._bindingOffsets.push(state.posToOffset(position));
    return true;
  }
  getArity(): number {
    return 1;
  }
  allowsSkippingPrecedingSpace(): boolean {
    return this.skips;
  }
}

const MARK_NAME = "_terminal";
function markLeaf(text: string): Leaf {
  return (source, position) => (source.startsWith(text, position) ? position + text.length : -1);
}

/** `~e`: what fails inside is not what the user should have written. */
class QuietNot extends Expression {
  private readonly inner: ParsingExpression;
  constructor(inner: ParsingExpression) {
    super();
    this.inner = inner;
  }
  eval(state: MatchState): boolean {
    const stream = state.inputStream;
    const position = stream.pos;
    const bindings = state._bindings.length;
    recorder.silent += 1;
    const matched = (state as unknown as { eval(e: ParsingExpression): boolean }).eval(this.inner);
    recorder.silent -= 1;
    if (matched) {
      state._bindings.length = bindings;
      state._bindingOffsets.length = bindings;
      state.processFailure(position, this as unknown as ParsingExpression);
      return false;
    }
    stream.pos = position;
    return true;
  }
  getArity(): number {
    return 0;
  }
  allowsSkippingPrecedingSpace(): boolean {
    return false;
  }
}

// Which characters a rule may begin with: one cell for each ASCII character, one for all others, one for the end of the text.
const OTHER = 128;
const AT_END = 129;
const CELLS = 130;
interface First {
  readonly cells: Uint8Array;
  nullable: boolean;
}

const ApplyBase = pexprs.Apply as unknown as new (ruleName: string) => { eval(state: MatchState): boolean; readonly ruleName: string };

/** An application of a rule that is not tried where its first character cannot match. */
class GuardedApply extends ApplyBase {
  cells: Uint8Array | undefined = undefined;
  override eval(state: MatchState): boolean {
    const cells = this.cells;
    if (cells !== undefined && !recorder.active) {
      const stream = state.inputStream;
      const position = stream.pos;
      const code = stream.source.charCodeAt(position);
      if (cells[code < 128 ? code : code === code ? OTHER : AT_END] === 0) {
        if (position >= stream.examinedLength) stream.examinedLength = position + 1;
        state.processFailure(position, this as unknown as ParsingExpression);
        return false;
      }
    }
    return super.eval(state);
  }
}

// The classes of Ohm look alike to the type checker, so that `instanceof` would narrow to never.
function isA(value: object, constructor: abstract new (...parameters: never[]) => object): boolean {
  return value instanceof constructor;
}

interface Loose {
  readonly terms?: ParsingExpression[];
  readonly factors?: ParsingExpression[];
  readonly expr?: ParsingExpression;
  readonly ruleName?: string;
  readonly args?: readonly unknown[];
  readonly obj?: string;
}

interface Assembly {
  readonly grammar: OpenGrammar;
  readonly leaves: ReadonlyMap<string, { readonly match: Leaf; readonly label: string | undefined; readonly first: string }>;
  readonly applies: GuardedApply[];
  readonly firsts: Map<string, First>;
}

const isSyntactic = (ruleName: string): boolean => ruleName.charAt(0) !== ruleName.charAt(0).toLowerCase();

/** Rewrites a body of a syntactic rule in place and returns what stands for it. */
function rewrite(e: ParsingExpression, assembly: Assembly, skips: boolean): ParsingExpression {
  const loose = e as unknown as Loose;
  const replaceAll = (list: ParsingExpression[]): void => list.forEach((inner, i) => { list[i] = rewrite(inner, assembly, skips); });
  if (isA(e, pexprs.Apply)) {
    const ruleName = loose.ruleName ?? "";
    const leaf = assembly.leaves.get(ruleName);
    if (leaf !== undefined) return new NativeLeaf(ruleName, leaf.match, leaf.label, skips) as unknown as ParsingExpression;
    if (!isSyntactic(ruleName)) return e;
    const guarded = new GuardedApply(ruleName);
    assembly.applies.push(guarded);
    return guarded as unknown as ParsingExpression;
  }
  if (isA(e, pexprs.Terminal)) {
    const text = loose.obj ?? "";
    return new NativeLeaf(MARK_NAME, markLeaf(text), `\`${text}\``, skips) as unknown as ParsingExpression;
  }
  if (loose.terms !== undefined) replaceAll(loose.terms);
  else if (loose.factors !== undefined) replaceAll(loose.factors);
  else if (loose.expr !== undefined) {
    const inner = rewrite(loose.expr, assembly, skips && !(isA(e, pexprs.Lex)));
    if (isA(e, pexprs.Not)) return new QuietNot(inner) as unknown as ParsingExpression;
    if (isA(e, pexprs.Lex) && isA(inner, NativeLeaf)) return inner as unknown as ParsingExpression;
    (e as unknown as { expr: ParsingExpression }).expr = inner;
  }
  return e;
}

function anything(): First {
  return { cells: new Uint8Array(CELLS).fill(1), nullable: true };
}

function cellsOf(first: string): First {
  const cells = new Uint8Array(CELLS);
  for (const character of first) {
    if (character === "*") return anything();
    if (character === "A") {
      for (let code = 0; code < 128; code += 1) if (isWordStart(code)) cells[code] = 1;
      cells[OTHER] = 1;
    } else cells[character.charCodeAt(0)] = 1;
  }
  return { cells, nullable: false };
}

function firstOf(e: ParsingExpression, assembly: Assembly): First {
  const loose = e as unknown as Loose;
  if (isA(e, NativeLeaf)) {
    const name = (e as unknown as NativeLeaf).name;
    if (name !== MARK_NAME) return cellsOf(assembly.leaves.get(name)?.first ?? "*");
    return cellsOf(((e as unknown as { label: string }).label).charAt(1));
  }
  if (isA(e, QuietNot)) return { cells: new Uint8Array(CELLS), nullable: true };
  if (isA(e, GuardedApply)) return firstOfRule((e as unknown as GuardedApply).ruleName, assembly);
  if (isA(e, pexprs.Lookahead)) return { cells: new Uint8Array(CELLS), nullable: true };
  const cells = new Uint8Array(CELLS);
  let nullable = false;
  const add = (first: First): void => first.cells.forEach((cell, i) => { if (cell === 1) cells[i] = 1; });
  if (isA(e, pexprs.Alt)) {
    for (const term of loose.terms ?? []) {
      const first = firstOf(term, assembly);
      add(first);
      nullable ||= first.nullable;
    }
    return { cells, nullable };
  }
  if (isA(e, pexprs.Seq)) {
    for (const factor of loose.factors ?? []) {
      const first = firstOf(factor, assembly);
      add(first);
      if (!first.nullable) return { cells, nullable: false };
    }
    return { cells, nullable: true };
  }
  if (isA(e, pexprs.Iter) && loose.expr !== undefined) {
    const first = firstOf(loose.expr, assembly);
    const atLeastOnce = (e as unknown as { minNumMatches: number }).minNumMatches > 0;
    return { cells: first.cells, nullable: first.nullable || !atLeastOnce };
  }
  return anything();
}

function firstOfRule(ruleName: string, assembly: Assembly): First {
  const known = assembly.firsts.get(ruleName);
  if (known !== undefined) return known;
  // No rule is left-recursive; should one become so, anything may begin it.
  assembly.firsts.set(ruleName, anything());
  const body = assembly.grammar.rules[ruleName]?.body;
  const first = body === undefined || !isSyntactic(ruleName) ? anything() : firstOf(body, assembly);
  assembly.firsts.set(ruleName, first);
  return first;
}

function leavesByRule(): Assembly["leaves"] {
  const leaves = new Map<string, { match: Leaf; label: string | undefined; first: string }>();
  for (const word of Object.keys(KEYWORDS)) {
    const first = word.charAt(0) + word.charAt(0).toUpperCase();
    leaves.set(keywordRule(word), { match: keywordLeaf(word), label: word.toUpperCase(), first });
  }
  for (const [name, leaf] of Object.entries(LEAVES)) leaves.set(name, leaf);
  return leaves;
}

function nativeSkip(this: MatchState): number {
  const stream = this.inputStream;
  const end = skipSpace(stream.source, stream.pos);
  if (end + 2 > stream.examinedLength) stream.examinedLength = end + 2;
  stream.pos = end;
  return end;
}

/** Ohm's own grammar without any replacement, for the test that compares both. */
export function pureGrammar(): OpenGrammar {
  return grammarFromRecipe(GRAMMAR_RECIPE);
}

function fastGrammar(): OpenGrammar {
  const grammar = grammarFromRecipe(GRAMMAR_RECIPE);
  const assembly: Assembly = { grammar, leaves: leavesByRule(), applies: [], firsts: new Map() };
  const seen = new Set<object>();
  for (const ruleName in grammar.rules) {
    const rule = grammar.rules[ruleName];
    if (rule === undefined || !isSyntactic(ruleName) || rule.formals.length > 0 || seen.has(rule.body)) continue;
    seen.add(rule.body);
    rule.body = rewrite(rule.body, assembly, true);
  }
  for (const apply of assembly.applies) {
    const first = firstOfRule(apply.ruleName, assembly);
    if (!first.nullable) apply.cells = first.cells;
  }
  grammar._matchStateInitializer = (state) => {
    state.skipSpaces = nativeSkip;
  };
  return grammar;
}

let loaded: OpenGrammar | undefined;
function theGrammar(): OpenGrammar {
  loaded ??= fastGrammar();
  return loaded;
}

/** A whole match: the tree, and where it starts in the text. */
export interface Match {
  readonly node: CstNode;
  readonly start: number;
}

function run(grammar: OpenGrammar, text: string, ruleName: string): Match | undefined {
  const matcher = grammar.matcher();
  matcher.setInput(text);
  const start = new pexprs.Seq([new pexprs.Apply(ruleName), pexprs.end]);
  const outcome = matcher._match(start);
  const node = outcome._cst;
  return outcome.succeeded() && node !== undefined ? { node, start: outcome._cstOffset ?? 0 } : undefined;
}

/**
 * Matches the whole text as one rule.
 * @throws RangeError when the text nests deeper than the JavaScript stack holds; callers count nesting first.
 */
export function matchRule(text: string, ruleName: string): Match | undefined {
  return run(theGrammar(), text, ruleName);
}

/** The same by the grammar as written, without native leaves. Slow; for tests. */
export function matchRulePurely(grammar: OpenGrammar, text: string, ruleName: string): Match | undefined {
  return run(grammar, text, ruleName);
}

/**
 * Where and why `text` is no `ruleName`; undefined when it is one.
 * @throws RangeError as `matchRule` does.
 */
export function explainFailure(text: string, ruleName: string): Failure | undefined {
  recorder.active = true;
  recorder.silent = 0;
  recorder.position = -1;
  recorder.expected.clear();
  try {
    if (run(theGrammar(), text, ruleName) !== undefined) return undefined;
    return { position: Math.max(recorder.position, 0), expected: new Set(recorder.expected) };
  } finally {
    recorder.active = false;
  }
}
