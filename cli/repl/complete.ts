// Completion for the REPL: keywords, tables, columns of the tables that the text names, routines, fields behind a dot, commands.
import { KEYWORDS } from "../../grammar/keywords.ts";
import { REPL_COMMANDS } from "./commands.ts";

/** Longer lists are cut: nobody reads them. */
const CANDIDATES_MAX = 200;

/** What completion asks of a catalog: that of a session of this process, or what a daemon has described. */
export interface CompletionCatalog {
  table(
    schema: string | undefined,
    name: string,
  ): { readonly name: string; readonly columns: readonly { readonly name: string }[] } | undefined;
  tableNames(): readonly string[];
  routineNames(): readonly string[];
  schemas(): readonly string[];
}

/** Words that may stand at the end of `text`, and the fragment of them that is typed already. */
export interface Completions {
  readonly words: readonly string[];
  readonly fragment: string;
}

function starting(words: Iterable<string>, fragment: string): string[] {
  const lower = fragment.toLowerCase();
  const found = new Set<string>();
  for (const word of words) if (word.toLowerCase().startsWith(lower)) found.add(word);
  return [...found].sort().slice(0, CANDIDATES_MAX);
}

/** Tables that the text mentions, by name and by alias. */
function mentionedTables(view: CompletionCatalog, text: string): Map<string, readonly string[]> {
  const tables = new Map<string, readonly string[]>();
  for (const match of text.matchAll(
    /\b(?:from|join|into|update|table)\s+([\p{L}_][\p{L}\p{N}_.]*)(?:\s+(?:as\s+)?([\p{L}_][\p{L}\p{N}_]*))?/giu,
  )) {
    const parts = (match[1] ?? "").split(".");
    const table = view.table(parts.length > 1 ? parts[0] : undefined, parts.at(-1) ?? "");
    if (table === undefined) continue;
    const columns = table.columns.map((column) => column.name);
    tables.set(table.name.toLowerCase(), columns);
    if (match[2] !== undefined && !Object.hasOwn(KEYWORDS, match[2].toLowerCase()))
      tables.set(match[2].toLowerCase(), columns);
  }
  return tables;
}

/** Completes the end of `text`, everything typed since the statement began. */
export function completions(view: CompletionCatalog, text: string): Completions {
  const backslash = /^\s*(\\[^\s]*)$/u.exec(text);
  if (backslash !== null) {
    const fragment = backslash[1] ?? "";
    return {
      words: starting(
        Object.keys(REPL_COMMANDS).map((word) => `\\${word}`),
        fragment,
      ),
      fragment,
    };
  }
  const member = /([\p{L}_][\p{L}\p{N}_]*)\.([\p{L}\p{N}_]*)$/u.exec(text);
  if (member !== null) {
    const owner = (member[1] ?? "").toLowerCase();
    const fragment = member[2] ?? "";
    const columns =
      mentionedTables(view, text).get(owner) ?? view.table(undefined, owner)?.columns.map((column) => column.name);
    if (columns !== undefined) return { words: starting(columns, fragment), fragment };
    if (view.schemas().some((schema) => schema.toLowerCase() === owner)) {
      return {
        words: starting(
          view.tableNames().filter((name) => view.table(owner, name) !== undefined),
          fragment,
        ),
        fragment,
      };
    }
    return { words: [], fragment };
  }
  const fragment = /[\p{L}_][\p{L}\p{N}_]*$/u.exec(text)?.[0] ?? "";
  if (fragment === "" && !/\s$/u.test(text)) return { words: [], fragment };
  if (/\b(?:from|join|into|update|table|describe|\\d)\s+[\p{L}\p{N}_]*$/iu.test(text))
    return { words: starting(view.tableNames(), fragment), fragment };
  if (/\bcall\s+[\p{L}\p{N}_]*$/iu.test(text)) return { words: starting(view.routineNames(), fragment), fragment };
  const upper = fragment === fragment.toUpperCase() && fragment !== fragment.toLowerCase();
  const keywords = Object.keys(KEYWORDS).map((word) => (upper ? word.toUpperCase() : word));
  const columns = [...mentionedTables(view, text).values()].flat();
  return {
    words: starting(
      [...columns, ...view.tableNames(), ...view.routineNames(), ...(fragment === "" ? [] : keywords)],
      fragment,
    ),
    fragment,
  };
}
