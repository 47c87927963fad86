// Requests with an idempotency key: done once, answered the same each time. The answer is kept in the transaction of the work, so that after a crash both are there or neither.
// A text with a key is one transaction of its own; what fails is undone and not kept, so that the same key may be tried again.
import { createHash } from "node:crypto";
import { LIMITS } from "../../base/limits.ts";
import { jsonText } from "../../base/value/json.ts";
import { ErrorValue } from "../../base/value/value.ts";
import { Trap, trap } from "../../bytecode/trap.ts";
import { encodeFrame, FLAGS, type Frame } from "../../protocol/frame.ts";
import { FrameReader } from "../../protocol/frame-reader.ts";
import { idempotencyKeyFault } from "../../protocol/idempotency-key.ts";
import type { Argument } from "../../protocol/message-codec.ts";
import { MESSAGES } from "../../protocol/messages.ts";
import { type CatalogPlace, catalogVersion, ensureCatalog, storedTable, timestampText } from "../catalog/schema.ts";
import type { Principal } from "../security/types.ts";
import type { Session } from "../session-types.ts";
import { readRows, textOf, writeRows } from "../sql/rows.ts";
import { Answer, type AnswerPlace } from "./answer.ts";
import type { LaneSession } from "./lane-session.ts";
import type { RequestPlace } from "./request-place.ts";
import type { RunFields } from "./run-options.ts";
import type { Flow } from "./row-pump.ts";

const TABLE = storedTable("kept_answers");
/** An answer is kept at least this long; older ones go when a new one comes. */
const KEPT_MS = 24 * 60 * 60 * 1000;
const SWEPT_MAX = 100;
/** Catalog version from which on the table is there. */
const SINCE = 3;

/** Work that is done once. */
export interface KeyedWork {
  readonly key: string;
  /** Tells a request from another one with the same key. */
  readonly hash: string;
  work(place: RequestPlace): Promise<void> | undefined;
}

/** The key of a request. @throws Trap WrongArguments when it is empty or too long to be kept. */
export function keyOf({ idempotency_key: key }: RunFields): string | undefined {
  const fault = key === undefined ? undefined : idempotencyKeyFault("idempotency_key", key);
  if (fault !== undefined) throw trap("WrongArguments", fault);
  return key;
}

/** What a request asks for, as a hash. */
export function requestHash(code: number, text: string, args: readonly Argument[]): string {
  const hash = createHash("sha256").update(`${code}\0${text}`);
  for (const { name, value } of args) hash.update(`\0${name}\0${jsonText(value)}`);
  return hash.digest("hex");
}

/** Frames are held until the work is committed: no window, no socket. */
const HELD_FLOW: Flow = { compression: undefined, full: false, sent: () => undefined, room: () => Promise.resolve() };

/** Does keyed work, or gives the answer that was kept. @throws Trap, EngineError; nothing is left of the work then. */
export async function doOnce(place: RequestPlace, keyed: KeyedWork): Promise<void> {
  const { session } = place;
  const { engine } = session;
  const isOwn = !engine.inTransaction;
  if (isOwn) await beginWriting(place);
  try {
    const kept = findKept(session, keyed);
    if (kept !== undefined) {
      if (isOwn) control(engine, "ROLLBACK");
      replay(place, new FrameReader().push(kept));
      return;
    }
    const frames = await held(place, keyed);
    const bytes = Buffer.concat(frames);
    const read = new FrameReader().push(bytes);
    const isDone = endsWell(read);
    if (isDone) keep(session, keyed, bytes);
    if (isOwn) place.lane.commits.around(session, () => control(engine, isDone ? "COMMIT" : "ROLLBACK"));
    replay(place, read);
  } catch (error) {
    if (isOwn && engine.inTransaction) control(engine, "ROLLBACK");
    throw error;
  }
}

