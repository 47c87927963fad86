// CALL_PROCEDURE: the short way through a lane. A call that waits for nothing is answered before the next frame is looked at.
import { TableValue, type Value } from "../../base/value/value.ts";
import type { Argument } from "../../protocol/message-codec.ts";
import type { Effects } from "../../compiler/effects/effects.ts";
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
  return given.lane.around(given, { kind: "call", text: name, args, fields }, (place) => {
    const { lane, session, answer } = place;
    const values = callArguments(args);
    const outcome = callNoted(place, name, values);
    if (lane.mayTryAgain(session, answer, 0)) return waitAndCall(place, name, values);
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
    const outcome = callNoted(place, name, args);
    if (lane.mayTryAgain(session, answer, 0)) continue;
    return tell(answer, place.flow, outcome);
  }
}

/** One try of a call; what it may have written is noted, when somebody wants to hear of it. */
function callNoted(
  { lane, session }: RequestPlace,
  name: string,
  args: readonly Value[] | Readonly<Record<string, Value>>,
): CallOutcome {
  if (!lane.watched.tables) return session.engine.call(name, args);
  return lane.commits.around(session, () => {
    const outcome = session.engine.call(name, args);
    // What an autonomous block did stays when the call fails.
    if (outcome.kind === "failed") session.written.anything ||= !session.engine.undoneBecauseLocked;
    else if (outcome.kind === "returned") noteWrites(session, name);
    return outcome;
  });
}

/** The tables that a routine may write, by its effects. */
function noteWrites(session: LaneSession, name: string): void {
  const [routine] = session.engine.catalogView().routines(name.replace(/@.*$/u, ""));
  session.written.add(routine === undefined ? undefined : effectsOf(routine.signature.effectsJson));
  session.written.calls = true;
}

/** Effects that were read, by their text; few differ. */
const known = new Map<string, Effects | undefined>();
const KNOWN_MAX = 1000;

function effectsOf(effectsJson: string): Effects | undefined {
  if (known.has(effectsJson)) return known.get(effectsJson);
  const effects = effectsFromJson(effectsJson);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(effectsJson, effects);
  return effects;
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
