// Carries one request out: takes a connection, sends, collects, gives the connection back; cancels by signal, ends what a daemon does not answer.
// A lost answer is repeated only where nothing can be done twice: with an idempotency key, or when the daemon says that the text only reads.
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { Id } from "../frame.ts";
import type { MessageFields } from "../message-codec.ts";
import { WireFault } from "../wire-fault.ts";
import {
  type NoticeListener,
  plainOwner,
  type RawResult,
  ReplyAnswer,
  ResultsAnswer,
  type ResultsOwner,
} from "./answers.ts";
import type { Connection } from "./connection.ts";
import { jsonOfAnswer, transactionLeft } from "./failures.ts";
import { type Request, type RunMessage, type RunMessageFields, textOf } from "./requests.ts";

/** Where connections come from: a pool, or the one of a session. */
export interface Route {
  /** One at once, or undefined when one must be waited for. */
  take(): Connection | undefined;
  wait(signal: AbortSignal | undefined): Promise<Connection>;
  give(connection: Connection): void;
  /** True where the next request may go elsewhere: what one leaves in its session is lost. */
  readonly isShared: boolean;
  /** How often a request may be sent again on another connection; 0 where its session's state would be missing. */
  readonly repeatsMax: number;
  readonly onNotice: NoticeListener | undefined;
}

/** A statement that was prepared on some connections. */
export interface PreparedOn {
  /** Its id on a connection, or undefined where it was not prepared yet. */
  idOn(connection: Connection): number | undefined;
  prepareOn(connection: Connection): Promise<number>;
  forget(connection: Connection): void;
}

/** What a request is carried out with. */
export interface Errand {
  readonly route: Route;
  readonly request: Request;
  readonly statement?: PreparedOn;
}

/** Longest time that one timer of the machine can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** Time beyond a deadline within which the daemon must have answered: its watchdog needs two seconds to kill what does not end. */
export const DEADLINE_GRACE_MS = 5_000;

/** Runs it. @throws GrizzlyError. */
export function run(errand: Errand): Promise<readonly RawResult[]> {
  const { signal } = errand.request.options ?? {};
  if (signal?.aborted === true) return Promise.reject(cancelled(signal));
  const connection = errand.route.take();
  return connection === undefined ? runLater(errand, 0) : start(errand, connection, 0);
}

async function runLater(errand: Errand, repeats: number): Promise<readonly RawResult[]> {
  const { signal } = errand.request.options ?? {};
  let connection: Connection;
  try {
    connection = await errand.route.wait(signal);
  } catch (error) {
    throw signal?.aborted === true ? cancelled(signal) : error;
  }
  return await start(errand, connection, repeats);
}

/** The request was not sent, or its end was not waited for. */
export function cancelled(signal: AbortSignal): GrizzlyError {
  return new GrizzlyError("Cancelled", "The request was cancelled before it was sent.", { cause: signal.reason });
}

function start(errand: Errand, connection: Connection, repeats: number): Promise<readonly RawResult[]> {
  const { request, statement } = errand;
  if (statement === undefined) return send(errand, connection, request.fields, repeats);
  const id = statement.idOn(connection);
  if (id === undefined) return prepareAndSend(errand, statement, connection, repeats);
  return send(errand, connection, { ...request.fields, statement_id: id }, repeats);
}

async function prepareAndSend(
  errand: Errand,
  statement: PreparedOn,
  connection: Connection,
  repeats: number,
): Promise<readonly RawResult[]> {
  let id: number;
  try {
    id = await statement.prepareOn(connection);
  } catch (error) {
    errand.route.give(connection);
    // Nothing was carried out: another connection may be tried.
    if (isLoss(error) && repeats < errand.route.repeatsMax) return await runLater(errand, repeats + 1);
    throw error;
  }
  return await send(errand, connection, { ...errand.request.fields, statement_id: id }, repeats);
}

