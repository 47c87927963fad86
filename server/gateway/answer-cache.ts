// Answers of query templates with the lane `cache`, kept in the gateway: a hit touches no lane (HY-42).
// Exact: an answer is good as long as none of the tables that it was read from was written since before it was worked out (table-versions.ts).
// Equal questions that come while one is being worked out wait for its answer.
import { hash } from "node:crypto";
import { FloatBox } from "../../base/value/value.ts";
import type { QueryTemplate } from "./types.ts";

/** An answer: members of a JSON object as text, without those of the request itself. */
export interface KeptAnswer {
  readonly text: string;
  /** Answers that came from work of somebody else. */
  readonly hit: boolean;
}

interface Kept {
  readonly version: number;
  readonly untilMs: number;
  readonly text: string;
  readonly bytes: number;
}

interface Flight {
  readonly version: number;
  readonly text: Promise<string>;
}

/** Figures of a cache. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
  readonly entries: number;
  readonly bytes: number;
}

/** What is asked. */
export interface Question {
  readonly key: string;
  /** How old an answer may be; undefined: as long as it is good. */
  readonly ttlMs: number | undefined;
  /** Tables that the answer is read from. */
  readonly tables: readonly string[];
}

/** A cache. */
export interface AnswerCache {
  /** The answer that is kept, or what the work gives. @throws what the work throws: nothing is kept then. */
  answer(question: Question, work: () => Promise<string>): Promise<KeptAnswer>;
  readonly counts: CacheCounts;
}

/** What a cache needs. */
export interface CacheWorld {
  /** Moves when one of these tables may have been written, by anybody. */
  readonly version: (tables: readonly string[]) => number;
  readonly bytesMax: number;
  readonly monotonicMs: () => number;
}

/** The name of an answer: the template's text and the parameters, whatever their order. */
export function answerKey(
  database: string,
  template: QueryTemplate,
  values: Readonly<Record<string, unknown>>,
  rowsMax: number,
): string {
  const sorted = Object.keys(values)
    .toSorted()
    .map((name) => [name, typeof values[name], keyText(values[name])]);
  const params = hash("sha256", JSON.stringify(sorted));
  return [database, template.namespace, template.id, rowsMax, textHashOf(template), params].join(":");
}

const textHashes = new WeakMap<QueryTemplate, string>();

/** Worked out once for a template, not for each of its requests. */
function textHashOf(template: QueryTemplate): string {
  const known = textHashes.get(template) ?? hash("sha256", template.text);
  textHashes.set(template, known);
  return known;
}

function keyText(value: unknown): string {
  const plain = value instanceof FloatBox ? value.value : value;
  return Object.is(plain, -0) ? "-0" : String(plain);
}

/** A cache that holds nothing. */
export function makeAnswerCache({ version, bytesMax, monotonicMs }: CacheWorld): AnswerCache {
  /** Least recently used first. */
  const kept = new Map<string, Kept>();
  const flights = new Map<string, Flight>();
  let bytes = 0;
  let hits = 0;
  let misses = 0;
  const forget = (key: string): void => {
    bytes -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  };
  const keep = (key: string, entry: Kept): void => {
    forget(key);
    if (entry.bytes > bytesMax) return;
    kept.set(key, entry);
    bytes += entry.bytes;
    for (const oldest of kept.keys()) {
      if (bytes <= bytesMax) break;
      forget(oldest);
    }
  };
  return {
    answer: async ({ key, ttlMs, tables }, work) => {
      const now = version(tables);
      const found = kept.get(key);
      if (found !== undefined && found.version === now && monotonicMs() < found.untilMs) {
        kept.delete(key);
        kept.set(key, found);
        hits += 1;
        return { text: found.text, hit: true };
      }
      const flight = flights.get(key);
      // One that began before a commit that this caller may know of is no answer for him.
      if (flight !== undefined && flight.version === now) {
        hits += 1;
        return { text: await flight.text, hit: true };
      }
      misses += 1;
      const untilMs = ttlMs === undefined ? Number.POSITIVE_INFINITY : monotonicMs() + ttlMs;
      const own: Flight = { version: now, text: work() };
      flights.set(key, own);
      try {
        const text = await own.text;
        // One that has become old meanwhile would only take the place of a newer one.
        if (version(tables) === now)
          keep(key, { version: now, untilMs, text, bytes: Buffer.byteLength(text) + Buffer.byteLength(key) });
        return { text, hit: false };
      } finally {
        if (flights.get(key) === own) flights.delete(key);
      }
    },
    get counts() {
      return { hits, misses, entries: kept.size, bytes };
    },
  };
}
