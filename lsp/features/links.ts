// Links from imports to their files, and what happens to imports when files are renamed.
import type { TextEdit } from "../../base/problem.ts";
import type { Steps } from "../../base/steps.ts";
import type { Document, Place, Workspace } from "../types.ts";
import { folderOf } from "../workspace/paths.ts";

/** A part of a text that leads to a file. */
export interface Link {
  readonly span: Place["span"];
  readonly path: string;
}

/** Where the name or path of an import stands, without quotes. */
function importSpan(item: Document["module"]["items"][number]): Place["span"] | undefined {
  const { statement } = item;
  if (statement.kind !== "import") return undefined;
  const written = statement.path ?? statement.name.text;
  const start = item.text.indexOf(written, statement.span.start);
  return start < 0 ? undefined : { start: item.offset + start, end: item.offset + start + written.length };
}

/** The imports of a document whose files are there. */
export function links(workspace: Workspace, document: Document): readonly Link[] {
  return document.module.items.flatMap((item) => {
    const span = importSpan(item);
    if (span === undefined) return [];
    const imported = workspace.imported(document, document.text.slice(span.start, span.end));
    return imported === undefined ? [] : [{ span, path: imported.path }];
  });
}

/** A file that gets another path. */
export interface FileRename {
  readonly from: string;
  readonly to: string;
}

/** Edits that keep imports right when files are renamed: those of others that name them, and their own of others. */
export function* renamedFiles(
  workspace: Workspace,
  renames: readonly FileRename[],
): Steps<ReadonlyMap<string, readonly TextEdit[]>> {
  const moved = new Map(renames.map(({ from, to }) => [from, to]));
  const edits = new Map<string, readonly TextEdit[]>();
  for (const path of workspace.paths()) {
    const document = yield* workspace.ready(path, "tree");
    if (document === undefined) continue;
    const own = links(workspace, document).flatMap((link): readonly TextEdit[] => {
      const from = moved.get(document.path) ?? document.path;
      const to = moved.get(link.path) ?? link.path;
      if (from === document.path && to === link.path) return [];
      const text = importText(from, to);
      return text === document.text.slice(link.span.start, link.span.end) ? [] : [importEdit(document, link, text)];
    });
    if (own.length > 0) edits.set(document.path, own);
  }
  return edits;
}

/** How a file imports another: by its name next to it, else by its path from there. */
function importText(from: string, to: string): string {
  const folder = folderOf(from);
  const stem = to.slice(to.lastIndexOf("/") + 1).replace(/\.grz$/i, "");
  if (folderOf(to) === folder && /^[A-Za-z_]\w*$/.test(stem)) return stem;
  const up: string[] = [];
  let base = folder;
  while (!to.startsWith(base === "/" ? "/" : `${base}/`) && folderOf(base) !== base) {
    up.push("..");
    base = folderOf(base);
  }
  return [...up, to.slice(base === "/" ? 1 : base.length + 1)].join("/");
}

/** A name stands bare, a path in quotes. */
function importEdit(document: Document, link: Link, text: string): TextEdit {
  const isQuoted = /['"]/.test(document.text[link.span.start - 1] ?? "");
  const needsQuotes = !/^[A-Za-z_]\w*$/.test(text);
  if (isQuoted && needsQuotes) return { span: link.span, text };
  if (isQuoted) return { span: { start: link.span.start - 1, end: link.span.end + 1 }, text };
  return { span: link.span, text: needsQuotes ? `"${text}"` : text };
}
