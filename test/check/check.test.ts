// Every fixture under test/fixtures/check: findings stand under their line as `#  ^^^ E3014 message`, types that are asked for as `#  ^ : T`.
// `npx vitest run test/check -u` writes them.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { renderFixture } from "./support.ts";

const FOLDER = join(import.meta.dirname, "..", "fixtures", "check");

describe("checking", () => {
  for (const file of readdirSync(FOLDER)
    .filter((name) => name.endsWith(".grz"))
    .sort()) {
    it(file.replace(".grz", ""), async () => {
      const path = join(FOLDER, file);
      await expect(renderFixture(readFileSync(path, "utf8"))).toMatchFileSnapshot(path);
    });
  }
});
