// One file of the workspace through its versions: its text, its tree, and the document that features see.
// The caches live here and outlast versions: parsed chunks by text, and the check, which redoes what an edit touches.
import { required } from "../../base/failure.ts";
import { lineStarts, type SourceFile } from "../../base/source.ts";
import type { LostByte, ReadText } from "../../base/text-bytes.ts";
import { asLongAs, finished, type Steps } from "../../base/steps.ts";
import { catalogWithFile } from "../../compiler/catalog/file.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import type { CheckedModule } from "../../compiler/check/checked.ts";
import type { Environment } from "../../compiler/check/check.ts";
import { noFindings } from "../../compiler/check/no-facts.ts";
import { type Checker, createChecker } from "../../compiler/check/recheck.ts";
import { parseSteps } from "../../compiler/syntax/parse.ts";
import { unparsedCharacters } from "../../compiler/syntax/parse-around.ts";
import { createParseCache, type ParseCache } from "../../compiler/syntax/parse-cache.ts";
import type { Item, Module } from "../../compiler/syntax/tree.ts";
import type { Document } from "../types.ts";
import type { FoundCatalog } from "./catalogs.ts";
import type { WorkspacePorts } from "./ports.ts";

/** So many characters are checked within some 20 ms, once the code is warm. */
const ASKED_CHARACTERS_MAX = 16_000;
/** So many characters are parsed within some 20 ms. */
const ASKED_UNPARSED_MAX = 8_000;
/** The first check of a file loads and compiles what it uses: much less may be asked of it. */
const FIRST_CHARACTERS_MAX = 2_000;

/** A file with its caches. */
export interface Entry {
  readonly path: string;
  text: string;
  /** What was not UTF-8 on disk; nothing is in an editor. */
  lost: LostByte | undefined;
  version: number;
  /** True while an editor has it: then the disk does not matter. */
  isOpen: boolean;
  /** Number that moves with each text. */
  revision: number;
  module: Module | undefined;
  imports: readonly string[];
  /** What the document was made from, besides the text. */
  key: string;
  document: SteppedDocument | undefined;
  readonly cache: ParseCache;
  checker: Checker;
  /** What the checker found last. */
  last: CheckedModule | undefined;
  /** The parse and the check that are under way. */
  parsing: Parsing | undefined;
  checking: Checking | undefined;
  /** Files of a circle of imports as they look from this one, by path; made when one is met (circles.ts). */
  views: Map<string, Checker> | undefined;
}

/** A parse of the text with this number. */
interface Parsing {
  readonly revision: number;
  readonly steps: Steps<{ readonly value: Module }>;
}

/** A check of this text, or of one before it while nothing but the text has changed: the next check goes on from it. */
interface Checking {
  readonly module: Module;
  readonly around: string;
  readonly steps: Steps<CheckedModule>;
}

/** A file that nothing is known of but its text. What `over` knows is not parsed again. */
export function newEntry(path: string, { text, lost }: ReadText, version: number, over?: ParseCache): Entry {
  return {
    path,
    text,
    lost,
    version,
    isOpen: false,
    revision: 1,
    module: undefined,
    imports: [],
    key: "",
    document: undefined,
    cache: createParseCache({ movesItems: true, ...(over === undefined ? {} : { over }) }),
    checker: createChecker(),
    last: undefined,
    parsing: undefined,
    checking: undefined,
    views: undefined,
  };
}

const REPLACEMENT = "\uFFFD";

/** A text that an editor sends. What was not UTF-8 on disk came to the editor as replacement characters too, and would be written back as these. */
export function fromEditor(entry: Entry | undefined, text: string): ReadText {
  const at = entry?.lost === undefined ? -1 : text.indexOf(REPLACEMENT);
  return { text, lost: entry?.lost === undefined || at < 0 ? undefined : { ...entry.lost, at } };
}

/** Gives the file another text. */
export function setText(entry: Entry, { text, lost }: ReadText, version: number): void {
  entry.version = version;
  if (text === entry.text && lost?.byteAt === entry.lost?.byteAt && entry.module !== undefined) return;
  entry.text = text;
  entry.lost = lost;
  entry.revision += 1;
  entry.module = undefined;
}

/** Forgets what a check has found: that is most of what a file takes. */
export function releaseCheck(entry: Entry): void {
  entry.document = undefined;
  entry.checker = createChecker();
  entry.last = undefined;
  entry.checking = undefined;
  entry.views = undefined;
}

/** The tree of the present text. */
export function moduleOf(entry: Entry): Module {
  return entry.module ?? finished(treeOf(entry));
}

