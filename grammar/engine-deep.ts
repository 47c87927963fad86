// Matches texts that nest deeper than the JavaScript stack holds: the same expressions as in engine-nodes.ts, evaluated with a stack of our own.
// Several times slower than recursion, so it is the second try only. Each generator gives out the part to match next and is told whether it matched.
import { type FastState, GuardedApply, leanEval, QuietNot, recorder, restore, skipBefore } from "./engine-nodes.ts";
import { type CstNode, type ParsingExpression, pexprs } from "./ohm-internals.ts";

type Steps = Generator<ParsingExpression, boolean, boolean>;

interface Frame {
  readonly steps: Steps;
  readonly position: number;
  readonly bindings: number;
}

interface Loose {
  readonly terms: readonly ParsingExpression[];
  readonly factors: readonly ParsingExpression[];
  readonly expr: ParsingExpression;
  readonly minNumMatches: number;
  readonly maxNumMatches: number;
}

function* choose(terms: readonly ParsingExpression[]): Steps {
  for (const term of terms) if (yield term) return true;
  return false;
}

function* follow(factors: readonly ParsingExpression[]): Steps {
  for (const factor of factors) if (!(yield factor)) return false;
  return true;
}

function* look(state: FastState, inner: ParsingExpression): Steps {
  const position = state.inputStream.pos;
  if (!(yield inner)) return false;
  state.inputStream.pos = position;
  return true;
}

function* withoutSpace(state: FastState, inner: ParsingExpression): Steps {
  state.inLexifiedContextStack.push(true);
  const matched = yield inner;
  state.inLexifiedContextStack.pop();
  return matched;
}

function* fail(state: FastState, inner: ParsingExpression): Steps {
  const position = state.inputStream.pos;
  const bindings = state._bindings.length;
  recorder.silent += 1;
  const matched = yield inner;
  recorder.silent -= 1;
  restore(state, position, bindings);
  return !matched;
}

function* apply(state: FastState, rule: GuardedApply): Steps {
  const known = rule.lookUp(state);
  if (known !== undefined) return known;
  const position = state.inputStream.pos;
  const before = rule.enter(state, position);
  return rule.leave(state, position, before, yield rule.body ?? pexprs.end);
}

/** A node of a repetition, one for each column. */
class IterationNode implements CstNode {
  readonly ctorName = "_iter";
  readonly children: CstNode[] = [];
  readonly childOffsets: number[] = [];
  matchLength = 0;
}

function* repeat(state: FastState, expression: ParsingExpression): Steps {
  const { expr, minNumMatches, maxNumMatches } = expression as unknown as Loose;
  const { _bindings: bindings, _bindingOffsets: offsets, inputStream } = state;
  const columns = Array.from({ length: expression.getArity() }, () => new IterationNode());
  const origin = inputStream.pos;
  const before = bindings.length;
  let matches = 0;
  for (; matches < maxNumMatches && (yield expr); matches += 1) {
    columns.forEach((column, i) => {
      const child = bindings[before + i];
      if (child === undefined) return;
      column.children.push(child);
      column.childOffsets.push(offsets[before + i] ?? 0);
    });
    bindings.length = before;
    offsets.length = before;
  }
  if (matches < minNumMatches) return false;
  const last = columns[columns.length - 1];
  const start = matches === 0 ? state.posToOffset(origin) : (columns[0]?.childOffsets[0] ?? 0);
  const end = (last?.childOffsets[matches - 1] ?? start) + (last?.children[matches - 1]?.matchLength ?? 0);
  for (const column of columns) {
    column.matchLength = end - start;
    bindings.push(column);
    offsets.push(start);
  }
  return true;
}

// The classes of Ohm look alike to the type checker, so that `instanceof` would narrow to never.
function isA(value: object, constructor: abstract new (...parameters: never[]) => object): boolean {
  return value instanceof constructor;
}

/** The steps of an expression with parts; undefined for leaves and lexical rules, which do not nest. */
function stepsOf(state: FastState, expression: ParsingExpression): Steps | undefined {
  const loose = expression as unknown as Loose;
  if (isA(expression, GuardedApply)) return apply(state, expression as unknown as GuardedApply);
  if (isA(expression, pexprs.Seq)) return follow(loose.factors);
  if (isA(expression, pexprs.Alt)) return choose(loose.terms);
  if (isA(expression, pexprs.Iter)) return repeat(state, expression);
  if (isA(expression, QuietNot)) return fail(state, (expression as unknown as QuietNot).inner);
  if (isA(expression, pexprs.Lookahead)) return look(state, loose.expr);
  return isA(expression, pexprs.Lex) ? withoutSpace(state, loose.expr) : undefined;
}

/** `leanEval` for texts of any depth. */
export function deepEval(this: FastState, start: ParsingExpression): boolean {
  // Leaves and lexical rules are matched as usual.
  this.eval = leanEval;
  const frames: Frame[] = [];
  let wanted: ParsingExpression | undefined = start;
  let matched = false;
  do {
    if (wanted !== undefined) {
      const position = this.inputStream.pos;
      const bindings = this._bindings.length;
      skipBefore(this, wanted);
      const steps = stepsOf(this, wanted);
      if (steps === undefined) {
        matched = wanted.eval(this);
        if (!matched) restore(this, position, bindings);
      } else frames.push({ steps, position, bindings });
    }
    const frame = frames[frames.length - 1];
    if (frame === undefined) break;
    const turn = frame.steps.next(matched);
    wanted = turn.done === true ? undefined : turn.value;
    if (turn.done === true) {
      frames.pop();
      matched = turn.value;
      if (!matched) restore(this, frame.position, frame.bindings);
    }
  } while (frames.length > 0 || wanted !== undefined);
  return matched;
}
