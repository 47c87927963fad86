// Folding and growing selections.
import { describe, expect, test } from "vitest";
import { folds, selections } from "../../../lsp/features/folding.ts";
import { fixture } from "../support.ts";

describe("folding", () => {
  test("blocks, keyword blocks, queries, comments and imports", () => {
    const { document } = fixture(`import math
import text

-- one
-- two
procedure p (a int) {
    if a > 1 {
        print 1
    } else {
        print 2
    }
    IF a > 2 THEN
        PRINT 3;
    END IF;
}
/* a
   b */
SELECT 1
FROM t
WHERE a = 1;
`);
    expect(folds(document).map(({ startLine, endLine, kind }) => `${startLine}-${endLine} ${kind}`)).toEqual([
      "0-1 imports",
      "3-4 comment",
      "5-13 region",
      "6-9 region",
      "8-9 region",
      "11-12 region",
      "15-16 comment",
      "17-19 region",
    ]);
  });

  test("nothing on one line", () => {
    expect(folds(fixture("procedure p () { print 1 }\nlet a = 1\n").document)).toEqual([]);
  });
});

describe("selection ranges", () => {
  test("from the word to the file", () => {
    const { document, cursor } = fixture("let a = 1\nprint len(a▮ + 2) + 3\n");
    expect(selections(document, cursor).map(({ start, end }) => document.text.slice(start, end))).toEqual([
      "a",
      "a + 2",
      "len(a + 2)",
      "len(a + 2) + 3",
      "print len(a + 2) + 3",
      document.text,
    ]);
  });

  test("inside SQL", () => {
    const { document, cursor } = fixture("SELECT a, b▮ FROM t WHERE c = 1;");
    expect(selections(document, cursor).map(({ start, end }) => document.text.slice(start, end))).toEqual([
      "b",
      "SELECT a, b FROM t WHERE c = 1",
      "SELECT a, b FROM t WHERE c = 1;",
    ]);
  });

  test("each holds the one before, at every offset", () => {
    const { document } = fixture("procedure p (x int) { if x > 1 { print [x, 2] |> map(y => y + x) } }\n\n");
    for (let offset = 0; offset <= document.text.length; offset += 1) {
      const chain = selections(document, offset);
      expect(chain.length).toBeGreaterThan(0);
      chain.forEach((span, index) => {
        const outer = chain[index + 1];
        expect(span.start <= offset && offset <= span.end).toBe(true);
        if (outer !== undefined) expect(outer.start <= span.start && span.end <= outer.end).toBe(true);
      });
    }
  });
});
