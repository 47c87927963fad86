// The checks of imported files, as one file sees them: those of their own documents, and for files that import each other in a circle checks
// that are kept for that file alone. Within a circle, what is found depends on where one starts: the import that leads back is an error there.
import type { CheckedModule } from "../../compiler/check/checked.ts";
import type { Environment } from "../../compiler/check/check.ts";
import { createChecker } from "../../compiler/check/recheck.ts";
import type { Module } from "../../compiler/syntax/tree.ts";
import type { Document } from "../types.ts";
import type { Entry } from "./documents.ts";
import type { WorkspacePorts } from "./ports.ts";

/** In larger circles everything is checked anew each time: what is kept grows with the square. */
const CIRCLE_FILES_MAX = 24;

/** The files of a workspace. */
export interface ImportedFiles {
  /** The file of a module; undefined when it is none of the workspace, or has another text by now. */
  entryOf(module: Module): Entry | undefined;
  importsOf(entry: Entry): readonly Entry[];
  documentOf(entry: Entry): Document | undefined;
  readonly checked: WorkspacePorts["checked"];
}

/** Gives the checks of what `from` imports, directly or not, for one version of all files. */
export function importsFrom(
  from: Entry,
  files: ImportedFiles,
  environment: Environment,
): NonNullable<Environment["checkedModule"]> {
  /** What has been met in this version, in the order of a check; "circle": it is being checked. */
  const met = new Map<Entry, CheckedModule | "circle">([[from, "circle"]]);
  return (module) => {
    const entry = files.entryOf(module);
    if (entry === undefined) return undefined;
    const known = met.get(entry);
    if (known !== undefined) return known;
    const closure = closureOf(entry, files);
    if (!closure.has(from) && !isCircular(closure, files)) return files.documentOf(entry)?.checked();
    if (closure.size > CIRCLE_FILES_MAX) return undefined;
    met.set(entry, "circle");
    from.views ??= new Map();
    const checker = from.views.get(entry.path) ?? createChecker();
    from.views.set(entry.path, checker);
    const checked = checker.check(module, environment);
    files.checked?.(entry.path, checker.lookedAt());
    met.set(entry, checked);
    return checked;
  };
}

/** The file and all that it imports, directly or not. */
function closureOf(entry: Entry, files: ImportedFiles): ReadonlySet<Entry> {
  const found = new Set([entry]);
  for (const each of found) for (const imported of files.importsOf(each)) found.add(imported);
  return found;
}

function isCircular(closure: ReadonlySet<Entry>, files: ImportedFiles): boolean {
  return [...closure].some((entry) => files.importsOf(entry).some((imported) => closureOf(imported, files).has(entry)));
}