function send(
  errand: Errand,
  connection: Connection,
  fields: RunMessageFields,
  repeats: number,
): Promise<readonly RawResult[]> {
  return new Promise((resolve, reject) => {
    const attempt = new Attempt(errand, connection, repeats, resolve, reject);
    attempt.send(fields);
  });
}

type Results = readonly RawResult[];

/** One sending of a request. An object and no closures: this is made for every call. */
class Attempt implements ResultsOwner {
  readonly onNotice: NoticeListener | undefined;
  readonly #errand: Errand;
  readonly #connection: Connection;
  readonly #repeats: number;
  readonly #epoch: number;
  readonly #resolve: (results: Results | Promise<Results>) => void;
  readonly #reject: (error: unknown) => void;
  #watch: Watch | undefined;

  constructor(
    errand: Errand,
    connection: Connection,
    repeats: number,
    resolve: (results: Results | Promise<Results>) => void,
    reject: (error: unknown) => void,
  ) {
    this.#errand = errand;
    this.#connection = connection;
    this.#repeats = repeats;
    this.#epoch = connection.catalogEpoch;
    this.#resolve = resolve;
    this.#reject = reject;
    this.onNotice = errand.route.onNotice;
  }

  send(fields: RunMessageFields): void {
    const { route, request } = this.#errand;
    const connection = this.#connection;
    try {
      const answer = new ResultsAnswer(this);
      const messageId = connection.send(request.name, fields as MessageFields<RunMessage>, answer, request.args);
      if (request.options !== undefined) this.#watch = watchRequest(connection, messageId, request.options);
    } catch (error) {
      route.give(connection);
      this.#reject(unsendable(error));
    }
  }

  resolve(results: Results): void {
    const isLost = this.#errand.route.isShared && this.#connection.inTransaction;
    if (isLost) this.#reject(transactionLeft());
    else this.#resolve(results);
  }

