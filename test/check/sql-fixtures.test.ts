// The fixtures of embedded SQL: test/fixtures/check-sql/*.grz. The schema is the CREATE TABLE of the same file.
import { makeCatalog } from "../../compiler/catalog/catalog.ts";
import { check } from "../../compiler/check/check.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { fixtureCheck } from "./fixture-check.ts";
import { runFixtures } from "./fixture-runner.ts";

runFixtures(new URL("../fixtures/check-sql/", import.meta.url), (text, name) => {
  const module = parse({ name, text }).value;
  const checked = check(module, { catalog: makeCatalog(), strict: text.startsWith("# strict"), standardModule: () => undefined, standardNames: () => [], importModule: () => undefined });
  return fixtureCheck(checked);
});
