// The parsing expressions of the fast grammar: native leaves, negation that keeps quiet, and rule applications with a look at the next character.
// They stand in for Ohm's own classes at the places that engine-assembly.ts chooses.
import { skipSpace } from "./characters.ts";
import type { Leaf } from "./leaf-tokens.ts";
import { type CstNode, type MatchState, type ParsingExpression, pexprs } from "./ohm-internals.ts";

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
export const recorder = { active: false, silent: 0, position: -1, expected: new Set<string>() };

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

const RECOVERY_LEAVES: ReadonlySet<string> = new Set(["skippedText", "skippedHeader", "strayText", "strayWord"]);
let recoveries = 0;

/** How often a recovery rule has matched so far; to be compared before and after a match. */
export function recoveryCount(): number {
  return recoveries;
}

/** A lexical rule matched by a function instead of by Ohm. */
export class NativeLeaf extends Expression {
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
    // A message says what would have been right, so what recovery would skip must fail.
    const end = recorder.active && this.name === "skippedHeader" ? -1 : this.match(stream.source, position);
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

/** A mark such as `(` or `|>`. */
export class MarkLeaf extends NativeLeaf {
  readonly text: string;
  constructor(text: string, labelled: boolean, skips: boolean) {
    super(
      MARK_NAME,
      (source, position) => (source.startsWith(text, position) ? position + text.length : -1),
      labelled ? `\`${text}\`` : undefined,
      skips,
    );
    this.text = text;
  }
}

/** `~e`: what fails inside is not what the user should have written. */
export class QuietNot extends Expression {
  readonly inner: ParsingExpression;
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
export const OTHER = 128;
/** The cell of the end of the text. */
export const AT_END = 129;
/** Words of 32 cells. */
export const CELL_WORDS = 5;
/** Marks one cell. */
export function addCell(cells: Int32Array, cell: number): void {
  cells[cell >> 5] = (cells[cell >> 5] ?? 0) | (1 << (cell & 31));
}
/** What a rule may begin with, and whether it may be empty. */
export interface First {
  readonly cells: Int32Array;
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
export class GuardedApply extends ApplyBase {
  readonly syntactic = true;
  cells: Int32Array | undefined = undefined;
  body: ParsingExpression | undefined = undefined;
  memoIndex = -1;

  eval(state: FastState): boolean {
    const known = this.lookUp(state);
    if (known !== undefined) return known;
    const position = state.inputStream.pos;
    const before = this.enter(state, position);
    return this.leave(state, position, before, state.eval(this.body ?? pexprs.end));
  }

  /** What is certain without trying the body: what the first character rules out, and what is remembered. */
  lookUp(state: FastState): boolean | undefined {
    const stream = state.inputStream;
    const position = stream.pos;
    const cells = this.cells;
    if (cells !== undefined && !recorder.active) {
      const code = stream.source.charCodeAt(position);
      const cell = code < 128 ? code : code === code ? OTHER : AT_END;
      if (((cells[cell >> 5] ?? 0) & (1 << (cell & 31))) === 0) {
        if (position >= stream.examinedLength) stream.examinedLength = position + 1;
        return false;
      }
    }
    if (this.memoIndex < 0) return undefined;
    const known = state.memos[this.memoIndex]?.get(position);
    if (known === undefined || known === NO_MATCH) return known === undefined ? undefined : false;
    stream.pos = position + known.matchLength;
    state._bindings.push(known);
    state._bindingOffsets.push(state.posToOffset(position));
    return true;
  }

  /** To be called before the body is tried at `position`; gives what `leave` needs. */
  enter(state: FastState, position: number): number {
    state._posStack.push(position);
    state._applicationStack.push(this);
    return state._bindings.length;
  }

  /** To be called when the body was tried: makes the node and remembers the outcome, which it gives back. */
  leave(state: FastState, position: number, before: number, matched: boolean): boolean {
    state._applicationStack.pop();
    state._posStack.pop();
    const node = matched ? this.takeNode(state, position, before) : NO_MATCH;
    // What failed silently must fail again aloud to be heard.
    if (this.memoIndex >= 0 && (recorder.silent === 0 || !recorder.active))
      remember(state, this.memoIndex, position, node);
    return matched;
  }

  private takeNode(state: FastState, position: number, before: number): CstNode {
    const { _bindings: bindings, _bindingOffsets: offsets } = state;
    const node = new RuleNode(
      this.ruleName,
      bindings.splice(before),
      offsets.splice(before),
      state.inputStream.pos - position,
    );
    bindings.push(node);
    offsets.push(state.posToOffset(position));
    return node;
  }
}

const NO_MATCH: CstNode = { ctorName: "", matchLength: -1 };

/** Ohm's state of a match, with the memo tables of the fast grammar. */
export interface FastState extends MatchState {
  memos: (Map<number, CstNode> | undefined)[];
  readonly _posStack: number[];
  readonly inLexifiedContextStack: boolean[];
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
export function leanEval(this: FastState, expression: ParsingExpression): boolean {
  const position = this.inputStream.pos;
  const bindings = this._bindings.length;
  skipBefore(this, expression);
  if (expression.eval(this)) return true;
  restore(this, position, bindings);
  return false;
}

/** Skips space before an expression that stands where space may. */
export function skipBefore(state: FastState, expression: ParsingExpression): void {
  if (!expression.allowsSkippingPrecedingSpace()) return;
  const applications = state._applicationStack;
  // At the top, before the start rule, space is skipped as well; behind `#` it is not.
  const syntactic = applications.length === 0 || applications[applications.length - 1]?.syntactic === true;
  if (syntactic && state.inLexifiedContextStack[state.inLexifiedContextStack.length - 1] !== true)
    nativeSkip.call(state);
}

/** Goes back to where an expression that failed had begun. */
export function restore(state: FastState, position: number, bindings: number): void {
  state.inputStream.pos = position;
  if (state._bindings.length <= bindings) return;
  state._bindings.length = bindings;
  state._bindingOffsets.length = bindings;
}

/** Skips space and comments without a rule application per character. */
export function nativeSkip(this: MatchState): number {
  const stream = this.inputStream;
  const end = skipSpace(stream.source, stream.pos);
  if (end + 2 > stream.examinedLength) stream.examinedLength = end + 2;
  stream.pos = end;
  return end;
}
