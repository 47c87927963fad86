// Documents made ready in steps: trees first, then the checks of what they import, then their own. When something changes in between, it begins again
// with what is there by then; parses and checks that are still good are gone on with. For who cannot wait there is what is known at once.
import { asLongAs, type Steps } from "../../base/steps.ts";
import { parseAround, unparsedCharacters } from "../../compiler/syntax/parse-around.ts";
import type { Document, Needs } from "../types.ts";
import { type Entry, sketchOf, treeOf } from "./documents.ts";
import { catalogOf, documentOf, entryOf, importClosure, importsOf, sourcePaths, type State } from "./state.ts";

/** The document with what is needed of it; undefined when there is none of that path. */
export function* readyDocument(state: State, path: string, needs: Needs): Steps<Document | undefined> {
  for (;;) {
    const revision = revisionOf(state);
    const found = yield* asLongAs(() => revisionOf(state) === revision, makeReady(state, path, needs));
    if (found !== "dropped") return found;
  }
}

/** Moves with everything that may change a document. */
export function revisionOf(state: State): number {
  return (state.supposed?.real ?? state).revision;
}

function* makeReady(state: State, path: string, needs: Needs): Steps<Document | undefined> {
  const entry = entryOf(state, path);
  if (entry === undefined) return undefined;
  yield* makeTrees(state, entry);
  if (needs === "check") yield* makeCheck(state, entry, new Set());
  return documentOf(state, path);
}

/** The trees of a file and of all that it imports. */
function* makeTrees(state: State, entry: Entry): Steps<void> {
  const found = new Set([entry]);
  for (const each of found) {
    yield* treeOf(each);
    for (const imported of importsOf(state, each)) found.add(imported);
  }
}

/** The check of a file, those of its imports first. Files that import it in a circle are checked with it. */
function* makeCheck(state: State, entry: Entry, begun: Set<Entry>): Steps<void> {
  begun.add(entry);
  for (const imported of importsOf(state, entry))
    if (!begun.has(imported) && !importClosure(state, imported).includes(entry))
      yield* makeCheck(state, imported, begun);
  const document = documentOf(state, entry.path);
  while (document?.goOn() === false) yield;
}

/** Files whose text holds a word, in any case. */
export function* filesMentioning(state: State, word: string): Steps<readonly string[]> {
  const pattern = new RegExp(word.replace(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`), "iu");
  const found: string[] = [];
  for (const path of sourcePaths(state)) {
    const entry = entryOf(state, path);
    if (entry !== undefined && pattern.test(entry.text)) found.push(path);
    yield;
  }
  return found;
}

/** So many characters are parsed within some 15 ms, once the code is warm. */
const PARSED_CHARACTERS_MAX = 6_000;

/**
 * The document as it can be had at once: with a tree of the declaration around a place and no check, when parsing the whole would take long.
 * `place` finds the offset in the text.
 */
export function documentAtHand(state: State, path: string, place: (text: string) => number): Document | undefined {
  const entry = entryOf(state, path);
  if (entry === undefined) return undefined;
  if (treesAreQuick(state, entry)) return documentOf(state, path);
  const module = parseAround({ name: path, text: entry.text }, entry.cache, place(entry.text), PARSED_CHARACTERS_MAX);
  return sketchOf(entry, module, catalogOf(state, path));
}

function treesAreQuick(state: State, entry: Entry): boolean {
  const found = new Set([entry]);
  for (const each of found) {
    if (!isQuick(each)) return false;
    for (const imported of importsOf(state, each)) found.add(imported);
  }
  return true;
}

/** Whether the tree of a file is there or soon made. */
function isQuick({ module, cache, text }: Entry): boolean {
  if (module !== undefined || text.length <= PARSED_CHARACTERS_MAX) return true;
  return unparsedCharacters(text, cache) <= PARSED_CHARACTERS_MAX;
}
