// Labels of lanes, movement of tags between the Lead and its lanes, and the routing table.
import { describe, expect, test } from "vitest";
import { required } from "../../../base/failure.ts";
import type { LaneTag } from "../../../server/lanes/types.ts";
import { freeNumber, laneLabel, leadLabel } from "../../../server/daemon/lead/labels.ts";
import {
  chooseLane,
  fitsElsewhere,
  isCrowded,
  type LaneLoad,
  RELIEF_AFTER_MS,
  wantsMore,
} from "../../../server/daemon/lead/routing.ts";

test("HY-02, HY-03 the Lead's label holds the tags that no lane has", () => {
  const label = (...tags: LaneTag[]): string => leadLabel("Acuranzo", new Set(tags));
  expect(label()).toBe("DQM-Acuranzo-00-LSMFC");
  expect(label("fast")).toBe("DQM-Acuranzo-00-LSMC");
  expect(label("fast", "slow")).toBe("DQM-Acuranzo-00-LMC");
  expect(label("slow", "medium", "fast", "cache")).toBe("DQM-Acuranzo-00-L");
  expect(laneLabel("Acuranzo", 1, ["fast"])).toBe("DQM-Acuranzo-01-F");
  expect(laneLabel("my shop/é", 12, ["slow", "cache"])).toMatch(/^DQM-[A-Za-z0-9_]+-\d{2}-L?S?M?F?C?$/u);
});

test("HY-05 lanes get the lowest number that is free", () => {
  expect(freeNumber(new Set())).toBe(1);
  expect(freeNumber(new Set([1, 3, 4]))).toBe(2);
  expect(freeNumber(new Set(Array.from({ length: 99 }, (_, place) => place + 1)))).toBeUndefined();
});

interface Named extends LaneLoad {
  readonly name: string;
}
function lane(name: string, tag: LaneTag, more: Partial<LaneLoad> = {}): Named {
  return {
    name,
    tags: [tag],
    isExtra: false,
    open: true,
    depth: 0,
    busySinceMs: undefined,
    sessions: 0,
    lastGivenMs: 0,
    ...more,
  };
}

describe("HY-10 routing", () => {
  const situations: readonly (readonly [string, readonly Named[], LaneTag, string | undefined])[] = [
    ["the lane with the tag", [lane("m", "medium"), lane("f", "fast")], "fast", "f"],
    ["least depth first", [lane("a", "fast", { depth: 1 }), lane("b", "fast", { sessions: 9 })], "fast", "b"],
    ["then fewest sessions", [lane("a", "fast", { sessions: 2 }), lane("b", "fast", { sessions: 1 })], "fast", "b"],
    ["then longest ago", [lane("a", "fast", { lastGivenMs: 5 }), lane("b", "fast", { lastGivenMs: 4 })], "fast", "b"],
    ["the first of equals", [lane("a", "fast"), lane("b", "fast")], "fast", "a"],
    ["no lane with the tag: any", [lane("m", "medium", { sessions: 3 }), lane("s", "slow")], "fast", "s"],
    [
      "a busy lane of the tag before a free one of another",
      [lane("f", "fast", { depth: 3 }), lane("m", "medium")],
      "fast",
      "f",
    ],
    [
      "a lane that starts or drains gets nothing",
      [lane("f", "fast", { open: false }), lane("m", "medium")],
      "fast",
      "m",
    ],
    ["cache", [lane("f", "fast"), lane("c", "cache")], "cache", "c"],
    ["slow", [lane("f", "fast"), lane("s", "slow", { depth: 2 })], "slow", "s"],
    ["no lane is open", [lane("f", "fast", { open: false })], "fast", undefined],
    ["no lanes", [], "medium", undefined],
  ];
  test.each(situations)("%s", (_, lanes, wanted, expected) => {
    expect(chooseLane(lanes, wanted)?.name).toBe(expected);
  });

  test("HY-07 a lane is crowded with 4 sessions where a processor is free for another lane, with 16 where none is", () => {
    const crowded = (sessions: number, processors: number, ...others: readonly Named[]): boolean =>
      isCrowded([lane("m", "medium", { sessions }), ...others], "medium", processors);
    expect([crowded(3, 4), crowded(4, 4)]).toEqual([false, true]);
    expect([crowded(4, 2), crowded(15, 2), crowded(16, 2)]).toEqual([false, false, true]);
    const other = lane("s", "slow");
    expect([crowded(4, 3, other), crowded(16, 3, other), crowded(4, 4, other)]).toEqual([false, true, true]);
    const free = lane("n", "medium", { sessions: 1 });
    expect(crowded(40, 2, free)).toBe(false);
  });

  test("even load goes round", () => {
    const lanes = [1, 2, 3].map((name) => ({ ...lane(String(name), "fast"), sessions: 0, lastGivenMs: 0 }));
    for (let turn = 1; turn <= 31; turn += 1) {
      const chosen = chooseLane(lanes, "fast");
      if (chosen === undefined) throw new RangeError("no lane");
      chosen.sessions += 1;
      chosen.lastGivenMs = turn;
    }
    expect(lanes.map((each) => each.sessions).toSorted((left, right) => left - right)).toEqual([10, 10, 11]);
  });

  test("HY-07 another lane is wanted when each of the tag has a request that lasts", () => {
    const busy = (forMs: number): Partial<LaneLoad> => ({ depth: 1, busySinceMs: 1000 - forMs });
    const wants = (...lanes: Named[]): boolean => wantsMore(lanes, "fast", 1000);
    expect(wants(lane("a", "fast", busy(RELIEF_AFTER_MS)), lane("b", "fast", busy(RELIEF_AFTER_MS)))).toBe(true);
    expect(wants(lane("a", "fast", busy(RELIEF_AFTER_MS)), lane("b", "fast", busy(RELIEF_AFTER_MS - 1)))).toBe(false);
    expect(wants(lane("a", "fast", busy(RELIEF_AFTER_MS)), lane("b", "fast"))).toBe(false);
    expect(wants(lane("m", "medium"))).toBe(true);
  });

  test("HY-08 a lane is spare when the others take its sessions and are not crowded then", () => {
    const fits = (processors: number, ...sessions: number[]): boolean => {
      const lanes = sessions.map((count, place) => lane(String(place), "medium", { sessions: count }));
      return fitsElsewhere([...lanes, lane("s", "slow")], required(lanes[0], "a lane"), "medium", processors);
    };
    expect([fits(8, 1, 2), fits(8, 2, 2), fits(8, 2, 2, 3)]).toEqual([true, false, true]);
    expect([fits(2, 7, 8), fits(2, 8, 8)]).toEqual([true, false]);
    expect(fits(8, 1)).toBe(false);
  });
});
