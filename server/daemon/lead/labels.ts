// Labels and numbers of lanes: `DQM-<Database>-<NN>-<TAGS>`, letters in the order L S M F C.
// The Lead is number 00 and carries the tags that no lane has at the moment; a tag returns to it when the last lane of the tag ends.
import { LANE_TAGS, type LaneTag } from "../../lanes/types.ts";

/** Lanes of one database at the same time: two digits. */
export const LANES_MAX = 99;

const LETTERS = { slow: "S", medium: "M", fast: "F", cache: "C" } as const satisfies Readonly<Record<LaneTag, string>>;

/** Label of a lane. What is neither letter, digit nor underscore in the database's name becomes an underscore. */
export function laneLabel(database: string, number: number, tags: readonly LaneTag[]): string {
  return label(database, number, lettersOf(tags));
}

/** Label of the Lead while lanes have these tags. */
export function leadLabel(database: string, tagsOfLanes: ReadonlySet<LaneTag>): string {
  const own = LANE_TAGS.filter((tag) => !tagsOfLanes.has(tag));
  return label(database, 0, `L${lettersOf(own)}`);
}

/** The lowest number from 01 that is free; undefined when all are taken. */
export function freeNumber(taken: ReadonlySet<number>): number | undefined {
  for (let number = 1; number <= LANES_MAX; number += 1) if (!taken.has(number)) return number;
  return undefined;
}

/** A tag by its name; undefined when there is none of that name. */
export function laneTag(name: string): LaneTag | undefined {
  return LANE_TAGS.find((tag) => tag === name);
}

function lettersOf(tags: readonly LaneTag[]): string {
  return LANE_TAGS.filter((tag) => tags.includes(tag))
    .map((tag) => LETTERS[tag])
    .join("");
}

function label(database: string, number: number, letters: string): string {
  return `DQM-${database.replaceAll(/[^A-Za-z0-9_]/gu, "_")}-${String(number).padStart(2, "0")}-${letters}`;
}
