// Query templates as files: SQL with a head of comments. One file may hold several, each from its `-- @query` line on.
//   -- @query 57 orders_of_customer
//   -- @doc Orders of one customer.
//   -- @param CUSTOMER INTEGER
//   -- @lane fast
//   -- @timeout 5s
//   -- @public
//   -- @cache 30s
//   SELECT id, total FROM orders WHERE customer_id = :CUSTOMER
// A second text of the same number with another `-- @dialect` takes the head of the first.
import { durationMs } from "../../base/quantity.ts";
import { sqlTokens } from "../sql/dynamic-sql.ts";
import { PARAMETER_TYPES, type ParameterType, type Queue, QUEUES } from "./types.ts";

/** A template as its file says it. */
export interface TemplateText {
  readonly id: number;
  readonly name: string;
  readonly description: string | undefined;
  readonly queue: Queue;
  readonly timeoutMs: number;
  readonly isPublic: boolean;
  readonly params: Readonly<Record<string, ParameterType>>;
  /** How old a kept answer may be; undefined: as old as the last commit. */
  readonly cacheTtlMs: number | undefined;
  readonly dialect: string;
  readonly text: string;
}

/** What is wrong in a file: line from 1. */
export interface TemplateFault {
  readonly line: number;
  readonly message: string;
}

const TIMEOUT_MS = 30_000;
const NAMESPACE_DIALECTS = ["generic", "sqlite", "postgresql", "mariadb"] as const;

interface Draft {
  readonly line: number;
  id: number;
  name: string;
  description: string[];
  queue: Queue;
  timeoutMs: number;
  isPublic: boolean;
  cacheTtlMs: number | undefined;
  dialect: string;
  readonly params: Record<string, ParameterType>;
  readonly lines: string[];
  /** Words of its head. */
  readonly words: string[];
  /** A line of its head is wrong. */
  faulty: boolean;
}

/** Reads a file. Templates with faults are left out. */
export function readTemplates(source: string): {
  readonly templates: readonly TemplateText[];
  readonly faults: readonly TemplateFault[];
} {
  const faults: TemplateFault[] = [];
  const drafts: Draft[] = [];
  for (const [index, text] of source.split(/\r?\n/u).entries()) {
    const line = index + 1;
    const head = /^\s*--\s*@(\w+)\s*(.*?)\s*$/u.exec(text);
    const draft = drafts.at(-1);
    if (head?.[1] === "query") drafts.push(begin(head[2] ?? "", line, faults));
    else if (draft === undefined) {
      if (text.trim() !== "" && !text.trimStart().startsWith("--"))
        faults.push({ line, message: "A template begins with a line `-- @query <number> <name>`." });
    } else if (head === null) draft.lines.push(text);
    else {
      const word = head[1] ?? "";
      draft.words.push(word);
      const message = attribute(draft, word, head[2] ?? "");
      if (message !== undefined) {
        faults.push({ line, message });
        draft.faulty = true;
      }
    }
  }
  const templates = drafts.flatMap((draft) => finish(draft, drafts, faults));
  return { templates, faults: faults.toSorted((left, right) => left.line - right.line) };
}

/** The first text of the number, when this one is for another dialect. Tells what is wrong with a second one. */
function headOf(draft: Draft, drafts: readonly Draft[], faults: TemplateFault[]): Draft {
  const first = drafts.find(({ id }) => id === draft.id) ?? draft;
  const { line, id, dialect, words } = draft;
  if (first === draft || id < 0) return draft;
  if (drafts.some((other) => other !== draft && other.line < line && other.id === id && other.dialect === dialect))
    faults.push({ line, message: `The number ${id} is given to two templates.` });
  const own = words.find((word) => word !== "dialect");
  if (own !== undefined)
    faults.push({ line, message: `The text for ${dialect} takes the head of line ${first.line}; leave out @${own}.` });
  return first;
}

function begin(rest: string, line: number, faults: TemplateFault[]): Draft {
  const found = /^(\d{1,15})\s+(\S.*)$/u.exec(rest);
  if (found === null)
    faults.push({
      line,
      message: "Write `-- @query <number> <name>`: a whole number and a name that people know it by.",
    });
  return {
    line,
    id: Number(found?.[1] ?? -1),
    name: found?.[2] ?? "",
    description: [],
    queue: "medium",
    timeoutMs: TIMEOUT_MS,
    isPublic: false,
    cacheTtlMs: undefined,
    dialect: "generic",
    params: {},
    lines: [],
    words: [],
    faulty: false,
  };
}

/** Sets what a line of the head says; gives what is wrong with it. */
function attribute(draft: Draft, word: string, rest: string): string | undefined {
  switch (word) {
    case "doc":
      draft.description.push(rest);
      return undefined;
    case "param":
      return parameter(draft, rest);
    case "lane":
      if (!isOneOf(QUEUES, rest)) return `There is no lane ${rest}; lanes are ${QUEUES.join(", ")}.`;
      draft.queue = rest;
      return undefined;
    case "timeout":
    case "cache": {
      const ms = durationMs(rest);
      if (ms === undefined || ms <= 0) return `\`${rest}\` is no duration; write 5s or 2m.`;
      if (word === "timeout") draft.timeoutMs = ms;
      else [draft.cacheTtlMs, draft.queue] = [ms, "cache"];
      return undefined;
    }
    case "dialect":
      if (!isOneOf(NAMESPACE_DIALECTS, rest)) return `Dialects are ${NAMESPACE_DIALECTS.join(", ")}.`;
      draft.dialect = rest;
      return undefined;
    case "public":
      draft.isPublic = true;
      return undefined;
    default:
      return `@${word} is not known; heads have @query, @doc, @param, @lane, @timeout, @cache, @dialect, @public.`;
  }
}

function parameter(draft: Draft, rest: string): string | undefined {
  const [name = "", type = ""] = rest.split(/\s+/u);
  if (!/^[A-Za-z_]\w*$/u.test(name)) return "Write `-- @param <NAME> <TYPE>`.";
  if (!isOneOf(PARAMETER_TYPES, type))
    return `${name} has the type \`${type}\`; types are ${PARAMETER_TYPES.join(", ")}.`;
  if (draft.params[name] !== undefined) return `${name} is declared twice.`;
  draft.params[name] = type;
  return undefined;
}

function isOneOf<T extends string>(words: readonly T[], word: string): word is T {
  return (words as readonly string[]).includes(word);
}

function finish(draft: Draft, drafts: readonly Draft[], faults: TemplateFault[]): readonly TemplateText[] {
  const before = faults.length;
  const { line, description, lines: _, words: _words, faulty, ...head } = headOf(draft, drafts, faults);
  const text = draft.lines.join("\n").trim();
  if (text === "") faults.push({ line: draft.line, message: `${head.name || "The template"} has no SQL.` });
  const used = new Set(
    sqlTokens(text).flatMap(({ kind, text: word }) => (kind === "parameter" ? [word.slice(1)] : [])),
  );
  const undeclared = [...used].filter((name) => head.params[name] === undefined);
  if (undeclared.length > 0)
    faults.push({ line, message: `Declare ${undeclared.map((name) => `\`-- @param ${name} TYPE\``).join(", ")}.` });
  const idle = Object.keys(head.params).filter((name) => !used.has(name));
  if (idle.length > 0) faults.push({ line: draft.line, message: `No \`:${idle.join("`, `:")}\` stands in the SQL.` });
  if (faults.length > before || head.id < 0 || faulty || draft.faulty) return [];
  return [
    {
      ...head,
      dialect: draft.dialect,
      text,
      description: description.length === 0 ? undefined : description.join(" "),
    },
  ];
}
