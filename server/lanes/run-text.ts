// EXECUTE_SQL: a text statement by statement, with a turn of the event loop between two. A statement that finds the database locked is put back until it is its turn.
import type { Problem } from "../../base/problem.ts";
import type { Argument } from "../../protocol/message-codec.ts";
import { trap } from "../../bytecode/trap.ts";
import type { TransactionStatement } from "../../compiler/syntax/tree.ts";
import type { TextFailure, TextRun, UpcomingStatement } from "../running/text-run.ts";
import type { StatementResult } from "../session-types.ts";
import { askAhead } from "./ask-ahead.ts";
import { type Answer, rejection, wireErrorOf } from "./answer.ts";
import type { RequestPlace } from "./request-place.ts";
import { type Rows, rowsOfTable, sendRows, turn } from "./row-pump.ts";
import { andKeep, answerFromCache, cacheKey } from "./result-cache.ts";
import { type RunFields, textArguments } from "./run-options.ts";

/** A text as the client asked for it. */
export interface TextRequest {
  readonly text: string;
  readonly args?: readonly Argument[];
  readonly fields?: RunFields;
}

/** Runs a text. @throws Trap, EngineError. */
export function runText(given: RequestPlace, { text, args = [], fields = {} }: TextRequest): Promise<void> | undefined {
  return given.lane.around(given, { kind: "text", text, args, fields }, (place) => {
    const { cache } = place.lane;
    const key =
      cache === undefined || place.flow !== place.session ? undefined : cacheKey(place.session, text, args, fields);
    if (cache !== undefined && key !== undefined && answerFromCache(place, cache, key)) return undefined;
    const bound = textArguments(text, args);
    const run = place.session.engine.begin(bound.text, bound.args);
    if (run.rejected) {
      place.answer.error(rejection(run.problems));
      return undefined;
    }
    warn(place.answer, run.problems);
    if (cache === undefined || key === undefined) return steps(place, run);
    return andKeep(place, cache, key, run, (inner) => steps(inner, run));
  });
}

/** Warnings and remarks about a text that runs all the same. */
function warn(answer: Answer, problems: readonly Problem[]): void {
  for (const problem of problems) if (problem.severity !== "hint") answer.problem(problem);
}

async function steps(place: RequestPlace, run: TextRun): Promise<void> {
  const { session, answer } = place;
  try {
    let isFirst = true;
    while (run.next !== undefined && !answer.ended) {
      if (!isFirst) {
        session.flush();
        await turn();
        session.check();
      }
      isFirst = false;
      await step(place, run);
      // A statement that comes now may last: who waits for this transaction must be able to see it.
      place.lane.requests.between(session, session.engine);
    }
  } finally {
    run.end();
  }
  answer.done();
}

/** One statement, as often as it finds the database locked. */
async function step(place: RequestPlace, run: TextRun): Promise<void> {
  const { lane, session, answer } = place;
  if (place.flow !== session) refuseControl(run);
  await askAhead(place, run);
  for (let attempt = 0; ; attempt += 1) {
    const undoes = isRollback(run);
    if (asksNobody(run)) lane.requests.tell(session);
    const stream = run.stream();
    if (stream !== undefined) {
      const { source, types } = stream;
      const rows: Rows = {
        columns: source.columns.map(({ name }, index) => ({ name, type: types[index] ?? "any" })),
        next: () => source.next(),
        close: () => source.close(),
      };
      return sendRows(answer, place.flow, rows, run.next === undefined);
    }
    const results: StatementResult[] = [];
    const before = answer.notices;
    const failure = isSelect(run)
      ? run.step((event) => void results.push(event.result))
      : lane.commits.around(session, () => stepNoted(place, run, results));
    if (failure?.again === true && answer.notices === before && results.length === 0) {
      await lane.requests.waitToWrite(session, attempt);
      continue;
    }
    for (const [index, result] of results.entries()) {
      const last = failure === undefined && run.next === undefined && index === results.length - 1;
      if (result.kind === "table") await sendRows(answer, place.flow, rowsOfTable(result.table, result.types), last);
      else answer.result(result, last);
    }
    if (failure !== undefined) answer.error(wireErrorOf(failure.error));
    else if (undoes) session.written.clear();
    return;
  }
}

/** True for a query that commits nothing. */
function isSelect({ next }: TextRun): boolean {
  return (
    next !== undefined && !next.writes && next.statement.kind === "sql" && next.statement.statement.kind === "select"
  );
}

/** One try of a statement; what it may have written is noted, when somebody wants to hear of it. */
function stepNoted({ lane, session }: RequestPlace, run: TextRun, results: StatementResult[]): TextFailure | undefined {
  const next = lane.watched.tables ? run.next : undefined;
  const failure = run.step((event) => void results.push(event.result));
  // What an autonomous block did stays when its statement fails.
  if (failure !== undefined) session.written.anything ||= next !== undefined && !failure.again;
  else if (next !== undefined && controlOf(next) === undefined) session.written.add(next.effects);
  return failure;
}

/** Statements that the engine carries out without asking anybody, however long they last: only the Lead can end them, with the lane. */
const SILENT: ReadonlySet<string> = new Set(["alterTable", "backup", "createIndex", "drop", "maintenance", "restore"]);

function asksNobody({ next }: TextRun): boolean {
  if (next?.statement.kind !== "sql" && next?.statement.kind !== "management") return false;
  return SILENT.has(next.statement.statement.kind);
}

/** True when the next statement undoes the whole transaction. */
function isRollback({ next }: TextRun): boolean {
  return next !== undefined && controlOf(next)?.action === "rollback";
}

function controlOf({ statement }: UpcomingStatement): TransactionStatement | undefined {
  return statement.kind === "sql" && statement.statement.kind === "transactionControl"
    ? statement.statement
    : undefined;
}

/** A text with an idempotency key is one transaction, which the lane begins and ends. @throws Trap TransactionState. */
function refuseControl({ next }: TextRun): void {
  if (next !== undefined && controlOf(next) !== undefined)
    throw trap(
      "TransactionState",
      "A text with an idempotency key is one transaction of its own; leave BEGIN and COMMIT out.",
    );
}
