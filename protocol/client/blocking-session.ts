// A session of a daemon for code that cannot await: each text is sent and its whole answer waited for. One request at a time, nothing is repeated.
import { FLAGS, type Frame, type Id, PROTOCOL_VERSION } from "../frame.ts";
import { FrameReader } from "../frame-reader.ts";
import { type Argument, decodeMessage, encodeMessage, type MessageFields } from "../message-codec.ts";
import { MESSAGES } from "../messages.ts";
import { type NoticeListener, plainOwner, type RawResult, ResultsAnswer } from "./answers.ts";
import { type BlockingSocket, openBlocking } from "./blocking-socket.ts";
import { connectionClosed, errorOfAnswer, notUnderstood } from "./failures.ts";
import { readSocketKey } from "./socket-key.ts";

/** A text to run, or a routine to call. */
export type Asked = { readonly text: string } | { readonly name: string };

/** A session. After a lost connection it is of no use any more. */
export interface BlockingSession {
  readonly isOpen: boolean;
  /**
   * Runs it and gives its results; undefined when `interrupted` said so, and the session is closed, which ends the text on the daemon.
   * @throws GrizzlyError.
   */
  ask(
    what: Asked,
    args: readonly Argument[],
    onNotice: NoticeListener,
    interrupted: () => boolean,
  ): readonly RawResult[] | undefined;
  close(): void;
}

const { ERROR, DONE, READY, GOODBYE } = MESSAGES;

/** Opens a session. @throws GrizzlyError `ServiceUnavailable`, what the daemon answers. */
export function openBlockingSession(path: string, clientName: string): BlockingSession {
  const socket = openBlocking(path);
  try {
    return greeted(socket, path, clientName);
  } catch (error) {
    socket.close();
    throw error;
  }
}

function greeted(socket: BlockingSocket, path: string, clientName: string): BlockingSession {
  const reader = new FrameReader();
  const waiting: Frame[] = [];
  let isOpen = true;
  let nextMessageId = 1;

  function nextFrame(interrupted: () => boolean): Frame | undefined {
    for (let frame = waiting.shift(); ; frame = waiting.shift()) {
      if (frame !== undefined) return frame;
      const bytes = socket.read(interrupted);
      if (bytes === undefined) return undefined;
      waiting.push(...reader.push(bytes));
      if (reader.fault !== undefined) throw notUnderstood(reader.fault.message, reader.fault);
    }
  }

  function answered<Name extends "PING" | "CONNECT">(name: Name, messageId: Id, fields: MessageFields<Name>): Frame {
    socket.write(encodeMessage(name, { messageId, sessionId: 0 }, fields));
    const frame = nextFrame(() => false);
    if (frame === undefined) throw notUnderstood("it is empty.");
    return frame;
  }

  // Who has answered has made its key before.
  const pong = answered("PING", nextMessageId++, {});
  if (pong.code === GOODBYE.code) throw connectionClosed(decodeMessage("GOODBYE", pong.payload).fields);
  const first = answered("CONNECT", nextMessageId++, {
    protocol_version: PROTOCOL_VERSION,
    client_name: clientName,
    socket_key: readSocketKey(path),
  });
  if (first.code === GOODBYE.code) throw connectionClosed(decodeMessage("GOODBYE", first.payload).fields);
  if (first.code === ERROR.code) throw errorOfAnswer(decodeMessage("ERROR", first.payload).fields);
  if (first.code !== READY.code) throw notUnderstood(`it begins with message ${first.code}.`);
  const sessionId = decodeMessage("READY", first.payload).fields.session_id;

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    socket.close();
  }

  /** Hands the frames of one answer over until its last one. Gives false when it was interrupted. */
  function collect(messageId: Id, answer: ResultsAnswer, interrupted: () => boolean): boolean {
    for (;;) {
      const frame = nextFrame(interrupted);
      if (frame === undefined) return false;
      if (frame.code === GOODBYE.code) {
        close();
        throw connectionClosed(decodeMessage("GOODBYE", frame.payload).fields);
      }
      if (frame.messageId !== messageId) continue;
      const isLast = (frame.flags & FLAGS.END) !== 0 || frame.code === ERROR.code || frame.code === DONE.code;
      answer.frame(frame, isLast);
      if (isLast) return true;
    }
  }

  return {
    get isOpen() {
      return isOpen;
    },
    ask(what, args, onNotice, interrupted) {
      const messageId = nextMessageId++;
      let failure: unknown;
      const failed = (error: unknown): void => {
        failure = error;
      };
      const answer = new ResultsAnswer({
        ...plainOwner(() => undefined, failed, onNotice),
        allow: (id, bytes) => socket.write(encodeMessage("FETCH", { messageId: id, sessionId }, { bytes })),
      });
      const header = { messageId, sessionId };
      socket.write(
        "text" in what
          ? encodeMessage("EXECUTE_SQL", header, what, args)
          : encodeMessage("CALL_PROCEDURE", header, what, args),
      );
      try {
        if (!collect(messageId, answer, interrupted)) {
          close();
          return undefined;
        }
      } catch (error) {
        close();
        throw error;
      }
      if (failure !== undefined) throw failure;
      return answer.results;
    },
    close,
  };
}