  reject(error: unknown): void {
    const { route, statement } = this.#errand;
    if (statement === undefined || !isUnknownStatement(error)) return this.#reject(error);
    statement.forget(this.#connection);
    if (this.#repeats > route.repeatsMax + 1) this.#reject(error);
    else this.#resolve(runLater(this.#errand, this.#repeats + 1));
  }

  lost(error: GrizzlyError): void {
    this.ended();
    const tooLate = this.#watch?.tooLate();
    if (tooLate === undefined)
      this.#resolve(repeat(this.#errand, error, { epoch: this.#epoch, repeats: this.#repeats }));
    else this.#reject(tooLate);
  }

  ended(): void {
    this.#watch?.stop();
    this.#errand.route.give(this.#connection);
  }

  allow(messageId: Id, bytes: number): void {
    this.#connection.allow(messageId, bytes);
  }
}

function isUnknownStatement(error: unknown): error is GrizzlyError {
  return error instanceof GrizzlyError && error.code === "NoSuchStatement";
}

function isLoss(error: unknown): error is GrizzlyError {
  return error instanceof GrizzlyError && error.code === "ConnectionLost";
}

/** What an encoder refuses is the caller's value or size. */
export function unsendable(error: unknown): unknown {
  if (!(error instanceof WireFault)) return error;
  return new GrizzlyError(error.kind === "oversize" ? "LimitExceeded" : "InvalidCast", error.message, { cause: error });
}

/** Sends a request again whose answer was lost, if that can do no harm. @throws GrizzlyError `ConnectionLost` when it cannot, or no daemon answers. */
async function repeat(
  errand: Errand,
  lost: GrizzlyError,
  before: { readonly epoch: number; readonly repeats: number },
): Promise<readonly RawResult[]> {
  const { route, request } = errand;
  if (!isLoss(lost) || before.repeats >= route.repeatsMax) throw lost;
  let connection: Connection;
  try {
    connection = await route.wait(request.options?.signal);
  } catch (error) {
    throw new GrizzlyError(lost.code, lost.message, { help: lost.help, cause: error });
  }
  if (lost.retryable || request.options?.idempotencyKey !== undefined || (await onlyReads(connection, request, before)))
    return await start(errand, connection, before.repeats + 1);
  route.give(connection);
  throw lost;
}

/**
 * Whether the daemon says that a text writes nothing, now and, as the catalog has not changed since, when it was sent.
 * False also when it cannot be asked.
 */
async function onlyReads(
  connection: Connection,
  request: Request,
  before: { readonly epoch: number },
): Promise<boolean> {
  try {
    const prepared = await prepareText(connection, textOf(request));
    await closePrepared(connection, prepared.statementId);
    return prepared.readOnly && connection.catalogEpoch === before.epoch;
  } catch (error) {
    if (error instanceof GrizzlyError) return false;
    throw error;
  }
}

/** A name with its type, of a parameter or a column. */
export interface Described {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

/** What PREPARE found out. */
export interface PreparedText {
  readonly statementId: number;
  readonly parameters: readonly Described[];
  readonly columns: readonly Described[];
  readonly readOnly: boolean;
}

/** Has a text checked and kept in the session. @throws GrizzlyError. */
export async function prepareText(connection: Connection, text: string): Promise<PreparedText> {
  const fields = await new Promise<MessageFields<"PREPARED">>((resolve, reject) => {
    connection.send("PREPARE", { text }, new ReplyAnswer("PREPARED", plainOwner(resolve, reject)));
  });
  return {
    statementId: Number(fields.statement_id),
    parameters: jsonOfAnswer<readonly Described[]>(fields.parameters),
    columns: jsonOfAnswer<readonly Described[]>(fields.columns),
    readOnly: fields.read_only,
  };
}

/** Forgets it. A connection that is lost has forgotten it already. */
export async function closePrepared(connection: Connection, statementId: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const settle = (): void => resolve();
    connection.send(
      "CLOSE_PREPARED",
      { statement_id: statementId },
      new ReplyAnswer("DONE", plainOwner(settle, settle)),
    );
  });
}

/** What watches over a request that was sent. */
interface Watch {
  stop(): void;
  /** The error when it was given up because nothing came in time. */
  tooLate(): GrizzlyError | undefined;
}

/** Cancels when the signal is aborted, and gives a connection up on which nothing comes in time. */
export function watchRequest(
  connection: Connection,
  messageId: Id,
  { signal, deadlineMs }: { readonly signal?: AbortSignal; readonly deadlineMs?: number },
): Watch | undefined {
  if (signal === undefined && deadlineMs === undefined) return undefined;
  let timer: NodeJS.Timeout | undefined;
  let error: GrizzlyError | undefined;
  const giveUpAfter = (ms: number, code: "Timeout" | "Cancelled"): void => {
    clearTimeout(timer);
    // A timer cannot wait for longer, and would end at once: whoever has that much time is not given up.
    if (ms > TIMER_MS_MAX) return;
    timer = setTimeout(() => {
      // It is not its turn yet, and whoever is before it would lose the connection too.
      if (code === "Timeout" && connection.waitsBehind(messageId)) return giveUpAfter(DEADLINE_GRACE_MS, code);
      error = new GrizzlyError(
        code,
        "The daemon did not answer in time; whether the request was carried out is not known.",
      );
      connection.destroy();
    }, ms);
  };
  const abort = (): void => {
    giveUpAfter(DEADLINE_GRACE_MS, "Cancelled");
    // Nobody there to be asked: then the connection is of no use either.
    connection.cancel(messageId).catch(() => connection.destroy());
  };
  if (deadlineMs !== undefined) giveUpAfter(deadlineMs + DEADLINE_GRACE_MS, "Timeout");
  signal?.addEventListener("abort", abort, { once: true });
  return {
    stop: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    },
    tooLate: () => error,
  };
}
