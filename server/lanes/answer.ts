// The answer of one request: frames in order, the last one with END. Frames are put together and leave in one write.
import type { Problem } from "../../base/problem.ts";
import type { Span } from "../../base/source.ts";
import type { SentProblem, SentSpan } from "../../protocol/sent-problem.ts";
import { jsonText } from "../../base/value/json.ts";
import type { ErrorValue, Value } from "../../base/value/value.ts";
import { FLAGS, type FrameOptions, type Id } from "../../protocol/frame.ts";
import { type Argument, encodeMessage, encodeValue } from "../../protocol/message-codec.ts";
import type { OutputSink, StatementResult } from "../session-types.ts";
import { CANCELLED, LATE, type RunningRequest } from "./running-request.ts";

/** What an answer needs of its session. */
export interface AnswerPlace {
  readonly id: Id;
  /** Epoch of the catalog, for every frame. */
  readonly epoch: number;
  /** What runs. */
  readonly request?: RunningRequest | undefined;
  /** END with what the session holds now. */
  endFlags(): number;
  /** Puts a frame behind those that wait to be sent. */
  put(frame: Uint8Array): void;
}

/** Errors after which the same request may succeed when it is sent again. */
const RETRYABLE: ReadonlySet<string> = new Set(["DatabaseLocked", "Deadlock", "LaneLost", "ServiceUnavailable"]);

/** An error as the message ERROR tells it. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly help?: string | undefined;
  readonly retryable: boolean;
  readonly detail?: string | undefined;
  readonly problems?: string | undefined;
  readonly stack?: string | undefined;
}

/** The error of a program or of the engine. */
export function wireErrorOf(error: ErrorValue): WireError {
  return {
    code: error.code,
    message: error.message,
    retryable: RETRYABLE.has(error.code),
    detail: error.detail === null ? undefined : jsonText(error.detail),
    stack: error.stack.length === 0 ? undefined : JSON.stringify(error.stack),
  };
}

/** The error of a text that was not run. */
export function rejection(problems: readonly Problem[]): WireError {
  const [first, ...more] = problems.filter((problem) => problem.severity === "error");
  const others =
    more.length === 0 ? "" : ` There ${more.length === 1 ? "is 1 more error" : `are ${more.length} more errors`}.`;
  return {
    code: "CheckFailed",
    message: first === undefined ? "The text has errors." : `${first.message} (${first.code})${others}`,
    retryable: false,
    problems: JSON.stringify(problems.map(sentProblem)),
  };
}

/** A problem as it travels. */
function sentProblem({ code, severity, span, message, help, related, fixes }: Problem): SentProblem {
  const at = ({ start, end }: Span): SentSpan => ({ start, end });
  return {
    code,
    severity,
    ...at(span),
    message,
    ...(help === undefined ? {} : { help }),
    ...(related === undefined || related.length === 0
      ? {}
      : { related: related.map(({ span: place, label }) => ({ ...at(place), label })) }),
    ...(fixes === undefined || fixes.length === 0
      ? {}
      : {
          fixes: fixes.map(({ title, edits }) => ({
            title,
            edits: edits.map(({ span: place, text }) => ({ ...at(place), text })),
          })),
        }),
  };
}

/** An answer that is being given. */
export class Answer implements OutputSink {
  readonly messageId: Id;
  readonly #place: AnswerPlace;
  #notices = 0;
  #ended = false;
  #error: string | undefined;

  constructor(place: AnswerPlace, messageId: Id) {
    this.#place = place;
    this.messageId = messageId;
  }

  /** Notices so far: a statement that has printed is not tried again. */
  get notices(): number {
    return this.#notices;
  }

  /** True when it ended with an error. */
  get failed(): boolean {
    return this.#error !== undefined;
  }

  get timedOut(): boolean {
    return this.#error === "Timeout";
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What another answer to the same request has come to. */
  follow(other: Answer): void {
    this.#ended ||= other.#ended;
    this.#error ??= other.#error;
    this.#notices += other.#notices;
  }

  options(end: boolean): FrameOptions {
    const { id, epoch } = this.#place;
    return {
      messageId: this.messageId,
      sessionId: id,
      flags: end ? this.#place.endFlags() : 0,
      catalogEpoch: epoch,
    };
  }

  /** Sends a frame; with `end` it was the last one. */
  put(frame: Uint8Array, end: boolean): void {
    this.#ended ||= end;
    this.#place.put(frame);
  }

  print(text: string): void {
    this.#notice("print", text);
  }

  log(level: "debug" | "info" | "warn" | "error", text: string): void {
    this.#notice(level, text);
  }

  notice(text: string): void {
    this.#notice("notice", text);
  }

  /** A warning or remark about the text, which is run all the same. */
  problem(problem: Problem): void {
    const { code, severity, message } = problem;
    this.#notice(severity === "warning" ? "warn" : "info", `${code} ${message}`, JSON.stringify(sentProblem(problem)));
  }

  #notice(kind: string, text: string, problem?: string): void {
    this.#notices += 1;
    this.put(encodeMessage("NOTICE", this.options(false), { kind, text, problem }), false);
  }

  /** A result without rows. */
  result(result: Exclude<StatementResult, { kind: "table" }>, last: boolean): void {
    if (result.kind === "value") return this.value(result.value, result.type, [], last);
    const fields = result.kind === "changes" ? { verb: result.verb, changes: result.changes } : { text: result.text };
    this.put(encodeMessage(last ? "DONE" : "STATEMENT", this.options(last), fields), last);
  }

  value(value: Value, type: string, outs: readonly Argument[], last: boolean): void {
    this.put(encodeValue(this.options(last), value, type, outs), last);
  }

  /** Ends an answer whose last result did not. */
  done(): void {
    if (!this.#ended) this.put(encodeMessage("DONE", this.options(true), {}), true);
  }

  error(error: WireError): void {
    // At its deadline a request may also be stopped from outside.
    const isLate = error.code === "Cancelled" && this.#place.request?.isLate === true;
    const told = isLate ? { ...error, ...LATE } : error;
    this.#error ??= told.code;
    if (!this.#ended) this.put(encodeMessage("ERROR", this.options(true), told), true);
  }
}

/** FLAGS of a frame that ends an answer. */
export function endFlags(state: boolean, inTransaction: boolean): number {
  return FLAGS.END | (state ? FLAGS.STATE : 0) | (inTransaction ? FLAGS.IN_TRANSACTION : 0);
}

/** Answers a request that was cancelled before its turn, beside whatever runs. */
export function answerCancelled(session: AnswerPlace & { flush(): void }, messageId: Id): void {
  new Answer(session, messageId).error({ code: "Cancelled", message: CANCELLED, retryable: false });
  session.flush();
}
