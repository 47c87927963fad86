// What each message of a client does in a lane: one table. A request that needs no waiting is done before its handler returns.
import { InternalError } from "../../base/failure.ts";
import { Json } from "../../base/value/value.ts";
import { Trap } from "../../bytecode/trap.ts";
import { messageName } from "../../protocol/frame.ts";
import { decodeMessage, encodeMessage } from "../../protocol/message-codec.ts";
import type { MESSAGES, MessageName } from "../../protocol/messages.ts";
import { WireFault } from "../../protocol/wire-fault.ts";
import { EngineError } from "../../storage/engine.ts";
import { errorValueOf } from "../sql/engine-errors.ts";
import { type Answer, type WireError, wireErrorOf } from "./answer.ts";
import { laneAction, SERVICE_CONTROL } from "./lane-actions.ts";
import type { RequestPlace } from "./request-place.ts";
import { manageText } from "./manage-text.ts";
import { describeCatalog } from "./describe.ts";
import { prepareText, runPrepared } from "./prepared.ts";
import { runCall } from "./run-call.ts";
import { runText } from "./run-text.ts";
import { RequestEnded } from "./running-request.ts";

type Handler = (place: RequestPlace) => Promise<void> | undefined;

type ClientMessage = {
  [Name in MessageName]: (typeof MESSAGES)[Name]["from"] extends "client" ? Name : never;
}[MessageName];

const HANDLERS: Readonly<Record<ClientMessage, Handler>> = {
  CONNECT: ({ answer }) => refuse(answer, "The connection has a session already."),
  DISCONNECT: ({ session }) => {
    session.close("disconnected");
    return undefined;
  },
  PING: ({ answer }) => {
    answer.put(encodeMessage("PONG", answer.options(true), {}), true);
    return undefined;
  },
  EXECUTE_SQL: (place) => {
    const { fields, args } = decodeMessage("EXECUTE_SQL", place.frame.payload);
    return runText(place, { text: fields.text, args, fields });
  },
  CALL_PROCEDURE: (place) => {
    const { fields, args } = decodeMessage("CALL_PROCEDURE", place.frame.payload);
    return runCall(place, { name: fields.name, args, fields });
  },
  PREPARE: (place) => prepareText(place, decodeMessage("PREPARE", place.frame.payload).fields.text),
  EXECUTE_PREPARED: (place) => runPrepared(place, decodeMessage("EXECUTE_PREPARED", place.frame.payload)),
  CLOSE_PREPARED: ({ session, answer, frame }) => {
    session.prepared.delete(Number(decodeMessage("CLOSE_PREPARED", frame.payload).fields.statement_id));
    answer.done();
    return undefined;
  },
  FETCH: ({ session, frame }) => {
    session.fetched(Number(decodeMessage("FETCH", frame.payload).fields.bytes));
    return undefined;
  },
  CANCEL: ({ session, frame }) => {
    const { fields } = decodeMessage("CANCEL", frame.payload);
    // On the session's own connection, whose requests are its own.
    if (BigInt(fields.session_id) === session.info.sessionId && sameBytes(fields.secret, session.info.secret))
      session.cancel(fields.message_id);
    return undefined;
  },
  MANAGE_PROCEDURE: (place) =>
    runText(place, { text: manageText("PROCEDURE", decodeMessage("MANAGE_PROCEDURE", place.frame.payload).fields) }),
  MANAGE_TRIGGER: (place) =>
    runText(place, { text: manageText("TRIGGER", decodeMessage("MANAGE_TRIGGER", place.frame.payload).fields) }),
  MANAGE_SCHEDULE: (place) =>
    runText(place, { text: manageText("SCHEDULE", decodeMessage("MANAGE_SCHEDULE", place.frame.payload).fields) }),
  SERVICE_CONTROL: (place) => {
    const { lane, session, answer, frame } = place;
    const { action, argument } = decodeMessage("SERVICE_CONTROL", frame.payload).fields;
    return lane.inItsLane(place, { kind: "action", text: action, args: [], fields: {} }, async () => {
      const own = await whenFree(place, () => laneAction(session, action, argument));
      if (own !== undefined) return answer.value(new Json(own), "json", [], true);
      if (action !== "status") session.engine.requires(SERVICE_CONTROL);
      answer.value(new Json(await lane.lead.ask(session, action, argument)), "json", [], true);
    });
  },
  SUBSCRIBE: ({ lane, session, answer, frame }) => {
    const { fields } = decodeMessage("SUBSCRIBE", frame.payload);
    const topics = fields.topics.split(",").map((topic) => topic.trim());
    lane.rights.demandTopics(session, topics);
    session.subscribed = true;
    lane.send({ kind: "subscribe", sessionId: session.info.sessionId, topics });
    answer.done();
    return undefined;
  },
  UNSUBSCRIBE: ({ lane, session, answer }) => {
    session.subscribed = false;
    lane.send({ kind: "subscribe", sessionId: session.info.sessionId, topics: [] });
    answer.done();
    return undefined;
  },
  DESCRIBE: ({ session, answer, frame }) => {
    const { what, name } = decodeMessage("DESCRIBE", frame.payload).fields;
    answer.value(new Json(describeCatalog(session.engine, what, name)), "json", [], true);
    return undefined;
  },
};

