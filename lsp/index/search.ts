// Finding a symbol in the whole workspace: where it is declared and where it is used.
// A symbol of unknown home is that of the only document which declares its key; with several declarations nobody can say which is meant.
import type { Document, Token, Workspace } from "../types.ts";
import { mentionsOf, type Placed } from "./mentions.ts";
import { isLocal, type LanguageSymbol } from "./symbols.ts";

/** An mention in a document of the workspace. */
export interface Use extends Placed {
  readonly path: string;
}

/** The documents that declare a symbol, found once per search. */
class Homes {
  readonly #workspace: Workspace;
  readonly #known = new Map<string, readonly string[]>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** Paths of the documents that declare the key; those found while looking at a symbol of that name. */
  declaring(symbol: LanguageSymbol): readonly string[] {
    const { key } = symbol;
    if (typeof key !== "string") return [];
    let paths = this.#known.get(key);
    if (paths === undefined) {
      paths = this.#workspace
        .mentioning(symbol.name)
        .filter((document) =>
          mentionsOf(document).some((each) => each.role === "declaration" && each.symbol.key === key),
        )
        .map((document) => document.path);
      this.#known.set(key, paths);
    }
    return paths;
  }

  /** The document that declares the symbol; undefined when none or several do. */
  of(symbol: LanguageSymbol): string | undefined {
    if (symbol.home !== undefined) return symbol.home;
    const paths = this.declaring(symbol);
    return paths.length === 1 ? paths[0] : undefined;
  }
}

/** Every use of the symbol that stands in `document`, declarations included, by document in the workspace's order. */
export function usesOf(
  workspace: Workspace,
  document: Document,
  symbol: LanguageSymbol,
  token: Token = NEVER,
): readonly Use[] {
  if (isLocal(symbol)) return ofDocument(document, (other) => other.key === symbol.key);
  const homes = new Homes(workspace);
  const home = homes.of(symbol);
  const found: Use[] = [];
  for (const candidate of candidates(workspace, document, symbol)) {
    if (token.cancelled()) break;
    found.push(...ofDocument(candidate, (other) => other.key === symbol.key && homes.of(other) === home));
  }
  return found;
}

/** Where a symbol is declared; several places when nobody can say which is meant. */
export function declarationsOf(workspace: Workspace, document: Document, symbol: LanguageSymbol): readonly Use[] {
  if (isLocal(symbol)) return ofDocument(document, (other) => other.key === symbol.key).filter(isDeclaration);
  const homes = new Homes(workspace);
  const paths = symbol.home === undefined ? homes.declaring(symbol) : [symbol.home];
  return paths.flatMap((path) => {
    const home = path === document.path ? document : workspace.document(path);
    return home === undefined ? [] : ofDocument(home, (other) => other.key === symbol.key).filter(isDeclaration);
  });
}

/** Whether several documents declare what the symbol may mean. */
export function isAmbiguous(workspace: Workspace, symbol: LanguageSymbol): boolean {
  return symbol.home === undefined && !isLocal(symbol) && new Homes(workspace).declaring(symbol).length > 1;
}

const NEVER: Token = { cancelled: () => false };

const isDeclaration = (use: Use): boolean => use.role === "declaration";

function ofDocument(document: Document, test: (symbol: LanguageSymbol) => boolean): readonly Use[] {
  return mentionsOf(document)
    .filter((each) => test(each.symbol))
    .map((each) => ({ ...each, path: document.path }));
}

function candidates(workspace: Workspace, document: Document, symbol: LanguageSymbol): readonly Document[] {
  const found = workspace.mentioning(symbol.name);
  return found.some((each) => each.path === document.path) ? found : [document, ...found];
}
