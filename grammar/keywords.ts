// The table of words with a meaning in the grammar. Keyword rules, completion, highlighting and the reference derive from it.
// Words are contextual: only `reserved` ones cannot be plain names (and those can after `.`, as keys, and where SQL needs a name).

/** One keyword. */
interface KeywordRow {
  /** Cannot be a name without backticks (LANGUAGE.md section 12). */
  readonly reserved?: true;
  /** May start a statement, so that a new line that begins with it ends the statement before. */
  readonly starts?: true;
  /** Continues a SQL clause, so that it cannot be an alias without AS. Reserved words cannot either. */
  readonly notAlias?: true;
  /** Closes or divides a block of keywords; a statement ends before it. */
  readonly closes?: true;
  /** Reserved here but a name in SQLite, hence a name in SQL where a name must stand. */
  readonly sqlName?: true;
  /** Also the name of a standard function, hence a name in code directly before `(`. */
  readonly callable?: true;
  /** One sentence for hover and completion. */
  readonly doc?: string;
}

/** Every keyword, lower case. */
export const KEYWORDS = {
  // Reserved.
  select: { reserved: true, starts: true, doc: "Reads rows: SELECT columns FROM table WHERE condition." },
  from: { reserved: true, starts: true, doc: "Names the tables that a query reads; may stand first." },
  where: { reserved: true, doc: "Keeps the rows for which the condition is true." },
  insert: { reserved: true, starts: true, doc: "Adds rows to a table." },
  update: { reserved: true, starts: true, doc: "Changes columns of the rows that match." },
  delete: { reserved: true, starts: true, doc: "Removes the rows that match." },
  create: { reserved: true, starts: true, doc: "Makes a table, view, index, routine, trigger or schedule; fails when the name exists." },
  drop: { reserved: true, starts: true, callable: true, doc: "Removes an object." },
  upsert: { reserved: true, starts: true, sqlName: true, doc: "Declares or replaces an object; UPSERT INTO inserts rows or updates those whose key exists." },
  let: { reserved: true, starts: true, sqlName: true, doc: "Declares a variable: let x = value." },
  const: { reserved: true, starts: true, sqlName: true, doc: "Declares a variable that cannot be assigned again." },
  set: { reserved: true, starts: true, doc: "Assigns: SET x = value; in UPDATE, the new values of columns." },
  declare: { reserved: true, starts: true, sqlName: true, doc: "Declares a variable: DECLARE x type = value." },
  return: { reserved: true, starts: true, sqlName: true, doc: "Ends the routine with a value." },
  if: { reserved: true, starts: true, sqlName: true, doc: "Runs a block when a condition is true; also an expression." },
  then: { reserved: true, closes: true, doc: "Begins the block of IF, WHEN or a query." },
  else: { reserved: true, closes: true, doc: "Begins what is done otherwise." },
  elsif: { reserved: true, closes: true, sqlName: true, doc: "A further condition of IF." },
  end: { reserved: true, closes: true, sqlName: true, doc: "Ends a block of keywords." },
  while: { reserved: true, starts: true, sqlName: true, doc: "Repeats a block as long as a condition is true." },
  loop: { reserved: true, starts: true, sqlName: true, doc: "Repeats a block until break." },
  for: { reserved: true, starts: true, sqlName: true, doc: "Runs a block for each element, row or number." },
  match: { reserved: true, starts: true, sqlName: true, doc: "Chooses by patterns." },
  case: { reserved: true, doc: "Chooses a value by conditions: CASE WHEN c THEN a ELSE b END." },
  when: { reserved: true, closes: true, doc: "Begins a condition of CASE, of a trigger or of break." },
  try: { reserved: true, starts: true, sqlName: true, doc: "Runs a block whose errors are caught and whose writes are undone then." },
  catch: { reserved: true, closes: true, sqlName: true, doc: "Handles an error of the try block before it." },
  finally: { reserved: true, closes: true, sqlName: true, doc: "Runs at the end of a try, with or without an error." },
  begin: { reserved: true, starts: true, sqlName: true, doc: "Begins a block of keywords, or a transaction when `;` follows." },
  and: { reserved: true, doc: "True when both sides are." },
  or: { reserved: true, doc: "True when one side is." },
  not: { reserved: true, doc: "True when the operand is false." },
  in: { reserved: true, doc: "True when the set contains the value." },
  is: { reserved: true, doc: "Equal, where null equals null." },
  between: { reserved: true, doc: "x between low and high, both inclusive." },
  like: { reserved: true, sqlName: true, doc: "Text pattern: % any text, _ one character." },
  null: { reserved: true, doc: "No value." },
  true: { reserved: true, doc: "The boolean true." },
  false: { reserved: true, doc: "The boolean false." },
  as: { reserved: true, doc: "Names an alias, or casts: x as T." },
  on: { reserved: true, doc: "The condition of a join, or the table of a trigger." },
  join: { reserved: true, callable: true, doc: "Combines the rows of two tables." },
  having: { reserved: true, doc: "Keeps the groups for which the condition is true." },
  union: { reserved: true, doc: "The rows of both queries, without duplicates; UNION ALL keeps them." },
  raise: { reserved: true, starts: true, sqlName: true, doc: "Raises an error; without one, the error being handled." },
  throw: { reserved: true, starts: true, sqlName: true, doc: "Raises an error." },
  call: { reserved: true, starts: true, sqlName: true, doc: "Calls a procedure." },
  with: { reserved: true, starts: true, sqlName: true, doc: "Names queries that the statement uses (common table expressions)." },
  yield: { reserved: true, starts: true, sqlName: true, doc: "Delivers one row, or the rows of a query, of a function that returns table<…>." },
  await: { reserved: true, starts: true, sqlName: true, doc: "Waits for a job and gives its result." },
  // Words that may start a statement.
  print: { starts: true, doc: "Writes a value and a line end." },
  assert: { starts: true, doc: "Raises AssertionFailed when the condition is not true." },
  expect: { starts: true, doc: "In tests: expect(condition), or expect raises Error { … }." },
  emit: { starts: true, doc: "Delivers a result set to the client." },
  skip: { starts: true, doc: "In a BEFORE ROW trigger: leaves this row out." },
  log: { starts: true, doc: "log.info(e), log.warn(e), log.error(e) write to the log." },
  execute: { starts: true, doc: "Runs SQL text that is built at run time from trusted parts." },
  fetch: { starts: true, doc: "Reads the next row of a cursor into variables." },
  open: { starts: true, doc: "Opens a declared cursor." },
  close: { starts: true, doc: "Closes a cursor." },
  exit: { starts: true, doc: "Leaves a loop." },
  break: { starts: true, doc: "Leaves a loop." },
  continue: { starts: true, doc: "Goes on with the next turn of a loop." },
  transaction: { starts: true, doc: "Runs a block as one transaction, a savepoint when already inside one." },
  autonomous: { starts: true, doc: "Runs a block in its own transaction, which survives a rollback outside." },
  async: { starts: true, doc: "Starts a job and gives its handle; in a header: the routine runs as a job." },
  replace: { starts: true, doc: "REPLACE INTO inserts rows and removes those with the same key." },
  merge: { starts: true, doc: "Inserts, updates or deletes rows by comparison with another table." },
  alter: { starts: true, doc: "Changes a table." },
  explain: { starts: true, doc: "Shows how a statement or call would be carried out." },
  pragma: { starts: true, doc: "Reads or changes a setting of SQLite." },
  commit: { starts: true, doc: "Ends the transaction and keeps its changes." },
  rollback: { starts: true, doc: "Ends the transaction and undoes its changes; ROLLBACK PROCEDURE p TO n restores a version." },
  savepoint: { starts: true, doc: "Marks a place to which a transaction can be rolled back." },
  release: { starts: true, doc: "Forgets a savepoint and keeps its changes." },
  list: { starts: true, doc: "Lists objects of one kind." },
  show: { starts: true, doc: "Lists objects of one kind, or shows one." },
  describe: { starts: true, doc: "Shows columns or signature of an object." },
  enable: { starts: true, doc: "Switches a trigger, schedule or pipeline on." },
  disable: { starts: true, doc: "Switches a trigger, schedule or pipeline off." },
  run: { starts: true, doc: "Starts a schedule or pipeline now." },
  cancel: { starts: true, doc: "Stops a run." },
  attach: { starts: true, doc: "Makes another database or the gobi daemon available under a name." },
  detach: { starts: true, doc: "Lets an attached database go." },
  backup: { starts: true, doc: "BACKUP DATABASE TO 'file' copies the last committed state." },
  restore: { starts: true, doc: "RESTORE DATABASE FROM 'file' replaces the database." },
  profile: { starts: true, doc: "PROFILE CALL p() shows where the time went." },
  grant: { starts: true, doc: "Gives a right." },
  revoke: { starts: true, doc: "Takes a right away." },
  analyze: { starts: true, doc: "Gathers statistics for the query planner." },
  reindex: { starts: true, doc: "Builds indexes anew." },
  vacuum: { starts: true, doc: "Rewrites the database file compactly." },
  values: { starts: true, notAlias: true, doc: "Rows written out: VALUES (1, 'a'), (2, 'b')." },
  function: { starts: true, doc: "Declares a function." },
  procedure: { starts: true, doc: "Declares a stored procedure." },
  trigger: { starts: true, doc: "Declares a trigger." },
  schedule: { starts: true, doc: "Declares a schedule; SCHEDULE HISTORY shows its runs." },
  pipeline: { starts: true, doc: "Declares a pipeline." },
  type: { starts: true, doc: "Declares a struct or enum; as a type: to be inferred." },
  test: { starts: true, doc: "Declares a test; its changes are rolled back." },
  error: { starts: true, doc: "Declares an error with fields; as a type: any error." },
  import: { starts: true, doc: "Brings in another file or part of the standard library." },
  load: { starts: true, doc: "Brings in another file or part of the standard library." },
  export: { starts: true, doc: "Marks what other files see." },
  // Words that continue a SQL clause.
  into: { notAlias: true, doc: "The table that receives rows, or the variables that receive a row." },
  group: { notAlias: true, doc: "GROUP BY makes one row of the rows with equal values." },
  order: { notAlias: true, doc: "ORDER BY sorts." },
  limit: { notAlias: true, doc: "At most so many rows." },
  offset: { notAlias: true, doc: "Leaves out so many rows first." },
  window: { notAlias: true, doc: "Names windows for OVER." },
  intersect: { notAlias: true, doc: "The rows that both queries have." },
  except: { notAlias: true, doc: "The rows of the first query that the second has not." },
  left: { notAlias: true, doc: "LEFT JOIN keeps rows without a partner, with nulls." },
  right: { notAlias: true, doc: "RIGHT JOIN keeps rows of the right table without a partner." },
  full: { notAlias: true, doc: "FULL JOIN keeps rows without a partner on both sides." },
  inner: { notAlias: true, doc: "INNER JOIN keeps only pairs." },
  outer: { notAlias: true, doc: "Part of LEFT OUTER JOIN." },
  anti: { notAlias: true, doc: "ANTI JOIN keeps rows without a partner." },
  semi: { notAlias: true, doc: "SEMI JOIN keeps rows with a partner, once." },
  cross: { notAlias: true, doc: "CROSS JOIN makes all pairs." },
  natural: { notAlias: true, doc: "NATURAL JOIN compares the columns of equal names." },
  using: { notAlias: true, doc: "The columns that a join compares, or the values of execute." },
  returning: { notAlias: true, doc: "The rows that a change has written, as a result." },
  collate: { notAlias: true, doc: "Chooses how text is compared." },
  escape: { notAlias: true, doc: "The character that makes % and _ plain in LIKE." },
  isnull: { notAlias: true },
  notnull: { notAlias: true },
  glob: { notAlias: true, doc: "Text pattern with * and ?, case-sensitive." },
  regexp: { notAlias: true, doc: "Regular expression." },
  ilike: { notAlias: true, doc: "LIKE without regard to case." },
  contains: { notAlias: true, doc: "True when the text or list on the left holds the value on the right." },
  indexed: { notAlias: true },
  do: { notAlias: true, doc: "ON CONFLICT … DO NOTHING or DO UPDATE; begins a loop's block." },
  // Words of clauses.
  elseif: { closes: true, doc: "A further condition of IF; the same as ELSIF." },
  abort: {}, action: {}, add: {}, after: { doc: "The trigger runs after the rows are written." }, all: {}, always: {}, any: {}, array: {},
  asc: { doc: "Ascending." }, auto: { doc: "A type to be inferred." }, autoincrement: {}, before: { doc: "The trigger runs before the row is written." },
  by: {}, bytecode: {}, cascade: {}, cast: { doc: "CAST(x AS T) converts a value." }, check: {}, column: {}, conflict: {}, constraint: {},
  cron: { doc: "The times of a schedule: minute hour day month weekday." }, current: {}, current_date: {}, current_time: {}, current_timestamp: {},
  cursor: { doc: "A query that is read row by row with fetch." }, database: {}, date: {}, default: {}, deferrable: {}, deferred: {},
  definer: { doc: "SECURITY DEFINER: the routine runs with its owner's rights." }, desc: { doc: "Descending." },
  detached: { doc: "The job goes on when its caller ends." }, dict: {}, distinct: { doc: "Without duplicates." }, double: {}, each: {}, effects: {}, enum: {},
  exclude: {}, exclusive: {}, exists: { doc: "True when the query has a row." }, extends: {}, fail: {}, filter: {}, first: {}, fn: {}, following: {},
  foreign: {}, functions: {}, generated: {}, groups: {}, handle: {}, history: {}, ignore: {}, immediate: {}, index: {}, indexes: {}, initially: {},
  inout: { doc: "The parameter is read and assigned back." }, instead: { doc: "INSTEAD OF: the trigger does the work on a view." }, interval: {}, invoker: {},
  job: {}, key: {}, lanes: {}, last: {}, lateral: {}, map: {}, matched: {}, materialized: {}, max: {}, next: {}, no: {}, nothing: {}, nulls: {}, of: {},
  others: {}, out: { doc: "The parameter is assigned back." }, over: { doc: "Makes a window function." }, partition: {}, pipelines: {}, plan: {}, preceding: {},
  precision: {}, primary: {}, procedures: {}, query: {}, raises: { doc: "The errors that may escape." }, range: {}, recursive: {}, references: {},
  relation: {}, rename: {}, restrict: {}, returns: { doc: "The type of the result." }, reverse: {}, row: {}, rowid: {}, rows: {}, runs: {},
  schedules: {}, security: {}, sessions: {}, statement: {}, stored: {}, strict: {}, struct: {}, sync: { doc: "The routine runs inside its caller." },
  table: {}, tables: {}, temp: {}, temporary: {}, tests: {}, throws: {}, ties: {}, time: {}, timestamp: {}, timestamptz: {}, to: {}, triggers: {},
  trytoinfertype: { doc: "A type to be inferred from use." }, typeof: { doc: "@TypeOf(e) is the name of the expression's type." }, types: {},
  unbounded: {}, unique: {}, version: {}, view: {}, views: {}, virtual: {}, without: {},
} as const satisfies Record<string, KeywordRow>;

