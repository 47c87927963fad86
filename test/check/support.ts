// Checks texts for tests: an empty catalog, the standard library from disk, and findings as lines under the source.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { lineStarts, positionAt } from "../../base/source.ts";
import { makeCatalog } from "../../compiler/catalog/catalog.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import { check, type Environment } from "../../compiler/check/check.ts";
import type { CheckedModule } from "../../compiler/check/checked.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type { Expression, Item, Module, Name } from "../../compiler/syntax/tree.ts";
import { showType } from "../../compiler/types/show.ts";
import { typeOfStatement } from "./statement-types.ts";
import { TEST_CRON } from "../cron/port.ts";

const STDLIB = join(import.meta.dirname, "..", "..", "stdlib");
const DECLARED = /^\s*(?:export\s+)?function\s+([A-Za-z_]\w*)/gim;

const standardModules = new Map<string, Module>();
const standardFiles = new Map<string, string>();
for (const file of readdirSync(STDLIB).filter((name) => name.endsWith(".grz"))) {
  const text = readFileSync(join(STDLIB, file), "utf8");
  for (const match of text.matchAll(DECLARED)) standardFiles.set((match[1] ?? "").toLowerCase(), file);
  standardModules.set(file, parse({ name: file, text }).value);
}

/** Options of a check in tests. */
export interface CheckOptions {
  readonly strict?: boolean;
  readonly catalog?: CatalogView;
  readonly modules?: Readonly<Record<string, string>>;
}

/** Parses and checks a text. */
export function checkText(text: string, options: CheckOptions = {}): CheckedModule {
  return check(parse({ name: "test.grz", text }).value, environmentOf(options));
}

/** What is around a text: no tables, the standard library, the given modules. */
export function environmentOf(options: CheckOptions = {}): Environment {
  const parsed = new Map<string, Module>();
  return {
    catalog: options.catalog ?? makeCatalog(),
    strict: options.strict ?? false,
    standardModule: (routine) => standardModules.get(standardFiles.get(routine.toLowerCase()) ?? ""),
    standardNames: () => [...standardFiles.keys()],
    cron: TEST_CRON,
    importModule: (name) => {
      const source = options.modules?.[name];
      if (source === undefined) return undefined;
      const known = parsed.get(name) ?? parse({ name: `${name}.grz`, text: source }).value;
      parsed.set(name, known);
      return known;
    },
  };
}

/** Codes of all problems in order of place. */
export function codesOf(text: string, options: CheckOptions = {}): readonly string[] {
  return checkText(text, options).problems.map((problem) => problem.code);
}

/** What starts at an offset: the variable that a name declares, else the smallest expression. */
export function typeAt(checked: CheckedModule, offset: number): string | undefined {
  let best: { readonly size: number; readonly text: string } | undefined;
  const offer = (item: Item, span: Name["span"], text: () => string): void => {
    if (span.start + item.offset !== offset) return;
    const size = span.end - span.start;
    if (best === undefined || size < best.size) best = { size, text: text() };
  };
  const itemOf = (span: Name["span"]): Item | undefined =>
    checked.module.items.find(
      (item) => offset >= item.offset && offset < item.offset + item.text.length && span.end <= item.text.length,
    );
  for (const [name, variable] of checked.variables) offer(variable.item, name.span, () => showType(variable.type));
  for (const [node, type] of checked.types) {
    const item = itemOf((node as Expression).span);
    if (item !== undefined && owns(item, node)) offer(item, node.span, () => showType(type));
  }
  return best?.text;
}

const OWNED = new WeakMap<Item, WeakSet<object>>();

/** Whether a node belongs to the item: spans alone are relative and would be ambiguous. */
function owns(item: Item, node: object): boolean {
  let nodes = OWNED.get(item);
  if (nodes === undefined) {
    const found = new WeakSet<object>();
    const visit = (each: unknown): void => {
      if (typeof each !== "object" || each === null) return;
      found.add(each);
      for (const value of Object.values(each)) visit(value);
    };
    visit(item.statement);
    OWNED.set(item, found);
    nodes = found;
  }
  return nodes.has(node);
}

const MARKER = /^\s*#\s*(?:\^|:\s)/u;

/** The source without markers, with the types that it asks for by `# ^ : T` lines, or for the statement above by `# : T` (column 0). */
export function readFixture(text: string): {
  readonly source: string;
  readonly asked: readonly { readonly line: number; readonly column: number }[];
} {
  const lines: string[] = [];
  const asked: { line: number; column: number }[] = [];
  for (const line of text.split("\n")) {
    if (!MARKER.test(line)) {
      lines.push(line);
      continue;
    }
    const type = /^(\s*#\s*)\^ : /u.exec(line);
    if (type !== null) asked.push({ line: lines.length, column: caretColumn(type[1] ?? "#") });
    else if (/^\s*#\s*:\s/u.test(line)) asked.push({ line: lines.length, column: 0 });
  }
  return { source: lines.join("\n"), asked };
}

/** Carets directly after the `#` mean column 1. */
function caretColumn(before: string): number {
  return before === "#" ? 1 : before.length + 1;
}

function markerStart(column: number): string {
  return column <= 2 ? "#" : `#${" ".repeat(column - 2)}`;
}

/** The fixture as it should be: each line followed by what is found and asked there. */
export function renderFixture(text: string, options: CheckOptions = {}): string {
  const { source, asked } = readFixture(text);
  const checked = checkText(source, { ...options, strict: /^# strict$/mu.test(source) });
  const starts = lineStarts(source);
  const notes = new Map<number, string[]>();
  const note = (line: number, written: string): void => {
    notes.set(line, [...(notes.get(line) ?? []), written]);
  };
  for (const problem of checked.problems) {
    const { line, column } = positionAt(starts, problem.span.start);
    const lineEnd = (starts[line] ?? source.length + 1) - 1;
    const width = Math.max(1, Math.min(problem.span.end, lineEnd) - problem.span.start);
    note(line, `${markerStart(column)}${"^".repeat(width)} ${problem.code} ${problem.message}`);
  }
  for (const { line } of asked.filter((each) => each.column === 0)) {
    note(
      line,
      `# : ${typeOfStatement(checked, starts[line - 1] ?? 0, (starts[line] ?? source.length + 1) - 1) ?? "nothing"}`,
    );
  }
  for (const { line, column } of asked.filter((each) => each.column > 0))
    note(line, `${markerStart(column)}^ : ${typeAt(checked, (starts[line - 1] ?? 0) + column - 1) ?? "nothing"}`);
  return source
    .split("\n")
    .flatMap((line, index) => [line, ...(notes.get(index + 1) ?? [])])
    .join("\n");
}
