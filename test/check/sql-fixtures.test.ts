// The fixtures of embedded SQL: test/fixtures/check-sql/*.grz. The schema is the CREATE TABLE of the same file.
// `# : T` under a statement asks for its row type; findings stand as in test/fixtures/check. `npx vitest run test/check -u` writes them.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { renderFixture } from "./support.ts";

const FOLDER = join(import.meta.dirname, "..", "fixtures", "check-sql");

describe("checking SQL", () => {
  for (const file of readdirSync(FOLDER)
    .filter((name) => name.endsWith(".grz"))
    .sort()) {
    it(file.replace(".grz", ""), async () => {
      const path = join(FOLDER, file);
      await expect(renderFixture(readFileSync(path, "utf8"))).toMatchFileSnapshot(path);
    });
  }
});
