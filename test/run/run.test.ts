// Golden runs: each fixture's chunks are run on their own, and the marker lines behind each chunk must say what happened. `-u` rewrites them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SEPARATOR, withMarkers } from "./harness.ts";

const FOLDER = join(import.meta.dirname, "../fixtures/run");

describe("run fixtures", () => {
  for (const name of readdirSync(FOLDER)
    .filter((file) => file.endsWith(".grz"))
    .sort()) {
    test(name, async () => {
      const path = join(FOLDER, name);
      const chunks = readFileSync(path, "utf8").split(SEPARATOR);
      await expect(chunks.map((chunk) => withMarkers(chunk, name)).join(SEPARATOR)).toMatchFileSnapshot(path);
    });
  }
});