/** The same in steps. Who comes second goes on with the same parse. */
export function* treeOf(entry: Entry): Steps<Module> {
  while (entry.module === undefined) {
    if (entry.parsing?.revision !== entry.revision) {
      // What was parsed of the text before stays in the cache.
      entry.parsing?.steps.return(undefined as never);
      const file: SourceFile = { name: entry.path, text: entry.text, lost: entry.lost };
      entry.parsing = { revision: entry.revision, steps: parseSteps(file, entry.cache) };
    }
    const step = entry.parsing.steps.next();
    if (step.done !== true) {
      yield;
      continue;
    }
    entry.parsing = undefined;
    entry.module = step.value.value;
    entry.imports = entry.module.items.flatMap((item) =>
      item.statement.kind === "import" ? [item.statement.path ?? item.statement.name.text] : [],
    );
  }
  return entry.module;
}

/** What a document is made from, besides its file. */
export interface DocumentOptions {
  readonly found: FoundCatalog;
  readonly environment: Environment;
  readonly catalogRefusal: () => string | undefined;
  /** Names all that a check depends on besides the text. */
  readonly around: string;
  /** Whether the checks of what the file imports are there. */
  readonly hasImports: () => boolean;
  /** Told after a check. */
  readonly checked: WorkspacePorts["checked"];
}

/** A document whose check can be made in steps. */
export interface SteppedDocument extends Document {
  /** Does one step of its check; true when there is nothing left to do. */
  goOn(): boolean;
}

/** Does a step of the check of a module. Gives what it found when that was the last one. */
function stepOfCheck(entry: Entry, module: Module, options: DocumentOptions): CheckedModule | undefined {
  if (entry.checking !== undefined && entry.checking.around !== options.around) {
    // Its surroundings are not what they were: what it would find is neither of now nor of before.
    entry.checking.steps.return(undefined as never);
    entry.checking = undefined;
  }
  entry.checking ??= {
    module,
    around: options.around,
    steps: entry.checker.steps(module, options.environment),
  };
  const { checking } = entry;
  // Whatever goes wrong, it is not gone on with.
  entry.checking = undefined;
  const step = checking.steps.next();
  if (step.done !== true) {
    entry.checking = checking;
    return undefined;
  }
  entry.last = step.value;
  options.checked?.(entry.path, entry.checker.lookedAt());
  return checking.module === module ? step.value : undefined;
}

/** Makes the document of the present text. */
export function makeDocument(entry: Entry, options: DocumentOptions): SteppedDocument {
  const { found, environment, catalogRefusal } = options;
  const module = moduleOf(entry);
  let starts: readonly number[] | undefined;
  let checked: CheckedModule | undefined;
  const { text, path, version } = entry;
  const goOn = (): boolean => {
    checked ??= stepOfCheck(entry, module, options);
    return checked !== undefined;
  };
  const check = (): CheckedModule => {
    while (!goOn());
    return required(checked, "a check");
  };
  return {
    path,
    text,
    version,
    get lineStarts() {
      return (starts ??= lineStarts(text));
    },
    module,
    checked: check,
    isChecked: () => checked !== undefined,
    goOn,
    lately: () => entry.last ?? check(),
    lastCheck: () => entry.last,
    problems: () => check().problems,
    catalogSource: found.source,
    catalogRefusal,
    get catalog() {
      return withOwnTables(found.view, module);
    },
    baseCatalog: found.view,
    ask: (other, word, isDue) => {
      const charactersMax = entry.last === undefined ? FIRST_CHARACTERS_MAX : ASKED_CHARACTERS_MAX;
      if ((entry.last === undefined && other.length > charactersMax) || !options.hasImports()) return "long";
      const cache = createParseCache({ over: entry.cache });
      if (unparsedCharacters(other, cache) > ASKED_UNPARSED_MAX) return "long";
      const parsing = parseSteps({ name: path, text: other }, cache);
      const asked = finished(asLongAs(() => !isDue(), parsing));
      return asked === "dropped" ? "long" : entry.checker.ask(asked.value, environment, word, { charactersMax, isDue });
    },
  };
}

/** A document for who cannot wait: a tree of a part of the text, the catalog, and what an earlier check has found. */
export function sketchOf(entry: Entry, module: Module, found: FoundCatalog): Document {
  const { text, path, version, last } = entry;
  const nothing = noFindings(module);
  return {
    path,
    text,
    version,
    lineStarts: lineStarts(text),
    module,
    checked: () => nothing,
    isChecked: () => false,
    lately: () => last ?? nothing,
    lastCheck: () => last,
    problems: () => [],
    catalogSource: found.source,
    catalogRefusal: () => undefined,
    get catalog() {
      return withOwnTables(found.view, module);
    },
    baseCatalog: found.view,
    ask: () => "long",
  };
}

const OWN_TABLES = new WeakMap<Module, { readonly base: CatalogView; readonly view: CatalogView }>();

function withOwnTables(base: CatalogView, module: Module): CatalogView {
  const known = OWN_TABLES.get(module);
  if (known?.base === base) return known.view;
  const view = catalogWithFile(base, module);
  OWN_TABLES.set(module, { base, view });
  return view;
}

/** The top-level item around an offset: the last one that starts at or before it. */
export function itemAt(module: Module, offset: number): Item | undefined {
  let low = 0;
  let high = module.items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((module.items[middle]?.offset ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? undefined : module.items[low - 1];
}
