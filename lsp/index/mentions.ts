// The index of a document: every place where a symbol stands, with its role. Collected per item when first asked for, from the checker's tables.
// Nodes are walked by reflection; the collectors add what each kind of node names.
import type { CheckedModule } from "../../compiler/check/checked.ts";
import type {
  CallExpression,
  CommonTable,
  Declaration,
  Expression,
  Item,
  LetStatement,
  Name,
  Pattern,
  SelectCore,
  SqlStatement,
  Statement,
  TableExpression,
  TypeNode,
} from "../../compiler/syntax/tree.ts";
import type { Document } from "../types.ts";
import { itemAt as lastItemBefore } from "../workspace/documents.ts";
import {
  addResolution,
  collectBareCall,
  collectCall,
  collectLabel,
  collectLetFields,
  collectMember,
  collectObject,
  collectPattern,
  collectType,
} from "./collect-code.ts";
import { collectDeclaration, collectManagement } from "./collect-declarations.ts";
import {
  collectAssignedTexts,
  collectComparison,
  collectInsertedTexts,
  collectSet,
  collectText,
} from "./collect-enums.ts";
import {
  addTable,
  byName,
  collectAlterTable,
  collectAssignments,
  collectCommonTable,
  collectCore,
  collectCreateIndex,
  collectCreateTable,
  collectCreateView,
  collectInsert,
  collectNativeTrigger,
  collectOver,
  collectTable,
  collectTableSet,
  collectTarget,
} from "./collect-sql.ts";
import { collectedOf, type Witness } from "./collected.ts";
import { addName, type Collector } from "./collector.ts";
import { factsOf, type ModuleFacts, variableSymbol } from "./facts.ts";
import { isLocal, type Mention } from "./symbols.ts";

/** The mentions of one item in order of place; spans count from the item's start. The same array as long as nothing of it changed. */
export function mentionsIn(document: Document, item: Item): readonly Mention[] {
  const checked = document.checked();
  const collected = collectedOf(checked);
  const known = collected.get(item);
  if (known?.checked.deref() === checked) return known.found;
  const facts = factsOf(document);
  if (known !== undefined && known.signature === facts.signature && holds(checked, known.witness)) {
    known.checked = new WeakRef(checked);
    return known.found;
  }
  const collector = collect(facts, item);
  const found = withoutDoubles(collector.found);
  collected.set(item, { checked: new WeakRef(checked), signature: facts.signature, witness: collector.witness, found });
  return found;
}

function factAt(checked: CheckedModule, node: object): object | undefined {
  return (
    checked.names.get(node) ??
    checked.tables.get(node) ??
    checked.calls.get(node as never) ??
    checked.variables.get(node as never)
  );
}

function holds(checked: CheckedModule, witness: Witness | undefined): boolean {
  return witness === undefined || factAt(checked, witness.node) === witness.fact;
}

/** An mention with its place in the document. */
export interface Placed extends Mention {
  readonly item: Item;
}

const PLACED = new WeakMap<CheckedModule, readonly Placed[]>();

/** All mentions of a document, with spans in the document. */
export function mentionsOf(document: Document): readonly Placed[] {
  const checked = document.checked();
  let all = PLACED.get(checked);
  if (all === undefined) {
    all = document.module.items.flatMap((item) => mentionsIn(document, item).map((each) => placed(each, item)));
    PLACED.set(checked, all);
  }
  return all;
}

function placed(mention: Mention, item: Item): Placed {
  const { start, end } = mention.span;
  return { ...mention, item, span: { start: start + item.offset, end: end + item.offset } };
}

/** The item that holds an offset: its text or its end. */
export function itemAt(document: Document, offset: number): Item | undefined {
  const item = lastItemBefore(document.module, offset);
  return item !== undefined && offset <= item.offset + item.text.length ? item : undefined;
}

/** The mentions under an offset; a cursor behind the last letter counts. The narrowest first. */
export function mentionsAt(document: Document, offset: number): readonly Placed[] {
  const item = itemAt(document, offset);
  if (item === undefined) return [];
  return mentionsIn(document, item)
    .map((each) => placed(each, item))
    .filter(({ span }) => span.start <= offset && offset <= span.end)
    .sort((left, right) => Number(left.span.end === offset) - Number(right.span.end === offset));
}

/** The mention under an offset. Where one word is a field and a variable (`{x}`), the variable. */
export function mentionAt(document: Document, offset: number): Placed | undefined {
  const found = mentionsAt(document, offset);
  return found.find((each) => each.shorthand !== "field") ?? found[0];
}

interface Collecting extends Collector {
  witness: Witness | undefined;
}

function collect(facts: ModuleFacts, item: Item): Collecting {
  const collector: Collecting = {
    facts,
    item,
    found: [],
    parents: [],
    writes: new Set(),
    callees: new Set(),
    sources: new Map(),
    later: [],
    witness: undefined,
  };
  visit(collector, item.statement);
  for (const step of collector.later) step();
  return collector;
}

/** In order, each symbol once per place; where one word was found by several ways, the first that is more than a reading. */
function withoutDoubles(found: readonly Mention[]): readonly Mention[] {
  const seen = new Map<number, Mention[]>();
  for (const mention of found) {
    const here = seen.get(mention.span.start);
    if (here === undefined) {
      seen.set(mention.span.start, [mention]);
      continue;
    }
    const index = here.findIndex((other) => other.symbol.key === mention.symbol.key || isVague(other, mention));
    const other = here[index];
    if (other === undefined) here.push(mention);
    else if (better(mention, other)) here[index] = mention;
  }
  return [...seen.values()].flat().sort((left, right) => left.span.start - right.span.start);
}