/** Pauses of an action that waits for another writer, in milliseconds; the last one stays. */
const BUSY_PAUSES_MS = [1, 2, 5, 10, 25] as const;

/** Does an action of the lane, again while another writer has the database. @throws Trap, EngineError `busy` after the busy timeout, RequestEnded. */
async function whenFree<T>({ lane, session }: RequestPlace, work: () => T): Promise<T> {
  const from = performance.now();
  for (let tries = 0; ; tries += 1) {
    try {
      return lane.commits.around(session, work);
    } catch (error) {
      const isBusy = error instanceof EngineError && error.kind === "busy";
      if (!isBusy || performance.now() - from > lane.opening.busyTimeoutMs) throw error;
    }
    await session.pause(BUSY_PAUSES_MS[tries] ?? BUSY_PAUSES_MS.at(-1));
  }
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function refuse(answer: Answer, message: string): undefined {
  answer.error({ code: "ProtocolError", message, retryable: false });
  return undefined;
}

/** Does a request. Whatever it fails with is answered; the session goes on. */
export function handleRequest(place: RequestPlace): Promise<void> | undefined {
  const { frame, answer, session } = place;
  try {
    const name = messageName(frame.code);
    const handler = name === undefined ? undefined : (HANDLERS as Partial<Record<MessageName, Handler>>)[name];
    if (handler === undefined) return refuse(answer, `Message ${name ?? frame.code} is none that a server takes.`);
    if (frame.sessionId !== session.id) return refuse(answer, "The frame names another session.");
    return handler(place)?.catch((error: unknown) => failed(place, error));
  } catch (error) {
    failed(place, error);
    return undefined;
  }
}

/** Answers with what went wrong. A fault of ours is told to the Lead's log too; it ends the session, whose state nobody knows then. */
function failed({ lane, session, answer }: RequestPlace, error: unknown): void {
  const known = knownError(error);
  if (known !== undefined) {
    answer.error(known);
    return;
  }
  const fault = error instanceof Error ? error : new InternalError(String(error));
  lane.send({ kind: "log", level: "error", text: `${fault.stack ?? fault.message}` });
  answer.error({ code: "InternalError", message: `This is a bug of gobi: ${fault.message}`, retryable: false });
  session.borrowed.distrust();
  session.goodbye("killed", "The session ended because of a bug of gobi.");
}

/** An error that is no bug of ours, as the client sees it. */
export function knownError(error: unknown): WireError | undefined {
  if (error instanceof Trap) return wireErrorOf(error.value);
  if (error instanceof EngineError) return { ...wireErrorOf(errorValueOf(error)), help: error.help };
  if (error instanceof RequestEnded)
    return { code: error.code, message: error.message, retryable: error.code === "Deadlock" };
  if (error instanceof WireFault) {
    // A value of ours that is too large to be sent. Frames of clients that are too large never come so far.
    const code = error.kind === "oversize" ? "LimitExceeded" : "ProtocolError";
    return { code, message: error.message, retryable: false };
  }
  return undefined;
}
