// The trigger fixtures, run once for each way of firing: marker lines behind each chunk say what happened, and must be the same whichever way fires. `-u` rewrites them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TriggerWay } from "../../../server/triggers/types.ts";
import { withMarkers } from "../../run/harness.ts";

const FOLDER = join(import.meta.dirname, "../../fixtures/triggers");
const SEPARATOR = "#---\n";
const WAYS: readonly (TriggerWay | undefined)[] = [undefined, "captured", "managed"];

describe("trigger fixtures", () => {
  for (const name of readdirSync(FOLDER)
    .filter((file) => file.endsWith(".grz"))
    .sort()) {
    for (const way of WAYS) {
      test(`${name}, ${way ?? "the fastest way"}`, async () => {
        const path = join(FOLDER, name);
        const chunks = readFileSync(path, "utf8").split(SEPARATOR);
        const options = way === undefined ? {} : { triggerWay: way };
        const said = chunks.map((chunk) => withMarkers(chunk, name, options)).join(SEPARATOR);
        // One way makes the expected lines, the others only compare.
        if (way === undefined) await expect(said).toMatchFileSnapshot(path);
        else expect(said).toBe(readFileSync(path, "utf8"));
      });
    }
  }
});
