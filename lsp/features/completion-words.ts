// Keywords by position: which words may begin a statement, an operand, or go on with a clause of SQL after what stands there.
import { KEYWORDS } from "../../grammar/keywords.ts";
import type { Cursor } from "./cursor.ts";
import type { Proposal } from "./proposal.ts";

interface WordRow {
  readonly reserved?: true;
  readonly starts?: true;
  readonly closes?: true;
  readonly notAlias?: true;
  readonly doc?: string;
}
const WORDS = new Map<string, WordRow>(Object.entries(KEYWORDS));

/** What may follow in a query, by the clause word that was met last. */
const CLAUSES: Readonly<Record<string, readonly string[]>> = {
  select: ["distinct", "from", "as", "over", "filter", "into", "union", "limit"],
  from: "as,join,left join,right join,full join,cross join,inner join,natural join,where,group by,order by,limit,union,union all,intersect,except,having,window".split(
    ",",
  ),
  join: "as,on,using,join,left join,cross join,where,group by,order by,limit".split(","),
  on: "and,or,join,left join,where,group by,order by,limit".split(","),
  where: "and,or,group by,order by,limit,union,union all,returning,having".split(","),
  group: "having,order by,limit,union,asc,desc".split(","),
  having: "and,or,order by,limit".split(","),
  order: "asc,desc,nulls first,nulls last,limit".split(","),
  limit: ["offset"],
  offset: [],
  insert: "into,or replace,or ignore".split(","),
  into: "values,select,default values,on conflict,returning,from".split(","),
  values: "on conflict,returning".split(","),
  conflict: "do nothing,do update set".split(","),
  update: "set,where,from,returning".split(","),
  set: "where,from,returning".split(","),
  delete: "from".split(","),
  with: "as,recursive,select,materialized".split(","),
};

/** Words that are no names where they stand before an operand. */
const WANTS_OPERAND: ReadonlySet<string> = new Set(["by", "distinct", "all", "over", "recursive", "exists", "nulls"]);
/** Words that continue an operand. */
const OPERATORS = "and,or,in,not in,is null,is not null,between,like,as".split(",");
/** Words that begin an operand. */
const OPERANDS = "case,not,null,true,false,exists,cast".split(",");
const CODE_OPERANDS = "if,match,try,await,async,select,cursor,execute".split(",");
const HEADERS = "raises,returns,as sync,as async,security definer".split(",");

/** Declarations and blocks with their gaps. */
const SNIPPETS: Readonly<Record<string, string>> = {
  function: "function ${1:name} (${2:value} ${3:int})\nreturns ${4:int}\n{\n    return $0\n}",
  procedure: "upsert procedure ${1:name} (${2:value} ${3:int})\n{\n    $0\n}",
  trigger:
    "upsert TRIGGER as ${1:name} (\n    timing: '${2|after,before|}', event: '${3|insert,update,delete|}', target: '${4:table}', exe: 'procedure', call: '${5:procedure}'\n)",
  schedule: "upsert SCHEDULE as ${1:name} (\n    sched: '${2:0 2 * * *}', exe: 'procedure', call: '${3:procedure}'\n)",
  pipeline: "upsert PIPELINE as ${1:name} (\n    steps: [${2:first}, ${3:second}(after: ${2:first})]\n)",
  test: 'test "${1:name}" {\n    expect($0)\n}',
  if: "if ${1:condition} {\n    $0\n}",
  for: "for ${1:row} in ${2:SELECT * FROM table} {\n    $0\n}",
  while: "while ${1:condition} {\n    $0\n}",
  try: "try {\n    $0\n} catch (e) {\n}",
};

/** True where a statement may begin. */
export function startsStatement({ tokens, startsLine }: Cursor): boolean {
  const last = tokens.at(-1);
  if (last === undefined || last.text === ";" || last.text === "{" || last.text === "}") return true;
  if (["then", "else", "begin", "loop", "do"].includes(last.text)) return true;
  const ends = last.kind !== "sign" || [")", "]", "}"].includes(last.text);
  return (
    startsLine &&
    ends &&
    !["and", "or", "=", ",", "from", "where", "select", "set", "on", "by", "join", "in", "return"].includes(last.text)
  );
}

/** Words that begin a statement, blocks with their gaps first. */
export function statementWords(inBody: boolean): readonly Proposal[] {
  const declarations = new Set([
    "function",
    "procedure",
    "trigger",
    "schedule",
    "pipeline",
    "test",
    "import",
    "export",
    "error",
    "type",
  ]);
  return [...WORDS].flatMap(([word, row]) =>
    row.starts === true && !(inBody && declarations.has(word)) ? [wordProposal(word, 8, SNIPPETS[word])] : [],
  );
}

/** True behind an operand: an operator, a clause or the end may follow, but no value. */
export function isAfterOperand({ tokens }: Cursor): boolean {
  const last = tokens.at(-1);
  if (last === undefined) return false;
  return (
    last.kind === "string" || last.kind === "number" || isName(last.text, last.kind) || [")", "]"].includes(last.text)
  );
}

/** Words that go on where an operand or an operator is expected. */
export function expressionWords(cursor: Cursor, inSql: boolean): readonly Proposal[] {
  if (!isAfterOperand(cursor))
    return [...OPERANDS, ...(inSql ? [] : CODE_OPERANDS)].map((word) => wordProposal(word, 60));
  const clause = clauseOf(cursor);
  const words = clause === undefined ? OPERATORS : [...(CLAUSES[clause] ?? []), ...OPERATORS];
  return words.map((word) => wordProposal(clause === undefined ? word : word.toUpperCase(), 1));
}

/** Words of a routine's header. */
export function headerWords(): readonly Proposal[] {
  return HEADERS.map((word) => wordProposal(word, 1));
}

/** The clause word that was met last, in the brackets around the cursor. */
export function clauseOf({ tokens, open }: Cursor): string | undefined {
  const from = (open.at(-1)?.index ?? -1) + 1;
  let depth = 0;
  for (let index = tokens.length - 1; index >= from; index -= 1) {
    const token = tokens[index];
    if (token === undefined) break;
    if (token.text === ")" || token.text === "}" || token.text === "]") depth += 1;
    else if (token.text === "(" || token.text === "{" || token.text === "[") depth -= 1;
    else if (depth === 0 && token.kind === "word" && Object.hasOwn(CLAUSES, token.text)) return token.text;
    else if (depth === 0 && token.text === ";") return undefined;
  }
  return undefined;
}

function isName(text: string, kind: string): boolean {
  if (kind !== "word") return false;
  const row = WORDS.get(text);
  if (row?.reserved === true) return ["end", "null", "true", "false"].includes(text);
  return row?.starts !== true && row?.notAlias !== true && !WANTS_OPERAND.has(text);
}

function wordProposal(word: string, rank: number, snippet?: string): Proposal {
  const first = word.toLowerCase().split(" ")[0] ?? "";
  const row = WORDS.get(first);
  return {
    label: word,
    kind: "keyword",
    rank,
    ...(row?.doc === undefined ? {} : { about: row.doc }),
    ...(snippet === undefined ? {} : { snippet }),
  };
}
