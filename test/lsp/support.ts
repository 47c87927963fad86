// Fixtures of editor features: texts with markers in them, as files of a workspace in memory.
// `▮` is the cursor, `⟦…⟧` are places that are expected; `=== name` lines divide files, before the first there is main.grz.
import { InternalError, required } from "../../base/failure.ts";
import { lineStarts, positionAt } from "../../base/source.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import type { Document, Place } from "../../lsp/types.ts";
import { type EditedWorkspace, makeWorkspace } from "../../lsp/workspace/workspace.ts";
import { memoryPorts } from "./memory-ports.ts";

const FOLDER = "/project";
const CURSOR = "▮";
const OPEN = "⟦";
const CLOSE = "⟧";

/** A fixture that was read. */
export interface Fixture {
  readonly workspace: EditedWorkspace;
  /** The document with the cursor, else the first. */
  readonly document: Document;
  readonly cursor: number;
  /** The marked places, as `path:line:column text`. */
  readonly marked: readonly string[];
  /** Starts of the marked places. */
  readonly places: readonly Place[];
  /** A place in the form of `marked`. */
  show(place: Place): string;
  at(path: string): Document;
}

/** Reads a fixture; its files are written to `/project`, with a database of that catalog beside them. */
export function fixture(source: string, catalog?: CatalogView): Fixture {
  const files: Record<string, string> = {};
  const places: Place[] = [];
  let cursor: { readonly path: string; readonly offset: number } | undefined;
  for (const { name, text } of splitFiles(source)) {
    const path = `${FOLDER}/${name}`;
    const read = readMarkers(text);
    files[path] = read.text;
    places.push(...read.spans.map((span) => ({ path, span })));
    if (read.cursor !== undefined) cursor = { path, offset: read.cursor };
  }
  const [first] = Object.keys(files);
  if (catalog !== undefined) files[`${FOLDER}/main.gobi`] = "";
  const workspace = makeWorkspace(memoryPorts(files, catalog));
  workspace.setFolders([FOLDER]);
  const at = (path: string): Document =>
    required(workspace.document(path.startsWith("/") ? path : `${FOLDER}/${path}`), `document ${path}`);
  const show = (place: Place): string => {
    const { text } = at(place.path);
    const { line, column } = positionAt(lineStarts(text), place.span.start);
    return `${place.path.slice(FOLDER.length + 1)}:${line}:${column} ${text.slice(place.span.start, place.span.end)}`;
  };
  return {
    workspace,
    document: at(cursor?.path ?? required(first, "a file of the fixture")),
    cursor: cursor?.offset ?? 0,
    places,
    marked: places.map(show),
    show,
    at,
  };
}

function splitFiles(source: string): readonly { readonly name: string; readonly text: string }[] {
  const parts = source.split(/^=== (.+)\n/m);
  const files: { name: string; text: string }[] = [];
  if ((parts[0] ?? "").trim() !== "") files.push({ name: "main.grz", text: parts[0] ?? "" });
  for (let index = 1; index < parts.length; index += 2)
    files.push({ name: (parts[index] ?? "").trim(), text: parts[index + 1] ?? "" });
  return files;
}

function readMarkers(marked: string): {
  readonly text: string;
  readonly cursor: number | undefined;
  readonly spans: readonly { readonly start: number; readonly end: number }[];
} {
  let text = "";
  let cursor: number | undefined;
  const open: number[] = [];
  const spans: { start: number; end: number }[] = [];
  for (const character of marked) {
    if (character === CURSOR) cursor = text.length;
    else if (character === OPEN) open.push(text.length);
    else if (character === CLOSE) {
      const start = open.pop();
      if (start === undefined) throw new InternalError("a marker closes that was not opened");
      spans.push({ start, end: text.length });
    } else text += character;
  }
  return { text, cursor, spans: spans.sort((left, right) => left.start - right.start) };
}

/** The text with edits applied; they must not overlap. */
export function edited(
  text: string,
  edits: readonly { readonly span: { readonly start: number; readonly end: number }; readonly text: string }[],
): string {
  const ordered = [...edits].sort((left, right) => right.span.start - left.span.start);
  let result = text;
  let before = Number.POSITIVE_INFINITY;
  for (const edit of ordered) {
    if (edit.span.end > before) throw new InternalError("edits overlap");
    before = edit.span.start;
    result = result.slice(0, edit.span.start) + edit.text + result.slice(edit.span.end);
  }
  return result;
}
