// Whether a request is for another lane than the one that its session lives in: of a kind that it names, or one that can be ended while it runs.
import { trap } from "../../bytecode/trap.ts";
import { encodeFrame } from "../../protocol/frame.ts";
import type { RequestPlace } from "./request-place.ts";
import type { AskedWork } from "./run-options.ts";
import { LANE_TAGS, type LaneTag } from "./types.ts";
import { needsProcess } from "./unstoppable.ts";

/** Where a session is to go. */
export interface Elsewhere {
  /** Undefined: a lane of the kind that the session asked for at first. */
  readonly wanted: LaneTag | undefined;
  readonly inProcess: boolean;
  /** The frame of the request for which it goes, to be done there. */
  readonly first?: Uint8Array;
  readonly movedFor?: bigint;
}

/** Where a session goes for a request, when the client has taken what was written before; undefined when it is done here. @throws Trap WrongArguments for a kind of lanes that there is not. */
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
  const messageId = BigInt(frame.messageId);
  // It was given back for this request already: the lane that it wants is not to be had.
  const { engineIfOpen: engine } = session;
  const holds = engine !== undefined && (engine.inTransaction || engine.holdsState);
  if (holds || session.info.movedFor === messageId) return undefined;
  const inProcess = host === "thread" && needsProcess(session.engine, asked);
  if (other === undefined && !inProcess) return undefined;
  // To be refused only since the answer before is still under way would be refused by chance.
  if (session.unsent) return inProcess ? "when taken" : undefined;
  const first = encodeFrame(frame.code, { messageId: frame.messageId, sessionId: frame.sessionId }, frame.payload);
  // A lane in a process stands in for the one that it is in now.
  return { wanted: other ?? tags.at(0), inProcess, first, movedFor: messageId };
}