/** A word of the table. */
export type Keyword = keyof typeof KEYWORDS;

const ROWS: readonly (readonly [string, KeywordRow])[] = Object.entries(KEYWORDS);

function wordsWith(flag: "reserved" | "starts" | "notAlias" | "closes" | "sqlName" | "callable"): ReadonlySet<string> {
  return new Set(ROWS.filter(([, row]) => row[flag] === true).map(([word]) => word));
}

/** Words that are names only in backticks. */
export const RESERVED_WORDS = wordsWith("reserved");
/** Words that may start a statement. */
export const STATEMENT_WORDS = wordsWith("starts");
/** Words that are not reserved but no alias without AS. */
export const NO_ALIAS_WORDS = wordsWith("notAlias");
/** Words before which a statement ends: they close or divide a block. */
export const CLOSING_WORDS = wordsWith("closes");
/** Reserved words that SQL may use as names where a name must stand. */
export const SQL_NAME_WORDS = wordsWith("sqlName");
/** Reserved words that name a standard function (`xs |> drop(1)`). */
export const CALLABLE_WORDS = wordsWith("callable");

/** The Ohm rule of a keyword: `select` → `kSELECT`. */
export function keywordRule(word: string): string {
  return `k${word.toUpperCase()}`;
}

function alternatives(words: ReadonlySet<string>): string {
  return [...words].map(keywordRule).join(" | ");
}

/** The text of the Ohm grammar `Keywords`, on which lexical.ohm builds. */
export function keywordGrammarText(): string {
  const rules = ROWS.map(([word]) => `  ${keywordRule(word)} = caseInsensitive<"${word}"> ~wordPart`);
  return [
    "Keywords {",
    '  word = wordStart wordPart*',
    '  wordStart = "a".."z" | "A".."Z" | "_" | unicodeWordPart',
    '  wordPart = wordStart | digit | "$"',
    '  unicodeWordPart = ~"\\u00A0" ~"\\uFEFF" "\\u0080".."\\u{10FFFF}"',
    ...rules,
    `  reservedWord = ${alternatives(RESERVED_WORDS)}`,
    `  statementWord = ${alternatives(STATEMENT_WORDS)}`,
    `  noAliasWord = ${alternatives(NO_ALIAS_WORDS)}`,
    `  closingWord = ${alternatives(CLOSING_WORDS)}`,
    `  sqlReserved = ${alternatives(SQL_NAME_WORDS)}`,
    `  callableReserved = ${alternatives(CALLABLE_WORDS)}`,
    "}",
    "",
  ].join("\n");
}
