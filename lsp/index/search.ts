// Finding a symbol in the whole workspace: where it is declared and where it is used.
// Both look at documents one after another, each checked in steps, because there may be many.
// A symbol of unknown home is that of the only document which declares its key; with several declarations nobody can say which is meant.
import type { Steps } from "../../base/steps.ts";
import type { Document, Token, Workspace } from "../types.ts";
import { mentionsOf, type Placed } from "./mentions.ts";
import { readyMentions } from "./ready-mentions.ts";
import { isLocal, type LanguageSymbol } from "./symbols.ts";

/** An mention in a document of the workspace. */
export interface Use extends Placed {
  readonly path: string;
}

/** All mentions of a key in the workspace, from one walk over the documents that hold its name. */
interface Found {
  readonly uses: readonly Use[];
  /** Paths of the documents that declare it. */
  readonly homes: readonly string[];
}

function* find(workspace: Workspace, document: Document, symbol: LanguageSymbol, token: Token): Steps<Found> {
  const uses: Use[] = [];
  for (const path of yield* candidates(workspace, document, symbol)) {
    if (token.cancelled()) break;
    const candidate = path === document.path ? document : yield* readyMentions(workspace, path);
    if (candidate !== undefined) uses.push(...ofDocument(candidate, (other) => other.key === symbol.key));
    yield;
  }
  return { uses, homes: [...new Set(uses.filter(isDeclaration).map(({ path }) => path))] };
}

/** The document that declares what a symbol means; undefined when none or several do. */
function homeOf(symbol: LanguageSymbol, { homes }: Found): string | undefined {
  return symbol.home ?? (homes.length === 1 ? homes[0] : undefined);
}

/** Every use of the symbol that stands in `document`, declarations included, by document in the workspace's order. */
export function* usesOf(
  workspace: Workspace,
  document: Document,
  symbol: LanguageSymbol,
  token: Token = NEVER,
): Steps<readonly Use[]> {
  if (isLocal(symbol)) return ofDocument(document, (other) => other.key === symbol.key);
  const found = yield* find(workspace, document, symbol, token);
  const home = homeOf(symbol, found);
  return found.uses.filter((use) => homeOf(use.symbol, found) === home);
}

/** Where a symbol is declared; several places when nobody can say which is meant. */
export function* declarationsOf(
  workspace: Workspace,
  document: Document,
  symbol: LanguageSymbol,
): Steps<readonly Use[]> {
  if (isLocal(symbol)) return ofDocument(document, (other) => other.key === symbol.key).filter(isDeclaration);
  if (symbol.home === undefined) {
    const { uses } = yield* find(workspace, document, symbol, NEVER);
    return uses.filter(isDeclaration);
  }
  const home = symbol.home === document.path ? document : yield* readyMentions(workspace, symbol.home);
  return home === undefined ? [] : ofDocument(home, (other) => other.key === symbol.key).filter(isDeclaration);
}

/** Whether several documents declare what the symbol may mean. */
export function* isAmbiguous(workspace: Workspace, document: Document, symbol: LanguageSymbol): Steps<boolean> {
  if (symbol.home !== undefined || isLocal(symbol)) return false;
  return (yield* find(workspace, document, symbol, NEVER)).homes.length > 1;
}

const NEVER: Token = { cancelled: () => false };

const isDeclaration = (use: Use): boolean => use.role === "declaration";

function ofDocument(document: Document, test: (symbol: LanguageSymbol) => boolean): readonly Use[] {
  return mentionsOf(document)
    .filter((each) => test(each.symbol))
    .map((each) => ({ ...each, path: document.path }));
}

function* candidates(workspace: Workspace, document: Document, symbol: LanguageSymbol): Steps<readonly string[]> {
  const found = yield* workspace.mentioning(symbol.name);
  return found.includes(document.path) ? found : [document.path, ...found];
}
