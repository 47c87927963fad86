// The frames of one answer on their way to a reader that takes its time: what it has taken is what the daemon may send again.
// A reader that leaves early cancels the rest on the daemon; the connection goes back when the answer has ended.
import type { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { Frame, Id } from "../frame.ts";
import { decodeMessage, type MessageFields } from "../message-codec.ts";
import { MESSAGES } from "../messages.ts";
import { tellNotice } from "./answers.ts";
import type { Answer, Connection } from "./connection.ts";
import { errorOfAnswer, transactionLeft } from "./failures.ts";
import type { Request, RunMessage } from "./requests.ts";
import { cancelled, type Route, unsendable, watchRequest } from "./run.ts";

const { ROWS, ERROR, NOTICE } = MESSAGES;

/** Bytes that the reader takes before it tells the daemon: often enough that it never waits, seldom enough that it costs nothing. */
const ALLOW_BYTES = 1024 * 1024;

/** Frames of one request. Made by `askFrames`. */
export class FrameQueue implements Answer {
  readonly #waiting: Frame[] = [];
  readonly #route: Route;
  #connection: Connection | undefined;
  #messageId: Id = 0;
  #watch: ReturnType<typeof watchRequest>;
  #wake: (() => void) | undefined;
  #ended = false;
  #left = false;
  #error: unknown;
  #untold = 0;

  constructor(route: Route) {
    this.#route = route;
  }

  /** Sends the request. @throws GrizzlyError. */
  async begin(request: Request): Promise<void> {
    const { signal } = request.options ?? {};
    if (signal?.aborted === true) throw cancelled(signal);
    const connection = this.#route.take() ?? (await this.#route.wait(signal));
    this.#connection = connection;
    try {
      this.#messageId = connection.send(request.name, request.fields as MessageFields<RunMessage>, this, request.args);
      if (request.options !== undefined) this.#watch = watchRequest(connection, this.#messageId, request.options);
    } catch (error) {
      this.#route.give(connection);
      throw unsendable(error);
    }
  }

  frame(frame: Frame, isLast: boolean): void {
    if (frame.code === NOTICE.code) tellNotice(frame, this.#route.onNotice);
    else if (frame.code === ERROR.code) this.#error ??= errorOfAnswer(decodeMessage("ERROR", frame.payload).fields);
    else if (!this.#left) this.#waiting.push(frame);
    if (isLast) this.#end();
    this.#wake?.();
  }

  fail(error: GrizzlyError): void {
    this.#error ??= this.#watch?.tooLate() ?? error;
    this.#end();
    this.#wake?.();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#watch?.stop();
    const connection = this.#connection;
    if (connection === undefined) return;
    if (this.#route.isShared && connection.inTransaction) this.#error ??= transactionLeft();
    this.#route.give(connection);
  }

  /** The next frame, or undefined at the end and once it was left. @throws GrizzlyError: the daemon's error comes behind the frames before it. */
  async next(): Promise<Frame | undefined> {
    for (;;) {
      if (this.#left) return undefined;
      const frame = this.#waiting.shift();
      if (frame !== undefined) {
        if (frame.code === ROWS.code) this.#allow(frame.payload.length);
        return frame;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  #allow(bytes: number): void {
    this.#untold += bytes;
    if (this.#ended || this.#untold < ALLOW_BYTES) return;
    this.#connection?.allow(this.#messageId, this.#untold);
    this.#untold = 0;
  }

  /** The reader wants no more. */
  leave(): void {
    if (this.#left || this.#ended) return;
    this.#left = true;
    this.#waiting.length = 0;
    this.#wake?.();
    const connection = this.#connection;
    connection?.cancel(this.#messageId).catch(() => connection.destroy());
  }
}

/** Sends a request whose answer is read frame by frame. @throws GrizzlyError. */
export async function askFrames(route: Route, request: Request): Promise<FrameQueue> {
  const queue = new FrameQueue(route);
  await queue.begin(request);
  return queue;
}
