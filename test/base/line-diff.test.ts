// Changes between texts: applied to the first they give the second, and a unified diff is one that `patch` would take.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lineChanges, linesOf } from "../../base/line-diff.ts";
import { unifiedDiff } from "../../cli/output/diff.ts";

const text = fc
  .array(fc.constantFrom("a\n", "b\n", "c\n", "d", "\n"), { maxLength: 14 })
  .map((parts) => parts.join(""));

describe("line changes", () => {
  test("lead from one text to the other", () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const old = linesOf(before);
        const result: string[] = [];
        let at = 0;
        for (const { oldLine, newLine, removed, added } of lineChanges(before, after)) {
          result.push(...old.slice(at, oldLine));
          expect(old.slice(oldLine, oldLine + removed.length)).toEqual(removed);
          expect(newLine).toBe(result.length);
          result.push(...added);
          at = oldLine + removed.length;
        }
        expect([...result, ...old.slice(at)].join("")).toBe(after);
      }),
    );
  });
});

describe("unified diff", () => {
  test("context, several parts, a missing line end", () => {
    const before = Array.from({ length: 20 }, (_, index) => `${index + 1}\n`).join("");
    const after = before.replace("2\n", "two\n").replace("19\n", "").replace(/\n$/, "");
    expect(unifiedDiff("x.grz", before, after)).toBe(`--- x.grz
+++ x.grz
@@ -1,5 +1,5 @@
 1
-2
+two
 3
 4
 5
@@ -16,5 +16,4 @@
 16
 17
 18
-19
-20
+20
\\ No newline at end of file
`);
  });

  test("from and to nothing", () => {
    expect(unifiedDiff("x", "", "a\n")).toBe("--- x\n+++ x\n@@ -0,0 +1 @@\n+a\n");
    expect(unifiedDiff("x", "a\n", "")).toBe("--- x\n+++ x\n@@ -1 +0,0 @@\n-a\n");
    expect(unifiedDiff("x", "a\n", "a\n")).toBe("");
  });
});
