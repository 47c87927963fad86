// Staying awake: only for one conversation, not for long, and seldom where it was in vain.
import { describe, expect, it } from "vitest";
import { Wakefulness } from "../../protocol/wakefulness.ts";

/** A clock that a test moves, and the turns of an event loop. */
function world(processors = 2) {
  const turns: (() => void)[] = [];
  const state = { nowMs: 0 };
  const wakefulness = new Wakefulness({ nowMs: () => state.nowMs, soon: (work) => void turns.push(work), processors });
  return {
    wakefulness,
    state,
    /** Turns of the event loop, a microsecond each, until nobody looks any more. */
    run(): number {
      let looks = 0;
      for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
        looks += 1;
        state.nowMs += 0.001;
        turn();
      }
      return looks;
    },
    get isAwake() {
      return turns.length > 0;
    },
  };
}

const one = {};
const other = {};

describe("wakefulness", () => {
  it("lasts fifty microseconds when nothing comes", () => {
    const { wakefulness, run } = world();
    wakefulness.expect(one);
    expect(run()).toBe(0);
    wakefulness.expect(one);
    const looks = run();
    expect(looks).toBeGreaterThanOrEqual(50);
    expect(looks).toBeLessThan(53);
  });

  it("ends with what was expected", () => {
    const { wakefulness, run } = world();
    wakefulness.expect(one);
    wakefulness.expect(one);
    wakefulness.came();
    expect(run()).toBe(1);
  });

  it("is for a conversation that is alone", () => {
    const place = world();
    for (let turn = 0; turn < 10; turn += 1) {
      place.wakefulness.expect(one);
      place.wakefulness.expect(other);
    }
    expect(place.isAwake).toBe(false);
  });

  it("is not for a machine with one processor", () => {
    const place = world(1);
    place.wakefulness.expect(one);
    place.wakefulness.expect(one);
    expect(place.isAwake).toBe(false);
  });

  it("is tried ever more seldom while it is in vain, and often again when it pays", () => {
    const place = world();
    const { wakefulness, run } = place;
    wakefulness.expect(one);
    let tried = 0;
    for (let request = 0; request < 10_000; request += 1) {
      wakefulness.expect(one);
      if (place.isAwake) tried += 1;
      run();
    }
    expect(tried).toBeLessThan(20);
    tried = 0;
    for (let request = 0; request < 10_000; request += 1) {
      wakefulness.expect(one);
      if (place.isAwake) tried += 1;
      wakefulness.came();
      run();
    }
    expect(tried).toBeGreaterThan(8000);
  });
});
