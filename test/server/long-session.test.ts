// A session that runs one text after another keeps none of them: the heap, after a forced collection, does not grow with their number.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { SPACE } from "../../vm/interpreter/space.ts";
import { testSession, type TestSession } from "../session.ts";

/** Bytes per text that the heap may grow by. A compiled text that is kept takes about 5,000; what V8 compiles meanwhile shows as up to 500. */
const BYTES_PER_TEXT_MAX = 1500;
/** Texts after which code is let go at the latest, if ever. */
const TEXTS_MAX = 4000;

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
}

let number = 0;

/** Runs texts that are all different until the machine has let go of installed code; gives how many. */
function runUntilReleased({ session }: TestSession): number {
  const { generation } = SPACE;
  const first = number;
  while (SPACE.generation === generation) {
    number += 1;
    session.executeStatement(`let x = ${number}; print x + ${number * 3}`);
    if (number - first > TEXTS_MAX) expect.fail(`still installed after ${TEXTS_MAX} texts`);
  }
  return number - first;
}

test("texts that ran leave nothing behind", () => {
  const made = testSession();
  // Until caches are full.
  for (let warm = 0; warm < 2; warm += 1) runUntilReleased(made);
  made.printed.length = 0;
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  let texts = 0;
  for (let round = 0; round < 3; round += 1) texts += runUntilReleased(made);
  made.printed.length = 0;
  collectGarbage();
  expect((process.memoryUsage().heapUsed - before) / texts).toBeLessThan(BYTES_PER_TEXT_MAX);
  made.session.close();
});
