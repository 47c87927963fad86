// Every fixture under test/fixtures/check and check-sql (embedded SQL; the schema is the CREATE TABLE of the same file):
// findings stand under their line as `#  ^^^ E3014 message`, types that are asked for as `#  ^ : T`, row types of the statement above as `# : T`.
// `npx vitest run test/check -u` writes them.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { renderFixture } from "./support.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures");

describe.each(["check", "check-sql"])("fixtures of %s", (folder) => {
  for (const file of readdirSync(join(FIXTURES, folder))
    .filter((name) => name.endsWith(".grz"))
    .sort()) {
    it(file.replace(".grz", ""), async () => {
      const path = join(FIXTURES, folder, file);
      await expect(renderFixture(readFileSync(path, "utf8"))).toMatchFileSnapshot(path);
    });
  }
});