/** A builtin found by name beside what the checker resolved. */
function isVague(left: Mention, right: Mention): boolean {
  return left.symbol.kind === "builtin" || right.symbol.kind === "builtin";
}

const RANKS = { read: 0, call: 1, write: 2, declaration: 3 } as const;

function better(left: Mention, right: Mention): boolean {
  if (left.shorthand !== right.shorthand) return left.shorthand !== undefined;
  if (isLocal(left.symbol) !== isLocal(right.symbol)) return false;
  return RANKS[left.role] > RANKS[right.role];
}

function visit(collector: Collecting, value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  if (collector.witness === undefined) {
    const fact = factAt(collector.facts.checked, value);
    if (fact !== undefined) collector.witness = { node: value, fact };
  }
  if (Array.isArray(value)) {
    for (const element of value) visit(collector, element);
    return;
  }
  const { names, variables } = collector.facts.checked;
  if ("quote" in value && "text" in value && "span" in value && !("kind" in value)) {
    const name = value as Name;
    const variable = variables.get(name);
    if (variable !== undefined) addName(collector, name, variableSymbol(collector.facts, variable), "declaration");
    const resolution = names.get(name);
    if (resolution !== undefined) addResolution(collector, name, resolution);
    return;
  }
  collectNode(collector, value);
  const resolution = names.get(value);
  if (resolution !== undefined) addResolution(collector, value, resolution);
  collector.parents.push(value);
  for (const [key, part] of Object.entries(value)) if (key !== "span") visit(collector, part);
  collector.parents.pop();
}

type Node = Statement | Expression | SqlStatement | TableExpression | Pattern | TypeNode | SelectCore;

/** What a node names beyond what the checker resolved for it. */
function collectNode(collector: Collector, value: object): void {
  const node = value as Node;
  if (!("kind" in node)) return collectPart(collector, value);
  switch (node.kind) {
    case "call":
      collectOver(collector, node.over);
      return collectCall(collector, node);
    case "member":
      collectTableSet(collector, node);
      return collectMember(collector, node);
    case "name":
      return collectTableSet(collector, node);
    case "object":
      return collectObject(collector, node);
    case "enumPattern":
    case "structPattern":
      return collectPattern(collector, node);
    case "namedType":
      return collectType(collector, node);
    case "core":
      return collectCore(collector, node);
    case "table":
    case "tableCall":
    case "subquery":
    case "tableValue":
    case "parenthesizedTable":
      return collectTable(collector, node);
    case "string":
      return collectText(collector, node);
    case "binary":
      return collectComparison(collector, node);
    case "in":
      // The end of a token (EXPIRES IN) is of this kind too.
      return "set" in node ? collectSet(collector, node) : undefined;
    case "insert":
      collectInsert(collector, node);
      collectInsertedTexts(collector, node);
      for (const { assignments } of node.conflicts) collectAssignedTexts(collector, assignments);
      return collectTarget(collector, node.target);
    case "update":
      collectAssignments(collector, node.target, node.assignments);
      collectAssignedTexts(collector, node.assignments);
      return collectTarget(collector, node.target);
    case "delete":
      return collectTarget(collector, node.target);
    case "merge":
      for (const { assignments } of node.branches) {
        collectAssignments(collector, node.target, assignments);
        collectAssignedTexts(collector, assignments);
      }
      return collectTarget(collector, node.target);
    case "pipe":
      return collectBareCall(collector, node, node.right);
    case "callStatement":
      return collectBareCall(collector, node.call, node.call);
    default:
      return collectStatement(collector, node as Statement | SqlStatement);
  }
}

/** Statements and DDL. */
function collectStatement(collector: Collector, node: Statement | SqlStatement): void {
  switch (node.kind) {
    case "routine":
    case "struct":
    case "enum":
    case "error":
    case "trigger":
    case "schedule":
    case "pipeline":
    case "test":
    case "import":
      return "name" in node ? collectDeclaration(collector, node as Declaration) : undefined;
    case "management":
      return collectManagement(collector, node.statement);
    case "let":
      return collectLetFields(collector, node.target, (node as LetStatement).value);
    case "assign":
      collector.writes.add(node.target);
      return;
    case "select":
      for (const target of node.into) collector.writes.add(target);
      return;
    case "while":
    case "loop":
    case "for":
    case "forRange":
    case "blockStatement":
    case "break":
    case "continue":
      return collectLabel(collector, node);
    case "createTable":
      return collectCreateTable(collector, node);
    case "createIndex":
      return collectCreateIndex(collector, node);
    case "createView":
      return collectCreateView(collector, node);
    case "createNativeTrigger":
      return collectNativeTrigger(collector, node);
    case "alterTable":
      return collectAlterTable(collector, node);
    case "drop":
      return node.object === "index"
        ? undefined
        : addTable(collector, node.name, byName(collector, node.name), "write");
    default:
      return undefined;
  }
}

/** Parts without a kind: common tables and windows. */
function collectPart(collector: Collector, value: object): void {
  if ("materialized" in value) collectCommonTable(collector, value as CommonTable);
  if ("partitionBy" in value) collectOver(collector, value as unknown as CallExpression["over"]);
}
