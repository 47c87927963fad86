// What a request is done with.
import type { Frame } from "../../protocol/frame.ts";
import type { Answer } from "./answer.ts";
import type { Lane } from "./lane.ts";
import type { Flow } from "./row-pump.ts";
import type { LaneSession } from "./lane-session.ts";

/** A request on its way through a lane. */
export interface RequestPlace {
  readonly lane: Lane;
  readonly session: LaneSession;
  readonly answer: Answer;
  readonly frame: Frame;
  /** What holds rows back. */
  readonly flow: Flow;
}
