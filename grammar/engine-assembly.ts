// Puts native leaves and guarded applications into the rules that Ohm has read, and computes with which characters each rule may begin.
import { isWordStart } from "./characters.ts";
import {
  CELLS, type FastState, type First, GuardedApply, leanEval, MARK_NAME, markLeaf, NativeLeaf, nativeSkip, OTHER, QuietNot, REMEMBERED,
} from "./engine-nodes.ts";
import { KEYWORDS, keywordRule } from "./keywords.ts";
import { keywordLeaf, LEAVES, type Leaf, wordLeaf } from "./leaves.ts";
import { grammarFromRecipe, type OpenGrammar, type ParsingExpression, pexprs } from "./ohm-internals.ts";
import { GRAMMAR_RECIPE } from "./recipe.ts";

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

/** The grammar with all replacements. */
export function fastGrammar(): OpenGrammar {
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

