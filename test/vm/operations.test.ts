// run.ts has its case numbers as literals; here they are compared with the operations table.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { COLD_OPERATION_NAMES, COLD_START, HOT_OPERATIONS } from "../../vm/interpreter/operations.ts";

const source = readFileSync(new URL("../../vm/interpreter/run.ts", import.meta.url), "utf8");

test("each hot operation has exactly its case", () => {
  const cases = [...source.matchAll(/^ *case (\d+): \{\s*\/\/ (\w+)$/gm)].map(([, number, name]) => [
    name,
    Number(number),
  ]);
  expect(Object.fromEntries(cases)).toEqual(HOT_OPERATIONS);
  expect(cases.length).toBe(Object.keys(HOT_OPERATIONS).length);
});

test("numbers are dense and names unique", () => {
  expect(Object.values(HOT_OPERATIONS)).toEqual(Object.keys(HOT_OPERATIONS).map((_name, index) => index));
  expect(COLD_START).toBe(Object.keys(HOT_OPERATIONS).length);
  const names = [...Object.keys(HOT_OPERATIONS), ...COLD_OPERATION_NAMES];
  expect(new Set(names).size).toBe(names.length);
});
