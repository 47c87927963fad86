// The frames of an answer, collected: rows, values, what statements without rows said, the daemon's error.
// Rows stay columns here; values of JavaScript are made by who asked. Streams are in stream.ts.
import type { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { Problem } from "../../base/problem.ts";
import type { TableValue, Value } from "../../base/value/value.ts";
import { FLAGS, type Frame, type Id } from "../frame.ts";
import { decodeMessage, decodeValue, type DecodedMessage } from "../message-codec.ts";
import { MESSAGES, type MessageName } from "../messages.ts";
import { RowsDecoder, type WireColumn } from "../rows-decode.ts";
import type { Answer } from "./connection.ts";
import { errorOfAnswer, notUnderstood, problemOfNotice } from "./failures.ts";

/** What one statement gave. */
export type RawResult =
  | { readonly kind: "table"; readonly columns: readonly WireColumn[]; readonly parts: readonly TableValue[] }
  | {
      readonly kind: "value";
      readonly value: Value;
      readonly type: string;
      readonly outs: readonly { readonly name: string; readonly value: Value }[];
    }
  | { readonly kind: "changes"; readonly verb: "insert" | "update" | "delete"; readonly changes: number }
  | { readonly kind: "done"; readonly text: string };

/** Gets what programs print and log, and warnings about a text: these with the problem. */
export type NoticeListener = (
  kind: "print" | "notice" | "debug" | "info" | "warn" | "error",
  text: string,
  problem?: Problem,
) => void;

/** Whose answer it is. One of `resolve`, `reject` and `lost` is called. */
interface AnswerOwner<T> {
  resolve(result: T): void;
  /** The daemon's error. */
  reject(error: unknown): void;
  /** Called instead when the connection is lost. */
  lost(error: GrizzlyError): void;
  /** The answer has ended: called before the promise is settled; not when the connection is lost. */
  ended(): void;
  readonly onNotice: NoticeListener | undefined;
}

/** Whose results they are. */
export interface ResultsOwner extends AnswerOwner<readonly RawResult[]> {
  /** So many bytes of rows have been taken. */
  allow(messageId: Id, bytes: number): void;
}

/** Whoever waits for nothing but the answer. */
export function plainOwner<T>(
  resolve: (result: T) => void,
  reject: (error: unknown) => void,
  onNotice?: NoticeListener,
): AnswerOwner<T> {
  return { resolve, reject, lost: reject, ended: () => undefined, onNotice };
}

const { ROWS, VALUE, DONE, STATEMENT, ERROR, NOTICE, PREPARED, PONG } = MESSAGES;

/** Rows that may be under way, as the protocol has it when nothing else is said; half of it is asked for again at a time. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** Tells a listener what a program said. */
export function tellNotice(frame: Frame, onNotice: NoticeListener | undefined): void {
  if (onNotice === undefined) return;
  const { kind, text, problem } = decodeMessage("NOTICE", frame.payload).fields;
  onNotice(kind as Parameters<NoticeListener>[0], text, problemOfNotice(problem));
}

/** What DONE and STATEMENT say of a statement without rows; nothing when they only end the answer. */
export function saidBy(frame: Frame): readonly RawResult[] {
  const { verb, changes, text } = decodeMessage(frame.code === DONE.code ? "DONE" : "STATEMENT", frame.payload).fields;
  if (verb !== undefined)
    return [{ kind: "changes", verb: verb as "insert" | "update" | "delete", changes: Number(changes ?? 0) }];
  return text === undefined ? [] : [{ kind: "done", text }];
}

/** Collects all results of a request that runs something. */
export class ResultsAnswer implements Answer {
  readonly results: RawResult[] = [];
  readonly #owner: ResultsOwner;
  #decoder: RowsDecoder | undefined;
  #parts: TableValue[] = [];
  #taken = 0;

  constructor(owner: ResultsOwner) {
    this.#owner = owner;
  }

  frame(frame: Frame, isLast: boolean): void {
    switch (frame.code) {
      case VALUE.code:
        this.#value(frame);
        break;
      case ROWS.code:
        this.#rows(frame, isLast);
        break;
      case DONE.code:
      case STATEMENT.code:
        this.results.push(...saidBy(frame));
        break;
      case NOTICE.code:
        tellNotice(frame, this.#owner.onNotice);
        break;
      case ERROR.code: {
        const error = errorOfAnswer(decodeMessage("ERROR", frame.payload).fields);
        this.#owner.ended();
        return this.#owner.reject(error);
      }
      default:
        throw notUnderstood(`message ${frame.code} is no part of it.`);
    }
    if (!isLast) return;
    this.#owner.ended();
    this.#owner.resolve(this.results);
  }

  fail(error: GrizzlyError): void {
    this.#owner.lost(error);
  }

  #value(frame: Frame): void {
    const { value, type, outs } = decodeValue(frame.payload);
    this.results.push({ kind: "value", value, type, outs });
  }

  #rows(frame: Frame, isLast: boolean): void {
    if ((frame.flags & FLAGS.FIRST) !== 0) {
      this.#decoder = new RowsDecoder();
      this.#parts = [];
    }
    const decoder = this.#decoder;
    if (decoder === undefined) throw notUnderstood("rows come before their columns.");
    const part = decoder.push(frame.payload);
    if (part !== undefined) this.#parts.push(part);
    if ((frame.flags & FLAGS.LAST) !== 0) {
      this.results.push({ kind: "table", columns: decoder.columns, parts: this.#parts });
      this.#decoder = undefined;
    } else if (!isLast) {
      this.#taken += frame.payload.length;
      if (this.#taken < WINDOW_BYTES / 2) return;
      this.#owner.allow(frame.messageId, this.#taken);
      this.#taken = 0;
    }
  }
}

/** Waits for one message of a given name, or DONE. */
export class ReplyAnswer<Name extends MessageName> implements Answer {
  readonly #name: Name;
  readonly #owner: AnswerOwner<DecodedMessage<Name>["fields"]>;

  constructor(name: Name, owner: AnswerOwner<DecodedMessage<Name>["fields"]>) {
    this.#name = name;
    this.#owner = owner;
  }

  frame(frame: Frame, isLast: boolean): void {
    if (frame.code === NOTICE.code) return tellNotice(frame, this.#owner.onNotice);
    if (frame.code === ERROR.code) {
      const error = errorOfAnswer(decodeMessage("ERROR", frame.payload).fields);
      this.#owner.ended();
      return this.#owner.reject(error);
    }
    if (frame.code !== MESSAGES[this.#name].code) throw notUnderstood(`message ${frame.code} is no ${this.#name}.`);
    const { fields } = decodeMessage(this.#name, frame.payload);
    if (isLast || frame.code === PREPARED.code || frame.code === PONG.code) this.#owner.ended();
    return this.#owner.resolve(fields);
  }

  fail(error: GrizzlyError): void {
    this.#owner.lost(error);
  }
}
