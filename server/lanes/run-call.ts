// CALL_PROCEDURE: the short way through a lane. A call that waits for nothing is answered before the next frame is looked at.
import { TableValue, type Value } from "../../base/value/value.ts";
import type { Argument } from "../../protocol/message-codec.ts";
import { effectsFromJson } from "../../compiler/effects/print.ts";
import type { CallOutcome } from "../session-types.ts";
import { type Answer, rejection, wireErrorOf } from "./answer.ts";
import type { LaneSession } from "./lane-session.ts";
import type { RequestPlace } from "./request-place.ts";
import { type Flow, rowsOfTable, sendRows } from "./row-pump.ts";
import { callArguments, type RunFields } from "./run-options.ts";

/** A call as the client asked for it. */
export interface CallRequest {
  readonly name: string;
  readonly args: readonly Argument[];
  readonly fields: RunFields;
}

/** Does a call. @throws Trap, EngineError. */
export function runCall(given: RequestPlace, { name, args, fields }: CallRequest): Promise<void> | undefined {
  return given.lane.around(given, { text: name, args, fields }, (place) => {
    const { lane, session, answer } = place;
    const values = callArguments(args);
    const outcome = session.engine.call(name, values);
    if (lane.mayTryAgain(session, answer, 0)) return waitAndCall(place, name, values);
    if (lane.watched.tables && outcome.kind === "returned") noteWrites(session, name);
    return tell(answer, place.flow, outcome);
  });
}

async function waitAndCall(
  place: RequestPlace,
  name: string,
  args: readonly Value[] | Readonly<Record<string, Value>>,
): Promise<void> {
  const { lane, session, answer } = place;
  for (let attempt = 0; ; attempt += 1) {
    await lane.requests.waitToWrite(session, attempt);
    const outcome = session.engine.call(name, args);
    if (lane.mayTryAgain(session, answer, 0)) continue;
    if (lane.watched.tables && outcome.kind === "returned") noteWrites(session, name);
    return tell(answer, place.flow, outcome);
  }
}

/** The tables that a routine may write, by its effects. */
function noteWrites(session: LaneSession, name: string): void {
  const [routine] = session.engine.catalogView().routines(name.replace(/@.*$/u, ""));
  if (routine === undefined) return;
  for (const table of writesOf(routine.signature.effectsJson)) session.written.add(table);
}

/** Effects that were read, by their text; few differ. */
const known = new Map<string, readonly string[]>();
const KNOWN_MAX = 1000;

function writesOf(effectsJson: string): readonly string[] {
  const found = known.get(effectsJson);
  if (found !== undefined) return found;
  const tables = (effectsFromJson(effectsJson)?.writes ?? []).map(({ table }) => table);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(effectsJson, tables);
  return tables;
}

/** Sends what a call gave; undefined when that was all at once. */
function tell(answer: Answer, flow: Flow, outcome: CallOutcome): Promise<void> | undefined {
  if (outcome.kind === "failed") {
    answer.error(wireErrorOf(outcome.error));
    return undefined;
  }
  if (outcome.kind === "rejected") {
    answer.error(rejection(outcome.problems));
    return undefined;
  }
  const { value, type, emitted } = outcome;
  if (emitted.length > 0 || value instanceof TableValue) return tellTables(answer, flow, emitted, value, type);
  answer.value(value, type, [], true);
  return undefined;
}

async function tellTables(
  answer: Answer,
  flow: Flow,
  emitted: readonly TableValue[],
  value: Value,
  type: string,
): Promise<void> {
  for (const table of emitted) await sendRows(answer, flow, rowsOfTable(table), false);
  if (value instanceof TableValue) await sendRows(answer, flow, rowsOfTable(value), true);
  else answer.value(value, type, [], true);
}
