// Whether a request is for another lane than the one that its session lives in: of a kind that it names, or one that can be ended while it runs.
// Nothing can end a thread in the middle of a statement. So a thread only reads, which locks nobody out, and holds nothing of its sessions between two requests:
// whoever writes, begins a transaction or keeps something goes to a process before he does, and stays there.
import { trap } from "../../bytecode/trap.ts";
import { encodeFrame } from "../../protocol/frame.ts";
import type { Session } from "../session-types.ts";
import { WRITING_ACTIONS } from "./lane-actions.ts";
import type { RequestPlace } from "./request-place.ts";
import { type AskedWork, textArguments } from "./run-options.ts";
import { LANE_TAGS, type LaneTag } from "./types.ts";

/** Where a session is to go. */
export interface Elsewhere {
  /** Undefined: a lane of the kind that the session asked for at first. */
  readonly wanted: LaneTag | undefined;
  /** True: not to a thread. */
  readonly inProcess: boolean;
  /** The frame of the request for which it goes, to be done there. */
  readonly first?: Uint8Array;
  readonly movedFor?: bigint;
}

/**
 * Where a session goes for a request, when the client has taken what was written before; undefined when it is done here.
 * @throws Trap WrongArguments for a kind of lanes that there is not; ServiceUnavailable where it needs a process and there is none.
 */
export function elsewhereFor(
  { lane, session, frame }: RequestPlace,
  asked: AskedWork,
  host: "process" | "thread",
): Elsewhere | "when taken" | undefined {
  const { tags } = lane.opening;
  const named = asked.fields.lane;
  const tag = LANE_TAGS.find((each) => each === named);
  if (named !== undefined && tag === undefined)
    throw trap("WrongArguments", `There is no lane ${named}; there are ${LANE_TAGS.join(", ")}.`);
  const other = tag === undefined || tags.includes(tag) ? undefined : tag;
  if (other === undefined && host === "process") return undefined;
  const { engineIfOpen: engine } = session;
  if (engine !== undefined && (engine.inTransaction || engine.holdsState)) return undefined;
  const messageId = BigInt(frame.messageId);
  const inProcess = !onlyReads(session.engine, asked);
  // It was given back for this request already: the lane that it wants is not to be had.
  const isBack = session.info.movedFor === messageId;
  if (isBack && inProcess && host === "thread") refuseInThread();
  if (isBack || (other === undefined && !inProcess)) return undefined;
  // To be refused only since the answer before is still under way would be refused by chance.
  if (session.unsent) return inProcess ? "when taken" : undefined;
  const first = encodeFrame(frame.code, { messageId: frame.messageId, sessionId: frame.sessionId }, frame.payload);
  // A lane in a process stands in for the one that it is in now.
  return { wanted: other ?? tags.at(0), inProcess, first, movedFor: messageId };
}

/** What is wrong with a request is told when it runs. @throws EngineError when the schema cannot be read. */
function onlyReads(session: Session, { kind, text, args, fields }: AskedWork): boolean {
  // An answer that is kept is written.
  if (fields.idempotency_key !== undefined) return false;
  if (kind === "call") return session.callOnlyReads(text);
  if (kind === "action") return !WRITING_ACTIONS.has(text);
  const bound = textArguments(text, args);
  return session.textOnlyReads(bound.text, bound.args);
}

/** @throws Trap ServiceUnavailable, always. */
export function refuseInThread(): never {
  throw trap(
    "ServiceUnavailable",
    "What writes, begins a transaction or keeps something in the session is not done in a lane that is a thread, and no process could be started for it. Try again.",
  );
}
