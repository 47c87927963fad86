// Puts native leaves and guarded applications into the rules that Ohm has read, and computes with which characters each rule may begin.
// Rules that Ohm has read but no statement needs yet are never built.
import { InternalError } from "../base/failure.ts";
import { isWordStart } from "./characters.ts";
import { deepEval } from "./engine-deep.ts";
import {
  addCell,
  CELL_WORDS,
  type FastState,
  type First,
  GuardedApply,
  leanEval,
  MarkLeaf,
  NativeLeaf,
  nativeSkip,
  OTHER,
  QuietNot,
} from "./engine-nodes.ts";
import { KEYWORDS, keywordRule } from "./keywords.ts";
import { LEAVES } from "./leaves.ts";
import { keywordLeaf, type Leaf, wordLeaf } from "./leaf-tokens.ts";
import { grammarFromRecipe, type OpenGrammar, type ParsingExpression, pexprs } from "./ohm-internals.ts";
import { GRAMMAR_RECIPE } from "./recipe.ts";

// Rules that several alternatives try at the same place. The others would fill memory and are never asked twice.
const REMEMBERED: ReadonlySet<string> = new Set([
  "Query",
  "QueryBody",
  "QueryCore",
  "SelectCore",
  "SqlExpr",
  "SqlExprs",
  "SqlUnit",
  "SqlOperand",
  "SqlPrimary",
  "Expr",
  "FlatExpr",
  "InnerExpr",
  "Unit",
  "Operand",
  "Primary",
  "HeaderExpr",
  "HeaderUnit",
  "HeaderOperand",
  "QualifiedName",
  "TableExpression",
  "TableOperand",
  "CallArguments",
  "CodeArguments",
  "Type",
  "SuffixedType",
  "BaseType",
  "ObjectLiteral",
  "BraceBlock",
  "Block",
  "BlockStatement",
  "BlockLike",
  "Declaration",
  "Statement",
  "Statements",
  "With",
  "Insert",
  "Update",
  "Delete",
  "Merge",
  "Value",
  "BareQuery",
  "IfExpr",
  "Match",
  "Condition",
  "GoodCondition",
  "LoopingCondition",
  "AssignTarget",
  "Parenthesized",
  "Comprehension",
  "LambdaParameters",
  "ConfigEntries",
  "RoutineVerb",
  "BoundExpr",
  "CodeBound",
  "Cast",
  "HeaderBound",
  "Exists",
  "Pattern",
  "SqlCall",
  "Case",
  "CodeCase",
  "CastCall",
  "StandardCall",
  "CodeStandardCall",
  "ListLiteral",
  "CodeList",
  "Temporal",
  "ColumnNames",
  "Fields",
  "SqlType",
  "Lambda",
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
}

/** A body in a recipe: `[operator, metadata, …operands]`; operands are bodies, or a name or text. */
type RecipeBody = readonly [string, null, ...unknown[]];
/** A rule in a recipe: `[define | override | extend, metadata, description, parameters, body]`. */
type RecipeRule = readonly [string, null, null, readonly unknown[], RecipeBody];
/** A grammar in a recipe: `["grammar", metadata, name, the grammar it extends, start rule, rules]`. */
type RecipeGrammar = readonly [
  "grammar",
  null,
  string,
  RecipeGrammar | null,
  string,
  Readonly<Record<string, RecipeRule>>,
];

interface LeafChoice {
  readonly match: Leaf;
  readonly label: string | undefined;
  readonly first: string;
}

interface Assembly {
  readonly bodies: ReadonlyMap<string, RecipeBody>;
  readonly grammar: OpenGrammar;
  readonly leaves: ReadonlyMap<string, LeafChoice>;
  readonly applies: GuardedApply[];
  readonly firsts: Map<string, First>;
}

const isSyntactic = (ruleName: string): boolean => ruleName.charAt(0) !== ruleName.charAt(0).toLowerCase();

/** The rules of all grammars of the recipe as one: what a derived grammar overrides or extends is settled. */
function flatten(recipe: RecipeGrammar): Map<string, RecipeBody> {
  const [, , , base, , rules] = recipe;
  const bodies = base === null ? new Map<string, RecipeBody>() : flatten(base);
  for (const name of Object.keys(rules)) {
    const rule = rules[name];
    if (rule === undefined) continue;
    const inherited = bodies.get(name);
    bodies.set(name, rule[0] === "extend" && inherited !== undefined ? ["alt", null, rule[4], inherited] : rule[4]);
  }
  return bodies;
}

/** Where a body stands: whether space before its parts is skipped, and whether messages may name what it wanted. */
interface BodyPlace {
  readonly skips: boolean;
  readonly labelled: boolean;
}

/**
 * Builds the expression of a body, native leaves and guarded applications in their places.
 * Built from the recipe directly: through Ohm's own reader, with its checks of a grammar that was checked when the recipe was made,
 * loading took five times as long.
 */
function build(body: RecipeBody, assembly: Assembly, place: BodyPlace): ParsingExpression {
  const operands = body.slice(2);
  const inner = (): ParsingExpression => build(operands[0] as RecipeBody, assembly, place);
  const all = (): ParsingExpression[] => operands.map((operand) => build(operand as RecipeBody, assembly, place));
  switch (body[0]) {
    case "app":
      return buildApply(operands[0] as string, assembly, place);
    case "terminal":
      return new MarkLeaf(operands[0] as string, place.labelled, place.skips) as unknown as ParsingExpression;
    case "seq":
      return new pexprs.Seq(all());
    case "alt":
      return new pexprs.Alt(all());
    case "star":
      return new pexprs.Star(inner());
    case "plus":
      return new pexprs.Plus(inner());
    case "opt":
      return new pexprs.Opt(inner());
    case "not":
      return new QuietNot(inner()) as unknown as ParsingExpression;
    case "lookahead":
      return new pexprs.Lookahead(inner());
    case "lex": {
      const lexical = build(operands[0] as RecipeBody, assembly, { ...place, skips: false });
      return isA(lexical, NativeLeaf) ? lexical : new pexprs.Lex(lexical);
    }
    default:
      throw new InternalError(`grammar: a rule that runs uses ${body[0]}, which belongs in a native leaf`);
  }
}

function buildApply(ruleName: string, assembly: Assembly, place: BodyPlace): ParsingExpression {
  const leaf = assembly.leaves.get(ruleName);
  if (leaf !== undefined)
    return new NativeLeaf(
      ruleName,
      leaf.match,
      place.labelled ? leaf.label : undefined,
      place.skips,
    ) as unknown as ParsingExpression;
  if (isSyntactic(ruleName)) {
    const guarded = new GuardedApply(ruleName);
    assembly.applies.push(guarded);
    return guarded as unknown as ParsingExpression;
  }
  addRule(ruleName, assembly);
  return new pexprs.Apply(ruleName);
}

/** Adds a rule that is not there yet; rules that Ohm itself has (`any`, `end`) stay Ohm's. */
function addRule(ruleName: string, assembly: Assembly): void {
  const body = assembly.bodies.get(ruleName);
  if (body === undefined || Object.hasOwn(assembly.grammar.rules, ruleName)) return;
  const rule = { body: pexprs.end, formals: [] };
  assembly.grammar.rules[ruleName] = rule;
  const syntactic = isSyntactic(ruleName);
  rule.body = build(body, assembly, { skips: syntactic, labelled: syntactic });
}

function anything(): First {
  return { cells: new Int32Array(CELL_WORDS).fill(-1), nullable: true };
}

function cellsOf(first: string): First {
  const cells = new Int32Array(CELL_WORDS);
  for (const character of first) {
    if (character === "*") return anything();
    if (character === "A") {
      for (let code = 0; code < 128; code += 1) if (isWordStart(code)) addCell(cells, code);
      addCell(cells, OTHER);
    } else addCell(cells, character.charCodeAt(0));
  }
  return { cells, nullable: false };
}

function firstOf(e: ParsingExpression, assembly: Assembly): First {
  const loose = e as unknown as Loose;
  if (isA(e, MarkLeaf)) return cellsOf((e as unknown as MarkLeaf).text.charAt(0));
  if (isA(e, NativeLeaf)) return cellsOf(assembly.leaves.get((e as unknown as NativeLeaf).name)?.first ?? "*");
  if (isA(e, QuietNot)) return { cells: new Int32Array(CELL_WORDS), nullable: true };
  if (isA(e, GuardedApply)) return firstOfRule((e as unknown as GuardedApply).ruleName, assembly);
  if (isA(e, pexprs.Lookahead)) return { cells: new Int32Array(CELL_WORDS), nullable: true };
  const cells = new Int32Array(CELL_WORDS);
  let nullable = false;
  const add = (first: First): void => {
    for (let word = 0; word < CELL_WORDS; word += 1) cells[word] = (cells[word] ?? 0) | (first.cells[word] ?? 0);
  };
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
function keywordChoice(body: RecipeBody): readonly string[] | undefined {
  const terms = (body[0] === "alt" ? body.slice(2) : [body]) as readonly RecipeBody[];
  const names = terms.map((term) => (term[0] === "app" ? String(term[2]) : ""));
  return names.every((name) => /^k[A-Z]/.test(name)) ? names.map((name) => name.slice(1).toLowerCase()) : undefined;
}

function addKeywordChoices(bodies: ReadonlyMap<string, RecipeBody>, leaves: Map<string, LeafChoice>): void {
  for (const [ruleName, body] of bodies) {
    if (isSyntactic(ruleName) || leaves.has(ruleName)) continue;
    const words = keywordChoice(body);
    if (words === undefined) continue;
    const first = words.map((word) => word.charAt(0) + word.charAt(0).toUpperCase()).join("");
    leaves.set(ruleName, {
      match: wordLeaf(words),
      label: words.length <= 3 ? words.join(" or ").toUpperCase() : undefined,
      first,
    });
  }
}

function leavesByRule(bodies: ReadonlyMap<string, RecipeBody>): Assembly["leaves"] {
  const leaves = new Map<string, LeafChoice>();
  for (const word of Object.keys(KEYWORDS)) {
    const first = word.charAt(0) + word.charAt(0).toUpperCase();
    leaves.set(keywordRule(word), { match: keywordLeaf(word), label: word.toUpperCase(), first });
  }
  for (const [name, leaf] of Object.entries(LEAVES)) leaves.set(name, leaf);
  addKeywordChoices(bodies, leaves);
  return leaves;
}

/** The fast grammar. Its next match is done by a stack of our own, however deep the text nests, while `deep` is true. */
export interface FastGrammar {
  readonly grammar: OpenGrammar;
  deep: boolean;
}

/** The grammar with all replacements. */
export function fastGrammar(): FastGrammar {
  const bodies = flatten(JSON.parse(GRAMMAR_RECIPE) as RecipeGrammar);
  const grammar = grammarFromRecipe('["grammar",null,"Grizzly",null,null,{}]');
  const assembly: Assembly = { bodies, grammar, leaves: leavesByRule(bodies), applies: [], firsts: new Map() };
  for (const ruleName of bodies.keys()) if (isSyntactic(ruleName)) addRule(ruleName, assembly);
  const memoIndexes = new Map([...REMEMBERED].map((ruleName, i) => [ruleName, i] as const));
  for (const apply of assembly.applies) {
    const first = firstOfRule(apply.ruleName, assembly);
    if (!first.nullable) apply.cells = first.cells;
    apply.body = grammar.rules[apply.ruleName]?.body;
    apply.memoIndex = memoIndexes.get(apply.ruleName) ?? -1;
  }
  const assembled: FastGrammar = { grammar, deep: false };
  grammar._matchStateInitializer = (state) => {
    const fast = state as FastState;
    fast.skipSpaces = nativeSkip;
    fast.memos = [];
    fast.eval = assembled.deep ? deepEval : leanEval;
  };
  return assembled;
}
