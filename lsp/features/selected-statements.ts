// Which whole statements a selection covers, and why they cannot be moved into a routine of their own.
import type { Span } from "../../base/source.ts";
import type { Block, BreakStatement, ContinueStatement, Item, Statement } from "../../compiler/syntax/tree.ts";
import { foldName } from "../../compiler/types/make.ts";

/** Statements that follow each other in one block. Spans count from the item's start. */
export interface SelectedStatements {
  readonly statements: readonly Statement[];
  /** From the first statement to the end of the last one. */
  readonly span: Span;
  /** Loops around them, outermost first. */
  readonly loops: readonly Span[];
}

interface Around {
  readonly node: object;
  readonly loops: readonly Span[];
}

const LOOPS: ReadonlySet<string> = new Set(["while", "loop", "for", "forRange", "then"]);

/** The statements that a selection covers exactly, blanks and a semicolon aside; undefined when it covers none or a part of one. */
export function selectedStatements(item: Item, selected: Span): SelectedStatements | undefined {
  const open: Around[] = [{ node: item.statement, loops: [] }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { kind, span } = at.node as { readonly kind?: string; readonly span?: Span };
    if (span !== undefined && (span.end < selected.start || span.start > selected.end)) continue;
    const run = kind === "block" ? runIn(item, at.node as Block, selected) : undefined;
    if (run !== undefined) return { ...run, loops: at.loops };
    const loops = kind !== undefined && LOOPS.has(kind) && span !== undefined ? [...at.loops, span] : at.loops;
    for (const part of Object.values(at.node) as unknown[])
      if (typeof part === "object" && part !== null) open.push({ node: part, loops });
  }
  return undefined;
}

/** Blanks and line comments, which may be selected before the first statement. */
const COMMENTS = /^(?:\s|(?:--|\/\/|#)[^\n]*\n)*$/u;

function runIn(item: Item, block: Block, selected: Span): Omit<SelectedStatements, "loops"> | undefined {
  const statements = block.statements.filter(({ span }) => span.start >= selected.start && span.end <= selected.end);
  const [first, last] = [statements[0], statements.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  if (!COMMENTS.test(item.text.slice(selected.start, first.span.start))) return undefined;
  const rest = item.text.slice(last.span.end, selected.end);
  return /^[\s;]*$/u.test(rest) ? { statements, span: { start: first.span.start, end: last.span.end } } : undefined;
}

/** Statements that belong to the routine or the transaction in which they stand, with the words for them. */
const BOUND: Readonly<Record<string, string>> = {
  yield: "A yield gives rows of this function",
  emit: "A result set is emitted by this procedure",
  skip: "A skip belongs to the trigger",
  execute: "The text of an execute must be built where it stands",
  open: "A cursor is open in one routine only",
  fetch: "A cursor is open in one routine only",
  close: "A cursor is open in one routine only",
  transactionControl: "A transaction statement stands at script level",
  async: "A job is cancelled when the procedure that started it ends",
  hole: "Something is missing here",
  skipped: "There is an error here",
};
const DDL: ReadonlySet<string> = new Set([
  "createTable",
  "createView",
  "createIndex",
  "createVirtualTable",
  "alterTable",
  "drop",
]);

/** Why the statements cannot be moved; undefined: they can, as far as their shape tells. */
export function reasonToStay({ statements }: SelectedStatements): string | undefined {
  for (const [index, statement] of statements.entries()) {
    const reason = reasonIn(statement, { loops: 0, labels: new Set(), handlers: 0 });
    if (reason !== undefined) return reason;
    if (statement.kind === "return" && index < statements.length - 1) return "Nothing runs behind a return.";
  }
  const last = statements.at(-1);
  const leaves = statements.some((statement) => holds(statement, "return"));
  if (leaves && (last?.kind !== "return" || last.value === undefined))
    return "A return leaves the selection: select up to the last one.";
  return undefined;
}

interface Inside {
  readonly loops: number;
  readonly labels: ReadonlySet<string>;
  readonly handlers: number;
}

function reasonIn(node: unknown, inside: Inside): string | undefined {
  if (typeof node !== "object" || node === null) return undefined;
  const { kind, label, value } = node as {
    readonly kind?: string;
    readonly label?: { readonly text: string };
    readonly value?: unknown;
  };
  if (kind === "lambda") return undefined;
  if (kind === "break" || kind === "continue") return reasonOfJump(node as BreakStatement | ContinueStatement, inside);
  if (kind === "raise" && value === undefined && inside.handlers === 0)
    return "A raise without an error belongs to the handler around it.";
  if (kind !== undefined && Object.hasOwn(BOUND, kind)) return `${BOUND[kind] ?? ""}.`;
  if (kind !== undefined && DDL.has(kind)) return "What follows knows the table by this statement.";
  if (kind === "name" && /^(?:found|row_count)$/iu.test(nameOf(node)))
    return "FOUND and row_count() speak of the statement before them.";
  const deeper: Inside = {
    loops: inside.loops + (kind !== undefined && LOOPS.has(kind) ? 1 : 0),
    labels: label === undefined ? inside.labels : new Set([...inside.labels, foldName(label.text)]),
    handlers: inside.handlers + ("binding" in node && "error" in node ? 1 : 0),
  };
  for (const part of Object.values(node) as unknown[]) {
    const reason = reasonIn(part, deeper);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function nameOf(node: object): string {
  return (node as { readonly name?: { readonly text?: string } }).name?.text ?? "";
}

function reasonOfJump(jump: BreakStatement | ContinueStatement, inside: Inside): string | undefined {
  const stays = jump.label === undefined ? inside.loops > 0 : inside.labels.has(foldName(jump.label.text));
  return stays ? undefined : `A ${jump.kind} leaves the selection.`;
}

/** Whether a statement of that kind stands in the node, lambdas aside. */
export function holds(node: unknown, wanted: string): boolean {
  if (typeof node !== "object" || node === null) return false;
  const { kind } = node as { readonly kind?: string };
  if (kind === "lambda") return false;
  return kind === wanted || (Object.values(node) as unknown[]).some((part) => holds(part, wanted));
}
