// The grammar as it runs: rules of the .ohm text with native leaves in place of lexical rules and a look at the next character before each rule.
// Also says what a failed match expected where it got farthest. Nothing here knows what the rules mean.
import { skipSpace, isWordStart } from "./characters.ts";
import { KEYWORDS, keywordRule } from "./keywords.ts";
import { keywordLeaf, LEAVES, type Leaf, wordLeaf } from "./leaves.ts";
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

const RECOVERY_LEAVES: ReadonlySet<string> = new Set(["skippedText", "skippedHeader", "strayText"]);
let recoveries = 0;

class NativeLeaf extends Expression {
  readonly name: string;
  private readonly match: Leaf;
  private readonly label: string | undefined;
  private readonly skips: boolean;
  private readonly recovers: boolean;
  constructor(name: string, match: Leaf, label: string | undefined, skips: boolean) {
    super();
    this.name = name;
    this.match = match;
    this.label = label;
    this.skips = skips;
    this.recovers = RECOVERY_LEAVES.has(name);
  }
  eval(state: MatchState): boolean {
    const stream = state.inputStream;
    const position = stream.pos;
    const end = this.match(stream.source, position);
    const looked = (end > position ? end : position) + 2;
    if (looked > stream.examinedLength) stream.examinedLength = looked;
    if (end < 0) {
      if (recorder.active) note(this.skips ? position : skipSpace(stream.source, position), this.label);
      return false;
    }
    stream.pos = end;
    if (this.recovers) recoveries += 1;
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

const ApplyBase = pexprs.Apply as unknown as new (ruleName: string) => { readonly ruleName: string };

/** A node of a syntactic rule. */
class RuleNode implements CstNode {
  readonly ctorName: string;
  readonly children: readonly CstNode[];
  readonly childOffsets: readonly number[];
  readonly matchLength: number;
  constructor(name: string, children: readonly CstNode[], childOffsets: readonly number[], length: number) {
    this.ctorName = name;
    this.children = children;
    this.childOffsets = childOffsets;
    this.matchLength = length;
  }
}

/**
 * An application of a syntactic rule. Differs from Ohm's in three ways: it is not tried where its first character cannot match,
 * only rules that are tried twice at one place are remembered, and there is no left recursion to watch for.
 */
class GuardedApply extends ApplyBase {
  readonly syntactic = true;
  cells: Uint8Array | undefined = undefined;
  body: ParsingExpression | undefined = undefined;
  memoIndex = -1;

  eval(state: FastState): boolean {
    const stream = state.inputStream;
    const position = stream.pos;
    const cells = this.cells;
    if (cells !== undefined && !recorder.active) {
      const code = stream.source.charCodeAt(position);
      if (cells[code < 128 ? code : code === code ? OTHER : AT_END] === 0) {
        if (position >= stream.examinedLength) stream.examinedLength = position + 1;
        return false;
      }
    }
    if (this.memoIndex < 0) return this.evalBody(state, position) !== undefined;
    const known = state.memos[this.memoIndex]?.get(position);
    if (known === undefined) {
      const node = this.evalBody(state, position);
      // What failed silently must fail again aloud to be heard.
      if (recorder.silent === 0 || !recorder.active) remember(state, this.memoIndex, position, node ?? NO_MATCH);
      return node !== undefined;
    }
    if (known === NO_MATCH) return false;
    stream.pos = position + known.matchLength;
    state._bindings.push(known);
    state._bindingOffsets.push(state.posToOffset(position));
    return true;
  }

  private evalBody(state: FastState, position: number): CstNode | undefined {
    const { _bindings: bindings, _bindingOffsets: offsets, _posStack: positions, _applicationStack: applications } = state;
    const before = bindings.length;
    positions.push(position);
    applications.push(this);
    const matched = state.eval(this.body ?? pexprs.end);
    applications.pop();
    positions.pop();
    if (!matched) return undefined;
    const node = new RuleNode(this.ruleName, bindings.splice(before), offsets.splice(before), state.inputStream.pos - position);
    bindings.push(node);
    offsets.push(state.posToOffset(position));
    return node;
  }
}

const NO_MATCH: CstNode = { ctorName: "", matchLength: -1 };

interface FastState extends MatchState {
  memos: (Map<number, CstNode> | undefined)[];
  readonly _posStack: number[];
  readonly _applicationStack: { readonly syntactic?: true }[];
  eval(expression: ParsingExpression): boolean;
}

function remember(state: FastState, index: number, position: number, node: CstNode): void {
  let memo = state.memos[index];
  if (memo === undefined) {
    memo = new Map();
    state.memos[index] = memo;
  }
  memo.set(position, node);
}

/** `MatchState.eval` without tracing and failure lists. */
function leanEval(this: FastState, expression: ParsingExpression): boolean {
  const stream = this.inputStream;
  const position = stream.pos;
  const bindings = this._bindings.length;
  if (expression.allowsSkippingPrecedingSpace()) {
    const applications = this._applicationStack;
    // At the top, before the start rule, space is skipped as well.
    if (applications.length === 0 || applications[applications.length - 1]?.syntactic === true) nativeSkip.call(this);
  }
  if (expression.eval(this)) return true;
  stream.pos = position;
  if (this._bindings.length > bindings) {
    this._bindings.length = bindings;
    this._bindingOffsets.length = bindings;
  }
  return false;
}

// Rules that several alternatives try at the same place. The others would fill memory and are never asked twice.
const REMEMBERED: ReadonlySet<string> = new Set([
  "Query", "QueryBody", "QueryCore", "SelectCore", "SqlExpr", "SqlExprs", "SqlUnit", "SqlOperand", "SqlPrimary", "Expr", "FlatExpr", "InnerExpr", "Unit", "Operand",
  "Primary", "HeaderExpr", "HeaderUnit", "HeaderOperand", "QualifiedName", "TableExpression", "TableOperand", "CallArguments", "CodeArguments", "Type", "SuffixedType",
  "BaseType", "ObjectLiteral", "BraceBlock", "Block", "BlockStatement", "BlockLike", "Declaration", "Statement", "Statements", "With", "Insert", "Update", "Delete", "Merge", "Value", "BareQuery", "IfExpr", "Match",
  "Condition", "GoodCondition", "AssignTarget", "Parenthesized", "Comprehension", "LambdaParameters", "ConfigEntries", "RoutineVerb", "BoundExpr", "CodeBound", "Cast",
  "HeaderBound", "Exists", "Pattern", "SqlCall", "Case", "CodeCase", "ListLiteral", "CodeList", "Temporal", "Cast", "ColumnNames", "Fields", "SqlType", "Lambda",
]);

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

/** Words of a lexical rule that only chooses between keywords; undefined for other rules. */
function keywordChoice(body: ParsingExpression): readonly string[] | undefined {
  const terms = (body as unknown as Loose).terms ?? [body];
  const names = terms.map((term) => (isA(term, pexprs.Apply) ? ((term as unknown as Loose).ruleName ?? "") : ""));
  return names.every((name) => /^k[A-Z]/.test(name)) ? names.map((name) => name.slice(1).toLowerCase()) : undefined;
}

function addKeywordChoices(grammar: OpenGrammar, leaves: Map<string, { match: Leaf; label: string | undefined; first: string }>): void {
  for (const ruleName in grammar.rules) {
    const body = grammar.rules[ruleName]?.body;
    if (body === undefined || isSyntactic(ruleName) || leaves.has(ruleName)) continue;
    const words = keywordChoice(body);
    if (words === undefined) continue;
    const first = words.map((word) => word.charAt(0) + word.charAt(0).toUpperCase()).join("");
    leaves.set(ruleName, { match: wordLeaf(words), label: words.length <= 3 ? words.join(" or ").toUpperCase() : undefined, first });
  }
}

function leavesByRule(grammar: OpenGrammar): Assembly["leaves"] {
  const leaves = new Map<string, { match: Leaf; label: string | undefined; first: string }>();
  for (const word of Object.keys(KEYWORDS)) {
    const first = word.charAt(0) + word.charAt(0).toUpperCase();
    leaves.set(keywordRule(word), { match: keywordLeaf(word), label: word.toUpperCase(), first });
  }
  for (const [name, leaf] of Object.entries(LEAVES)) leaves.set(name, leaf);
  addKeywordChoices(grammar, leaves);
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
  const assembly: Assembly = { grammar, leaves: leavesByRule(grammar), applies: [], firsts: new Map() };
  const seen = new Set<object>();
  for (const ruleName in grammar.rules) {
    const rule = grammar.rules[ruleName];
    if (rule === undefined || !isSyntactic(ruleName) || rule.formals.length > 0 || seen.has(rule.body)) continue;
    seen.add(rule.body);
    rule.body = rewrite(rule.body, assembly, true);
  }
  const memoIndexes = new Map([...REMEMBERED].map((ruleName, i) => [ruleName, i] as const));
  for (const apply of assembly.applies) {
    const first = firstOfRule(apply.ruleName, assembly);
    if (!first.nullable) apply.cells = first.cells;
    apply.body = grammar.rules[apply.ruleName]?.body;
    apply.memoIndex = memoIndexes.get(apply.ruleName) ?? -1;
  }
  grammar._matchStateInitializer = (state) => {
    const fast = state as FastState;
    fast.skipSpaces = nativeSkip;
    fast.memos = [];
    fast.eval = leanEval;
  };
  return grammar;
}

let loaded: OpenGrammar | undefined;
function theGrammar(): OpenGrammar {
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
  const start = new pexprs.Seq([grammar === loaded ? startOf(grammar, ruleName) : new pexprs.Apply(ruleName), pexprs.end]);
  const before = recoveries;
  const outcome = matcher._match(start);
  const node = outcome._cst;
  return outcome.succeeded() && node !== undefined ? { node, start: outcome._cstOffset ?? 0, mayHaveRecovered: recoveries > before } : undefined;
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
