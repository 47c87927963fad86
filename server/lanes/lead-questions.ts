// What a lane asks the Lead and waits for: locks of objects, the lists of sessions and lanes, the actions of SERVICE_CONTROL.
import { ErrorValue } from "../../base/value/value.ts";
import { Trap } from "../../bytecode/trap.ts";
import type { LaneSession } from "./lane-session.ts";
import type { FromLane, LeadAnswer } from "./types.ts";

/** The open questions of one lane. */
export class LeadQuestions {
  readonly #send: (message: FromLane) => void;
  readonly #open = new Map<number, (answer: LeadAnswer) => void>();
  #next = 1;

  constructor(send: (message: FromLane) => void) {
    this.#send = send;
  }

  /** The Lead has answered. */
  answered(askId: number, answer: LeadAnswer): void {
    this.#open.get(askId)?.(answer);
    this.#open.delete(askId);
  }

  /** Asks for something; gives the Lead's JSON. @throws Trap of a refusal. */
  async ask({ info }: LaneSession, action: string, argument: string | undefined): Promise<string> {
    const { sessionId, principal } = info;
    const answer = await this.#question((askId) => ({ kind: "ask", askId, sessionId, principal, action, argument }));
    if (answer.kind === "refused") throw refusal(answer);
    return answer.kind === "json" ? answer.text : "null";
  }

  /** Takes the lock of an object, held to the end of the session's transaction. @throws Trap Deadlock, Timeout; RequestEnded when the request must not wait any longer. */
  async lock(session: LaneSession, object: string, mode: "share" | "exclusive", waitMs: number): Promise<void> {
    const { sessionId } = session.info;
    let answer: LeadAnswer | undefined;
    void this.#question((askId) => ({ kind: "lock", askId, sessionId, object, mode, waitMs })).then((given) => {
      answer = given;
      session.wake();
    });
    // From now on: what is given while nobody waits any more is given back with the transaction.
    session.locked = true;
    try {
      while (answer === undefined) await session.pause();
    } catch (error) {
      this.#send({ kind: "stopLocking", sessionId });
      throw error;
    }
    if (answer.kind === "refused") throw refusal(answer);
  }

  #question(message: (askId: number) => FromLane): Promise<LeadAnswer> {
    const askId = this.#next;
    this.#next += 1;
    return new Promise((resolve) => {
      this.#open.set(askId, resolve);
      this.#send(message(askId));
    });
  }
}

function refusal({ code, message }: Extract<LeadAnswer, { kind: "refused" }>): Trap {
  return new Trap(new ErrorValue(code, message));
}
