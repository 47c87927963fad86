// The result cache of lanes with the tag `cache`: answers of single queries that only read, kept as the frames that were sent, by text and arguments.
// Exact: an answer is good as long as nothing at all was committed to the database since before it was worked out, which connections tell that have never changed a row:
// by the version of the data, and for what they changed of the schema themselves by counting it. Sessions use it that hold nothing of their own; each user, and each set of scopes, has answers of his own.
import { jsonText } from "../../base/value/json.ts";
import { encodeFrame, FLAGS, type Frame } from "../../protocol/frame.ts";
import { FrameReader } from "../../protocol/frame-reader.ts";
import type { Argument } from "../../protocol/message-codec.ts";
import { asksConnection, isRepeatableQuery } from "../running/describe-text.ts";
import type { TextRun } from "../running/text-run.ts";
import { Answer, type AnswerPlace } from "./answer.ts";
import type { LaneSession } from "./lane-session.ts";
import type { RequestPlace } from "./request-place.ts";
import type { RunFields } from "./run-options.ts";
import type { SessionPool } from "./session-pool.ts";
import type { Connection } from "../../storage/engine.ts";

/** Bytes of all answers, and of one. */
const CACHE_BYTES_MAX = 64 * 1024 * 1024;
const ANSWER_BYTES_MAX = 1024 * 1024;

interface Kept {
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** What one connection knows of changes: others' by the version of the data, its own of the schema by their count. */
interface Seen {
  readonly others: number;
  readonly own: number;
}

/** The answers of one lane, least recently used first. */
export class ResultCache {
  readonly #pool: Pick<SessionPool, "bystander">;
  /** What each connection saw last; of one that is new nobody knows what was committed before. */
  readonly #seen = new WeakMap<Connection, Seen>();
  #version = 0;
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(pool: Pick<SessionPool, "bystander">) {
    this.#pool = pool;
  }

  /** Answers that are held; some may be old. */
  get size(): number {
    return this.#kept.size;
  }

  /** Lets all go: an event has told that they are old. Those that no event tells of are found out by the version. */
  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
  }

  /** Moves with every commit of anybody to the database, by the session's own connection where that has never written. @throws EngineError. */
  version(session: LaneSession): number {
    const own = session.engineIfOpen;
    const connection = own?.pristine === true ? own.connection : this.#pool.bystander();
    const now: Seen = { others: connection.dataVersion(), own: connection.changed.count };
    const before = this.#seen.get(connection);
    if (before?.others === now.others && before.own === now.own) return this.#version;
    this.#seen.set(connection, now);
    this.#version += 1;
    return this.#version;
  }

  /** The frames of an answer that is still good. */
  find(key: string, session: LaneSession): readonly Frame[] | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    if (kept.version !== this.version(session)) {
      this.#bytes -= kept.bytes.length;
      return undefined;
    }
    this.#kept.set(key, kept);
    return new FrameReader().push(kept.bytes);
  }

  /** Keeps an answer that was worked out after the version was read. */
  keep(key: string, version: number, bytes: Uint8Array): void {
    this.#bytes += bytes.length - (this.#kept.get(key)?.bytes.length ?? 0);
    this.#kept.delete(key);
    this.#kept.set(key, { version, bytes });
    for (const [oldest, { bytes: held }] of this.#kept) {
      if (this.#bytes <= CACHE_BYTES_MAX) break;
      this.#kept.delete(oldest);
      this.#bytes -= held.length;
    }
  }
}

/** The name of an answer; undefined where the cache must not be used. */
export function cacheKey(
  session: LaneSession,
  text: string,
  args: readonly Argument[],
  fields: RunFields,
): string | undefined {
  if (asksConnection(text)) return undefined;
  const { principal, compression } = session.info;
  const engine = session.engineIfOpen;
  if (engine !== undefined && (engine.inTransaction || engine.holdsState)) return undefined;
  const given = args.map(({ name, type, value }) => `${name} ${type ?? ""} ${jsonText(value)}`);
  const who = [principal.userId, ...(principal.scopes ?? ["all"])].join(" ");
  return [who, compression ?? "", String(fields.rows_max ?? ""), text, ...given].join("\0");
}

/** True for a text whose one statement is a query that gives the same rows for the same database. */
function mayBeKept({ next }: TextRun): boolean {
  return next !== undefined && isRepeatableQuery(next.statement, next.effects);
}

/** Answers from the cache; true when that was possible. */
export function answerFromCache({ session, answer, lane }: RequestPlace, cache: ResultCache, key: string): boolean {
  // Grants are commits too, so that no answer outlives the rights that it was given with. The end of a token is none.
  if (lane.rights.mayNothing(session)) return false;
  const frames = cache.find(key, session);
  lane.counts.cacheHits += frames === undefined ? 0 : 1;
  lane.counts.cacheMisses += frames === undefined ? 1 : 0;
  for (const frame of frames ?? []) {
    const isEnd = (frame.flags & FLAGS.END) !== 0;
    const options = answer.options(isEnd);
    const flags = (frame.flags & (FLAGS.FIRST | FLAGS.LAST | FLAGS.COMPRESSED)) | (options.flags ?? 0);
    answer.put(encodeFrame(frame.code, { ...options, flags, catalogEpoch: session.epoch }, frame.payload), isEnd);
  }
  return frames !== undefined;
}

/** Does the work and keeps its answer, when it may be kept. */
export async function andKeep(
  place: RequestPlace,
  cache: ResultCache,
  key: string,
  run: TextRun,
  work: (place: RequestPlace) => Promise<void>,
): Promise<void> {
  if (!mayBeKept(run)) return work(place);
  const { session } = place;
  // Before the query begins: what is committed from now on makes the answer old.
  const version = cache.version(session);
  const copies: Uint8Array[] = [];
  let bytes = 0;
  const tee: AnswerPlace = {
    id: session.id,
    epoch: session.epoch,
    endFlags: () => session.endFlags(),
    put: (frame) => {
      bytes += frame.length;
      if (bytes <= ANSWER_BYTES_MAX) copies.push(Buffer.from(frame));
      session.put(frame);
    },
  };
  const answer = new Answer(tee, place.answer.messageId);
  await work({ ...place, answer });
  place.answer.follow(answer);
  // A text of several statements has a next one that was not looked at.
  if (answer.ended && !answer.failed && answer.notices === 0 && bytes <= ANSWER_BYTES_MAX && run.count === 1)
    cache.keep(key, version, Buffer.concat(copies));
}