/** The frames of the work's answer, which nobody has seen yet. */
async function held(place: RequestPlace, { work }: KeyedWork): Promise<readonly Uint8Array[]> {
  const { session } = place;
  const frames: Uint8Array[] = [];
  let bytes = 0;
  const recorder: AnswerPlace = {
    id: session.id,
    epoch: session.epoch,
    endFlags: () => FLAGS.END,
    put: (frame) => {
      bytes += frame.length;
      if (bytes > LIMITS.framePayloadBytesMax.value)
        throw trap("LimitExceeded", "The answer of a request with an idempotency key is too large to be kept.");
      frames.push(frame);
    },
  };
  const answer = new Answer(recorder, place.answer.messageId);
  const before = session.output;
  session.output = answer;
  try {
    await work({ ...place, answer, flow: HELD_FLOW });
  } finally {
    session.output = before;
  }
  return frames;
}

function endsWell(frames: readonly Frame[]): boolean {
  const last = frames.at(-1);
  return last !== undefined && (last.flags & FLAGS.END) !== 0 && last.code !== ERROR_CODE;
}
const ERROR_CODE = MESSAGES.ERROR.code;

/** Sends frames of an earlier answer as the answer of this request. */
function replay({ session, answer }: RequestPlace, frames: readonly Frame[]): void {
  for (const frame of frames) {
    const isEnd = (frame.flags & FLAGS.END) !== 0;
    const options = answer.options(isEnd);
    const flags = (frame.flags & (FLAGS.FIRST | FLAGS.LAST)) | (options.flags ?? 0);
    answer.put(encodeFrame(frame.code, { ...options, flags, catalogEpoch: session.epoch }, frame.payload), isEnd);
  }
}

/** Takes the write lock, when it is this session's turn. */
async function beginWriting({ lane, session }: RequestPlace): Promise<void> {
  const { engine } = session;
  for (let attempt = 0; ; attempt += 1) {
    const outcome = engine.executeStatement("BEGIN IMMEDIATE");
    if (outcome.kind === "completed") return;
    if (outcome.kind === "failed" && !engine.undoneBecauseLocked) throw new Trap(outcome.error);
    await lane.requests.waitToWrite(session, attempt);
  }
}

/** @throws Trap: a commit that fails undoes the work. */
function control(engine: Session, text: "COMMIT" | "ROLLBACK"): void {
  const outcome = engine.executeStatement(text);
  if (outcome.kind === "failed") throw new Trap(outcome.error);
}

/** Whose answers a session finds: those of its user, and with a token that has scopes only those that were given to the token itself. */
function keeperOf({ userId, scopes, tokenId }: Principal): string {
  return scopes === undefined ? userId : `${userId} ${tokenId ?? ""}`;
}

function findKept({ engine, info }: LaneSession, { key, hash }: KeyedWork): Uint8Array | undefined {
  const { connection } = engine;
  if (catalogVersion(connection) < SINCE) return undefined;
  const [row] = readRows(connection, `SELECT request_hash, answer FROM ${TABLE} WHERE principal = ? AND key = ?`, [
    keeperOf(info.principal),
    key,
  ]);
  if (row === undefined) return undefined;
  if (textOf(row[0]) !== hash)
    throw new Trap(new ErrorValue("IdempotencyKeyReused", `The idempotency key ${key} was used for another request.`));
  return row[1] instanceof Uint8Array ? row[1] : undefined;
}

function keep({ engine, info }: LaneSession, { key, hash }: KeyedWork, answer: Uint8Array): void {
  const { connection } = engine;
  const nowMs = Date.now();
  const place: CatalogPlace = {
    connection,
    nowMicros: () => nowMs * 1000,
    elapsedMs: () => performance.now(),
  };
  ensureCatalog(place);
  writeRows(connection, `INSERT INTO ${TABLE} (principal, key, request_hash, answer, kept_at) VALUES (?, ?, ?, ?, ?)`, [
    keeperOf(info.principal),
    key,
    hash,
    answer,
    timestampText(nowMs * 1000),
  ]);
  writeRows(
    connection,
    `DELETE FROM ${TABLE} WHERE rowid IN (SELECT rowid FROM ${TABLE} WHERE kept_at < ? LIMIT ${SWEPT_MAX})`,
    [timestampText((nowMs - KEPT_MS) * 1000)],
  );
}
